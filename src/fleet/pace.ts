import type { Load } from './model.js';

/** Granularity of the pacer: a rate of 10,000/s starts 50 at a time. */
const TICK_MS = 5;

/** Phones that should have been started `elapsedMs` after the beginning. */
export function dueAt(load: Exclude<Load, { concurrency: number }>, elapsedMs: number): number {
  const seconds = elapsedMs / 1000;
  if ('rate' in load) return Math.floor(load.rate * seconds) + 1;
  const { from, to, overSeconds } = load.ramp;
  const ramping = Math.min(seconds, overSeconds);
  const slope = overSeconds > 0 ? (to - from) / overSeconds : 0;
  return Math.floor(from * ramping + (slope * ramping * ramping) / 2 + to * (seconds - ramping)) + 1;
}

/** The inverse: milliseconds after the beginning at which the phone with this number, from 0, is due. */
export function startOf(load: Exclude<Load, { concurrency: number }>, number: number): number {
  if ('rate' in load) return (number / load.rate) * 1000;
  const { from, to, overSeconds } = load.ramp;
  const slope = overSeconds > 0 ? (to - from) / overSeconds : 0;
  const ramped = from * overSeconds + (slope * overSeconds * overSeconds) / 2;
  if (number >= ramped) return (overSeconds + (number - ramped) / to) * 1000;
  if (slope === 0) return (number / from) * 1000;
  return ((Math.sqrt(from * from + 2 * slope * number) - from) / slope) * 1000;
}

/**
 * This worker's part of a load that all shards share.
 *
 * @param phones of this shard that the load is for
 * @param allPhones of all shards together
 */
export function shareOf(load: Load, phones: number, allPhones: number): Load {
  const share = allPhones === 0 ? 0 : phones / allPhones;
  if ('concurrency' in load) return { concurrency: Math.max(1, Math.round(load.concurrency * share)) };
  if ('rate' in load) return { rate: load.rate * share };
  return { ramp: { ...load.ramp, from: load.ramp.from * share, to: load.ramp.to * share } };
}

/**
 * Starts `begin` for each item, with the moment at which it was due in milliseconds of `performance.now()`: at most `concurrency` under way, or open-loop at a rate. With a rate an item that could not
 * be started in time is started as soon as possible: whoever counts lateness has the moment at which it was due.
 *
 * Resolves when every `begin` has settled; stops starting when `signal` aborts. Rejects with the first failure of a `begin`, and
 * starts no more after it.
 */
export async function paced<T>(
  items: readonly T[],
  load: Load,
  begin: (item: T, dueMs: number) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  return 'concurrency' in load
    ? bounded(items, load.concurrency, begin, signal)
    : openLoop(items, load, begin, signal);
}

async function bounded<T>(
  items: readonly T[],
  concurrency: number,
  begin: (item: T, dueMs: number) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  let next = 0;
  let failed = false;
  const lane = async (): Promise<void> => {
    while (next < items.length && !signal.aborted && !failed) {
      const item = items[next] as T;
      next += 1;
      try {
        await begin(item, performance.now());
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, items.length) }, lane));
}

async function openLoop<T>(
  items: readonly T[],
  load: Exclude<Load, { concurrency: number }>,
  begin: (item: T, dueMs: number) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const beginning = performance.now();
  const running: Promise<unknown>[] = [];
  let failed = false;
  while (running.length < items.length && !signal.aborted && !failed) {
    const elapsed = performance.now() - beginning;
    const due = Math.min(items.length, dueAt(load, elapsed));
    while (running.length < due) {
      // heard at once: until the last has begun nobody awaits it, and an unheard rejection ends the worker
      const begun = begin(items[running.length] as T, beginning + startOf(load, running.length));
      begun.catch(() => {
        failed = true;
      });
      running.push(begun);
    }
    if (running.length < items.length) await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }
  await Promise.all(running);
}
