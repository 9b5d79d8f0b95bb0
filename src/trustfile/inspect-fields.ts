import type { InspectedRecord, Inspection } from './inspect.js';

/** Paths from an object to its single values: `header.signer.serial`. */
type PathOf<T> = {
  [K in keyof T & string]-?: NonNullable<T[K]> extends readonly unknown[]
    ? never
    : NonNullable<T[K]> extends object
      ? `${K}.${PathOf<NonNullable<T[K]>>}`
      : K;
}[keyof T & string];

/** Fields of a file as `inspect --json` has them, without its records. */
export const DOCUMENT_FIELDS = [
  'file',
  'bytes',
  'kind',
  'checksums.md5',
  'checksums.sha1',
  'checksums.sha256',
  'header.version',
  'header.signerVersion',
  'header.headerLength',
  'header.signer.subject',
  'header.signer.issuer',
  'header.signer.serial',
  'header.digest',
  'header.signatureBytes',
  'header.filename',
  'header.timestamp',
  'signature.status',
  'signature.signedBy',
  'signature.reason',
  'payload.offset',
  'payload.bytes',
  'payload.sha256',
  'encryption.keyBits',
  'encryption.digest',
] as const satisfies readonly PathOf<Inspection>[];

/** Fields of a record; `certificate` is null where it has none. */
export const RECORD_FIELDS = [
  'offset',
  'length',
  'role',
  'dnsName',
  'subject',
  'issuer',
  'serial',
  'publicKeyBytes',
  'ipAddress',
  'certificate',
  'certificate.bytes',
  'certificate.sha1',
  'certificate.sha256',
  'certificate.keyType',
  'certificate.keyBits',
  'certificate.notBefore',
  'certificate.notAfter',
  'certificateHash',
  'certificateHashDigest',
] as const satisfies readonly (PathOf<InspectedRecord> | 'certificate')[];
