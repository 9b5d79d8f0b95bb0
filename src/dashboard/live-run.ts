import { type HealthReading, worstReadings } from '../observe/health.js';
import type { Snapshot } from '../observe/sample.js';
import { EMPTY_SNAPSHOT } from '../observe/samples.js';
import type { ExpectationResult } from '../scenario/result.js';
import type { RunProgress } from '../scenario/run.js';
import { figuresOf, pointOf } from './figures.js';
import { History } from './history.js';
import type { Board, BoardExpectation, BoardRun, BoardStep, Ending, Point, RunHead } from './messages.js';

/** What others say in words: the report's, so that page and terminal say the same. */
export interface DashboardTexts {
  /** What a rule says; empty where nothing is known. */
  readonly ruleSentence: (rule: string) => string;
  /** What an expectation wanted and what came, in lines. */
  readonly comparison: (result: ExpectationResult) => readonly string[];
  /** The figure that came, over all labels. */
  readonly total: (result: ExpectationResult) => string;
}

export interface LiveRunOptions {
  readonly head: RunHead;
  readonly steps: readonly { readonly step: number; readonly about: string }[];
  readonly texts: DashboardTexts;
}

/** The figures that a run ends with. */
export interface LastLook {
  readonly snapshot: Snapshot;
  readonly health: readonly HealthReading[];
}

/** One run as it is shown: fed with its progress, its snapshots and its health, it gives boards. */
export class LiveRun {
  readonly history = new History();
  readonly #options: LiveRunOptions;
  readonly #steps: BoardStep[];
  readonly #expectations: BoardExpectation[] = [];
  #snapshot: Snapshot = EMPTY_SNAPSHOT;
  #health: readonly HealthReading[] = [];
  #phase: Board['phase'] = 'opening';
  #ending: Ending | null = null;

  constructor(options: LiveRunOptions) {
    this.#options = options;
    this.#steps = options.steps.map(({ step, about }) => ({ step, about, state: 'waiting' }));
  }

  /** The clusters and the phones are there. */
  opened(): void {
    this.#phase = 'running';
  }

  /** @returns what it adds to the curves, or null. */
  progress(progress: RunProgress): Point | null {
    switch (progress.kind) {
      case 'step-begins': {
        const { step, about } = progress;
        this.#setStep({ step, about, state: 'running', began: this.#snapshot.at / 1000 });
        return null;
      }
      case 'judged':
        this.#expectations.push(this.#judged(progress.result));
        return null;
      case 'step-ends': {
        const { step, about, seconds, action } = progress.result;
        const began = progress.snapshot.at / 1000 - seconds;
        this.#setStep({ step, about, state: 'done', began: Math.max(0, began), seconds, ...action });
        return this.observed(progress.snapshot);
      }
    }
  }

  /** @returns what it adds to the curves; null for one that is older than the last. */
  observed(snapshot: Snapshot): Point | null {
    if (snapshot.at < this.#snapshot.at) return null;
    this.#snapshot = snapshot;
    const point = pointOf(snapshot);
    this.history.add(point);
    return point;
  }

  measured(health: readonly HealthReading[]): void {
    this.#health = worstReadings(health);
  }

  /**
   * @param last how things stood at the end: what the run folder says.
   * @returns what it adds to the curves, or null.
   */
  ended(ending: Ending, { snapshot, health }: LastLook): Point | null {
    this.#phase = 'ended';
    this.#ending = ending;
    this.measured(health);
    return this.observed(snapshot);
  }

  /** For the list of runs, where they are several. */
  get row(): BoardRun {
    const { scenario } = this.#options.head;
    return { scenario, state: this.#phase === 'ended' ? 'ended' : 'running', ending: this.#ending };
  }

  board(runs: readonly BoardRun[]): Board {
    return {
      run: this.#options.head,
      phase: this.#phase,
      at: this.#snapshot.at / 1000,
      steps: this.#steps,
      expectations: this.#expectations,
      figures: figuresOf(this.#snapshot, this.#options.texts.ruleSentence),
      health: this.#health,
      ending: this.#ending,
      runs,
    };
  }

  /** Boot 0 is in no file: its row comes when it begins. */
  #setStep(step: BoardStep): void {
    const index = this.#steps.findIndex((known) => known.step === step.step);
    if (index >= 0) this.#steps[index] = step;
    else this.#steps.unshift(step);
  }

  #judged(result: ExpectationResult): BoardExpectation {
    const { step, about, passed, judged } = result;
    const { comparison, total } = this.#options.texts;
    return { step, about, passed, judged, figure: total(result), lines: passed ? [] : comparison(result) };
  }
}
