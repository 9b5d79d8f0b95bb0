/**
 * Tag numbers of trust files (trust-files.md 2.1, 4.1, 12). The same number means one thing in the header and another in
 * a record, so there are two tables.
 */
export const HEADER_TAG = {
  VERSION: 1,
  HEADERLENGTH: 2,
  SIGNERID: 3,
  SIGNERNAME: 4,
  SERIALNUMBER: 5,
  CANAME: 6,
  SIGNATUREINFO: 7,
  DIGESTALGORITHM: 8,
  SIGNATUREALGOINFO: 9,
  SIGNATUREALGORITHM: 10,
  SIGNATUREMODULUS: 11,
  SIGNATURE: 12,
  /** One octet, without LENGTH and VALUE. */
  PADDING: 13,
  FILENAME: 14,
  TIMESTAMP: 15,
  ENCRYPTION: 16,
  CIPHER: 17,
  /** Always 0, meaning unknown. */
  CIPHER_UNKNOWN: 18,
  IV: 19,
  PADDING_OCTETS: 20,
  KEY_WRAP: 21,
  /** Always 0, meaning unknown. */
  KEY_WRAP_UNKNOWN: 22,
  KEY_BITS: 23,
  /** Always 1, presumably AES-128. */
  KEY_ALGORITHM: 24,
  WRAPPED_KEY: 25,
  PLAINTEXT_DIGEST_ALGORITHM: 26,
  PLAINTEXT_DIGEST: 27,
  SIGNER_VERSION: 28,
} as const;

/** Highest header tag that has a meaning. */
export const LAST_HEADER_TAG = 28;

export const RECORD_TAG = {
  RECORDLENGTH: 1,
  DNSNAME: 2,
  SUBJECTNAME: 3,
  FUNCTION: 4,
  ISSUERNAME: 5,
  SERIALNUMBER: 6,
  PUBLICKEY: 7,
  SIGNATURE: 8,
  CERTIFICATE: 9,
  IPADDRESS: 10,
  CERTHASH: 11,
  HASHALGORITHM: 12,
} as const;

/** Highest record tag that has a meaning. */
export const LAST_RECORD_TAG = 12;

/** TAG (1 octet) and LENGTH (2 octets, big-endian) before every VALUE. */
export const ELEMENT_OVERHEAD = 3;

/** Element 1 and element 2, which open every file in this order. */
export const HEADER_START = 10;

/** LENGTH is 16 bits wide, and so are RECORDLENGTH and HeaderLength. */
export const MAX_U16 = 0xffff;

/** Names as messages use them; genuine ones of `show ctl` have its spelling in show.ts. */
export function headerTagName(tag: number): string {
  return nameOf(HEADER_TAG, tag);
}

export function recordTagName(tag: number): string {
  return nameOf(RECORD_TAG, tag);
}

function nameOf(tags: Readonly<Record<string, number>>, tag: number): string {
  const found = Object.entries(tags).find(([, number]) => number === tag);
  return found === undefined ? `unknown tag ${tag}` : `${found[0]} (tag ${tag})`;
}

/** RSA key sizes that can sign, by their code in tag 11 (trust-files.md 2.3). 3072 has none. */
export const MODULUS_BITS = [512, 1024, 2048, 4096] as const;

export type SignerKeyBits = (typeof MODULUS_BITS)[number];

/** Code of tag 11 for a key size, or undefined where there is none. */
export function modulusCode(bits: number): number | undefined {
  const code = (MODULUS_BITS as readonly number[]).indexOf(bits);
  return code === -1 ? undefined : code;
}

/** The only value of tag 10 ever seen: RSASSA-PKCS1-v1_5. */
export const SIGNATURE_ALGORITHM_RSA = 0;
