import { createHash, type KeyObject } from 'node:crypto';
import { type DigestName, digestName } from '../device/digest.js';
import { roleName } from '../device/role.js';
import { TrustfleetError } from '../errors.js';
import type { Certificate } from '../pki/certificate.js';
import { decryptPayload } from './decrypt.js';
import { algorithmCodes, readEncryption, readPlainHeader } from './header.js';
import type { EncryptionHeader, TrustRecord } from './model.js';
import { readRecords } from './parse.js';
import { type FileKind, scan } from './scan.js';
import { type SignatureStatus, signatureStatus } from './signature-status.js';
import { keepTable, scanTable } from './table.js';
import { hex } from './text.js';
import type { TrustSource } from './trust-source.js';

/** `inspect --json` (contracts.md 1): the shape that other people's scripts rely on. */
export interface Inspection {
  readonly file: string;
  readonly bytes: number;
  readonly kind: FileKind;
  readonly checksums: { readonly md5: string; readonly sha1: string; readonly sha256: string };
  readonly header: InspectedHeader;
  /** Empty for files that are no lists. */
  readonly records: readonly InspectedRecord[];
  readonly signature: SignatureStatus;
  /** Signed files only: what the signature is around. */
  readonly payload?: { readonly offset: number; readonly bytes: number; readonly sha256: string };
  /** Encrypted files only. */
  readonly encryption?: { readonly keyBits: number; readonly digest: DigestName };
  /** Encrypted files with a device key only. */
  readonly plaintext?: InspectedPlaintext;
}

export interface InspectedHeader {
  readonly version: string;
  readonly signerVersion: string | null;
  readonly headerLength: number;
  readonly signer: { readonly subject: string; readonly issuer: string; readonly serial: string };
  /** Name, or the digest id where it has none. */
  readonly digest: DigestName | `${number}`;
  readonly signatureBytes: number;
  readonly filename: string;
  /** ISO 8601 in UTC, whole seconds. */
  readonly timestamp: string | null;
}

export interface InspectedRecord {
  readonly offset: number;
  readonly length: number;
  readonly role: string;
  readonly dnsName: string | null;
  readonly subject: string | null;
  readonly issuer: string | null;
  readonly serial: string | null;
  readonly publicKeyBytes: number | null;
  readonly ipAddress: string | null;
  readonly certificate: InspectedCertificate | null;
  /** Hash-only records: the hash, hex, and its algorithm. */
  readonly certificateHash?: string;
  readonly certificateHashDigest?: DigestName;
}

export interface InspectedCertificate {
  readonly bytes: number;
  readonly sha1: string;
  readonly sha256: string;
  /** `unknown` for keys other than RSA and the three NIST curves; `keyBits` is null then. */
  readonly keyType: 'rsa' | 'ec' | 'unknown';
  readonly keyBits: number | null;
  readonly notBefore: string;
  readonly notAfter: string;
}

export interface InspectedPlaintext {
  /** null where the device key does not open it; `reason` says why. */
  readonly bytes: number | null;
  readonly sha1: string | null;
  readonly digestMatches: boolean;
  readonly reason?: string;
}

export interface InspectOptions {
  /** How the result names the file. */
  readonly file: string;
  readonly trust?: readonly TrustSource[];
  /** RSA private key of the phone that an encrypted file is for. */
  readonly deviceKey?: KeyObject;
  /** Default `MAX_TRUST_FILE_OCTETS`. */
  readonly maxBytes?: number;
}

/**
 * Decodes and verifies one trust file. Unknown algorithms do not stop it: they end in `unsupported`.
 *
 * @throws TrustfleetError as `scan` does, and TF_CERT_MALFORMED for a record's certificate that cannot be read.
 */
export function inspectJson(bytes: Uint8Array, options: InspectOptions): Inspection {
  const table = scanTable();
  const kind = scan(bytes, table, options.maxBytes);
  const kept = keepTable(table);
  const records = readRecords(bytes, kept);
  const header = inspectHeader(bytes, kept);
  const encryption = kind === 'encrypted' ? readEncryption(bytes, kept) : null;
  return {
    file: options.file,
    bytes: bytes.length,
    kind,
    checksums: {
      md5: createHash('md5').update(bytes).digest('hex'),
      sha1: createHash('sha1').update(bytes).digest('hex'),
      sha256: createHash('sha256').update(bytes).digest('hex'),
    },
    header,
    records: records.map(inspectRecord),
    signature: signatureStatus(
      { kind, bytes, table: kept, signer: header.signer, records },
      options.trust ?? [],
    ),
    ...(kind === 'signed' ? { payload: inspectPayload(bytes, header.headerLength) } : {}),
    ...(encryption === null ? {} : inspectEncryption(bytes, kept, encryption, options.deviceKey)),
  };
}

/** Valid, and decrypted to what it should be where that was asked for: exit 0. */
export function isSound(inspection: Inspection): boolean {
  return inspection.signature.status === 'valid' && inspection.plaintext?.digestMatches !== false;
}

function inspectHeader(bytes: Uint8Array, table: Int32Array): InspectedHeader {
  const header = readPlainHeader(bytes, table);
  const { digest } = algorithmCodes(bytes, table);
  const version = ({ major, minor }: { major: number; minor: number }): string => `${major}.${minor}`;
  return {
    version: version(header.version),
    signerVersion: header.signerVersion === null ? null : version(header.signerVersion),
    headerLength: header.headerLength,
    signer: header.signer,
    digest: digestName(digest) ?? `${digest}`,
    signatureBytes: header.signature.length,
    filename: header.filename,
    timestamp: header.timestamp === null ? null : isoSeconds(new Date(header.timestamp * 1000)),
  };
}

function inspectRecord(record: TrustRecord): InspectedRecord {
  const { certificate, certificateHash } = record;
  return {
    offset: record.offset,
    length: record.length,
    role: roleName(record.role),
    dnsName: record.dnsName,
    subject: record.subject,
    issuer: record.issuer,
    serial: record.serial,
    publicKeyBytes: record.publicKey?.length ?? null,
    ipAddress: record.ipAddress,
    certificate: certificate === null ? null : inspectCertificate(certificate),
    ...(certificateHash === null
      ? {}
      : { certificateHash: hex(certificateHash.value), certificateHashDigest: certificateHash.digest }),
  };
}

function inspectCertificate(certificate: Certificate): InspectedCertificate {
  return {
    bytes: certificate.der.length,
    sha1: certificate.sha1,
    sha256: certificate.sha256,
    ...inspectKey(certificate),
    notBefore: isoSeconds(certificate.notBefore),
    notAfter: isoSeconds(certificate.notAfter),
  };
}

function inspectKey(certificate: Certificate): Pick<InspectedCertificate, 'keyType' | 'keyBits'> {
  try {
    return { keyType: certificate.keyType, keyBits: certificate.keyBits };
  } catch (error) {
    if (!(error instanceof TrustfleetError) || error.code !== 'TF_CERT_UNSUPPORTED') throw error;
    return { keyType: 'unknown', keyBits: null };
  }
}

function inspectPayload(bytes: Uint8Array, offset: number): NonNullable<Inspection['payload']> {
  const payload = bytes.subarray(offset);
  return { offset, bytes: payload.length, sha256: createHash('sha256').update(payload).digest('hex') };
}

function inspectEncryption(
  bytes: Uint8Array,
  table: Int32Array,
  encryption: EncryptionHeader,
  deviceKey: KeyObject | undefined,
): Pick<Inspection, 'encryption' | 'plaintext'> {
  const shown = { encryption: { keyBits: encryption.keyBits, digest: encryption.digest } };
  if (deviceKey === undefined) return shown;
  const header = readPlainHeader(bytes, table);
  try {
    const { plaintext, digestMatches } = decryptPayload(
      { encryption, filename: header.filename, ciphertext: bytes.subarray(header.headerLength) },
      deviceKey,
    );
    const sha1 = createHash('sha1').update(plaintext).digest('hex');
    return { ...shown, plaintext: { bytes: plaintext.length, sha1, digestMatches } };
  } catch (error) {
    if (!(error instanceof TrustfleetError) || error.code !== 'TF_DECRYPT_FAILED') throw error;
    return { ...shown, plaintext: { bytes: null, sha1: null, digestMatches: false, reason: error.message } };
  }
}

/** `2026-03-12T07:20:01Z`: trust files and certificates know no fractions of a second. */
function isoSeconds(date: Date): string {
  return `${date.toISOString().slice(0, -5)}Z`;
}
