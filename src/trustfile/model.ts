import type { DigestName } from '../device/digest.js';
import type { Certificate } from '../pki/certificate.js';

/** Who signed a file, as the header stores it: the phone's lookup key. */
export interface SignerId {
  /** Subject name as text, in the writer's rendering. */
  readonly subject: string;
  /** Issuer name as text. */
  readonly issuer: string;
  /** Serial number, lower-case hex of the raw octets. */
  readonly serial: string;
}

/** Header of any trust file (trust-files.md 2). */
export interface TrustFileHeader {
  readonly version: { readonly major: number; readonly minor: number };
  /** Tag 28; null where the file has none. */
  readonly signerVersion: { readonly major: number; readonly minor: number } | null;
  /** Octets from the start of the file to the first record or the payload. */
  readonly headerLength: number;
  readonly signer: SignerId;
  readonly digest: DigestName;
  /** Size of the signer's RSA key by that of its signature, bits (tag 11 is informative, trust-files.md 16). */
  readonly signerKeyBits: 512 | 1024 | 2048 | 4096;
  /** Value of tag 12. */
  readonly signature: Uint8Array;
  /** Offset of the SIGNATURE element (its tag octet) in the file. */
  readonly signatureOffset: number;
  /** FILENAME without its NUL. */
  readonly filename: string;
  /** Seconds since 1970-01-01 UTC; null where the file has none (firmware). */
  readonly timestamp: number | null;
  /** Only in `.enc.sgn` (trust-files.md 12). */
  readonly encryption: EncryptionHeader | null;
}

/** Elements 16 to 27 of an encrypted file. */
export interface EncryptionHeader {
  readonly iv: Uint8Array;
  readonly paddingOctets: number;
  readonly keyBits: number;
  readonly wrappedKey: Uint8Array;
  readonly digest: DigestName;
  /** Digest of the plaintext before padding. */
  readonly plaintextDigest: Uint8Array;
}

/** One record of a CTL or ITL (trust-files.md 4). Fields that the record does not have are null. */
export interface TrustRecord {
  /** Offset of the record in the file and its RECORDLENGTH, octets. */
  readonly offset: number;
  readonly length: number;
  /** FUNCTION; names in `device/role.ts`. */
  readonly role: number;
  readonly dnsName: string | null;
  readonly subject: string | null;
  readonly issuer: string | null;
  /** Lower-case hex of the raw octets. */
  readonly serial: string | null;
  readonly publicKey: Uint8Array | null;
  readonly signature: Uint8Array | null;
  readonly certificate: Certificate | null;
  /** Tags 11 and 12: the record carries the digest of a certificate in its place. */
  readonly certificateHash: { readonly digest: DigestName; readonly value: Uint8Array } | null;
  /** Dotted IPv4 or IPv6 text. */
  readonly ipAddress: string | null;
}

interface Common {
  /** The whole file as it was read; never copied, never changed. */
  readonly bytes: Uint8Array;
  readonly header: TrustFileHeader;
}

/** CTL or ITL. */
export interface TrustList extends Common {
  readonly kind: 'trust-list';
  readonly records: readonly TrustRecord[];
}

/** `<name>.sgn`: header and the unchanged original octets. */
export interface SignedFile extends Common {
  readonly kind: 'signed';
  readonly payload: Uint8Array;
}

/** `<name>.enc.sgn`. */
export interface EncryptedFile extends Common {
  readonly kind: 'encrypted';
  readonly ciphertext: Uint8Array;
}

export type TrustFile = TrustList | SignedFile | EncryptedFile;
