import { describe, expect, it } from 'vitest';
import { History, MAX_POINTS } from '../../src/dashboard/history.js';
import type { Point } from '../../src/dashboard/messages.js';

const pointAt = (at: number): Point => ({
  at,
  phones: { registered: at, enrolling: 0, booting: 0, unregistered: 0, off: 0 },
  locked: 0,
  totals: { boots: 10 * at, tvsRequests: 0, capfSessions: 0, registrations: 0, trustFailures: 0 },
});

function historyOf(points: number): History {
  const history = new History();
  for (let at = 0; at < points; at += 1) history.add(pointAt(at));
  return history;
}

describe('the history of a run', () => {
  it('keeps every point of a short run', () => {
    expect(historyOf(500).points.map(({ at }) => at)).toEqual(Array.from({ length: 500 }, (_, at) => at));
  });

  it('is thinner and no longer for a long run, evenly from its beginning to its end', () => {
    const times = historyOf(100_000).points.map(({ at }) => at);
    expect(times.length).toBeGreaterThan(MAX_POINTS / 4);
    expect(times.length).toBeLessThan(MAX_POINTS);
    // the latest is there whether it is one of those that are kept or not
    const kept = times.slice(0, -1);
    const gaps = new Set(kept.slice(1).map((at, index) => at - (kept[index] ?? 0)));
    expect([times[0], gaps.size]).toEqual([0, 1]);
  });

  it('ends with the latest point however many there were: it says how things stand', () => {
    const history = new History();
    for (let at = 0; at < 6 * MAX_POINTS; at += 1) {
      history.add(pointAt(at));
      expect(history.points.at(-1)?.at).toBe(at);
    }
    expect(new Set(history.points).size).toBe(history.points.length);
  });

  it('goes on from points that somebody else kept', () => {
    const history = new History(historyOf(100_000).points);
    for (let at = 100_000; at < 110_000; at += 1) history.add(pointAt(at));
    expect(history.points.length).toBeLessThan(MAX_POINTS);
    expect([history.points[0]?.at, history.points.at(-1)?.at]).toEqual([0, 109_999]);
  });

  it('loses no rate with a point: totals count from the beginning', () => {
    const [first, second] = historyOf(100_000).points.slice(-2);
    const seconds = (second?.at ?? 0) - (first?.at ?? 0);
    expect(((second?.totals.boots ?? 0) - (first?.totals.boots ?? 0)) / seconds).toBe(10);
  });
});
