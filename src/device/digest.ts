/** Digest algorithms of trust file signatures by their id in tags 8, 12 (record) and 26 (trust-files.md 2.3). */
export const DIGEST_CODES = { sha1: 1, sha256: 2, sha512: 3 } as const;

export type DigestName = keyof typeof DIGEST_CODES;

/** Octets of a digest. */
export const DIGEST_OCTETS: Readonly<Record<DigestName, number>> = { sha1: 20, sha256: 32, sha512: 64 };

export function digestName(code: number): DigestName | undefined {
  for (const name of Object.keys(DIGEST_CODES) as DigestName[]) {
    if (DIGEST_CODES[name] === code) return name;
  }
  return undefined;
}
