import { Bench } from 'tinybench';
import { TrustfleetError } from '../src/errors.js';

/** A call to be timed, and how often it is called for one sample. */
export interface Timed {
  readonly run: () => unknown;
  readonly calls: number;
}

/** What tinybench found of one of them. */
export interface CallRate {
  /** Median of the samples, calls per second of the clock. */
  readonly perSecond: number;
  /** Relative margin of error of the samples' mean at 95 %, a share. */
  readonly rme: number;
}

/** Time of one sample, milliseconds: far above what a look at the clock costs, far below the time of a figure. */
const SAMPLE_MS = 0.25;
/** However dear a call is. */
const LEAST_SAMPLES = 3;
const MOST_CALLS = 1 << 20;
/** Calls after which V8 has compiled what is in a codec. */
const WARM_CALLS = 2000;

/**
 * Calls through one place for all codecs and peers: what is called there differs so often that the compiler puts nothing of it
 * in line, so that no result that nobody looks at is left out, and every call costs the same few nanoseconds.
 */
function batch({ run, calls }: Timed): unknown {
  let last: unknown;
  for (let i = 0; i < calls; i += 1) last = run();
  return last;
}

/**
 * Calls `run` for so many milliseconds, so that it is compiled, and finds out how many calls make a sample. What stands beside a
 * native call of half a millisecond is compiled after many calls, too: up to ten times as long is spent on them.
 */
export function prepareTimed(run: () => unknown, warmUpMs: number): Timed {
  const begin = performance.now();
  let calls = 1;
  let done = 0;
  for (;;) {
    const start = performance.now();
    batch({ run, calls });
    const end = performance.now();
    done += calls;
    // while it is being compiled it takes longer: only the last reading counts
    calls = Math.min(MOST_CALLS, Math.max(1, Math.ceil((calls * SAMPLE_MS) / Math.max(end - start, 1e-3))));
    const spent = end - begin;
    if (spent >= warmUpMs * 10 || (spent >= warmUpMs && done >= WARM_CALLS)) return { run, calls };
  }
}

/** Two calls one after the other for so many seconds each, in this order. */
export function rates(first: Timed, second: Timed, seconds: number): readonly [CallRate, CallRate] {
  const bench = new Bench({
    time: seconds * 1000,
    iterations: LEAST_SAMPLES,
    // every call was warmed up before the first round; to do so again would only take time
    warmup: false,
    throws: true,
  });
  bench.add('first', sampleOf(first), { async: false });
  bench.add('second', sampleOf(second), { async: false });
  const [one, other] = bench.runSync().map(({ result }): CallRate => {
    if (result.state !== 'completed')
      throw new TrustfleetError('TF_WORKER_DIED', `tinybench: ${result.state}: the bench is broken`);
    return { perSecond: result.throughput.p50, rme: result.throughput.rme / 100 };
  });
  if (one === undefined || other === undefined)
    throw new TrustfleetError('TF_WORKER_DIED', 'tinybench lost a task: the bench is broken');
  return [one, other];
}

/** tinybench takes one sample a call, and many a codec is faster than its clock: a sample is the mean of several. */
function sampleOf(timed: Timed) {
  return () => {
    const start = performance.now();
    batch(timed);
    const took = performance.now() - start;
    return { overriddenDuration: took / timed.calls, overriddenIterationCost: took };
  };
}
