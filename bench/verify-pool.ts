import type { Piscina } from 'piscina';
import { TrustfleetError } from '../src/errors.js';
import type { VerifyBatch } from '../workers/verify.js';
import { cpuSeconds } from './verify-peers.js';

/** Files in one Piscina task: from 100 on the task itself costs under 2 % (speed.md 2). */
const BATCH = 500;

/** What was verified in so much time; several of them add up. */
export interface Work {
  readonly files: number;
  /** CPU time of the whole process, all its threads, seconds. */
  readonly cpu: number;
  /** Time of the clock, seconds. */
  readonly clock: number;
}

export function addWork(slices: readonly Work[]): Work {
  const sum = (pick: (work: Work) => number): number => slices.reduce((total, one) => total + pick(one), 0);
  return { files: sum(({ files }) => files), cpu: sum(({ cpu }) => cpu), clock: sum(({ clock }) => clock) };
}

/** The files in shared memory, so that a task is given without copying them. */
export function batchOf(files: readonly Buffer[], mode: VerifyBatch['mode']): VerifyBatch {
  const memory = new SharedArrayBuffer(files.reduce((sum, file) => sum + file.length, 0));
  const bytes = new Uint8Array(memory);
  const places: [number, number][] = [];
  let offset = 0;
  for (const file of files) {
    bytes.set(file, offset);
    places.push([offset, file.length]);
    offset += file.length;
  }
  return { memory, files: places, repeats: Math.ceil(BATCH / files.length), mode };
}

/** Runs batches through `pool` for so many seconds, two waiting for each thread. Every file has to come out valid. */
export async function throughPool(
  pool: Piscina,
  threads: number,
  batch: VerifyBatch,
  seconds: number,
): Promise<Work> {
  const perTask = batch.files.length * batch.repeats;
  const cpu = process.cpuUsage();
  const start = performance.now();
  const end = start + seconds * 1000;
  let files = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < end) {
      const valid: number = await pool.run(batch);
      if (valid !== perTask) {
        throw new TrustfleetError(
          'TF_WORKER_DIED',
          `${valid} of ${perTask} lists verified: the bench is broken`,
        );
      }
      files += valid;
    }
  };
  await Promise.all(Array.from({ length: threads * 2 }, lane));
  return { files, cpu: cpuSeconds(cpu), clock: (performance.now() - start) / 1000 };
}
