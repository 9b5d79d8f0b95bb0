import { withMemo } from '../src/trustfile/list-memo.js';
import { createListVerifier } from '../src/trustfile/list-verifier.js';

/** A batch: files back to back in shared memory, `repeats` times over. */
export interface VerifyBatch {
  readonly memory: SharedArrayBuffer;
  /** Offset and length of each file, octets. */
  readonly files: readonly (readonly [offset: number, length: number])[];
  readonly repeats: number;
  /** `full`: every file is parsed and its signature checked; `memo`: octets that were checked before are recognised. */
  readonly mode: 'full' | 'memo';
}

const full = createListVerifier();
const memo = withMemo(createListVerifier());

/** Returns how many of `files.length * repeats` verifications came out valid. */
export default function verifyBatch(batch: VerifyBatch): number {
  const verifier = batch.mode === 'full' ? full : memo;
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
