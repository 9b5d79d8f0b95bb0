import { describe, expect, it } from 'vitest';
import { dueAt, paced, shareOf } from '../../src/fleet/pace.js';

const never = new AbortController().signal;

describe('pace of a step (contracts.md 4, load)', () => {
  it('keeps at most the given number under way', async () => {
    let underWay = 0;
    let most = 0;
    const result = await paced(
      Array.from({ length: 50 }, (_, i) => i),
      { concurrency: 7 },
      async () => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
      },
      never,
    );
    expect(most).toBe(7);
    expect(result).toEqual({ started: 50, late: 0 });
  });

  it('starts nothing more once stopped', async () => {
    const stop = new AbortController();
    let started = 0;
    await paced(
      Array.from({ length: 100 }, (_, i) => i),
      { concurrency: 1 },
      async () => {
        started += 1;
        if (started === 3) stop.abort();
      },
      stop.signal,
    );
    expect(started).toBe(3);
  });

  it('starts everything at a rate, in order', async () => {
    const seen: number[] = [];
    await paced([1, 2, 3, 4, 5], { rate: 1000 }, async (item) => seen.push(item), never);
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it.each([
    [{ rate: 50 }, 0, 1],
    [{ rate: 50 }, 1000, 51],
    [{ ramp: { from: 10, to: 200, overSeconds: 30 } }, 30_000, 3151],
    [{ ramp: { from: 10, to: 200, overSeconds: 30 } }, 31_000, 3351],
  ] as const)('%j has started %d ms after the beginning: %d', (load, elapsed, due) => {
    expect(dueAt(load, elapsed)).toBe(due);
  });

  it.each([{ concurrency: 2 }, { rate: 20 }, { ramp: { from: 20, to: 20, overSeconds: 1 } }])(
    'rejects with the failure of a start under %j, and starts no more',
    async (load) => {
      const items = Array.from({ length: 1000 }, (_, i) => i);
      let started = 0;
      const begin = async (item: number): Promise<void> => {
        started += 1;
        if (item === 0) throw new Error('no TFTP server SUB9');
        await new Promise(() => undefined);
      };
      await expect(paced(items, load, begin, never)).rejects.toThrow('no TFTP server SUB9');
      expect(started).toBeLessThan(10);
    },
  );

  it('shares a load by the number of phones', () => {
    expect(shareOf({ concurrency: 200 }, 250, 1000)).toEqual({ concurrency: 50 });
    expect(shareOf({ rate: 50 }, 250, 1000)).toEqual({ rate: 12.5 });
    expect(shareOf({ concurrency: 1 }, 1, 1000)).toEqual({ concurrency: 1 });
  });
});
