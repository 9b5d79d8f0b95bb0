import type { HistogramName } from './events.js';
import { BUCKETS, bucketEdge, bucketMiddle, createHistogram, type Histogram } from './histogram.js';
import type { TimingSample } from './sample.js';
import { sampleKey } from './sample-key.js';

/** The histograms of one worker. */
export interface Timings {
  scope(labels: { readonly model: string }): TimingScope;
  /** Live views: the buckets go on counting while the worker runs, and pass to another thread without a copy. */
  snapshot(): TimingSample[];
}

export interface TimingScope {
  time(name: HistogramName, seconds: number): void;
}

export function createTimings(): Timings {
  const all: { name: string; labels: Readonly<Record<string, string>>; histogram: Histogram }[] = [];
  return {
    scope(labels) {
      const own = new Map<HistogramName, Histogram>();
      return {
        time(name, seconds) {
          let histogram = own.get(name);
          if (histogram === undefined) {
            histogram = createHistogram();
            own.set(name, histogram);
            all.push({ name, labels: { ...labels }, histogram });
          }
          histogram.record(seconds);
        },
      };
    },
    snapshot: () =>
      all.map(({ name, labels, histogram }) => ({
        name,
        labels,
        buckets: histogram.buckets,
        sumSeconds: histogram.sumSeconds(),
        maxSeconds: histogram.maxSeconds(),
      })),
  };
}

/** Durations recorded. */
export function timingCount(timing: TimingSample): number {
  let count = 0;
  for (const n of timing.buckets) count += n;
  return count;
}

/**
 * The duration below which the share `quantile` (0 to 1) of all durations lies, seconds, off by at most 0.79 %; 0 where
 * nothing was recorded. Never more than the largest duration itself.
 */
export function percentile(timing: TimingSample, quantile: number): number {
  const count = timingCount(timing);
  if (count === 0) return 0;
  const rank = Math.max(1, Math.ceil(quantile * count));
  let seen = 0;
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    seen += timing.buckets[bucket] ?? 0;
    if (seen >= rank) return Math.min(bucketMiddle(bucket), timing.maxSeconds);
  }
  return timing.maxSeconds;
}

/** Sums timings of the same name and labels. The result is a copy and stands still. */
export function addTimings(lists: readonly (readonly TimingSample[])[]): TimingSample[] {
  const sums = new Map<string, { -readonly [K in keyof TimingSample]: TimingSample[K] }>();
  for (const list of lists) {
    for (const timing of list) {
      const key = sampleKey(timing);
      const sum = sums.get(key);
      if (sum === undefined) {
        sums.set(key, { ...timing, buckets: Uint32Array.from(timing.buckets) });
        continue;
      }
      for (let i = 0; i < BUCKETS; i += 1) sum.buckets[i] = (sum.buckets[i] ?? 0) + (timing.buckets[i] ?? 0);
      sum.sumSeconds += timing.sumSeconds;
      sum.maxSeconds = Math.max(sum.maxSeconds, timing.maxSeconds);
    }
  }
  return [...sums.values()];
}

/** Timings of one name with the labels left out, as one. */
export function sumTimings(name: string, timings: readonly TimingSample[]): TimingSample {
  const bare = timings.filter((timing) => timing.name === name).map((timing) => ({ ...timing, labels: {} }));
  return (
    addTimings([bare])[0] ?? {
      name,
      labels: {},
      buckets: new Uint32Array(BUCKETS),
      sumSeconds: 0,
      maxSeconds: 0,
    }
  );
}

/**
 * What was recorded between two moments. The largest duration of the difference is not known exactly: it is the upper edge
 * of the last bucket that grew, and never more than the largest of all.
 */
export function subtractTimings(
  later: readonly TimingSample[],
  earlier: readonly TimingSample[],
): TimingSample[] {
  const before = new Map(earlier.map((timing) => [sampleKey(timing), timing]));
  return later.flatMap((timing) => {
    const start = before.get(sampleKey(timing));
    const buckets = Uint32Array.from(timing.buckets, (n, i) => n - (start?.buckets[i] ?? 0));
    const last = buckets.findLastIndex((n) => n > 0);
    if (last < 0) return [];
    const grew = start === undefined || timing.maxSeconds > start.maxSeconds;
    return [
      {
        ...timing,
        buckets,
        sumSeconds: timing.sumSeconds - (start?.sumSeconds ?? 0),
        maxSeconds: grew ? timing.maxSeconds : Math.min(timing.maxSeconds, bucketEdge(last + 1)),
      },
    ];
  });
}
