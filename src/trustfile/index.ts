/** Trust files: CTL, ITL, `.sgn`, `.enc.sgn` (trust-files.md). What other rooms use. */
export { addressOctets, addressText } from './address.js';
export { buildTrustList, type TrustListSpec } from './build.js';
export { type Decrypted, decryptFile, decryptPayload, readEncryptedPayload } from './decrypt.js';
export { encryptFile, type FileKey, newFileKey } from './encrypt.js';
export { FIRMWARE_SIGNER, signFirmware } from './firmware.js';
export { type Inspection, type InspectOptions, inspectJson, isSound } from './inspect.js';
export { DOCUMENT_FIELDS, RECORD_FIELDS } from './inspect-fields.js';
export { MAX_RECORDS, MAX_TRUST_FILE_OCTETS } from './limits.js';
export type {
  EncryptedFile,
  EncryptionHeader,
  SignedFile,
  SignerId,
  TrustFile,
  TrustFileHeader,
  TrustList,
  TrustRecord,
} from './model.js';
export { certificatesOf, listKind, parseTrustFile, readRecords } from './parse.js';
export {
  blankItlRecord,
  certificateRecord,
  emptyRecord,
  encodeRecord,
  etokenRecord,
  hashRecord,
  ITL_DNS_NAME,
  type Layout,
  type RecordOptions,
  type RecordSpec,
} from './records.js';
export { type FileKind, scan } from './scan.js';
export { type ShowOptions, showMissing, showTrustList } from './show.js';
export { type SignedFileSpec, signFile } from './sign.js';
export { signatureSha1 } from './signature-sha1.js';
export {
  comparableSerial,
  findSigner,
  findSigners,
  type NameStyle,
  namesCertificate,
  ownSigner,
  recordKey,
  sameSigner,
  signerIdOf,
  signerKeyMatches,
} from './signer.js';
export { keepTable, scanTable } from './table.js';
export { printable } from './text.js';
export { readTrustSources, type TrustSource } from './trust-source.js';
export { signedOctets, verifyScanned, verifySignature } from './verify.js';
export type { GivenSignature, Signer, WrittenDigest } from './write.js';
