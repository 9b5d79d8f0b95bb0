import { constants, createDecipheriv, createHash, type KeyObject, privateDecrypt } from 'node:crypto';
import { TrustfleetError } from '../errors.js';
import { AES_OCTETS } from './encrypt.js';
import { readEncryption, readPlainHeader } from './header.js';
import type { EncryptedFile, EncryptionHeader } from './model.js';
import { scan } from './scan.js';
import { scanTable } from './table.js';
import { printable } from './text.js';

export interface Decrypted {
  readonly plaintext: Buffer;
  /** Does the plaintext have the digest of tag 27? */
  readonly digestMatches: boolean;
}

export interface EncryptedPayload {
  readonly filename: string;
  readonly encryption: EncryptionHeader;
  readonly ciphertext: Uint8Array;
}

/**
 * What is encrypted in a file, whatever its signature is; null for a file of another kind.
 *
 * @param maxBytes default `MAX_TRUST_FILE_OCTETS`
 * @throws TrustfleetError as `scan` does
 */
export function readEncryptedPayload(bytes: Uint8Array, maxBytes?: number): EncryptedPayload | null {
  const table = scanTable();
  if (scan(bytes, table, maxBytes) !== 'encrypted') return null;
  const { filename, headerLength } = readPlainHeader(bytes, table);
  return { filename, encryption: readEncryption(bytes, table), ciphertext: bytes.subarray(headerLength) };
}

/**
 * Plaintext of an `.enc.sgn`. The signature is the caller's to check, before this.
 *
 * @throws TrustfleetError TF_DECRYPT_FAILED when the key is another device's or the plaintext does not have its digest.
 */
export function decryptFile(file: EncryptedFile, deviceKey: KeyObject): Buffer {
  const { filename, encryption } = file.header;
  if (encryption === null) throw failed(filename, 'its header has no encryption elements');
  const { ciphertext } = file;
  const { plaintext, digestMatches } = decryptPayload({ filename, encryption, ciphertext }, deviceKey);
  if (!digestMatches) throw failed(filename, 'the plaintext does not have the digest of the header');
  return plaintext;
}

/**
 * The same without a judgement on the digest, for `inspect`.
 *
 * @throws TrustfleetError TF_DECRYPT_FAILED
 */
export function decryptPayload(
  { filename, encryption, ciphertext }: EncryptedPayload,
  deviceKey: KeyObject,
): Decrypted {
  if (ciphertext.length % AES_OCTETS !== 0) {
    throw failed(filename, `${ciphertext.length} octets are no whole number of AES blocks`);
  }
  const key = unwrap(encryption.wrappedKey, deviceKey, filename);
  const decipher = createDecipheriv('aes-128-cbc', key, encryption.iv).setAutoPadding(false);
  const padded = Buffer.concat([decipher.update(ciphertext), decipher.final()]);
  // from the front: a slice to -0 would be empty where there is no padding
  const plaintext = padded.subarray(0, padded.length - encryption.paddingOctets);
  const digest = createHash(encryption.digest).update(plaintext).digest();
  return { plaintext, digestMatches: digest.equals(encryption.plaintextDigest) };
}

/**
 * RSAES-PKCS1-v1_5 by hand: Node refuses RSA_PKCS1_PADDING for decryption (CVE-2023-46809, trust-files.md 16). Nobody can
 * use this as an oracle: it runs on files that a simulated phone has already verified.
 */
function unwrap(wrapped: Uint8Array, deviceKey: KeyObject, filename: string): Uint8Array {
  if (deviceKey.asymmetricKeyType !== 'rsa' || deviceKey.type !== 'private') {
    throw failed(filename, 'the device key is no RSA private key');
  }
  let block: Buffer;
  try {
    block = privateDecrypt({ key: deviceKey, padding: constants.RSA_NO_PADDING }, wrapped);
  } catch (cause) {
    throw failed(filename, `a wrapped key of ${wrapped.length * 8} bits does not fit the device key`, cause);
  }
  const end = block.indexOf(0, 2);
  if (block[0] !== 0 || block[1] !== 2 || end === -1 || block.length - end - 1 !== AES_OCTETS) {
    throw failed(filename, 'the wrapped key is for another device');
  }
  return block.subarray(end + 1);
}

function failed(filename: string, why: string, cause?: unknown): TrustfleetError {
  return new TrustfleetError('TF_DECRYPT_FAILED', `${printable(filename)} cannot be decrypted: ${why}`, {
    context: { file: filename },
    cause,
  });
}
