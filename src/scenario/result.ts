import type { ActionResult, RefusalRecord } from '../fleet/laboratory.js';
import type { Load } from '../fleet/model.js';
import type { Refusal } from '../observe/events.js';
import type { HealthReading } from '../observe/health.js';
import type { Snapshot } from '../observe/sample.js';
import type { HandshakeRate } from './rates.js';

/** One figure of an expectation: what was wanted, or what came. Equal entries mean that it held. */
export interface FigureEntry {
  /** Empty for the total. */
  readonly labels: Readonly<Record<string, string>>;
  readonly value?: string | number | boolean | null;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** How a share was written, beside the number of phones that it means. */
  readonly share?: string;
  /** For times: `p99`, and the limit as written. */
  readonly of?: string;
  readonly limit?: string;
}

export interface ExpectationResult {
  /** Step of the file, from 1. */
  readonly step: number;
  readonly line: number;
  readonly about: string;
  readonly expected: readonly FigureEntry[];
  readonly actual: readonly FigureEntry[];
  readonly passed: boolean;
  /** false: an absolute figure, and the run has another number of phones than the file, or `reported`. */
  readonly judged: boolean;
  /** The scenario wants the figure shown and asserts nothing (`report: true`). */
  readonly reported?: boolean;
  /** What a `wait: { until: … }` waited for, and what there was when its limit passed. */
  readonly timedOut?: boolean;
}

export interface StepResult {
  /** From 1; 0 is the boot that brings a healthy fleet up (contracts.md 4, `start`). */
  readonly step: number;
  readonly about: string;
  readonly seconds: number;
  /** Of a `phones:` step. */
  readonly action?: ActionResult;
  /** What the console of the cluster printed. */
  readonly output?: readonly string[];
}

/** How a run came to its end. */
export type RunEnd =
  | { readonly by: 'completed' }
  /** The cluster refused an operation that the scenario did not want refused. */
  | { readonly by: 'operation-refused'; readonly message: string }
  /** The environment failed: a worker died, a port was taken. */
  | { readonly by: 'error'; readonly code: string; readonly message: string }
  | { readonly by: 'signal'; readonly signal: string };

/** Refusals of one kind, with one phone as the example. */
export interface RefusalKind {
  readonly what: string;
  readonly rule: string;
  readonly reason: string;
  readonly attempt?: NonNullable<Refusal['attempt']>;
  readonly count: number;
  readonly example: RefusalRecord;
}

/** Refusals of a run: all of them counted, a bounded even sample of them kept. */
export interface RefusalSummary {
  readonly seen: number;
  /** Of them those that came too many at once to be kept one by one: they are counted by kind only. */
  readonly countedOnly: number;
  /** One in this many was kept; 1 means all. */
  readonly oneIn: number;
  readonly records: readonly RefusalRecord[];
  readonly kinds: readonly RefusalKind[];
}

export interface RunResult {
  readonly scenario: string;
  readonly about: string;
  readonly origin: string;
  readonly file: string;
  /** The phones' home. */
  readonly cluster: string;
  readonly release: string;
  /** All clusters of the run, the home first. */
  readonly clusters: readonly { readonly name: string; readonly release: string }[];
  readonly seed: number;
  readonly clock: 'network' | 'virtual';
  /** Phones of this run, and those that the figures of the file belong to. */
  readonly phones: number;
  readonly filePhones: number;
  readonly load: Load;
  /** Ranges outside the loopback range that phones were let load; absent where there were none. */
  readonly allowTargets?: readonly string[] | undefined;
  readonly ended: RunEnd;
  readonly verdict: 'pass' | 'fail' | 'invalid';
  readonly passed: boolean;
  readonly seconds: number;
  readonly expectations: readonly ExpectationResult[];
  readonly steps: readonly StepResult[];
  /** Of each `phones:` step with TLS handshakes; empty without `calibrate: handshakes`. */
  readonly rates: readonly HandshakeRate[];
  /** Everything observed from the first boot to the end. */
  readonly snapshot: Snapshot;
  readonly health: readonly HealthReading[];
  readonly refusals: RefusalSummary;
}

const SIGNAL_CODES: Readonly<Record<string, number>> = { SIGINT: 130, SIGTERM: 143 };

/** Was an expectation left unjudged because of the number of phones? */
export function isOfAnotherSize({ judged, reported }: ExpectationResult): boolean {
  return !judged && reported !== true;
}

/** Did a wait run into its limit, for a figure that was left unjudged because of the number of phones? */
export function isWaitInVain({ judged, timedOut }: ExpectationResult): boolean {
  return !judged && timedOut === true;
}

/** Exit code of a run (contracts.md 1). */
export function exitCodeOfRun(result: RunResult): number {
  switch (result.ended.by) {
    case 'signal':
      return SIGNAL_CODES[result.ended.signal] ?? 130;
    case 'error':
      return 3;
    default:
      return { pass: 0, fail: 1, invalid: 4 }[result.verdict];
  }
}

/** Codes of a signal first, then the gravest of several runs: 3, 4, 1, 0 (contracts.md 4). */
export function gravestExitCode(codes: readonly number[]): number {
  const order = [130, 143, 3, 4, 1, 0];
  return order.find((code) => codes.includes(code)) ?? 0;
}
