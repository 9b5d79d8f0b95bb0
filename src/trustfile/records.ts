import { createHash } from 'node:crypto';
import { DIGEST_CODES } from '../device/digest.js';
import { ROLE_CODES, type RoleName } from '../device/role.js';
import { TrustfleetError } from '../errors.js';
import type { Certificate } from '../pki/certificate.js';
import { addressOctets } from './address.js';
import { element, u8Element, u16Element } from './element.js';
import type { TrustRecord } from './model.js';
import { certificateNames, type NameStyle, storedSerial } from './signer.js';
import { MAX_U16, RECORD_TAG } from './tags.js';
import { encodeText } from './text.js';

/** What a record says; a parsed `TrustRecord` is one, so a list can be rebuilt from its records. */
export type RecordSpec = Omit<TrustRecord, 'offset' | 'length'>;

/** Element order: CUCM's (trust-files.md 4.3, first row) or that of certutils' tlvfile. */
export type Layout = 'cucm' | 'certutils';

export interface RecordOptions {
  /** Short host name of the node, or its address in CTLs of the CTL client; null (the default) leaves DNSNAME out. */
  readonly dnsName?: string | null;
  /** IPv4 or IPv6 text; null (the default, and what ITLs have) leaves IPADDRESS out. */
  readonly ipAddress?: string | null;
  /** Default `cucm`. */
  readonly names?: NameStyle;
  /** `omitted`: without SIGNATURE, as the CTL client writes (trust-files.md 4.3). Default `included`. */
  readonly signature?: 'included' | 'omitted';
}

/** DNSNAME in the ITLs of CUCM 8.x has two invisible octets; a blank is the project's guess (trust-files.md 17). */
export const ITL_DNS_NAME = ' ';

type Role = RoleName | number;

/** A record with the whole certificate. */
export function certificateRecord(
  role: Role,
  certificate: Certificate,
  options: RecordOptions = {},
): RecordSpec {
  const names = options.names ?? 'cucm';
  return {
    role: roleCode(role),
    dnsName: options.dnsName ?? null,
    ...certificateNames(certificate, names),
    serial: storedSerial(certificate, names),
    publicKey: certificate.listKey,
    signature: options.signature === 'omitted' ? null : certificate.signature,
    certificate,
    certificateHash: null,
    ipAddress: options.ipAddress ?? null,
  };
}

/** A record with the certificate's SHA-1 in its place, as TVS and CAPF have it in ITLs of CUCM 8.x. */
export function hashRecord(role: Role, certificate: Certificate, options: RecordOptions = {}): RecordSpec {
  const value = createHash('sha1').update(certificate.der).digest();
  return {
    ...certificateRecord(role, certificate, options),
    certificate: null,
    certificateHash: { digest: 'sha1', value },
  };
}

/** What is left of a server's record in the CTL of a cluster that went back to non-secure mode (trust-files.md 4.4). */
export function emptyRecord(
  role: Role,
  options: Pick<RecordOptions, 'dnsName' | 'ipAddress'> = {},
): RecordSpec {
  return {
    role: roleCode(role),
    dnsName: options.dnsName ?? null,
    subject: null,
    issuer: null,
    serial: null,
    publicKey: null,
    signature: null,
    certificate: null,
    certificateHash: null,
    ipAddress: options.ipAddress ?? null,
  };
}

/** SAST, TFTP and TVS records of the blank ITL: empty and without IPADDRESS. */
export function blankItlRecord(role: Role, dnsName: string = ITL_DNS_NAME): RecordSpec {
  return emptyRecord(role, { dnsName });
}

/**
 * A hardware token (trust-files.md 4.3, 5.2): empty DNSNAME, names and serial as Windows has them, no SIGNATURE. What its
 * four octets of IPADDRESS are is not known; zeros here.
 */
export function etokenRecord(certificate: Certificate): RecordSpec {
  return certificateRecord(ROLE_CODES.SAST, certificate, {
    dnsName: '',
    ipAddress: '0.0.0.0',
    names: 'etoken',
    signature: 'omitted',
  });
}

function roleCode(role: Role): number {
  return typeof role === 'number' ? role : ROLE_CODES[role];
}

/**
 * Octets of a record, RECORDLENGTH first.
 *
 * @throws TrustfleetError TF_TLV_TOO_LARGE beyond 65,535 octets, TF_USAGE for an address that is none.
 */
export function encodeRecord(record: RecordSpec, layout: Layout): Buffer {
  const dnsName = text(RECORD_TAG.DNSNAME, record.dnsName);
  const subject = text(RECORD_TAG.SUBJECTNAME, record.subject);
  const role = [u16Element(RECORD_TAG.FUNCTION, record.role)];
  const issuer = text(RECORD_TAG.ISSUERNAME, record.issuer);
  const serial = octets(
    RECORD_TAG.SERIALNUMBER,
    record.serial === null ? null : Buffer.from(record.serial, 'hex'),
  );
  const tail = [
    ...octets(RECORD_TAG.PUBLICKEY, record.publicKey),
    ...octets(RECORD_TAG.SIGNATURE, record.signature),
    ...octets(RECORD_TAG.CERTIFICATE, record.certificate?.der ?? null),
    ...octets(RECORD_TAG.IPADDRESS, record.ipAddress === null ? null : addressOctets(record.ipAddress)),
    ...hash(record.certificateHash),
  ];
  const parts =
    layout === 'cucm'
      ? [...dnsName, ...subject, ...role, ...issuer, ...serial, ...tail]
      : [...dnsName, ...subject, ...issuer, ...serial, ...role, ...tail];
  const length = parts.reduce((sum, part) => sum + part.length, 5);
  if (length > MAX_U16) {
    throw new TrustfleetError(
      'TF_TLV_TOO_LARGE',
      `record of ${length} octets (${record.subject ?? record.dnsName ?? 'no name'}), at most ${MAX_U16} fit`,
    );
  }
  return Buffer.concat([u16Element(RECORD_TAG.RECORDLENGTH, length), ...parts]);
}

function text(tag: number, value: string | null): Buffer[] {
  return value === null ? [] : [element(tag, encodeText(value))];
}

function octets(tag: number, value: Uint8Array | null): Buffer[] {
  return value === null ? [] : [element(tag, value)];
}

function hash(value: RecordSpec['certificateHash']): Buffer[] {
  if (value === null) return [];
  return [
    element(RECORD_TAG.CERTHASH, value.value),
    u8Element(RECORD_TAG.HASHALGORITHM, DIGEST_CODES[value.digest]),
  ];
}
