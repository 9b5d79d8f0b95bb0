import { TrustfleetError } from '../errors.js';
import type { HealthReading } from '../observe/health.js';
import { EMPTY_SNAPSHOT } from '../observe/samples.js';
import type { ScenarioPlan } from './plan.js';
import { createRefusalSample } from './refusal-sample.js';
import type { ExpectationResult, RunEnd, RunResult } from './result.js';

/** What a run had found when it came to its end. */
type Found = Pick<
  RunResult,
  'expectations' | 'steps' | 'rates' | 'snapshot' | 'health' | 'refusals' | 'allowTargets'
>;

/** The result of a run: what the plan says of it, and what was found. */
export function resultOf(plan: ScenarioPlan, phones: number, ended: RunEnd, found: Found): RunResult {
  const verdict = verdictOf(ended, found.health, found.expectations);
  const [home] = plan.clusters;
  return {
    scenario: plan.name,
    about: plan.about,
    origin: plan.origin,
    file: plan.file,
    cluster: home.name,
    release: home.release,
    clusters: plan.clusters.map(({ name, release }) => ({ name, release })),
    seed: plan.seed,
    clock: plan.clock.mode,
    phones,
    filePhones: plan.fleet.phones,
    load: plan.load,
    ended,
    verdict,
    passed: verdict === 'pass',
    seconds: seconds(found.snapshot.at),
    ...found,
  };
}

/**
 * The result of a run that ended before its laboratory stood: a signal while keys were drawn, a port that was taken. Nothing
 * was measured, and the run folder says why.
 *
 * @throws `error` itself when it is a bug.
 */
export function resultWithoutStart(
  plan: ScenarioPlan,
  phones: number,
  error: unknown,
  signal: AbortSignal,
): RunResult {
  return resultOf(plan, phones, endOf(error, signal), {
    expectations: [],
    steps: [],
    rates: [],
    snapshot: EMPTY_SNAPSHOT,
    health: [],
    refusals: createRefusalSample().summary(),
  });
}

/** Milliseconds as seconds with three places. */
export function seconds(ms: number): number {
  return Math.round(ms) / 1000;
}

/**
 * How a run ended that `error` broke off.
 *
 * @throws `error` itself when it is a bug.
 */
export function endOf(error: unknown, signal: AbortSignal | undefined): RunEnd {
  if (signal?.aborted) {
    const { reason } = signal;
    const name = reason instanceof TrustfleetError ? reason.context.signal : undefined;
    return { by: 'signal', signal: typeof name === 'string' ? name : 'SIGINT' };
  }
  if (error instanceof TrustfleetError) {
    return error.code === 'TF_OPERATION_REFUSED'
      ? { by: 'operation-refused', message: error.message }
      : { by: 'error', code: error.code, message: error.message };
  }
  throw error;
}

/** A saturated generator, and a run that was cut short, say nothing about the target, whatever the figures are. */
function verdictOf(
  ended: RunEnd,
  health: readonly HealthReading[],
  expectations: readonly ExpectationResult[],
): RunResult['verdict'] {
  if (ended.by === 'signal' || ended.by === 'error') return 'invalid';
  if (health.some((reading) => reading.exceeded)) return 'invalid';
  if (ended.by === 'operation-refused') return 'fail';
  return expectations.every((expectation) => expectation.passed) ? 'pass' : 'fail';
}
