import { createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { TrustfleetError } from '../../errors.js';
import { derWrap, expectDer, readDer } from '../../pki/der.js';
import {
  basicConstraints,
  encodeExtension,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
} from '../../pki/extensions.js';
import { encodeName, type NameAttribute } from '../../pki/name.js';
import { encodeOid } from '../../pki/oid.js';
import { encodePem } from '../../pki/pem.js';
import { CAPF_HASHES } from './message.js';

/**
 * Certificate requests for an external CA (PKCS#10, RFC 2986).
 *
 * CAPF has the phone's key only as a bare SubjectPublicKeyInfo, and a request must be signed with the private key. The one
 * message of the protocol that could do it is SIGN_CERTIFICATE_REQUEST, of which no octets are known (capf.md 5): its
 * layout here is **inferred**, and stands in this file and one row of `MESSAGES`:
 *
 * ```
 * SIGN_CERTIFICATE_REQUEST   CERTIFICATE = CertificationRequestInfo, DIGEST_TYPE = 1 SHA-1, 2 SHA-256, 3 SHA-512
 * SIGN_CERTIFICATE_RESPONSE  REASON 1, SIGNED_DATA = signature with DigestInfo, or ECDSA; REASON 7: the phone will not
 * ```
 *
 * A server sends it only for an external CA. A phone that does not know it ends the session (capf.md 5).
 */

/** Digests of a request's signature. */
export type CsrDigest = 'sha1' | 'sha256' | 'sha512';

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const NULL = Uint8Array.of(0x05, 0x00);
const VERSION_1 = Uint8Array.of(0x02, 0x01, 0x00);
const ZERO = Uint8Array.of(0);

const SIGNATURE_ALGORITHMS: Readonly<Record<'rsa' | 'ec', Readonly<Record<CsrDigest, Buffer>>>> = {
  rsa: {
    sha1: derWrap(0x30, encodeOid('1.2.840.113549.1.1.5'), NULL),
    sha256: derWrap(0x30, encodeOid('1.2.840.113549.1.1.11'), NULL),
    sha512: derWrap(0x30, encodeOid('1.2.840.113549.1.1.13'), NULL),
  },
  ec: {
    sha1: derWrap(0x30, encodeOid('1.2.840.10045.4.1')),
    sha256: derWrap(0x30, encodeOid('1.2.840.10045.4.3.2')),
    sha512: derWrap(0x30, encodeOid('1.2.840.10045.4.3.4')),
  },
};

/** What a phone signs: subject, key, and the extensions of an LSC (capf.md 10.1). */
export function certificationRequestInfo(request: {
  readonly device: string;
  readonly subject: readonly NameAttribute[];
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
}): Buffer {
  const extensions = [
    basicConstraints(),
    keyUsage(['digitalSignature', 'keyEncipherment'], true),
    extendedKeyUsage(['serverAuth', 'clientAuth', 'ipsecEndSystem']),
    subjectAltName([{ uri: request.device }]),
  ].map(encodeExtension);
  const attribute = derWrap(0x30, encodeOid(EXTENSION_REQUEST), derWrap(0x31, derWrap(0x30, ...extensions)));
  return derWrap(0x30, VERSION_1, encodeName(request.subject), request.publicKey, derWrap(0xa0, attribute));
}

/**
 * Phone: signs a request for its own key. It signs nothing else, or a server could have it sign whatever it likes.
 *
 * @returns undefined for what is no request for `publicKey`.
 */
export function signRequestInfo(
  info: Uint8Array,
  digest: CsrDigest,
  publicKey: Uint8Array,
  privateKey: KeyObject,
): Buffer | undefined {
  const key = requestedKey(info);
  if (key === undefined || Buffer.compare(key, publicKey) !== 0) return undefined;
  try {
    return sign(digest, info, { key: privateKey, dsaEncoding: 'der' });
  } catch {
    // RSA 512 has no room for SHA-512
    return undefined;
  }
}

/** SubjectPublicKeyInfo in a CertificationRequestInfo, undefined where it is none. */
function requestedKey(info: Uint8Array): Uint8Array | undefined {
  try {
    const outer = expectDer(info, 0, info.length, 0x30, 'CertificationRequestInfo');
    const version = expectDer(info, outer.content, outer.end, 0x02, 'version');
    const subject = expectDer(info, version.end, outer.end, 0x30, 'subject');
    const key = expectDer(info, subject.end, outer.end, 0x30, 'subjectPKInfo');
    const attributes = readDer(info, key.end, outer.end);
    const isWhole = attributes.tag === 0xa0 && attributes.end === outer.end && outer.end === info.length;
    return isWhole ? info.subarray(key.start, key.end) : undefined;
  } catch (error) {
    if (error instanceof TrustfleetError) return undefined;
    throw error;
  }
}

/**
 * Server: the request from what was to be signed and the phone's signature.
 *
 * @throws TrustfleetError TF_KEY_MISMATCH when the signature is not that of the key in it.
 */
export function certificationRequest(info: Uint8Array, digest: CsrDigest, signature: Uint8Array): Buffer {
  const spki = requestedKey(info);
  const key =
    spki === undefined ? undefined : createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  const type = key?.asymmetricKeyType;
  const isKnown = type === 'rsa' || type === 'ec';
  if (key === undefined || !isKnown || !verify(digest, info, { key, dsaEncoding: 'der' }, signature)) {
    throw new TrustfleetError(
      'TF_KEY_MISMATCH',
      'certificate request with a signature that is not that of its key',
    );
  }
  return derWrap(0x30, info, SIGNATURE_ALGORITHMS[type][digest], derWrap(0x03, ZERO, signature));
}

export function requestPem(request: Uint8Array): string {
  return encodePem('CERTIFICATE REQUEST', request);
}

const DIGEST_BY_NUMBER: ReadonlyMap<number, CsrDigest> = new Map([
  [CAPF_HASHES.sha1, 'sha1'],
  [CAPF_HASHES.sha256, 'sha256'],
  [CAPF_HASHES.sha512, 'sha512'],
]);

/** Digest of a DIGEST_TYPE element, undefined for one that is not known. */
export function csrDigest(number: number | undefined): CsrDigest | undefined {
  return number === undefined ? undefined : DIGEST_BY_NUMBER.get(number);
}
