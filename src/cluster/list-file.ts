import { createHash } from 'node:crypto';
import {
  buildTrustList,
  encodeRecord,
  type RecordSpec,
  type Signer,
  type WrittenDigest,
} from '../trustfile/index.js';

/** A CTL or ITL as it lies on a TFTP node. */
export interface ListFile {
  readonly bytes: Uint8Array;
  /** Seconds since 1970 in its header. */
  readonly timestamp: number;
  /** An identity of a node, or a token: the same object is the same key. */
  readonly signer: Signer;
  readonly digest: WrittenDigest;
  /** SHA-256 over its records, hex: tells lists of different content apart. */
  readonly content: string;
}

export interface ListParts {
  readonly filename: string;
  readonly records: readonly RecordSpec[];
  readonly signer: Signer;
  readonly digest: WrittenDigest;
}

/** Has `file` the records, signer and digest of `parts`? Then a service that starts leaves it as it is (1.1). */
export function isMadeOf(file: ListFile, parts: ListParts): boolean {
  return (
    file.signer === parts.signer && file.digest === parts.digest && file.content === contentOf(parts.records)
  );
}

/**
 * Writes and signs a list.
 *
 * @param now seconds since 1970.
 * @param before the version that it replaces. The new one is at least a second younger, so that no two versions are one file
 *   even where an operation undoes the last one within the second (S-15, back to SHA-1).
 */
export function writeList(parts: ListParts, now: number, before: ListFile | null): ListFile {
  const timestamp = before === null ? now : Math.max(now, before.timestamp + 1);
  const { filename, records, digest, signer } = parts;
  return {
    bytes: buildTrustList({ filename, timestamp, records, digest }, signer),
    timestamp,
    signer,
    digest,
    content: contentOf(records),
  };
}

function contentOf(records: readonly RecordSpec[]): string {
  const hash = createHash('sha256');
  for (const record of records) hash.update(encodeRecord(record, 'cucm'));
  return hash.digest('hex');
}
