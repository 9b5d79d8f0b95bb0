import { constants, createCipheriv, createHash, publicEncrypt, randomBytes } from 'node:crypto';
import { DIGEST_CODES } from '../device/digest.js';
import { TrustfleetError } from '../errors.js';
import type { Certificate } from '../pki/certificate.js';
import { element, u8Element, u16Element } from './element.js';
import type { SignedFileSpec } from './sign.js';
import { HEADER_TAG } from './tags.js';
import { type GivenSignature, type Signer, writeFile } from './write.js';

export const AES_OCTETS = 16;

/** Octet of the padding before encryption. Not PKCS#7: the count stands in tag 20. */
const PAD = 0x0d;

/** What is drawn afresh for every file; tests give it. */
export interface FileKey {
  /** AES-128. */
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  /** `key` encrypted for the phone. */
  readonly wrappedKey: Uint8Array;
}

/**
 * A fresh key for one file, wrapped for the owner of `device`.
 *
 * @throws TrustfleetError TF_CERT_UNSUPPORTED for a device with an EC key: there is no key wrap for it.
 */
export function newFileKey(device: Certificate): FileKey {
  if (device.keyType !== 'rsa') {
    throw new TrustfleetError(
      'TF_CERT_UNSUPPORTED',
      `"${device.subject}" has an EC key, files can be encrypted for RSA keys only (trust-files.md 12)`,
    );
  }
  const key = randomBytes(AES_OCTETS);
  const wrappedKey = publicEncrypt({ key: device.publicKey, padding: constants.RSA_PKCS1_PADDING }, key);
  return { key, iv: randomBytes(AES_OCTETS), wrappedKey };
}

/**
 * `<name>.enc.sgn`: encrypted for one phone, then signed (trust-files.md 12).
 *
 * @param fileKey from `newFileKey`, never used twice
 * @throws TrustfleetError as `writeFile` does.
 */
export function encryptFile(
  plaintext: Uint8Array,
  spec: Omit<SignedFileSpec, 'version'>,
  signer: Signer | GivenSignature,
  fileKey: FileKey,
): Buffer {
  const digest = spec.digest ?? 'sha1';
  const paddingOctets = AES_OCTETS - (plaintext.length % AES_OCTETS);
  const cipher = createCipheriv('aes-128-cbc', fileKey.key, fileKey.iv).setAutoPadding(false);
  const ciphertext = Buffer.concat([
    cipher.update(plaintext),
    cipher.update(Buffer.alloc(paddingOctets, PAD)),
    cipher.final(),
  ]);
  const encryption = element(
    HEADER_TAG.ENCRYPTION,
    element(
      HEADER_TAG.CIPHER,
      u8Element(HEADER_TAG.CIPHER_UNKNOWN, 0),
      element(HEADER_TAG.IV, fileKey.iv),
      u16Element(HEADER_TAG.PADDING_OCTETS, paddingOctets),
    ),
    element(
      HEADER_TAG.KEY_WRAP,
      u8Element(HEADER_TAG.KEY_WRAP_UNKNOWN, 0),
      u16Element(HEADER_TAG.KEY_BITS, fileKey.wrappedKey.length * 8),
      u8Element(HEADER_TAG.KEY_ALGORITHM, 1),
      element(HEADER_TAG.WRAPPED_KEY, fileKey.wrappedKey),
    ),
  );
  return writeFile(
    {
      version: { major: 2, minor: 0 },
      signerVersion: null,
      filename: spec.filename,
      timestamp: spec.timestamp,
      digest,
      layout: spec.layout ?? 'cucm',
      extra: [
        encryption,
        u8Element(HEADER_TAG.PLAINTEXT_DIGEST_ALGORITHM, DIGEST_CODES[digest]),
        element(HEADER_TAG.PLAINTEXT_DIGEST, createHash(digest).update(plaintext).digest()),
      ],
    },
    [ciphertext],
    signer,
  );
}
