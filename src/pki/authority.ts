import { createHash, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { TrustfleetError } from '../errors.js';
import { Certificate } from './certificate.js';
import { derWrap, expectDer } from './der.js';
import { type CertificateExtension, encodeExtension } from './extensions.js';
import { encodeName, type NameAttribute } from './name.js';
import { encodeOid } from './oid.js';

/** Digests that certificates of this world are signed with. */
export type CertificateDigest = 'sha1' | 'sha256' | 'sha384' | 'sha512';

/** All that goes into a certificate. Nothing is drawn or dated here: the same request gives the same octets (RSA). */
export interface IssueRequest {
  /** In certificate order. */
  readonly subject: readonly NameAttribute[];
  readonly issuer: Certificate | 'self';
  /** Key to certify; SubjectPublicKeyInfo where it came in as octets. */
  readonly publicKey: KeyObject | Uint8Array;
  /** The issuer's private key, the subject's own for `self`. */
  readonly signWith: KeyObject;
  readonly digest: CertificateDigest;
  /** Positive, big-endian, 1 to 20 octets (RFC 5280 4.1.2.2). */
  readonly serial: Uint8Array;
  /** Whole seconds; what is below is cut off. */
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** In certificate order. */
  readonly extensions: readonly CertificateExtension[];
}

/** RFC 5280 4.1.2.2: no longer serial number may be met. */
const MAX_SERIAL_OCTETS = 20;

/** Octets of the serial numbers that Unified CM makes (trust-files.md 6). */
export const CUCM_SERIAL_OCTETS = 16;

const VERSION_3 = Uint8Array.of(0xa0, 0x03, 0x02, 0x01, 0x02);
const NULL = Uint8Array.of(0x05, 0x00);
const RSA_ENCRYPTION = derWrap(0x30, encodeOid('1.2.840.113549.1.1.1'), NULL);
/** Unused bits of a BIT STRING, and the octet that keeps an INTEGER positive. */
const ZERO = Uint8Array.of(0);

const RSA_SIGNATURE: Readonly<Record<CertificateDigest, Buffer>> = {
  sha1: derWrap(0x30, encodeOid('1.2.840.113549.1.1.5'), NULL),
  sha256: derWrap(0x30, encodeOid('1.2.840.113549.1.1.11'), NULL),
  sha384: derWrap(0x30, encodeOid('1.2.840.113549.1.1.12'), NULL),
  sha512: derWrap(0x30, encodeOid('1.2.840.113549.1.1.13'), NULL),
};

const ECDSA_SIGNATURE: Readonly<Record<CertificateDigest, Buffer>> = {
  sha1: derWrap(0x30, encodeOid('1.2.840.10045.4.1')),
  sha256: derWrap(0x30, encodeOid('1.2.840.10045.4.3.2')),
  sha384: derWrap(0x30, encodeOid('1.2.840.10045.4.3.3')),
  sha512: derWrap(0x30, encodeOid('1.2.840.10045.4.3.4')),
};

/**
 * Writes the DER and signs it once: the signature is the whole cost (speed.md 5), where certificate libraries take ten
 * times as long.
 *
 * @throws TrustfleetError TF_CERT_UNSUPPORTED for a key other than RSA or EC, a serial number that is not positive or too
 *   long, or a validity that ends before it begins.
 */
export function issueCertificate(request: IssueRequest): Certificate {
  const algorithm = signatureAlgorithm(request.signWith, request.digest);
  const subject = encodeName(request.subject);
  const extensions = request.extensions.map(encodeExtension);
  const tbs = derWrap(
    0x30,
    VERSION_3,
    encodeSerial(request.serial),
    algorithm,
    request.issuer === 'self' ? subject : request.issuer.subjectDer,
    encodeValidity(request.notBefore, request.notAfter),
    subject,
    spkiOf(request.publicKey),
    extensions.length === 0 ? new Uint8Array(0) : derWrap(0xa3, derWrap(0x30, ...extensions)),
  );
  const signature = sign(request.digest, tbs, request.signWith);
  return Certificate.fromDer(derWrap(0x30, tbs, algorithm, derWrap(0x03, ZERO, signature)));
}

/**
 * SubjectPublicKeyInfo of a key. RSA is exported as PKCS#1 and wrapped here: OpenSSL's own SPKI export takes 50 times as
 * long (5 us against 260).
 *
 * @throws TrustfleetError TF_CERT_UNSUPPORTED for a key other than RSA or EC.
 */
export function spkiOf(key: KeyObject | Uint8Array): Uint8Array {
  if (key instanceof Uint8Array) return key;
  if (key.asymmetricKeyType === 'rsa') {
    const pkcs1 = key.export({ type: 'pkcs1', format: 'der' });
    return derWrap(0x30, RSA_ENCRYPTION, derWrap(0x03, ZERO, pkcs1));
  }
  if (key.asymmetricKeyType === 'ec') return key.export({ type: 'spki', format: 'der' });
  throw new TrustfleetError(
    'TF_CERT_UNSUPPORTED',
    `public key of type ${key.asymmetricKeyType ?? key.type}, expected RSA or EC`,
  );
}

/**
 * The key of a SubjectPublicKeyInfo. RSA is read as the PKCS#1 inside: OpenSSL's SPKI decoder takes 20 times as long (speed.md
 * 1.3).
 *
 * @throws what OpenSSL throws for octets that are no key
 */
export function publicKeyOf(spki: Uint8Array): KeyObject {
  const whole = expectDer(spki, 0, spki.length, 0x30, 'SubjectPublicKeyInfo');
  const algorithm = expectDer(spki, whole.content, whole.end, 0x30, 'algorithm');
  const octets = Buffer.from(spki.buffer, spki.byteOffset, spki.length);
  if (octets.subarray(algorithm.start, algorithm.end).equals(RSA_ENCRYPTION)) {
    const bits = expectDer(spki, algorithm.end, whole.end, 0x03, 'subjectPublicKey');
    if (spki[bits.content] === 0)
      return createPublicKey({
        key: octets.subarray(bits.content + 1, bits.end),
        format: 'der',
        type: 'pkcs1',
      });
  }
  return createPublicKey({ key: octets, format: 'der', type: 'spki' });
}

/**
 * A serial number as Unified CM makes them: 16 octets, the first from 0x01 to 0x7f, so that neither DER nor a trust list
 * adds or drops an octet (trust-files.md 6).
 *
 * @param random 16 octets of the caller's randomness.
 */
export function cucmSerial(random: Uint8Array): Uint8Array {
  if (random.length !== CUCM_SERIAL_OCTETS) {
    throw new TrustfleetError(
      'TF_USAGE',
      `serial number from ${random.length} random octets, expected ${CUCM_SERIAL_OCTETS}`,
    );
  }
  const serial = Uint8Array.from(random);
  serial[0] = ((random[0] ?? 0) & 0x7f) | (((random[0] ?? 0) & 0x7f) === 0 ? 0x01 : 0x00);
  return serial;
}

/**
 * A serial number of the same form that depends on the key, too. Two authorities of one name whose keys differ are strangers to
 * whoever knows one of them, not one signer whose signatures fail.
 *
 * @param own tells those apart that have the same key
 */
export function keyedSerial(own: Uint8Array, publicKey: KeyObject | Uint8Array): Uint8Array {
  const digest = createHash('sha256').update(own).update(spkiOf(publicKey)).digest();
  return cucmSerial(digest.subarray(0, CUCM_SERIAL_OCTETS));
}

/**
 * AlgorithmIdentifier of a signature.
 *
 * @throws TrustfleetError TF_CERT_UNSUPPORTED for a key other than RSA or EC.
 */
export function signatureAlgorithm(key: KeyObject, digest: CertificateDigest): Buffer {
  if (key.asymmetricKeyType === 'rsa') return RSA_SIGNATURE[digest];
  if (key.asymmetricKeyType === 'ec') return ECDSA_SIGNATURE[digest];
  throw new TrustfleetError(
    'TF_CERT_UNSUPPORTED',
    `signing key of type ${key.asymmetricKeyType ?? key.type}, expected RSA or EC`,
  );
}

function encodeSerial(serial: Uint8Array): Buffer {
  let start = 0;
  while (start < serial.length && serial[start] === 0) start += 1;
  const octets = serial.subarray(start);
  if (octets.length === 0 || octets.length > MAX_SERIAL_OCTETS) {
    throw new TrustfleetError(
      'TF_CERT_UNSUPPORTED',
      `serial number of ${octets.length} octets after leading zeros, expected 1 to ${MAX_SERIAL_OCTETS}`,
    );
  }
  return (octets[0] ?? 0) >= 0x80 ? derWrap(0x02, ZERO, octets) : derWrap(0x02, octets);
}

function encodeValidity(notBefore: Date, notAfter: Date): Buffer {
  if (!(notBefore.getTime() <= notAfter.getTime())) {
    throw new TrustfleetError('TF_CERT_UNSUPPORTED', 'validity ends before it begins, or is no date');
  }
  return derWrap(0x30, encodeTime(notBefore), encodeTime(notAfter));
}

/** UTCTime for 1950 to 2049, GeneralizedTime otherwise (RFC 5280 4.1.2.5). */
function encodeTime(time: Date): Buffer {
  const text = `${time.toISOString().slice(0, 19).replace(/[-:T]/g, '')}Z`;
  const year = time.getUTCFullYear();
  if (year < 0 || year > 9999) {
    throw new TrustfleetError(
      'TF_CERT_UNSUPPORTED',
      `validity in the year ${year} cannot be written in X.509`,
    );
  }
  return year >= 1950 && year < 2050
    ? derWrap(0x17, Buffer.from(text.slice(2), 'latin1'))
    : derWrap(0x18, Buffer.from(text, 'latin1'));
}
