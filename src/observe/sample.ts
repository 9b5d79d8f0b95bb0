/** One figure of a counter or gauge. `labels` always has `model` and `group` where a phone counted it. */
export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A timing as its histogram: `buckets` of the shared exponential scale (histogram.ts). */
export interface TimingSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly buckets: Uint32Array;
  readonly sumSeconds: number;
  readonly maxSeconds: number;
}

/** Everything observed since the run began; two of them subtract. */
export interface Snapshot {
  /** Milliseconds since the run began. */
  readonly at: number;
  readonly counters: readonly Sample[];
  /** `phones`, `phones_locked`, `itl_file_status`, `capf_pending`: as they stand. */
  readonly gauges: readonly Sample[];
  readonly timings: readonly TimingSample[];
}
