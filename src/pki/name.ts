import { type DerElement, expectDer, readDer } from './der.js';

/** One attribute of a distinguished name, in certificate order. */
export interface NameAttribute {
  /** Short key (`CN`), or the dotted OID where it has none. */
  readonly key: string;
  readonly value: string;
}

const KEYS: Readonly<Record<string, string>> = {
  '550403': 'CN',
  '550404': 'SN',
  '550405': 'SERIALNUMBER',
  '550406': 'C',
  '550407': 'L',
  '550408': 'ST',
  '550409': 'STREET',
  '55040a': 'O',
  '55040b': 'OU',
  '0992268993f22c640119': 'DC',
  '0992268993f22c640101': 'UID',
};

/** CUCM prints these, in this order, whatever the certificate's order is (trust-files.md 5.1). */
const CUCM_ORDER = ['CN', 'OU', 'O', 'L', 'ST', 'C'] as const;

function dottedOid(octets: Uint8Array): string {
  const arcs: number[] = [];
  let value = 0;
  for (const octet of octets) {
    value = value * 128 + (octet & 0x7f);
    if (octet < 0x80) {
      if (arcs.length === 0) {
        const first = Math.min(2, Math.floor(value / 40));
        arcs.push(first, value - first * 40);
      } else {
        arcs.push(value);
      }
      value = 0;
    }
  }
  return arcs.join('.');
}

function text(tag: number, octets: Uint8Array): string {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.length);
  // BMPString is UTF-16 in network order
  if (tag === 0x1e) return Buffer.from(buffer).swap16().toString('utf16le');
  return buffer.toString(tag === 0x0c ? 'utf8' : 'latin1');
}

/** Attributes of the DER Name at `element`. Throws TrustfleetError TF_CERT_MALFORMED. */
export function readName(der: Uint8Array, element: DerElement): NameAttribute[] {
  const attributes: NameAttribute[] = [];
  for (let at = element.content; at < element.end; ) {
    const set = expectDer(der, at, element.end, 0x31, 'relative distinguished name');
    for (let inner = set.content; inner < set.end; ) {
      const pair = expectDer(der, inner, set.end, 0x30, 'attribute');
      const oid = expectDer(der, pair.content, pair.end, 0x06, 'attribute type');
      const value = readDer(der, oid.end, pair.end);
      const octets = der.subarray(oid.content, oid.end);
      attributes.push({
        key: KEYS[Buffer.from(octets).toString('hex')] ?? dottedOid(octets),
        value: text(value.tag, der.subarray(value.content, value.end)),
      });
      inner = pair.end;
    }
    at = set.end;
  }
  return attributes;
}

/** `CN=..;OU=..;O=..;L=..;ST=..;C=..`; missing ones are left out, others dropped (trust-files.md 5.1). */
export function renderCucmName(attributes: readonly NameAttribute[]): string {
  return CUCM_ORDER.flatMap((key) =>
    attributes.filter((attribute) => attribute.key === key).map((attribute) => `${key}=${attribute.value}`),
  ).join(';');
}

/** RFC 4514 text per attribute in certificate order, joined by commas, as certutils writes it (trust-files.md 5.3). */
export function renderCertutilsName(attributes: readonly NameAttribute[]): string {
  return attributes.map(({ key, value }) => `${key}=${escape4514(value)}`).join(',');
}

function escape4514(value: string): string {
  return value
    .replace(/([\\",+<>;])/g, '\\$1')
    .replace(/^([ #])/, '\\$1')
    .replace(/ $/, '\\ ')
    .replaceAll('\0', '\\00');
}
