import { createHash } from 'node:crypto';
import { TrustfleetError } from '../errors.js';
import { derWrap, expectDer } from './der.js';
import { encodeOid } from './oid.js';

/** One certificate extension (RFC 5280 4.2), its value already DER. */
export interface CertificateExtension {
  readonly oid: string;
  readonly critical: boolean;
  readonly value: Uint8Array;
}

/** Bits of KeyUsage by name; the number is the bit's place, 0 leftmost (RFC 5280 4.2.1.3). */
const KEY_USAGE_BITS = {
  digitalSignature: 0,
  nonRepudiation: 1,
  keyEncipherment: 2,
  dataEncipherment: 3,
  keyAgreement: 4,
  certSign: 5,
  crlSign: 6,
} as const;

export type KeyUsage = keyof typeof KEY_USAGE_BITS;

const PURPOSES = {
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  ipsecEndSystem: '1.3.6.1.5.5.7.3.5',
} as const;

export type KeyPurpose = keyof typeof PURPOSES;

/** A SubjectAltName: the kinds that Unified CM and CAPF put there (capf.md 10.1). */
export type AlternativeName = { readonly dns: string } | { readonly uri: string };

const TRUE = Uint8Array.of(0x01, 0x01, 0xff);

/** The Extension element. */
export function encodeExtension(extension: CertificateExtension): Buffer {
  const value = derWrap(0x04, extension.value);
  const oid = encodeOid(extension.oid);
  return extension.critical ? derWrap(0x30, oid, TRUE, value) : derWrap(0x30, oid, value);
}

export function keyUsage(usages: readonly KeyUsage[], critical = false): CertificateExtension {
  let bits = 0;
  let last = 0;
  for (const usage of usages) {
    const place = KEY_USAGE_BITS[usage];
    bits |= 0x80 >> place;
    last = Math.max(last, place);
  }
  // DER wants the unused bits counted and no trailing zero bits: 03 02 05 a0
  return { oid: '2.5.29.15', critical, value: derWrap(0x03, Uint8Array.of(7 - last, bits)) };
}

export function extendedKeyUsage(purposes: readonly KeyPurpose[]): CertificateExtension {
  const oids = purposes.map((purpose) => encodeOid(PURPOSES[purpose]));
  return { oid: '2.5.29.37', critical: false, value: derWrap(0x30, ...oids) };
}

/** CA:FALSE (`30 00`) without an argument; with one, CA:TRUE with that path length. */
export function basicConstraints(ca?: { readonly pathLength: number }): CertificateExtension {
  const content =
    ca === undefined ? [] : [TRUE, derWrap(0x02, Uint8Array.of(Math.min(Math.max(ca.pathLength, 0), 0x7f)))];
  return { oid: '2.5.29.19', critical: true, value: derWrap(0x30, ...content) };
}

/** @throws TrustfleetError TF_NAME_MALFORMED for a name with anything but printable ASCII (IA5String). */
export function subjectAltName(names: readonly AlternativeName[]): CertificateExtension {
  const encoded = names.map((name) =>
    'dns' in name ? derWrap(0x82, ascii(name.dns)) : derWrap(0x86, ascii(name.uri)),
  );
  return { oid: '2.5.29.17', critical: false, value: derWrap(0x30, ...encoded) };
}

/** SHA-1 over the key's BIT STRING content (RFC 5280 4.2.1.2, method 1). */
export function subjectKeyIdentifier(spki: Uint8Array): CertificateExtension {
  const outer = expectDer(spki, 0, spki.length, 0x30, 'subjectPublicKeyInfo');
  const algorithm = expectDer(spki, outer.content, outer.end, 0x30, 'algorithm');
  const bits = expectDer(spki, algorithm.end, outer.end, 0x03, 'subjectPublicKey');
  const digest = createHash('sha1')
    .update(spki.subarray(bits.content + 1, bits.end))
    .digest();
  return { oid: '2.5.29.14', critical: false, value: derWrap(0x04, digest) };
}

function ascii(text: string): Buffer {
  if (!/^[\x21-\x7e]+$/.test(text)) {
    throw new TrustfleetError(
      'TF_NAME_MALFORMED',
      `alternative name ${JSON.stringify(text)}: expected printable ASCII without spaces`,
    );
  }
  return Buffer.from(text, 'latin1');
}
