import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDeadlines, type Deadline } from '../../src/net/deadlines.js';

const SWEEP = 50;

describe('deadlines of a worker (speed.md 8)', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it.each([0, 1, 49, 50, 51, 1_000, 25_600, 25_601, 30_000, 120_000])(
    'fires after %i ms, never earlier and two sweeps later at most',
    (ms) => {
      const deadlines = createDeadlines(SWEEP);
      vi.advanceTimersByTime(17);
      let fired = 0;
      const from = performance.now();
      let at = 0;
      deadlines.schedule(ms, () => {
        fired++;
        at = performance.now();
      });
      vi.advanceTimersByTime(ms + 2 * SWEEP);
      expect(fired).toBe(1);
      expect(at - from).toBeGreaterThanOrEqual(ms);
      expect(deadlines.size).toBe(0);
      vi.advanceTimersByTime(300_000);
      expect(fired).toBe(1);
    },
  );

  it('forgets what is cancelled, also from a callback of the same sweep', () => {
    const deadlines = createDeadlines(SWEEP);
    const fired: string[] = [];
    let second: Deadline | undefined;
    deadlines.schedule(100, () => {
      fired.push('first');
      deadlines.cancel(second);
    });
    second = deadlines.schedule(100, () => fired.push('second'));
    const third = deadlines.schedule(100, () => fired.push('third'));
    const fourth = deadlines.schedule(100, () => fired.push('fourth'));
    deadlines.cancel(fourth);
    deadlines.cancel(fourth);
    vi.advanceTimersByTime(200);
    deadlines.cancel(third);
    deadlines.cancel(undefined);
    expect(fired).toEqual(['first', 'third']);
    expect(deadlines.size).toBe(0);
  });

  it('is set again from its own callback', () => {
    const deadlines = createDeadlines(SWEEP);
    let fired = 0;
    const again = (): void => {
      fired++;
      if (fired < 5) {
        deadlines.schedule(30_000, again);
      }
    };
    deadlines.schedule(30_000, again);
    vi.advanceTimersByTime(5 * 30_200);
    expect(fired).toBe(5);
  });

  it('stops its timer when there is nothing to wait for, and starts it again', () => {
    const deadlines = createDeadlines(SWEEP);
    deadlines.cancel(deadlines.schedule(10_000, () => {}));
    vi.advanceTimersByTime(SWEEP);
    expect(vi.getTimerCount()).toBe(0);
    let fired = 0;
    deadlines.schedule(10, () => fired++);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(2 * SWEEP);
    expect(fired).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('catches up after a stall longer than a turn of the wheel', () => {
    const deadlines = createDeadlines(1);
    const fired: number[] = [];
    for (let ms = 1; ms <= 3_000; ms += 7) {
      deadlines.schedule(ms, () => fired.push(ms));
    }
    const now = performance.now();
    vi.spyOn(performance, 'now').mockImplementation(() => now + 5_000);
    vi.advanceTimersByTime(1);
    expect(fired).toHaveLength(429);
    vi.restoreAllMocks();
  });

  it('holds 50,000 deadlines and fires each once', () => {
    const deadlines = createDeadlines(SWEEP);
    let fired = 0;
    for (let i = 0; i < 50_000; i++) {
      deadlines.schedule((i * 7_919) % 60_000, () => fired++);
    }
    expect(deadlines.size).toBe(50_000);
    vi.advanceTimersByTime(60_100);
    expect(fired).toBe(50_000);
  });
});
