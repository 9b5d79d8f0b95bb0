import { type HealthReading, worstReadings } from '../observe/health.js';
import type { Sample } from '../observe/sample.js';
import { type TimingSummary, timingSummaries } from '../observe/timing-summary.js';
import type { HandshakeRate } from '../scenario/rates.js';
import {
  type ExpectationResult,
  isOfAnotherSize,
  type RefusalKind,
  type RunEnd,
  type RunResult,
  type StepResult,
} from '../scenario/result.js';

/** What the run knows nothing of. */
export interface RunFacts {
  /** Of trustfleet. */
  readonly version: string;
  readonly started: Date;
  /** By the clock on the wall, the laboratory's installation included. */
  readonly wallSeconds: number;
  readonly host: { readonly cpus: number; readonly node: string };
}

/** `summary.json` (contracts.md 2). Fields may be added; those of the contract stay. */
export interface Summary {
  readonly scenario: string;
  readonly about: string;
  readonly origin: string;
  readonly file: string;
  readonly cluster: string;
  readonly release: string;
  readonly clusters: RunResult['clusters'];
  readonly seed: number;
  readonly version: string;
  readonly phones: number;
  /** Phones that the file's absolute figures belong to. */
  readonly filePhones: number;
  readonly clock: 'network' | 'virtual';
  readonly passed: boolean;
  readonly verdict: 'pass' | 'fail' | 'invalid';
  readonly ended: RunEnd;
  /** The worst of all workers for each resource. */
  readonly health: readonly HealthReading[];
  /** What was offered to the target, with the unit in the name. */
  readonly load: RunResult['load'];
  readonly allowTargets?: RunResult['allowTargets'];
  /** ISO 8601. */
  readonly started: string;
  /** By the clock of the run. */
  readonly seconds: number;
  /** By the clock on the wall, with the start and before the laboratory closes. */
  readonly wallSeconds: number;
  readonly host: RunFacts['host'];
  readonly expectations: readonly ExpectationResult[];
  /** Expectations whose absolute figures belong to another number of phones. */
  readonly notJudged: number;
  readonly counters: readonly Sample[];
  /** As they stood at the end. */
  readonly gauges: readonly Sample[];
  readonly timings: readonly TimingSummary[];
  readonly steps: readonly StepResult[];
  /** Phones a second beside what their TLS handshakes alone would allow (`calibrate: handshakes`). */
  readonly rates: readonly HandshakeRate[];
  readonly refusals: readonly RefusalKind[];
  /**
   * Lines of `events.ndjson`: one in `oneIn` of all that were seen, but for `countedOnly` of them, which came too many at once
   * (`more` in a line says how many of its kind followed it).
   */
  readonly events: {
    readonly seen: number;
    readonly written: number;
    readonly oneIn: number;
    readonly countedOnly: number;
  };
}

export function summaryOf(result: RunResult, facts: RunFacts): Summary {
  return {
    scenario: result.scenario,
    about: result.about,
    origin: result.origin,
    file: result.file,
    cluster: result.cluster,
    release: result.release,
    clusters: result.clusters,
    seed: result.seed,
    version: facts.version,
    phones: result.phones,
    filePhones: result.filePhones,
    clock: result.clock,
    passed: result.passed,
    verdict: result.verdict,
    ended: result.ended,
    health: worstReadings(result.health),
    load: result.load,
    ...(result.allowTargets === undefined ? {} : { allowTargets: result.allowTargets }),
    started: facts.started.toISOString(),
    seconds: result.seconds,
    wallSeconds: facts.wallSeconds,
    host: facts.host,
    expectations: result.expectations,
    notJudged: result.expectations.filter(isOfAnotherSize).length,
    counters: result.snapshot.counters,
    gauges: result.snapshot.gauges,
    timings: timingSummaries(result.snapshot.timings),
    steps: result.steps,
    rates: result.rates,
    refusals: result.refusals.kinds,
    events: {
      seen: result.refusals.seen,
      written: result.refusals.records.length,
      oneIn: result.refusals.oneIn,
      countedOnly: result.refusals.countedOnly,
    },
  };
}
