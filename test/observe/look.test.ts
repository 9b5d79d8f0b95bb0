import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { lookEvery } from '../../src/observe/look.js';

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Begins of looks, milliseconds; each takes as long as `costs` says. */
async function begins(costs: readonly number[], forMs: number): Promise<number[]> {
  const began = performance.now();
  const seen: number[] = [];
  const stop = lookEvery(500, async () => {
    seen.push(Math.round(performance.now() - began));
    await new Promise((resolve) => setTimeout(resolve, costs[seen.length - 1] ?? costs.at(-1)));
  });
  await vi.advanceTimersByTimeAsync(forMs);
  stop();
  const looks = seen.length;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(seen).toHaveLength(looks);
  return seen;
}

describe('looking at a run', () => {
  it('looks every so often while looks are quick', async () => {
    expect(await begins([10], 2_000)).toEqual([500, 1_010, 1_520]);
  });

  it('rests ten times as long as a look took', async () => {
    expect(await begins([100], 3_000)).toEqual([500, 1_600, 2_700]);
  });

  it('takes one look that was held up for no sign of what looks cost', async () => {
    // 100 ms, then 5 s in which the thread was busy, of which 200 ms count
    expect(await begins([100, 5_000, 100], 10_000)).toEqual([500, 1_600, 8_600, 9_700]);
  });

  it('goes on after a look that failed', async () => {
    let looks = 0;
    const stop = lookEvery(500, async () => {
      looks += 1;
      throw new Error('the run is ending');
    });
    await vi.advanceTimersByTimeAsync(1_100);
    stop();
    expect(looks).toBe(2);
  });
});
