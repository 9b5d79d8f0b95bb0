import { TrustfleetError } from '../errors.js';
import { type DerElement, derWrap, expectDer, readDer } from './der.js';
import { dottedOid, encodeOid } from './oid.js';

/** One attribute of a distinguished name, in certificate order. */
export interface NameAttribute {
  /** Short key (`CN`), or the dotted OID where it has none. */
  readonly key: string;
  readonly value: string;
}

/** ASN.1 string types by tag octet. */
const STRING = { utf8: 0x0c, printable: 0x13, ia5: 0x16, universal: 0x1c, bmp: 0x1e } as const;

/** Short keys, with the string type that this project writes (RFC 5280 4.1.2.4 and appendix A.1). */
const ATTRIBUTES: readonly (readonly [key: string, oid: string, string: number])[] = [
  ['CN', '2.5.4.3', STRING.utf8],
  ['SN', '2.5.4.4', STRING.utf8],
  ['SERIALNUMBER', '2.5.4.5', STRING.printable],
  ['C', '2.5.4.6', STRING.printable],
  ['L', '2.5.4.7', STRING.utf8],
  ['ST', '2.5.4.8', STRING.utf8],
  ['STREET', '2.5.4.9', STRING.utf8],
  ['O', '2.5.4.10', STRING.utf8],
  ['OU', '2.5.4.11', STRING.utf8],
  ['DC', '0.9.2342.19200300.100.1.25', STRING.ia5],
  ['UID', '0.9.2342.19200300.100.1.1', STRING.utf8],
];

/** By the OID's content octets, one character an octet. */
const KEY_BY_OID = new Map(
  ATTRIBUTES.map(([key, oid]) => [encodeOid(oid).toString('latin1', 2), key] as const),
);
const BY_KEY = new Map(
  ATTRIBUTES.map(([key, oid, string]) => [key, { oid, element: encodeOid(oid), string }] as const),
);

/** CUCM prints these, in this order, whatever the certificate's order is (trust-files.md 5.1). */
const CUCM_ORDER = ['CN', 'OU', 'O', 'L', 'ST', 'C'] as const;

function text(bytes: Buffer, { tag, start, content, end }: DerElement): string {
  switch (tag) {
    case STRING.utf8:
      return bytes.toString('utf8', content, end);
    case STRING.bmp:
      // UTF-16 in network order
      if ((end - content) % 2 !== 0) throw oddLength('BMPString', end - content, start);
      return Buffer.from(bytes.subarray(content, end)).swap16().toString('utf16le');
    case STRING.universal:
      if ((end - content) % 4 !== 0) throw oddLength('UniversalString', end - content, start);
      return universalText(bytes.subarray(content, end));
    default:
      // PrintableString, IA5String, and T61String as everybody uses it
      return bytes.toString('latin1', content, end);
  }
}

function universalText(octets: Buffer): string {
  let result = '';
  for (let at = 0; at < octets.length; at += 4) {
    const point = octets.readUInt32BE(at);
    result += point <= 0x10ffff ? String.fromCodePoint(point) : '\ufffd';
  }
  return result;
}

function oddLength(type: string, length: number, offset: number): TrustfleetError {
  return new TrustfleetError('TF_CERT_MALFORMED', `${type} of ${length} octets at offset ${offset}`, {
    context: { offset },
  });
}

/** Attributes of the DER Name at `element`. Throws TrustfleetError TF_CERT_MALFORMED. */
export function readName(der: Uint8Array, element: DerElement): NameAttribute[] {
  const attributes: NameAttribute[] = [];
  // one view for all of them: a view a value takes longer than reading it (`bench codecs`)
  const bytes = Buffer.from(der.buffer, der.byteOffset, der.length);
  for (let at = element.content; at < element.end; ) {
    const set = expectDer(der, at, element.end, 0x31, 'relative distinguished name');
    for (let inner = set.content; inner < set.end; ) {
      const pair = expectDer(der, inner, set.end, 0x30, 'attribute');
      const oid = expectDer(der, pair.content, pair.end, 0x06, 'attribute type');
      const value = readDer(der, oid.end, pair.end);
      attributes.push({
        key:
          KEY_BY_OID.get(bytes.toString('latin1', oid.content, oid.end)) ??
          dottedOid(bytes.subarray(oid.content, oid.end)),
        value: text(bytes, value),
      });
      inner = pair.end;
    }
    at = set.end;
  }
  return attributes;
}

/**
 * The DER Name with one attribute a RDN, in the given order. UTF8String but for the attributes that RFC 5280 gives another
 * type, as in the certificates of a real cluster.
 *
 * @throws TrustfleetError TF_NAME_MALFORMED for an unknown key, an empty value or a character that its type does not have.
 */
export function encodeName(attributes: readonly NameAttribute[]): Buffer {
  return derWrap(0x30, ...attributes.map((attribute) => derWrap(0x31, encodeAttribute(attribute))));
}

function encodeAttribute({ key, value }: NameAttribute): Buffer {
  const known = BY_KEY.get(key);
  const string = known?.string ?? STRING.utf8;
  if (value === '') throw new TrustfleetError('TF_NAME_MALFORMED', `name attribute ${key} is empty`);
  if (string === STRING.printable && !/^[A-Za-z0-9 '()+,./:=?-]+$/.test(value)) {
    throw new TrustfleetError(
      'TF_NAME_MALFORMED',
      `name attribute ${key} is ${JSON.stringify(value)}, expected characters of a PrintableString`,
    );
  }
  if (string === STRING.ia5 && !/^[\x20-\x7e]+$/.test(value)) {
    throw new TrustfleetError(
      'TF_NAME_MALFORMED',
      `name attribute ${key} is ${JSON.stringify(value)}, expected ASCII`,
    );
  }
  return derWrap(0x30, known?.element ?? encodeOid(key), derWrap(string, Buffer.from(value, 'utf8')));
}

/**
 * `CN=..;OU=..;O=..;L=..;ST=..;C=..`; missing ones are left out, others dropped (trust-files.md 5.1). A NUL inside a value
 * is written `\00`: names in trust files end at the first NUL, and two signers must not become one there.
 */
export function renderCucmName(attributes: readonly NameAttribute[]): string {
  return CUCM_ORDER.flatMap((key) =>
    attributes
      .filter((attribute) => attribute.key === key)
      .map((attribute) => `${key}=${attribute.value.replaceAll('\0', '\\00')}`),
  ).join(';');
}

/** Keys that certutils writes by name; the others stand as dotted OID (trust-files.md 5.3). */
const CERTUTILS_KEYS = new Set(['CN', 'L', 'ST', 'O', 'OU', 'C', 'STREET', 'DC', 'UID']);

/** RFC 4514 text per attribute in certificate order, joined by commas, as certutils writes it (trust-files.md 5.3). */
export function renderCertutilsName(attributes: readonly NameAttribute[]): string {
  return attributes
    .map(({ key, value }) => {
      const name = CERTUTILS_KEYS.has(key) ? key : (BY_KEY.get(key)?.oid ?? key);
      return `${name}=${escape4514(value)}`;
    })
    .join(',');
}

function escape4514(value: string): string {
  if (value === ' ') return '\\ ';
  return value
    .replace(/[\\",+<>;]/g, '\\$&')
    .replace(/^[ #]/, '\\$&')
    .replace(/ $/, '\\ ')
    .replaceAll('\0', '\\00');
}
