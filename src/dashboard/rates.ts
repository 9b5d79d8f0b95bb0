import type { Point, PointTotals } from './messages.js';

/** A rate is taken over this time, seconds: boots come in waves. */
const RATE_SECONDS = 1;

/**
 * What was counted in the last second before a point; null where the curve does not reach that far back. Between two points
 * that are further apart (a jump of virtual time, a long run) nobody knows when it was counted: it is spread evenly.
 */
export function rateAt(points: readonly Point[], index: number, of: keyof PointTotals): number | null {
  const point = points[index];
  if (point === undefined) return null;
  const since = point.at - RATE_SECONDS;
  let before = index - 1;
  while (before >= 0 && (points[before]?.at ?? 0) > since) before -= 1;
  const earlier = points[before];
  const later = points[before + 1];
  if (earlier === undefined || later === undefined) return null;
  const share = (since - earlier.at) / (later.at - earlier.at);
  const total = earlier.totals[of] + share * (later.totals[of] - earlier.totals[of]);
  return (point.totals[of] - total) / RATE_SECONDS;
}
