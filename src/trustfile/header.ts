import { DIGEST_OCTETS, digestName } from '../device/digest.js';
import { fault } from './faults.js';
import type { EncryptionHeader, TrustFileHeader } from './model.js';
import { u8, u16, u32 } from './octets.js';
import { headerEnd, signatureElement, valueLength, valueOffset } from './table.js';
import { HEADER_TAG, MODULUS_BITS, SIGNATURE_ALGORITHM_RSA, type SignerKeyBits } from './tags.js';
import { decodeText, hex } from './text.js';

/** What the header says apart from its algorithms, so that `inspect` can show a file whose algorithms are unknown. */
export type PlainHeader = Omit<TrustFileHeader, 'digest' | 'signerKeyBits' | 'encryption'>;

/** Algorithms as the header stores them: ids without a judgement. */
export interface AlgorithmCodes {
  readonly digest: number;
  /** null where the file has no such element; then it is RSA, as in all files ever seen. */
  readonly algorithm: number | null;
  readonly modulus: number | null;
}

/** @throws TrustfleetError TF_TLV_UNSUPPORTED for an algorithm that trust files do not have. */
export function readHeader(bytes: Uint8Array, table: Int32Array): TrustFileHeader {
  const unsupported = unsupportedAlgorithm(bytes, table);
  if (unsupported !== undefined) throw unsupported;
  const plain = readPlainHeader(bytes, table);
  // written out: a spread costs as much as all the rest of the header
  return {
    version: plain.version,
    signerVersion: plain.signerVersion,
    headerLength: plain.headerLength,
    signer: plain.signer,
    digest: digestAt(bytes, table, HEADER_TAG.DIGESTALGORITHM),
    signerKeyBits: (plain.signature.length * 8) as SignerKeyBits,
    signature: plain.signature,
    signatureOffset: plain.signatureOffset,
    filename: plain.filename,
    timestamp: plain.timestamp,
    encryption: valueOffset(table, HEADER_TAG.IV) === 0 ? null : readEncryption(bytes, table),
  };
}

export function readPlainHeader(bytes: Uint8Array, table: Int32Array): PlainHeader {
  const timestamp = valueOffset(table, HEADER_TAG.TIMESTAMP);
  const signerVersion = valueOffset(table, HEADER_TAG.SIGNER_VERSION);
  return {
    version: versionAt(bytes, valueOffset(table, HEADER_TAG.VERSION)),
    signerVersion: signerVersion === 0 ? null : versionAt(bytes, signerVersion),
    headerLength: headerEnd(table),
    signer: {
      subject: textAt(bytes, table, HEADER_TAG.SIGNERNAME),
      issuer: textAt(bytes, table, HEADER_TAG.CANAME),
      serial: hex(octetsAt(bytes, table, HEADER_TAG.SERIALNUMBER)),
    },
    signature: octetsAt(bytes, table, HEADER_TAG.SIGNATURE),
    signatureOffset: signatureElement(table),
    filename: textAt(bytes, table, HEADER_TAG.FILENAME),
    timestamp: timestamp === 0 ? null : u32(bytes, timestamp),
  };
}

export function algorithmCodes(bytes: Uint8Array, table: Int32Array): AlgorithmCodes {
  return {
    digest: u8(bytes, valueOffset(table, HEADER_TAG.DIGESTALGORITHM)),
    algorithm: codeAt(bytes, table, HEADER_TAG.SIGNATUREALGORITHM),
    modulus: codeAt(bytes, table, HEADER_TAG.SIGNATUREMODULUS),
  };
}

function codeAt(bytes: Uint8Array, table: Int32Array, tag: number): number | null {
  const offset = valueOffset(table, tag);
  return offset === 0 ? null : u8(bytes, offset);
}

/**
 * Why the signature cannot be checked by anyone, or undefined when it can. The modulus code is informative (trust-files.md
 * 16): the size of the signature tells the size of the key, and 3072 bits are not among the sizes there are.
 */
export function unsupportedAlgorithm(bytes: Uint8Array, table: Int32Array): Error | undefined {
  const { digest, algorithm } = algorithmCodes(bytes, table);
  if (digestName(digest) === undefined) {
    return unsupported(
      table,
      HEADER_TAG.DIGESTALGORITHM,
      `digest id ${digest}, expected 1 (SHA-1), 2 (SHA-256) or 3 (SHA-512)`,
    );
  }
  if (algorithm !== null && algorithm !== SIGNATURE_ALGORITHM_RSA) {
    return unsupported(
      table,
      HEADER_TAG.SIGNATUREALGORITHM,
      `signature algorithm ${algorithm}, expected 0 (RSA)`,
    );
  }
  const bits = valueLength(table, HEADER_TAG.SIGNATURE) * 8;
  if (!(MODULUS_BITS as readonly number[]).includes(bits)) {
    return unsupported(
      table,
      HEADER_TAG.SIGNATURE,
      `signature of ${bits} bits, RSA signers have ${MODULUS_BITS.join(', ')}`,
    );
  }
  return undefined;
}

function unsupported(table: Int32Array, tag: number, message: string): Error {
  return fault('TF_TLV_UNSUPPORTED', message, valueOffset(table, tag) - 3, tag);
}

/** @throws TrustfleetError TF_TLV_UNSUPPORTED, TF_TLV_MALFORMED for its digest. */
export function readEncryption(bytes: Uint8Array, table: Int32Array): EncryptionHeader {
  const digest = digestAt(bytes, table, HEADER_TAG.PLAINTEXT_DIGEST_ALGORITHM);
  const plaintextDigest = octetsAt(bytes, table, HEADER_TAG.PLAINTEXT_DIGEST);
  if (plaintextDigest.length !== DIGEST_OCTETS[digest]) {
    throw fault(
      'TF_TLV_MALFORMED',
      `digest of the plaintext has ${plaintextDigest.length} octets, expected ${DIGEST_OCTETS[digest]} (${digest})`,
      valueOffset(table, HEADER_TAG.PLAINTEXT_DIGEST) - 3,
      HEADER_TAG.PLAINTEXT_DIGEST,
    );
  }
  return {
    iv: octetsAt(bytes, table, HEADER_TAG.IV),
    paddingOctets: u16(bytes, valueOffset(table, HEADER_TAG.PADDING_OCTETS)),
    keyBits: u16(bytes, valueOffset(table, HEADER_TAG.KEY_BITS)),
    wrappedKey: octetsAt(bytes, table, HEADER_TAG.WRAPPED_KEY),
    digest,
    plaintextDigest,
  };
}

function digestAt(bytes: Uint8Array, table: Int32Array, tag: number): TrustFileHeader['digest'] {
  const id = u8(bytes, valueOffset(table, tag));
  const digest = digestName(id);
  if (digest === undefined) {
    throw unsupported(table, tag, `digest id ${id}, expected 1 (SHA-1), 2 (SHA-256) or 3 (SHA-512)`);
  }
  return digest;
}

function versionAt(bytes: Uint8Array, offset: number): { readonly major: number; readonly minor: number } {
  return { major: u8(bytes, offset), minor: u8(bytes, offset + 1) };
}

function octetsAt(bytes: Uint8Array, table: Int32Array, tag: number): Uint8Array {
  const offset = valueOffset(table, tag);
  return bytes.subarray(offset, offset + valueLength(table, tag));
}

function textAt(bytes: Uint8Array, table: Int32Array, tag: number): string {
  return decodeText(bytes, valueOffset(table, tag), valueLength(table, tag));
}
