import { afterEach, describe, expect, it } from 'vitest';
import { dueAt, paced, shareOf } from '../../src/fleet/pace.js';
import { within } from '../within.js';

let stop = new AbortController();

/** A pace that does not come to its end fails its test, and does not go on beside the others. */
afterEach(() => {
  stop.abort();
  stop = new AbortController();
});

function inTime(pace: Promise<void>): Promise<void> {
  return within(10_000, 'the end of a step', pace);
}

describe('pace of a step (contracts.md 4, load)', () => {
  it('keeps at most the given number under way', async () => {
    let underWay = 0;
    let most = 0;
    const begin = async (): Promise<void> => {
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setImmediate(resolve));
      underWay -= 1;
    };
    const items = Array.from({ length: 50 }, (_, i) => i);
    let started = 0;
    const counted = (): Promise<void> => {
      started += 1;
      return begin();
    };
    await inTime(paced(items, { concurrency: 7 }, counted, stop.signal));
    expect(most).toBe(7);
    expect(started).toBe(50);
  });

  it('starts nothing more once stopped', async () => {
    let started = 0;
    const begin = async (): Promise<void> => {
      started += 1;
      if (started === 3) stop.abort();
    };
    const items = Array.from({ length: 100 }, (_, i) => i);
    await inTime(paced(items, { concurrency: 1 }, begin, stop.signal));
    expect(started).toBe(3);
  });

  it('starts everything at a rate, in order', async () => {
    const seen: number[] = [];
    const begin = async (item: number): Promise<unknown> => seen.push(item);
    await inTime(paced([1, 2, 3, 4, 5], { rate: 1000 }, begin, stop.signal));
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  it('tells each when it was due, also where the generator itself was too slow for it', async () => {
    const due: number[] = [];
    const begin = async (item: number, dueMs: number): Promise<void> => {
      due.push(dueMs);
      // nothing else runs meanwhile, and the three after it are late
      const until = performance.now() + (item === 0 ? 100 : 0);
      while (performance.now() < until);
    };
    await inTime(paced([0, 1, 2, 3], { rate: 40 }, begin, stop.signal));
    const [first = 0] = due;
    expect(due.map((ms) => Math.round(ms - first))).toEqual([0, 25, 50, 75]);
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
      await expect(inTime(paced(items, load, begin, stop.signal))).rejects.toThrow('no TFTP server SUB9');
      expect(started).toBeLessThan(10);
    },
  );

  it('rejects under concurrency while others go on, and gives their places to nobody', async () => {
    let started = 0;
    const begin = async (item: number): Promise<void> => {
      started += 1;
      if (item === 1) throw new Error('no TFTP server SUB9');
      await new Promise((resolve) => setImmediate(resolve));
    };
    const items = Array.from({ length: 1000 }, (_, i) => i);
    await expect(inTime(paced(items, { concurrency: 2 }, begin, stop.signal))).rejects.toThrow('SUB9');
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(started).toBe(2);
  });

  it('shares a load by the number of phones', () => {
    expect(shareOf({ concurrency: 200 }, 250, 1000)).toEqual({ concurrency: 50 });
    expect(shareOf({ rate: 50 }, 250, 1000)).toEqual({ rate: 12.5 });
    expect(shareOf({ concurrency: 1 }, 1, 1000)).toEqual({ concurrency: 1 });
  });
});
