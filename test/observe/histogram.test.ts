import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BUCKETS,
  bucketEdge,
  bucketMiddle,
  bucketOf,
  createHistogram,
  HISTOGRAM_OCTETS,
} from '../../src/observe/histogram.js';
import {
  addTimings,
  createTimings,
  percentile,
  subtractTimings,
  sumTimings,
  timingCount,
} from '../../src/observe/timings.js';

/** conventions.md, chosen packages: at most 1.1 % error. */
const MAX_ERROR = 0.011;

const durations = fc.double({ min: 1e-6, max: 4000, noNaN: true });

function timingOf(seconds: readonly number[]) {
  const timings = createTimings();
  const scope = timings.scope({ model: '8841' });
  for (const value of seconds) scope.time('boot_seconds', value);
  return sumTimings('boot_seconds', timings.snapshot());
}

describe('the exponential histogram', () => {
  it('puts every duration of its scale in the bucket whose edges enclose it', () => {
    fc.assert(
      fc.property(durations, (seconds) => {
        const bucket = bucketOf(seconds);
        expect(bucketEdge(bucket)).toBeLessThanOrEqual(seconds);
        expect(bucketEdge(bucket + 1)).toBeGreaterThan(seconds);
      }),
    );
  });

  it('reports a duration with an error of at most 1.1 %', () => {
    fc.assert(
      fc.property(durations, (seconds) => {
        expect(Math.abs(bucketMiddle(bucketOf(seconds)) - seconds) / seconds).toBeLessThanOrEqual(MAX_ERROR);
      }),
    );
  });

  it.each([
    ['zero', 0, 0],
    ['a negative duration', -1, 0],
    ['NaN', Number.NaN, 0],
    ['less than the scale begins with', 1e-9, 0],
    ['more than the scale ends with', 1e6, BUCKETS - 1],
    ['infinity', Number.POSITIVE_INFINITY, BUCKETS - 1],
  ])('%s stays within the scale', (_, seconds, bucket) => {
    expect(bucketOf(seconds)).toBe(bucket);
  });

  it('has edges that only rise', () => {
    for (let i = 0; i < BUCKETS; i += 1) expect(bucketEdge(i + 1)).toBeGreaterThan(bucketEdge(i));
  });

  it('is read by another thread through its memory', () => {
    const writer = createHistogram();
    const reader = createHistogram(writer.memory);
    writer.record(0.25);
    writer.record(2);
    expect(writer.memory.byteLength).toBe(HISTOGRAM_OCTETS);
    expect(reader.sumSeconds()).toBe(2.25);
    expect(reader.maxSeconds()).toBe(2);
    expect(reader.buckets[bucketOf(0.25)]).toBe(1);
  });
});

describe('timings', () => {
  it('give percentiles within 1.1 % of the sorted values', () => {
    fc.assert(
      fc.property(
        fc.array(durations, { minLength: 1, maxLength: 200 }),
        fc.constantFrom(0.5, 0.9, 0.99, 1),
        (values, q) => {
          const exact = [...values].sort((a, b) => a - b)[Math.max(1, Math.ceil(q * values.length)) - 1] ?? 0;
          const found = percentile(timingOf(values), q);
          expect(Math.abs(found - exact) / exact).toBeLessThanOrEqual(MAX_ERROR);
        },
      ),
    );
  });

  it('give 0 where nothing was recorded', () => {
    expect(percentile(timingOf([]), 0.99)).toBe(0);
  });

  it('merge by adding: two halves are the whole', () => {
    fc.assert(
      fc.property(fc.array(durations, { maxLength: 60 }), fc.array(durations, { maxLength: 60 }), (a, b) => {
        const merged = sumTimings('boot_seconds', addTimings([[timingOf(a)], [timingOf(b)]]));
        const whole = timingOf([...a, ...b]);
        expect(merged.buckets).toEqual(whole.buckets);
        expect(merged.maxSeconds).toBe(whole.maxSeconds);
      }),
      { numRuns: 25 },
    );
  });

  it('subtract: what came after the first snapshot remains, its largest within 1.6 %', () => {
    const timings = createTimings();
    const scope = timings.scope({ model: '7942' });
    scope.time('boot_seconds', 9);
    const before = addTimings([timings.snapshot()]);
    scope.time('boot_seconds', 1);
    scope.time('boot_seconds', 2);
    const [difference] = subtractTimings(addTimings([timings.snapshot()]), before);
    expect(difference && timingCount(difference)).toBe(2);
    expect(difference?.sumSeconds).toBeCloseTo(3);
    expect(difference?.maxSeconds).toBeGreaterThanOrEqual(2);
    expect(difference?.maxSeconds).toBeLessThanOrEqual(2 * (1 + 1 / 64));
    expect(subtractTimings(before, before)).toEqual([]);
  });
});
