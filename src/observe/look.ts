/** A look costs a share of the run at most: the next one waits this many times as long as it took. */
const REST = 10;

/** A look that had to wait for a busy thread took longer than it cost: from one to the next the cost grows by this at most. */
const GROWTH = 2;

/**
 * Looks at a run every so often, one look at a time. A look that fails is left out: whoever watches never ends a run.
 *
 * @param everyMs between two looks, where they are quick.
 * @returns a function that stops it; a look that is under way then may still come to its end.
 */
export function lookEvery(everyMs: number, look: () => Promise<void>): () => void {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let costMs = Number.POSITIVE_INFINITY;
  const wait = (ms: number): void => {
    if (!isStopped) timer = setTimeout(() => void once(), ms);
  };
  const once = async (): Promise<void> => {
    const began = performance.now();
    await look().catch(() => undefined);
    costMs = Math.min(performance.now() - began, costMs * GROWTH);
    wait(Math.max(everyMs, costMs * REST));
  };
  wait(everyMs);
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
