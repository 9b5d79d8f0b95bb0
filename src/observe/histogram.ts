/**
 * Histogram of durations in a SharedArrayBuffer: one writer, any number of readers, fixed size, merges by adding.
 *
 * A bucket is a power of two divided by 64, so a bucket is at most 1/64 of its lower edge wide and the value reported for
 * it, its middle, is off by at most 0.79 % (conventions.md asks for 1.1 %). The bucket number is the exponent and the top
 * six bits of the mantissa as the number stands in memory: no logarithm, no branch but the clamp (speed.md 7: 0.03 µs).
 */

/** Sub-buckets of an octave, as a power of two. */
const SUB_BITS = 6;

/** Smallest duration told apart: 2^-20 s, about 1 µs. */
const LOWEST_EXPONENT = -20;

/** Octaves covered: up to 2^12 s = 4096 s. */
const OCTAVES = 32;

export const BUCKETS = OCTAVES << SUB_BITS;

const EXPONENT_BIAS = 1023;
const MANTISSA_HIGH_BITS = 20;

/** Bucket 0 in terms of the high word of a double. */
const BASE = (LOWEST_EXPONENT + EXPONENT_BIAS) << SUB_BITS;
const SHIFT = MANTISSA_HIGH_BITS - SUB_BITS;

const SUM = 0;
const MAX = 1;
const TOTALS_OCTETS = 2 * Float64Array.BYTES_PER_ELEMENT;

/** Octets of the memory behind one histogram. */
export const HISTOGRAM_OCTETS = TOTALS_OCTETS + BUCKETS * Uint32Array.BYTES_PER_ELEMENT;

const double = new Float64Array(1);
const words = new Uint32Array(double.buffer);
const HIGH_WORD = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Bucket of a duration; what is below the scale counts in the first bucket, what is above in the last. */
export function bucketOf(seconds: number): number {
  double[0] = seconds;
  const bucket = ((words[HIGH_WORD] ?? 0) >>> SHIFT) - BASE;
  if (bucket < 0 || !(seconds > 0)) return 0;
  return bucket < BUCKETS ? bucket : BUCKETS - 1;
}

/** Lower edge of a bucket, seconds; that of `BUCKETS` is the end of the scale. */
export function bucketEdge(bucket: number): number {
  const octave = bucket >> SUB_BITS;
  const sub = bucket & ((1 << SUB_BITS) - 1);
  return 2 ** (LOWEST_EXPONENT + octave) * (1 + sub / (1 << SUB_BITS));
}

/** The value that stands for a bucket: its middle. */
export function bucketMiddle(bucket: number): number {
  return (bucketEdge(bucket) + bucketEdge(bucket + 1)) / 2;
}

export interface Histogram {
  /** The memory, to be handed to a reading thread. */
  readonly memory: SharedArrayBuffer;
  readonly buckets: Uint32Array;
  /** One duration; negative ones and NaN count as 0. Only one thread may write. */
  record(seconds: number): void;
  sumSeconds(): number;
  maxSeconds(): number;
}

/** A histogram of its own, or the one in `memory` that another thread writes. */
export function createHistogram(
  memory: SharedArrayBuffer = new SharedArrayBuffer(HISTOGRAM_OCTETS),
): Histogram {
  const totals = new Float64Array(memory, 0, 2);
  const buckets = new Uint32Array(memory, TOTALS_OCTETS, BUCKETS);
  return {
    memory,
    buckets,
    record(seconds) {
      const bucket = bucketOf(seconds);
      buckets[bucket] = (buckets[bucket] ?? 0) + 1;
      if (!(seconds > 0)) return;
      totals[SUM] = (totals[SUM] ?? 0) + seconds;
      if (seconds > (totals[MAX] ?? 0)) totals[MAX] = seconds;
    },
    sumSeconds: () => totals[SUM] ?? 0,
    maxSeconds: () => totals[MAX] ?? 0,
  };
}
