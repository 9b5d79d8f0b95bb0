import { createSign, type KeyObject } from 'node:crypto';
import { DIGEST_CODES } from '../device/digest.js';
import { TrustfleetError } from '../errors.js';
import type { Certificate } from '../pki/certificate.js';
import { element, u8Element, u16Element, u32Element } from './element.js';
import type { SignerId } from './model.js';
import type { Layout } from './records.js';
import { signerIdOf, signerKeyMatches } from './signer.js';
import { HEADER_TAG, MAX_U16, MODULUS_BITS, modulusCode, SIGNATURE_ALGORITHM_RSA } from './tags.js';
import { encodeText } from './text.js';

/** Digests that are written; SHA-256 has an id that no writer is known to use (trust-files.md 2.3). */
export type WrittenDigest = 'sha1' | 'sha512';

/** Signs: an RSA certificate of 512, 1024, 2048 or 4096 bits and its key. */
export interface Signer {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
  /** How the header names the signer; default: the certificate in the rendering of the layout. */
  readonly id?: SignerId;
}

/** Stands in for a signer whose key is not there: the signature value is a part like any other. */
export interface GivenSignature {
  readonly id: SignerId;
  readonly signature: Uint8Array;
}

export interface HeaderSpec {
  readonly version: { readonly major: number; readonly minor: number };
  readonly signerVersion: { readonly major: number; readonly minor: number } | null;
  readonly filename: string;
  /** Seconds since 1970-01-01 UTC, null for none. */
  readonly timestamp: number | null;
  readonly digest: WrittenDigest;
  readonly layout: Layout;
  /** Elements between TIMESTAMP and padding: those of an encrypted file. */
  readonly extra: readonly Uint8Array[];
}

/**
 * Header and contents with the signature over both (trust-files.md 2, 3). HeaderLength and padding are final before
 * anything is signed.
 *
 * @throws TrustfleetError TF_CERT_UNSUPPORTED (signer not RSA, or of a size without a code), TF_KEY_MISMATCH (key of
 * another certificate), TF_TLV_UNSUPPORTED (digest does not fit into the key), TF_TLV_TOO_LARGE, TF_USAGE.
 */
export function writeFile(
  header: HeaderSpec,
  contents: readonly Uint8Array[],
  signer: Signer | GivenSignature,
): Buffer {
  const style = header.layout === 'certutils' ? 'certutils' : 'cucm';
  const id = 'signature' in signer ? signer.id : (signer.id ?? signerIdOf(signer.certificate, style));
  const bits = 'signature' in signer ? signer.signature.length * 8 : signerBits(signer);
  const code = codeOf(bits);

  const afterLength = [
    ...version(HEADER_TAG.SIGNER_VERSION, header.signerVersion),
    signerId(id, header.layout),
    signatureInfo(header.digest, code),
  ];
  const afterSignature = [
    element(HEADER_TAG.FILENAME, encodeText(header.filename)),
    ...timestamp(header.timestamp),
    ...header.extra,
  ];
  const opening = version(HEADER_TAG.VERSION, header.version);
  const unpadded = size(opening) + 5 + size(afterLength) + 3 + bits / 8 + size(afterSignature);
  const padding = Buffer.alloc(-unpadded & 3, HEADER_TAG.PADDING);
  const headerLength = unpadded + padding.length;
  if (headerLength > MAX_U16) {
    throw new TrustfleetError('TF_TLV_TOO_LARGE', `header of ${headerLength} octets, at most ${MAX_U16} fit`);
  }
  const before = [...opening, u16Element(HEADER_TAG.HEADERLENGTH, headerLength), ...afterLength];
  const after = [...afterSignature, padding, ...contents];
  const signature =
    'signature' in signer ? signer.signature : sign(header.digest, signer.privateKey, before, after);
  return Buffer.concat([...before, element(HEADER_TAG.SIGNATURE, signature), ...after]);
}

function size(parts: readonly Uint8Array[]): number {
  return parts.reduce((sum, part) => sum + part.length, 0);
}

/** A certificate and its own key, of a size that can sign. */
function signerBits({ certificate, privateKey }: Signer): number {
  if (certificate.keyType !== 'rsa') {
    throw new TrustfleetError(
      'TF_CERT_UNSUPPORTED',
      `signer "${certificate.subject}" has an EC key: signers of trust files are RSA (trust-files.md 2.3)`,
    );
  }
  codeOf(certificate.keyBits);
  if (!signerKeyMatches(certificate, privateKey)) {
    throw new TrustfleetError(
      'TF_KEY_MISMATCH',
      `the key is not that of the certificate "${certificate.subject}"`,
    );
  }
  return certificate.keyBits;
}

function codeOf(bits: number): number {
  const code = modulusCode(bits);
  if (code === undefined) {
    throw new TrustfleetError(
      'TF_CERT_UNSUPPORTED',
      `no code for an RSA signer of ${bits} bits, expected ${MODULUS_BITS.join(', ')}`,
    );
  }
  return code;
}

/** CUCM: name, serial, issuer; certutils: name, issuer, serial (trust-files.md 2.2). */
function signerId(id: SignerId, layout: Layout): Buffer {
  const name = element(HEADER_TAG.SIGNERNAME, encodeText(id.subject));
  const serial = element(HEADER_TAG.SERIALNUMBER, Buffer.from(id.serial, 'hex'));
  const issuer = element(HEADER_TAG.CANAME, encodeText(id.issuer));
  return element(
    HEADER_TAG.SIGNERID,
    ...(layout === 'cucm' ? [name, serial, issuer] : [name, issuer, serial]),
  );
}

function signatureInfo(digest: WrittenDigest, modulus: number): Buffer {
  return element(
    HEADER_TAG.SIGNATUREINFO,
    u8Element(HEADER_TAG.DIGESTALGORITHM, DIGEST_CODES[digest]),
    element(
      HEADER_TAG.SIGNATUREALGOINFO,
      u8Element(HEADER_TAG.SIGNATUREALGORITHM, SIGNATURE_ALGORITHM_RSA),
      u8Element(HEADER_TAG.SIGNATUREMODULUS, modulus),
    ),
  );
}

function version(tag: number, value: HeaderSpec['signerVersion']): Buffer[] {
  return value === null ? [] : [u16Element(tag, value.major * 0x100 + value.minor)];
}

function timestamp(seconds: number | null): Buffer[] {
  if (seconds === null) return [];
  if (!Number.isInteger(seconds) || seconds < 0 || seconds > 0xffffffff) {
    throw new TrustfleetError(
      'TF_USAGE',
      `time stamp ${seconds}, expected whole seconds since 1970 that fit into 32 bits`,
    );
  }
  return [u32Element(HEADER_TAG.TIMESTAMP, seconds)];
}

function sign(
  digest: WrittenDigest,
  privateKey: KeyObject,
  before: readonly Uint8Array[],
  after: readonly Uint8Array[],
): Buffer {
  const signing = createSign(digest === 'sha1' ? 'RSA-SHA1' : 'RSA-SHA512');
  for (const part of before) signing.update(part);
  for (const part of after) signing.update(part);
  try {
    return signing.sign(privateKey);
  } catch (cause) {
    throw new TrustfleetError(
      'TF_TLV_UNSUPPORTED',
      `the key cannot sign with ${digest} (512 bits are too few for SHA-512)`,
      { cause },
    );
  }
}
