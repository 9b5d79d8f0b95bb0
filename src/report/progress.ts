import { count, counted, time } from '../observe/figure-text.js';
import { lookEvery } from '../observe/look.js';
import type { Snapshot } from '../observe/sample.js';
import { sumSamples } from '../observe/samples.js';
import type { RunProgress } from '../scenario/run.js';
import { comparison } from './expectation-text.js';
import { NO_PAINT, type Paint } from './paint.js';

/** How often the live line is redrawn on a terminal. */
const REDRAW_MS = 250;

/** How often a line is written where nothing can be redrawn. */
const LINE_MS = 5000;

/** Cells of the bar. */
const BAR = 24;

/** Width where the stream does not say. */
const DEFAULT_COLUMNS = 80;

/** What progress is written to; `process.stderr` fits. */
export interface ProgressStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ProgressOptions {
  readonly stream: ProgressStream;
  readonly phones: number;
  readonly paint?: Paint;
}

/**
 * What happens in a run, line by line on stderr. On a terminal the line of the running step is redrawn; elsewhere there is
 * a plain line when a step begins, when it ends, and every few seconds between.
 */
export class Progress {
  readonly #stream: ProgressStream;
  readonly #phones: number;
  readonly #paint: Paint;
  readonly #live: boolean;
  #step: Extract<RunProgress, { kind: 'step-begins' }> | null = null;
  #lastLine = 0;
  /** Refusals at the end of the last step. */
  #refused = 0;
  #drawn = false;

  constructor({ stream, phones, paint = NO_PAINT }: ProgressOptions) {
    this.#stream = stream;
    this.#phones = phones;
    this.#paint = paint;
    this.#live = stream.isTTY === true;
  }

  /** Milliseconds between two snapshots that are worth taking. */
  get everyMs(): number {
    return this.#live ? REDRAW_MS : LINE_MS;
  }

  /** Give this to `runScenario` as `onProgress`. */
  readonly onProgress = (progress: RunProgress): void => {
    switch (progress.kind) {
      case 'step-begins':
        this.#step = progress;
        if (!this.#live) this.#line(this.#stepText());
        return;
      case 'judged':
        if (!progress.result.passed) {
          this.#line(`      ${this.#paint.bad('✗')} ${progress.result.about}`);
          for (const line of comparison(progress.result)) this.#line(`          ${line}`);
        }
        return;
      case 'step-ends': {
        const { about, seconds, action, step } = progress.result;
        const phones = action === undefined ? '' : `, ${counted(action.addressed, 'phone')}`;
        const mark = this.#paint.good('·');
        if (this.#live)
          this.#line(`  ${mark} ${String(step).padStart(2)}  ${about}${phones}, ${time(seconds)}`);
        else if (action !== undefined || refusedIn(progress.snapshot) > this.#refused)
          this.#line(`      ${standing(progress.snapshot)}, ${time(seconds)}`);
        this.#lastLine = progress.snapshot.at;
        this.#refused = refusedIn(progress.snapshot);
        this.#step = null;
      }
    }
  };

  /** A snapshot while a step runs. */
  update(snapshot: Snapshot): void {
    if (this.#step === null) return;
    if (this.#live) {
      const width = (this.#stream.columns ?? DEFAULT_COLUMNS) - 1;
      const line = `  ${bar(outcomes(snapshot), this.#phones)} ${this.#stepText()}: ${standing(snapshot)}`;
      this.#stream.write(`\r\u001b[2K${line.slice(0, width)}`);
      this.#drawn = true;
    } else if (snapshot.at - this.#lastLine >= LINE_MS) {
      this.#lastLine = snapshot.at;
      this.#line(`      ${standing(snapshot)}`);
    }
  }

  /** Leaves the terminal as it was. */
  close(): void {
    this.#erase();
    this.#step = null;
  }

  #stepText(): string {
    return this.#step === null ? '' : `step ${this.#step.step}/${this.#step.of} ${this.#step.about}`;
  }

  #line(text: string): void {
    this.#erase();
    this.#stream.write(`${text}\n`);
  }

  #erase(): void {
    if (!this.#drawn) return;
    this.#stream.write('\r\u001b[2K');
    this.#drawn = false;
  }
}

/**
 * Takes a snapshot every so often and shows it.
 *
 * @returns a function that stops it.
 */
export function watch(progress: Progress, snapshot: () => Promise<Snapshot>): () => void {
  let isStopped = false;
  const stop = lookEvery(progress.everyMs, async () => {
    const seen = await snapshot();
    if (!isStopped) progress.update(seen);
  });
  return () => {
    isStopped = true;
    stop();
    progress.close();
  };
}

function standing({ gauges, counters }: Snapshot): string {
  const states = ['registered', 'booting', 'enrolling', 'unregistered', 'off']
    .map((state) => [state, sumSamples(gauges, 'phones', (labels) => labels.state === state)] as const)
    .filter(([state, phones]) => phones > 0 || state === 'registered')
    .map(([state, phones]) => `${state} ${count(phones)}`);
  const locked = sumSamples(gauges, 'phones_locked');
  const refused = refusedIn({ counters });
  return [
    ...states,
    ...(locked === 0 ? [] : [`locked ${count(locked)}`]),
    ...(refused === 0 ? [] : [`refusals so far ${count(refused)}`]),
  ].join(', ');
}

function refusedIn({ counters }: Pick<Snapshot, 'counters'>): number {
  return sumSamples(counters, 'trust_failures');
}

function outcomes({ gauges }: Snapshot): number {
  return sumSamples(gauges, 'phones', ({ state }) => state === 'registered' || state === 'unregistered');
}

function bar(done: number, of: number): string {
  const full = of === 0 ? 0 : Math.min(BAR, Math.round((done / of) * BAR));
  return `[${'='.repeat(full)}${' '.repeat(BAR - full)}]`;
}
