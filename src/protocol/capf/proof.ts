import {
  constants,
  createHash,
  type KeyObject,
  privateEncrypt,
  publicDecrypt,
  sign,
  verify,
} from 'node:crypto';
import type { Identity } from '../../pki/keys.js';
import type { HashedSignature, SudiPart } from './elements.js';
import { CAPF_HASHES } from './message.js';

type ProofDigest = 'sha1' | 'sha512';

const NUL = Uint8Array.of(0);

/**
 * What SIGNED_DATA and SHA2_SIGNED_DATA sign: device name, NUL, certificate without its wrapper (capf.md 9.1).
 */
function certificateInput(deviceName: string, certificate: Uint8Array): readonly Uint8Array[] {
  return [Buffer.from(deviceName, 'latin1'), NUL, certificate];
}

/**
 * What the records of SUDI_DATA sign: session id, certificate. The id is **little-endian**, alone in this protocol: Cisco's
 * server signs the integer as its x86 has it in memory (capf.md 9.3).
 */
function sudiInput(sessionId: number, certificate: Uint8Array): readonly Uint8Array[] {
  const id = Buffer.alloc(4);
  id.writeUInt32LE(sessionId);
  return [id, certificate];
}

/**
 * A signature as CAPF has it. RSA: the private-key operation on `00 01 ff..ff 00 | digest`, the bare digest without the
 * DigestInfo of PKCS#1. EC: ordinary ECDSA in DER (capf.md 9.1).
 *
 * @throws the error of OpenSSL where the key cannot hold the digest: RSA 512 has no room for SHA-512 (capf.md 9.2).
 */
function signProof(digest: ProofDigest, input: readonly Uint8Array[], key: KeyObject): Buffer {
  if (key.asymmetricKeyType === 'ec') {
    return sign(digest, Buffer.concat(input), { key, dsaEncoding: 'der' });
  }
  return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestOf(digest, input));
}

/** Checks all of the block, padding included, where the reference server compares its end only (capf.md 9.1). */
function verifyProof(
  digest: ProofDigest,
  input: readonly Uint8Array[],
  signature: Uint8Array,
  key: KeyObject,
): boolean {
  try {
    if (key.asymmetricKeyType === 'ec') {
      return verify(digest, Buffer.concat(input), { key, dsaEncoding: 'der' }, signature);
    }
    const modulusOctets = (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8;
    if (signature.length !== Math.ceil(modulusOctets)) return false;
    const block = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
    return block.equals(digestOf(digest, input));
  } catch {
    // OpenSSL throws for a block that is none, and for a signature that is no number below the modulus
    return false;
  }
}

function digestOf(digest: ProofDigest, input: readonly Uint8Array[]): Buffer {
  const hash = createHash(digest);
  for (const part of input) hash.update(part);
  return hash.digest();
}

/** Elements with which a phone proves that a certificate is its own. */
export interface CertificateProof {
  readonly certificate: Uint8Array;
  readonly signedData: Uint8Array;
  readonly sha2SignedData: HashedSignature;
}

/** Undefined where the key cannot hold a SHA-512: it cannot authenticate (capf.md 9.2). */
export function proveCertificate(deviceName: string, identity: Identity): CertificateProof | undefined {
  const { der } = identity.certificate;
  const input = certificateInput(deviceName, der);
  if (!canHoldSha512(identity.privateKey)) return undefined;
  return {
    certificate: der,
    signedData: signProof('sha1', input, identity.privateKey),
    sha2SignedData: {
      hash: CAPF_HASHES.sha512,
      signature: signProof('sha512', input, identity.privateKey),
    },
  };
}

/** SUDI_DATA; undefined for a key that is not RSA, for which none is defined, or too short (capf.md 9.3). */
export function proveSudi(sessionId: number, identity: Identity): readonly SudiPart[] | undefined {
  const { certificate, privateKey } = identity;
  if (privateKey.asymmetricKeyType !== 'rsa' || !canHoldSha512(privateKey)) return undefined;
  const input = sudiInput(sessionId, certificate.der);
  return [
    { hash: CAPF_HASHES.certificate, value: certificate.der },
    { hash: CAPF_HASHES.sha1, value: signProof('sha1', input, privateKey) },
    { hash: CAPF_HASHES.sha512, value: signProof('sha512', input, privateKey) },
  ];
}

/** Padding of a PKCS#1 block, octets at least. */
const PKCS1_OVERHEAD = 11;

function canHoldSha512(key: KeyObject): boolean {
  if (key.asymmetricKeyType !== 'rsa') return true;
  return (key.asymmetricKeyDetails?.modulusLength ?? 0) / 8 >= 64 + PKCS1_OVERHEAD;
}

/** Both signatures, with `key` of the certificate. */
export function checkCertificateProof(deviceName: string, proof: CertificateProof, key: KeyObject): boolean {
  const input = certificateInput(deviceName, proof.certificate);
  return (
    proof.sha2SignedData.hash === CAPF_HASHES.sha512 &&
    verifyProof('sha1', input, proof.signedData, key) &&
    verifyProof('sha512', input, proof.sha2SignedData.signature, key)
  );
}

/** The three records of a SUDI_DATA; undefined where they are not these three. */
export function readSudi(
  parts: readonly SudiPart[],
): { readonly certificate: Uint8Array; readonly sha1: Uint8Array; readonly sha512: Uint8Array } | undefined {
  const value = (hash: number): Uint8Array | undefined => parts.find((part) => part.hash === hash)?.value;
  const certificate = value(CAPF_HASHES.certificate);
  const sha1 = value(CAPF_HASHES.sha1);
  const sha512 = value(CAPF_HASHES.sha512);
  if (parts.length !== 3 || certificate === undefined || sha1 === undefined || sha512 === undefined) {
    return undefined;
  }
  return { certificate, sha1, sha512 };
}

export function checkSudiProof(
  sessionId: number,
  sudi: { readonly certificate: Uint8Array; readonly sha1: Uint8Array; readonly sha512: Uint8Array },
  key: KeyObject,
): boolean {
  const input = sudiInput(sessionId, sudi.certificate);
  return verifyProof('sha1', input, sudi.sha1, key) && verifyProof('sha512', input, sudi.sha512, key);
}
