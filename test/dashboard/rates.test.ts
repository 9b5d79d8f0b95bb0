import { describe, expect, it } from 'vitest';
import type { Point } from '../../src/dashboard/messages.js';
import { rateAt } from '../../src/dashboard/rates.js';

/** Seconds, and boots until then. */
function boots(...points: readonly (readonly [at: number, boots: number])[]): (number | null)[] {
  const curve = points.map(
    ([at, total]): Point => ({
      at,
      phones: { registered: 0, enrolling: 0, booting: 0, unregistered: 0, off: 0 },
      locked: 0,
      totals: { boots: total, tvsRequests: 0, capfSessions: 0, registrations: 0, trustFailures: 0 },
    }),
  );
  return curve.map((_, index) => rateAt(curve, index, 'boots'));
}

describe('a rate on the dashboard', () => {
  it('is what was counted in the last second', () => {
    expect(boots([0, 0], [0.5, 10], [1, 20], [1.5, 20], [2, 25], [3, 25])).toEqual([
      null,
      null,
      20,
      10,
      5,
      0,
    ]);
  });

  it('is unknown in the first second: a millisecond after the beginning makes no rate', () => {
    expect(boots([0, 0], [0.001, 7])).toEqual([null, null]);
    expect(boots([5, 3])).toEqual([null]);
  });

  it('is not thinned by a jump of virtual time before it', () => {
    expect(boots([0, 0], [300, 0], [300.5, 20])).toEqual([null, 0, 20]);
  });

  it('is spread evenly where points are further apart than a second', () => {
    expect(boots([0, 0], [10, 50], [10.5, 50])).toEqual([null, 5, 2.5]);
  });

  it('counts together what came at one moment of virtual time', () => {
    expect(boots([0, 0], [2, 4], [2, 9], [2, 9])).toEqual([null, 2, 7, 7]);
  });
});
