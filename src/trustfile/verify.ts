import { createVerify, type KeyObject } from 'node:crypto';
import { type DigestName, digestName } from '../device/digest.js';
import { isOpenSslError } from '../pki/openssl-error.js';
import type { TrustFile } from './model.js';
import { u8 } from './octets.js';
import { signatureElement, valueLength, valueOffset } from './table.js';
import { ELEMENT_OVERHEAD, HEADER_TAG } from './tags.js';

const ALGORITHMS: Readonly<Record<DigestName, string>> = {
  sha1: 'RSA-SHA1',
  sha256: 'RSA-SHA256',
  sha512: 'RSA-SHA512',
};

/**
 * Was `file` signed with the private half of `key`? The signed octets are the whole file without the SIGNATURE element
 * (trust-files.md 3). Throws nothing: a key that cannot have signed it (EC, other size) is a no.
 */
export function verifySignature(file: TrustFile, key: KeyObject): boolean {
  const { digest, signatureOffset, signature } = file.header;
  return verifyOctets(file.bytes, digest, signatureOffset, signature.length, key);
}

/** The same for a scanned file, without any object of the readable parser (`bench verify`). */
export function verifyScanned(bytes: Uint8Array, table: Int32Array, key: KeyObject): boolean {
  const digest = digestName(u8(bytes, valueOffset(table, HEADER_TAG.DIGESTALGORITHM)));
  if (digest === undefined) return false;
  return verifyOctets(bytes, digest, signatureElement(table), valueLength(table, HEADER_TAG.SIGNATURE), key);
}

/**
 * Two updates around the SIGNATURE element: as fast as one over a copy, and without the copy (speed.md 1.4).
 *
 * @param element offset of the SIGNATURE element, its tag octet
 * @param length LENGTH of the SIGNATURE element
 */
function verifyOctets(
  bytes: Uint8Array,
  digest: DigestName,
  element: number,
  length: number,
  key: KeyObject,
): boolean {
  if (key.asymmetricKeyType !== 'rsa') return false;
  const value = element + ELEMENT_OVERHEAD;
  try {
    return createVerify(ALGORITHMS[digest])
      .update(bytes.subarray(0, element))
      .update(bytes.subarray(value + length))
      .verify(key, bytes.subarray(value, value + length));
  } catch (error) {
    // OpenSSL throws instead of saying no when, for one, the digest does not fit into the key
    if (!isOpenSslError(error)) throw error;
    return false;
  }
}

/** The signed octets as one copy, for foreign tools. */
export function signedOctets(file: Pick<TrustFile, 'bytes' | 'header'>): Buffer {
  const { signatureOffset, signature } = file.header;
  const after = signatureOffset + ELEMENT_OVERHEAD + signature.length;
  return Buffer.concat([file.bytes.subarray(0, signatureOffset), file.bytes.subarray(after)]);
}
