/** Digest algorithms of trust file signatures by their id in tags 8, 12 (record) and 26 (trust-files.md 2.3). */
export const DIGEST_CODES = { sha1: 1, sha256: 2, sha512: 3 } as const;

export type DigestName = keyof typeof DIGEST_CODES;

/** Octets of a digest. */
export const DIGEST_OCTETS: Readonly<Record<DigestName, number>> = { sha1: 20, sha256: 32, sha512: 64 };

const NAMES = new Map<number, DigestName>(
  (Object.keys(DIGEST_CODES) as DigestName[]).map((name) => [DIGEST_CODES[name], name]),
);

/** Name of a digest id, undefined for one that is not known. */
export function digestName(code: number): DigestName | undefined {
  return NAMES.get(code);
}
