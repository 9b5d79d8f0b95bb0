import type { HealthReading } from '../observe/health.js';
import type { Sample } from '../observe/sample.js';
import type { TimingSummary } from '../observe/timing-summary.js';

/** What the dashboard's server says to a page: JSON documents over one WebSocket. A page says nothing. */
export type DashboardMessage = HistoryMessage | BoardMessage;

/** The first message to a page, and again when the next scenario begins or when a page could not keep up. */
export interface HistoryMessage {
  readonly kind: 'history';
  readonly points: readonly Point[];
}

/** How things stand, whole, several times a second; `point` is what it adds to the history. */
export interface BoardMessage {
  readonly kind: 'board';
  readonly board: Board;
  readonly point: Point | null;
}

/** States of a phone in the order in which they are drawn. */
export const PHONE_STATES = ['registered', 'enrolling', 'booting', 'unregistered', 'off'] as const;

export type PhoneState = (typeof PHONE_STATES)[number];

/** What is drawn over time. Totals count from the beginning of the run, so that points may be left out. */
export interface Point {
  /** Seconds since the run began, by the run's own clock. */
  readonly at: number;
  readonly phones: Readonly<Record<PhoneState, number>>;
  readonly locked: number;
  readonly totals: PointTotals;
}

export interface PointTotals {
  readonly boots: number;
  readonly tvsRequests: number;
  readonly capfSessions: number;
  /** Accepted ones. */
  readonly registrations: number;
  readonly trustFailures: number;
}

/** Everything that the page shows beside the curves. */
export interface Board {
  readonly run: RunHead;
  readonly phase: 'opening' | 'running' | 'ended';
  /** Seconds since the run began, by the run's own clock. */
  readonly at: number;
  readonly steps: readonly BoardStep[];
  readonly expectations: readonly BoardExpectation[];
  readonly figures: BoardFigures;
  readonly health: readonly HealthReading[];
  readonly ending: Ending | null;
  /** The scenarios of this command, where they are several. */
  readonly runs: readonly BoardRun[];
}

export interface RunHead {
  readonly scenario: string;
  readonly about: string;
  /** Clusters with their releases, seed, load and the like, in the words of the report. */
  readonly conditions: readonly string[];
  readonly phones: number;
  readonly clock: 'network' | 'virtual';
}

export interface BoardStep {
  /** 0 is the boot that brings a healthy fleet up. */
  readonly step: number;
  readonly about: string;
  readonly state: 'waiting' | 'running' | 'done';
  /** When it began, and how long it took, by the run's own clock. */
  readonly began?: number;
  readonly seconds?: number;
  readonly addressed?: number;
  readonly unfinished?: number;
}

export interface BoardExpectation {
  readonly step: number;
  readonly about: string;
  readonly passed: boolean;
  /** false: the figure belongs to another number of phones, or is only reported. */
  readonly judged: boolean;
  /** What came in all, in words. */
  readonly figure: string;
  /** What was expected and what came, in lines; only where it failed. */
  readonly lines: readonly string[];
}

/** Sums over the whole run. */
export interface BoardFigures {
  /** Gauge `phones` with the labels model, state and mode. */
  readonly phones: readonly Sample[];
  readonly locked: readonly Sample[];
  /** Counters without model and group. */
  readonly counters: readonly Sample[];
  readonly refusals: readonly BoardRefusal[];
  /** Over all phones. */
  readonly timings: readonly TimingSummary[];
}

/** All trust failures of one kind. */
export interface BoardRefusal {
  readonly file: string;
  readonly rule: string;
  readonly reason: string;
  /** What the rule says; empty where the rule book has no sentence. */
  readonly sentence: string;
  readonly count: number;
  readonly models: Readonly<Record<string, number>>;
}

export interface Ending {
  readonly tone: 'good' | 'bad' | 'warn';
  /** `PASS`, `FAIL`, `INVALID`, `STOPPED`, `BROKEN OFF` */
  readonly word: string;
  readonly says: string;
  /** Where the run folder is. */
  readonly folder: string;
}

export interface BoardRun {
  readonly scenario: string;
  readonly state: 'waiting' | 'running' | 'ended';
  readonly ending: Pick<Ending, 'tone' | 'word'> | null;
}
