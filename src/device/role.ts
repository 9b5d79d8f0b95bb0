/** FUNCTION codes of CTL and ITL records and roles in TVS answers (trust-files.md 4.2, tvs.md 6). */
export const ROLE_CODES = {
  SAST: 0,
  CCM: 1,
  'CCM+TFTP': 2,
  TFTP: 3,
  CAPF: 4,
  'APP-SERVER': 7,
  TVS: 21,
} as const;

export type RoleName = keyof typeof ROLE_CODES;

const NAMES = new Map<number, RoleName>(
  (Object.entries(ROLE_CODES) as [RoleName, number][]).map(([name, code]) => [code, name]),
);

/** Name of a role, or its number as text where it has none. */
export function roleName(code: number): RoleName | `${number}` {
  return NAMES.get(code) ?? `${code}`;
}

/** Whether `roleName` gives this text for some role. */
export function isRoleText(text: string): boolean {
  return Object.hasOwn(ROLE_CODES, text) || (/^\d{1,5}$/.test(text) && !NAMES.has(Number(text)));
}

/** May a certificate with this role sign configuration files? */
export function isTftpRole(code: number): boolean {
  return code === ROLE_CODES.TFTP || code === ROLE_CODES['CCM+TFTP'];
}
