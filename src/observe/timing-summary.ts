import type { TimingSample } from './sample.js';
import { percentile, sumTimings, timingCount } from './timings.js';
import { HISTOGRAMS } from './words.js';

/** A timing in a few figures. */
export interface TimingSummary {
  /** `boot`, `transfer`, … */
  readonly name: string;
  /** Empty for all phones; `model` for those of one model. */
  readonly labels: Readonly<Record<string, string>>;
  readonly count: number;
  /** Seconds. */
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** Every histogram that has something in it: over all phones first, then model by model. */
export function timingSummaries(timings: readonly TimingSample[]): TimingSummary[] {
  return Object.keys(HISTOGRAMS).flatMap((name) => {
    const own = timings.filter((timing) => timing.name === name);
    if (own.length === 0) return [];
    return [sumTimings(name, own), ...own].map(timingSummary);
  });
}

function timingSummary(timing: TimingSample): TimingSummary {
  const round = (seconds: number): number => Number(seconds.toPrecision(4));
  return {
    name: timing.name.replace(/_seconds$/, ''),
    labels: timing.labels,
    count: timingCount(timing),
    p50: round(percentile(timing, 0.5)),
    p90: round(percentile(timing, 0.9)),
    p99: round(percentile(timing, 0.99)),
    max: round(timing.maxSeconds),
  };
}
