import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { TrustfleetError } from '../errors.js';
import { signatureAlgorithm, spkiOf } from './authority.js';
import { signatureDigest } from './chain.js';
import { type DerElement, derWrap, expectDer, readDer } from './der.js';
import { type CertificateExtension, encodeExtension } from './extensions.js';
import { encodeName, type NameAttribute, readName } from './name.js';
import { encodeOid } from './oid.js';

/** A request for a certificate (PKCS#10, RFC 2986), its signature checked. */
export interface CertificateRequest {
  readonly der: Uint8Array;
  readonly subject: readonly NameAttribute[];
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
}

export interface RequestSpec {
  readonly subject: readonly NameAttribute[];
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** What the CA is asked to put into the certificate. */
  readonly extensions: readonly CertificateExtension[];
}

/** Longest request that is looked at, octets: a 4096-bit key and a hundred names stay far below. */
export const MAX_REQUEST_OCTETS = 16_384;

const VERSION_1 = Uint8Array.of(0x02, 0x01, 0x00);
const ZERO = Uint8Array.of(0);
const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const DIGEST = 'sha256';

/** Writes and signs a request with SHA-256, as Unified CM does. */
export function writeRequest(spec: RequestSpec): Buffer {
  const extensions = derWrap(0x30, ...spec.extensions.map(encodeExtension));
  const info = derWrap(
    0x30,
    VERSION_1,
    encodeName(spec.subject),
    spkiOf(spec.publicKey),
    derWrap(0xa0, derWrap(0x30, encodeOid(EXTENSION_REQUEST), derWrap(0x31, extensions))),
  );
  const signature = sign(DIGEST, info, spec.privateKey);
  return derWrap(0x30, info, signatureAlgorithm(spec.privateKey, DIGEST), derWrap(0x03, ZERO, signature));
}

/**
 * Reads a request and checks that whoever made it has the key.
 *
 * @throws TrustfleetError TF_CERT_MALFORMED when the octets are no request, TF_KEY_MISMATCH when the signature is not that of
 *   the key in it.
 */
export function readRequest(der: Uint8Array): CertificateRequest {
  if (der.length > MAX_REQUEST_OCTETS) {
    throw new TrustfleetError(
      'TF_CERT_MALFORMED',
      `certificate request of ${der.length} octets, expected at most ${MAX_REQUEST_OCTETS}`,
    );
  }
  const outer = expectDer(der, 0, der.length, 0x30, 'certificate request');
  const info = expectDer(der, outer.content, outer.end, 0x30, 'certificationRequestInfo');
  const algorithm = expectDer(der, info.end, outer.end, 0x30, 'signatureAlgorithm');
  const signature = expectDer(der, algorithm.end, outer.end, 0x03, 'signature');
  const version = expectDer(der, info.content, info.end, 0x02, 'version');
  const subject = expectDer(der, version.end, info.end, 0x30, 'subject');
  const spki = expectDer(der, subject.end, info.end, 0x30, 'subjectPKInfo');
  if (outer.end !== der.length || signature.end !== outer.end) {
    throw new TrustfleetError('TF_CERT_MALFORMED', 'octets after the end of a certificate request', {
      context: { offset: signature.end },
    });
  }
  const publicKey = der.subarray(spki.start, spki.end);
  if (!isSigned(der, { info, algorithm, signature }, publicKey)) {
    throw new TrustfleetError(
      'TF_KEY_MISMATCH',
      'certificate request with a signature that is not that of its key',
    );
  }
  return { der, subject: readName(der, subject), publicKey };
}

function isSigned(
  der: Uint8Array,
  parts: { readonly info: DerElement; readonly algorithm: DerElement; readonly signature: DerElement },
  publicKey: Uint8Array,
): boolean {
  const { info, algorithm, signature } = parts;
  const oid = readDer(der, algorithm.content, algorithm.end);
  const digest = signatureDigest(Buffer.from(der.subarray(oid.content, oid.end)).toString('hex'));
  if (digest === undefined) return false;
  try {
    const key = createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
    return verify(
      digest,
      der.subarray(info.start, info.end),
      key,
      der.subarray(signature.content + 1, signature.end),
    );
  } catch {
    // OpenSSL throws for a key that it does not know, and for one that cannot have made such a signature
    return false;
  }
}
