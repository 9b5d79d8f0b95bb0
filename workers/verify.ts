import { createListVerifier } from '../src/trustfile/list-verifier.js';

/** A batch: files back to back in shared memory, `repeats` times over. */
export interface VerifyBatch {
  readonly memory: SharedArrayBuffer;
  /** Offset and length of each file, octets. */
  readonly files: readonly (readonly [offset: number, length: number])[];
  readonly repeats: number;
}

const verifier = createListVerifier();

/** Returns how many of `files.length * repeats` verifications came out valid. */
export default function verifyBatch(batch: VerifyBatch): number {
  const bytes = new Uint8Array(batch.memory);
  const files = batch.files.map(([offset, length]) => bytes.subarray(offset, offset + length));
  let valid = 0;
  for (let round = 0; round < batch.repeats; round += 1) {
    for (const file of files) {
      if (verifier.verify(file) === 'valid') valid += 1;
    }
  }
  return valid;
}
