import { TrustfleetError } from '../errors.js';
import type { Laboratory } from '../fleet/laboratory.js';
import type { Snapshot } from '../observe/sample.js';
import { EMPTY_SNAPSHOT } from '../observe/samples.js';
import { type Inspection, inspectJson } from '../trustfile/index.js';
import { type Evidence, judgeArtefact, judgeCount, judgeHeld, judgeTime } from './expect.js';
import type { CountExpectation, Expectation, ScenarioPlan } from './plan.js';
import { inProportion, saysOfEachPhone } from './proportion.js';
import { createRefusalSample } from './refusal-sample.js';
import type { ExpectationResult, RefusalSummary } from './result.js';
import { underWay } from './under-way.js';

/** How often `wait: { until: … }` looks. */
const WAIT_POLL_MS = 250;

interface FindingsOptions {
  /** Ends a wait, and the judging. */
  readonly signal: AbortSignal | undefined;
  readonly onJudged: (result: ExpectationResult) => void;
}

/** What a run observes, and what it judges of it. */
export class Findings {
  readonly #plan: ScenarioPlan;
  readonly #laboratory: Laboratory;
  readonly #options: FindingsOptions;
  readonly #expectations: ExpectationResult[] = [];
  readonly #refusals = createRefusalSample();
  #latest: Snapshot = EMPTY_SNAPSHOT;
  /** Where counters are counted from. */
  #since: Snapshot = EMPTY_SNAPSHOT;
  #addressed = 0;

  constructor(plan: ScenarioPlan, laboratory: Laboratory, options: FindingsOptions) {
    this.#plan = plan;
    this.#laboratory = laboratory;
    this.#options = options;
  }

  get expectations(): readonly ExpectationResult[] {
    return this.#expectations;
  }

  get refusals(): RefusalSummary {
    return this.#refusals.summary();
  }

  /** As it was last observed, at the end of a step. */
  get latest(): Snapshot {
    return this.#latest;
  }

  /** Counters count from here on. */
  countAnew(): void {
    this.#since = this.#latest;
  }

  /** Shares are of these phones from now on. */
  addressed(phones: number): void {
    this.#addressed = phones;
  }

  /** Takes a snapshot and empties the laboratory's list of refusals. */
  async observe(step: number): Promise<void> {
    const records = await this.#laboratory.refusals();
    this.#refusals.add(records.map((record) => ({ step, ...record })));
    this.#latest = await this.#laboratory.snapshot();
  }

  async judge(expectation: Expectation, step: number): Promise<ExpectationResult> {
    const evidence = this.#evidence(step);
    switch (expectation.kind) {
      case 'count':
        return judgeCount(expectation, evidence);
      case 'held':
        return judgeHeld(
          expectation,
          await this.#laboratory.held(expectation.list, expectation.of),
          evidence,
        );
      case 'time':
        return judgeTime(expectation, evidence);
      case 'artefact': {
        const bytes = await this.#laboratory.artefact(expectation.node, expectation.file);
        return judgeArtefact(
          expectation,
          bytes === undefined ? undefined : documentOf(bytes, expectation.file),
          step,
        );
      }
    }
  }

  async waitUntil(until: CountExpectation, limitMs: number, step: number): Promise<'waited' | 'passed-over'> {
    const began = this.#latest.at;
    const { phones } = this.#plan.fleet;
    if (this.#laboratory.phones === 1 && !saysOfEachPhone(until, phones)) {
      const passedOver = `${until.about}, not waited for by one phone alone`;
      this.record({ ...judgeCount(until, this.#evidence(step)), about: passedOver });
      return 'passed-over';
    }
    const wanted = this.isFullSize ? until : inProportion(until, this.#laboratory.phones / phones);
    for (;;) {
      const now = await this.#laboratory.snapshot();
      // a gauge or a counter at the end of a wait has to be reached, whatever the number of phones
      const reached = judgeCount(wanted, { ...this.#evidence(step), now, fullSize: true });
      if (reached.passed || this.#options.signal?.aborted) return 'waited';
      if (now.at - began >= limitMs) {
        this.record(this.#ranIntoLimit(until, reached, limitMs));
        return 'waited';
      }
      await this.#laboratory.sleep(WAIT_POLL_MS);
    }
  }

  /** A step ends well only when every phone addressed has an outcome (contracts.md 4). */
  async judgeUnfinished(step: number, line: number, unfinished: number, limitMs: number): Promise<void> {
    if (unfinished === 0) return;
    const { gauges } = await this.#laboratory.snapshot();
    this.record({
      step,
      line,
      about: `phones without an outcome after ${limitMs / 1000} s`,
      expected: [{ labels: {}, value: 0 }],
      actual: [{ labels: {}, value: unfinished }, ...underWay(gauges)],
      passed: false,
      judged: true,
    });
  }

  /** Keeps a verdict, and tells of it. What a step that was cut short comes to is none. */
  record(result: ExpectationResult): void {
    if (this.#options.signal?.aborted) return;
    this.#expectations.push(result);
    this.#options.onJudged(result);
  }

  /** As many phones as in the file: figures hold as they are written. */
  get isFullSize(): boolean {
    return this.#laboratory.phones === this.#plan.fleet.phones;
  }

  /**
   * Fails the run where the figure holds for this number of phones. One that the file has for its own number, here in
   * proportion, may be out of reach: that is shown and not judged, as such figures are in `expect` (contracts.md 4).
   */
  #ranIntoLimit(until: CountExpectation, reached: ExpectationResult, limitMs: number): ExpectationResult {
    const { judged } = judgeCount(until, this.#evidence(reached.step));
    const about = `${until.about}, within ${limitMs / 1000} s`;
    return { ...reached, about, judged, passed: !judged, timedOut: true };
  }

  #evidence(step: number): Evidence {
    return {
      step,
      since: this.#since,
      now: this.#latest,
      addressed: this.#addressed,
      fullSize: this.isFullSize,
    };
  }
}

/** A served file that cannot be read has no fields: the expectation fails, the run goes on. */
function documentOf(bytes: Uint8Array, file: string): Inspection | undefined {
  try {
    return inspectJson(bytes, { file });
  } catch (error) {
    if (error instanceof TrustfleetError) return undefined;
    throw error;
  }
}
