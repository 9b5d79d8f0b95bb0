import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/**
 * Octets that this thread holds, on its heap and outside of it, once what nobody needs any more is gone: whole collections come
 * before, so this is for a bench, and takes as long as they do.
 */
export function memoryInUse(): number {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') for (let i = 0; i < COLLECTIONS; i += 1) collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** The second one takes what the finalizers of the first let go. */
const COLLECTIONS = 2;
