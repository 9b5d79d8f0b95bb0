import { createPublicKey, type KeyObject } from 'node:crypto';
import { ROLE_CODES } from '../device/role.js';
import { TrustfleetError } from '../errors.js';
import type { Certificate } from '../pki/certificate.js';
import { renderCertutilsName, renderCucmName } from '../pki/name.js';
import { etokenNames, reversedSerial } from './etoken.js';
import type { SignerId, TrustList, TrustRecord } from './model.js';

/** Whose rendering of names: CUCM's `CN=..;OU=..`, certutils' RFC 4514, or that of hardware tokens (trust-files.md 5). */
export type NameStyle = 'cucm' | 'certutils' | 'etoken';

/** By certificate, in CUCM's rendering: phones name the same few signers again and again. */
const signerIds = new WeakMap<Certificate, SignerId>();

/** How a header names this certificate as its signer. */
export function signerIdOf(certificate: Certificate, style: NameStyle = 'cucm'): SignerId {
  if (style !== 'cucm') return makeSignerId(certificate, style);
  let id = signerIds.get(certificate);
  if (id === undefined) {
    id = makeSignerId(certificate, style);
    signerIds.set(certificate, id);
  }
  return id;
}

function makeSignerId(certificate: Certificate, style: NameStyle): SignerId {
  return { ...certificateNames(certificate, style), serial: storedSerial(certificate, style) };
}

/** SUBJECTNAME and ISSUERNAME of a certificate. */
export function certificateNames(
  certificate: Certificate,
  style: NameStyle,
): { readonly subject: string; readonly issuer: string } {
  if (style === 'etoken') return etokenNames(certificate);
  const render = style === 'cucm' ? renderCucmName : renderCertutilsName;
  return { subject: render(certificate.subjectAttributes), issuer: render(certificate.issuerAttributes) };
}

/** SERIALNUMBER of a certificate, lower-case hex. */
export function storedSerial(certificate: Certificate, style: NameStyle): string {
  return style === 'etoken' ? reversedSerial(certificate.serial) : certificate.serial;
}

/** Without the leading zero octets that one writer keeps and another strips (trust-files.md 6). */
export function comparableSerial(serial: string): string {
  let start = 0;
  while (start < serial.length - 2 && serial.startsWith('00', start)) start += 2;
  return start === 0 ? serial : serial.slice(start);
}

/** issuer and serial number, and the subject name, as stored. */
export function sameSigner(
  a: SignerId,
  b: { readonly subject: string | null; readonly issuer: string | null; readonly serial: string | null },
): boolean {
  return (
    b.serial !== null &&
    a.issuer === b.issuer &&
    a.subject === b.subject &&
    comparableSerial(a.serial) === comparableSerial(b.serial)
  );
}

/**
 * The first record that is the signer and has one of `roles` (any role without them; R-23 says which for what). The same
 * certificate often stands twice in a list, as SAST and as CCM+TFTP.
 */
export function findSigner(
  records: readonly TrustRecord[],
  signer: SignerId,
  roles?: readonly number[],
): TrustRecord | undefined {
  return records.find(
    (record) => (roles === undefined || roles.includes(record.role)) && sameSigner(signer, record),
  );
}

/** All records of the signer, whatever their roles. */
export function findSigners(records: readonly TrustRecord[], signer: SignerId): readonly TrustRecord[] {
  return records.filter((record) => sameSigner(signer, record));
}

/** The SAST record that a list names as its signer (trust-files.md 3.1), if it has one. */
export function ownSigner(list: TrustList): TrustRecord | undefined {
  return findSigner(list.records, list.header.signer, [ROLE_CODES.SAST]);
}

/** Does `id` name this certificate, in any of the renderings? */
export function namesCertificate(id: SignerId, certificate: Certificate): boolean {
  return (['cucm', 'certutils', 'etoken'] as const).some((style) =>
    sameSigner(id, signerIdOf(certificate, style)),
  );
}

/**
 * The key to check signatures of a record's owner with: that of its certificate, or PUBLICKEY where the record has a hash
 * in its place. A hash-only EC record has none: its point does not name the curve (trust-files.md 7).
 *
 * @throws TrustfleetError TF_CERT_MALFORMED or TF_CERT_UNSUPPORTED when the certificate or key cannot be used.
 */
export function recordKey(record: TrustRecord): KeyObject | undefined {
  if (record.certificate !== null) return record.certificate.publicKey;
  const { publicKey } = record;
  if (publicKey === null || publicKey[0] !== DER_SEQUENCE) return undefined;
  try {
    return createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'pkcs1' });
  } catch (cause) {
    throw new TrustfleetError(
      'TF_CERT_UNSUPPORTED',
      `PUBLICKEY of the record at offset ${record.offset} is no usable RSAPublicKey`,
      { context: { offset: record.offset }, cause },
    );
  }
}

const DER_SEQUENCE = 0x30;

/** Does the certificate belong to this key pair? */
export function signerKeyMatches(certificate: Certificate, privateKey: KeyObject): boolean {
  return createPublicKey(privateKey).equals(certificate.publicKey);
}
