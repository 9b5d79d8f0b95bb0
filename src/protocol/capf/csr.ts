import { createPublicKey, sign } from 'node:crypto';
import { TrustfleetError } from '../../errors.js';
import { signatureAlgorithm, spkiOf } from '../../pki/authority.js';
import { type CertificateRequest, readRequest } from '../../pki/certificate-request.js';
import { derWrap, expectDer, readDer } from '../../pki/der.js';
import {
  basicConstraints,
  encodeExtension,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
} from '../../pki/extensions.js';
import type { KeyPair } from '../../pki/keys.js';
import { encodeName, type NameAttribute } from '../../pki/name.js';
import { encodeOid } from '../../pki/oid.js';
import { CAPF_HASHES } from './message.js';

/**
 * Certificate requests for an external CA (PKCS#10, RFC 2986; OP-26).
 *
 * CAPF has the phone's key only as a bare SubjectPublicKeyInfo (capf.md 6.3), and a request must be signed with the private
 * key. The one message of the protocol that could do it is SIGN_CERTIFICATE_REQUEST, of which no octets are known (capf.md 5):
 * its layout is **inferred**, and stands in this file and in one row of `MESSAGES`:
 *
 * ```
 * SIGN_CERTIFICATE_REQUEST   CERTIFICATE = CertificationRequestInfo, DIGEST_TYPE = 1 SHA-1, 2 SHA-256, 3 SHA-512
 * SIGN_CERTIFICATE_RESPONSE  REASON 1, SIGNED_DATA = PKCS#1 signature with DigestInfo, or ECDSA; REASON 7: refused
 * ```
 *
 * A server sends it only for an external CA. A phone that does not know it ends the session (capf.md 5).
 */
export type CsrDigest = 'sha1' | 'sha256' | 'sha512';

const EXTENSION_REQUEST = '1.2.840.113549.1.9.14';
const VERSION_1 = Uint8Array.of(0x02, 0x01, 0x00);
const ZERO = Uint8Array.of(0);

/** Server: what the phone is to sign: subject, its key, and the extensions of an LSC (capf.md 10.1). */
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
  const values = derWrap(0x31, derWrap(0x30, ...extensions));
  const attribute = derWrap(0x30, encodeOid(EXTENSION_REQUEST), values);
  return derWrap(0x30, VERSION_1, encodeName(request.subject), request.publicKey, derWrap(0xa0, attribute));
}

/**
 * Phone: signs a request for its own key. It signs nothing else, or a server could have it sign whatever it likes.
 *
 * @returns undefined for what is no request for this key.
 */
export function signRequestInfo(info: Uint8Array, digest: CsrDigest, pair: KeyPair): Buffer | undefined {
  const key = requestedKey(info);
  if (key === undefined || Buffer.compare(key, spkiOf(pair.publicKey)) !== 0) return undefined;
  try {
    return sign(digest, info, { key: pair.privateKey, dsaEncoding: 'der' });
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
 * @throws TrustfleetError TF_CERT_MALFORMED for what is no CertificationRequestInfo, TF_KEY_MISMATCH when the signature is not
 *   that of the key in it.
 */
export function certificationRequest(
  info: Uint8Array,
  digest: CsrDigest,
  signature: Uint8Array,
): CertificateRequest {
  const spki = requestedKey(info);
  if (spki === undefined) {
    throw new TrustfleetError('TF_CERT_MALFORMED', 'no CertificationRequestInfo of one key');
  }
  const key = createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  const algorithm = signatureAlgorithm(key, digest);
  return readRequest(derWrap(0x30, info, algorithm, derWrap(0x03, ZERO, signature)));
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
