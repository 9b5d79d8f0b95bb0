import type { Operation } from '../cluster/operation.js';
import { TrustfleetError } from '../errors.js';
import type { ActionResult, BareHandshakes, Laboratory } from '../fleet/laboratory.js';
import type { Fault, PhoneAction, Selection } from '../fleet/model.js';
import type { HealthReading } from '../observe/health.js';
import type { Snapshot } from '../observe/sample.js';
import { EMPTY_SNAPSHOT } from '../observe/samples.js';
import { type Inspection, inspectJson } from '../trustfile/index.js';
import { consoleCommand, consoleLines } from './console-line.js';
import { type Evidence, judgeArtefact, judgeCount, judgeHeld, judgeTime } from './expect.js';
import type {
  ClusterPlan,
  CountExpectation,
  Expectation,
  PlannedOperation,
  ScenarioPlan,
  Step,
} from './plan.js';
import { inProportion, saysOfEachPhone } from './proportion.js';
import { type MeasuredStep, ratesOf } from './rates.js';
import { createRefusalSample } from './refusal-sample.js';
import type { ExpectationResult, RunEnd, RunResult, StepResult } from './result.js';
import { endOf, resultOf, seconds } from './run-end.js';
import { DEFAULT_LIMIT_MS } from './schema-steps.js';
import { underWay } from './under-way.js';

const BOOT_0 = 'power on the healthy fleet';

/** How often `wait: { until: … }` looks. */
const WAIT_POLL_MS = 250;

export type RunProgress =
  | { readonly kind: 'step-begins'; readonly step: number; readonly of: number; readonly about: string }
  | { readonly kind: 'step-ends'; readonly result: StepResult; readonly snapshot: Snapshot }
  | { readonly kind: 'judged'; readonly result: ExpectationResult };

export interface RunOptions {
  /** Stops the run; its reason, a TrustfleetError TF_STOPPED with `context.signal`, names the signal. */
  readonly signal?: AbortSignal;
  /** Phones of the whole run, where the laboratory has one of them alone; default: those of the laboratory. */
  readonly runPhones?: number;
  readonly onProgress?: (progress: RunProgress) => void;
}

/**
 * Plays a scenario: powers a healthy fleet on (boot 0), then takes the steps in order and judges every expectation.
 * The laboratory stays open; whoever made it closes it.
 *
 * What goes wrong is in `ended`, and what was measured until then is kept; the promise rejects only for a bug.
 */
export async function runScenario(
  plan: ScenarioPlan,
  laboratory: Laboratory,
  options: RunOptions = {},
): Promise<RunResult> {
  const run = new Run(plan, laboratory, options);
  const ended = await run.play();
  return run.result(ended);
}

class Run {
  readonly #plan: ScenarioPlan;
  readonly #laboratory: Laboratory;
  readonly #options: RunOptions;
  readonly #expectations: ExpectationResult[] = [];
  readonly #steps: StepResult[] = [];
  readonly #refusals = createRefusalSample();
  /** At the end of the last step. */
  #latest: Snapshot = EMPTY_SNAPSHOT;
  /** Where counters are counted from. */
  #since: Snapshot = EMPTY_SNAPSHOT;
  #addressed = 0;
  /** Number of the step that is under way, or was last. */
  #step = 0;
  readonly #bare: BareHandshakes[] = [];
  readonly #measured: MeasuredStep[] = [];

  constructor(plan: ScenarioPlan, laboratory: Laboratory, options: RunOptions) {
    this.#plan = plan;
    this.#laboratory = laboratory;
    this.#options = options;
  }

  async play(): Promise<RunEnd> {
    const { steps, start } = this.#plan;
    try {
      await this.#calibrate();
      await this.#observe(0);
      if (start.state === 'healthy') {
        await this.#timed({ step: 0, about: BOOT_0 }, () => this.#powerOn(start.off));
        this.#since = this.#latest;
        this.#addressed = 0;
      }
      for (const step of steps) await this.#timed(step, () => this.#take(step));
      await this.#calibrate();
      return { by: 'completed' };
    } catch (error) {
      return endOf(error, this.#options.signal);
    }
  }

  async result(ended: RunEnd): Promise<RunResult> {
    await this.#observe(this.#step).catch(() => undefined);
    const health = await this.#laboratory.health().catch((): HealthReading[] => []);
    return resultOf(this.#plan, this.#laboratory.phones, ended, {
      expectations: this.#expectations,
      steps: this.#steps,
      rates: ratesOf(this.#measured, this.#bare),
      snapshot: this.#latest,
      health,
      refusals: this.#refusals.summary(),
    });
  }

  /** Takes a snapshot and empties the laboratory's list of refusals. */
  async #observe(step: number): Promise<void> {
    const records = await this.#laboratory.refusals();
    this.#refusals.add(records.map((record) => ({ step, ...record })));
    this.#latest = await this.#laboratory.snapshot();
  }

  async #timed(
    step: { readonly step: number; readonly about: string },
    take: () => Promise<Partial<StepResult>>,
  ): Promise<void> {
    const began = this.#latest.at;
    this.#step = step.step;
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.({
      kind: 'step-begins',
      step: step.step,
      of: this.#plan.steps.length,
      about: step.about,
    });
    const more = await this.#orStopped(take());
    await this.#orStopped(this.#observe(step.step));
    const result = { step: step.step, about: step.about, seconds: seconds(this.#latest.at - began), ...more };
    this.#steps.push(result);
    this.#options.onProgress?.({ kind: 'step-ends', result, snapshot: this.#latest });
  }

  /** The laboratory's calls take no signal; on a stop the run leaves them to the laboratory's own closing. */
  async #orStopped<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#options;
    if (signal === undefined) return work;
    let stop: (() => void) | undefined;
    const stopped = new Promise<never>((_, reject) => {
      stop = () => reject(signal.reason);
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) stop();
    });
    try {
      return await Promise.race([work, stopped]);
    } finally {
      if (stop !== undefined) signal.removeEventListener('abort', stop);
      work.catch(() => undefined);
    }
  }

  async #powerOn(off: Selection | null): Promise<Partial<StepResult>> {
    const selection: Selection = off === null ? { kind: 'all' } : { kind: 'not', of: off };
    const action = await this.#measuredAct(
      { step: 0, about: BOOT_0 },
      { action: 'power-on' },
      selection,
      this.#limit(DEFAULT_LIMIT_MS),
    );
    await this.#judgeUnfinished(0, 0, action.unfinished, this.#limit(DEFAULT_LIMIT_MS));
    return { action };
  }

  async #take(step: Step): Promise<Partial<StepResult>> {
    switch (step.kind) {
      case 'operate':
        return this.#operate(step);
      case 'phones':
        return { action: await this.#phones(step, step.action, step.of, step.limitMs, step.unfinished) };
      case 'fault':
        await this.#laboratory.fault(this.#scaled(step.fault));
        return {};
      case 'wait':
        // clock.scale divides the times of `wait` (contracts.md 4)
        await this.#laboratory.sleep(step.ms / this.#plan.clock.scale);
        return {};
      case 'wait-until':
        await this.#waitUntil(step.until, this.#limit(step.limitMs), step.step);
        return {};
      case 'mark':
        this.#since = this.#latest;
        return {};
      case 'expect':
        for (const expectation of step.expectations) this.#record(await this.#judge(expectation, step.step));
        return {};
    }
  }

  /** Bare handshakes before and after, so that a machine that is slower at one of them does not flatter the fleet. */
  async #calibrate(): Promise<void> {
    const { handshakeMeter } = this.#laboratory;
    if (this.#plan.calibrate === 'none' || handshakeMeter === undefined) return;
    this.#bare.push(...(await this.#orStopped(handshakeMeter.calibrate())));
  }

  async #measuredAct(
    step: { readonly step: number; readonly about: string },
    action: PhoneAction,
    selection: Selection,
    limitMs: number,
  ): Promise<ActionResult> {
    const { handshakeMeter } = this.#laboratory;
    const before = await handshakeMeter?.read();
    const result = await this.#laboratory.act(action, selection, this.#plan.load, limitMs);
    const after = await handshakeMeter?.read();
    if (before !== undefined && after !== undefined)
      this.#measured.push({ step: step.step, about: step.about, phones: result.addressed, before, after });
    return result;
  }

  async #operate(step: Extract<Step, { kind: 'operate' }>): Promise<Partial<StepResult>> {
    const output: string[] = [];
    let refusal: string | null = null;
    let isSkipped = false;
    let resets = false;
    for (const operation of step.operations) {
      try {
        const resolved = await this.#resolved(operation, step.cluster);
        if (!this.#fullSize() && 'devices' in resolved && resolved.devices.length === 0) {
          // the file selects somebody among its own phones
          output.push(`no device is selected among ${this.#laboratory.phones} phones: nothing to do`);
          isSkipped = true;
          continue;
        }
        const done = await this.#laboratory.operate(resolved, step.cluster ?? undefined);
        output.push(...this.#shown(operation, step.cluster, done.output));
        resets ||= done.resetsPhones;
      } catch (error) {
        if (!(error instanceof TrustfleetError) || error.code !== 'TF_OPERATION_REFUSED') throw error;
        refusal = error.message;
        output.push(error.message);
        if (step.refused === null) throw error;
      }
    }
    if (step.refused !== null) {
      this.#record({
        step: step.step,
        line: step.line,
        about: `${step.about} is refused`,
        expected: [{ labels: {}, value: step.refused }],
        actual: [{ labels: {}, value: refusal ?? 'accepted' }],
        passed: isSkipped || (refusal?.includes(step.refused) ?? false),
        judged: !isSkipped,
      });
    }
    if (!resets) return { output };
    // R-68, OP-31
    output.push('The phones are reset (Phone Interaction on Certificate Update: automatic)');
    const { clusters } = this.#plan;
    const cluster = clusters.length === 1 ? null : (step.cluster ?? clusters[0].name);
    const registered: Selection = { kind: 'registered', cluster };
    const action = await this.#phones(step, { action: 'reset' }, registered, DEFAULT_LIMIT_MS, 'refused');
    return { output, action };
  }

  /** Counters count from here on, and shares are of the phones addressed. */
  async #phones(
    step: Step,
    action: PhoneAction,
    of: Selection,
    limit: number,
    unfinished: 'allowed' | 'refused',
  ): Promise<ActionResult> {
    this.#since = this.#latest;
    const limitMs = this.#limit(limit);
    const result = await this.#measuredAct(step, action, of, limitMs);
    this.#addressed = result.addressed;
    if (unfinished === 'refused')
      await this.#judgeUnfinished(step.step, step.line, result.unfinished, limitMs);
    return result;
  }

  /** A line of the console as what it means, the administrator's selection as names (contracts.md 4, `capf` and `device`). */
  async #resolved(operation: PlannedOperation, cluster: string | null): Promise<Operation> {
    if (operation.op === 'console') return consoleCommand(operation, this.#planOf(cluster)).operation;
    if (!('of' in operation)) return operation;
    const { of, ...rest } = operation;
    return { ...rest, devices: await this.#laboratory.resolve(of) };
  }

  #shown(operation: PlannedOperation, cluster: string | null, output: readonly string[]): readonly string[] {
    return operation.op === 'console' ? consoleLines(operation, this.#planOf(cluster), output) : output;
  }

  /** @param cluster null is the phones' home */
  #planOf(cluster: string | null): ClusterPlan {
    const { clusters } = this.#plan;
    return clusters.find(({ name }) => name === cluster) ?? clusters[0];
  }

  /** clock.scale divides the times of `fault`, too (contracts.md 4). */
  #scaled(fault: Fault): Fault {
    if (!('eachPhoneMs' in fault) || fault.eachPhoneMs === null) return fault;
    return { ...fault, eachPhoneMs: fault.eachPhoneMs / this.#plan.clock.scale };
  }

  async #waitUntil(until: CountExpectation, limitMs: number, step: number): Promise<void> {
    const began = this.#latest.at;
    const { phones } = this.#plan.fleet;
    if (this.#laboratory.phones === 1 && !saysOfEachPhone(until, phones)) {
      const passedOver = `${until.about}, not waited for by one phone alone`;
      this.#record({ ...judgeCount(until, this.#evidence(step)), about: passedOver });
      return;
    }
    const wanted = this.#fullSize() ? until : inProportion(until, this.#laboratory.phones / phones);
    for (;;) {
      const now = await this.#laboratory.snapshot();
      // a gauge or a counter at the end of a wait has to be reached, whatever the number of phones
      const reached = judgeCount(wanted, { ...this.#evidence(step), now, fullSize: true });
      if (reached.passed || this.#options.signal?.aborted) return;
      if (now.at - began >= limitMs) {
        this.#record(this.#ranIntoLimit(until, reached, limitMs));
        return;
      }
      await this.#laboratory.sleep(WAIT_POLL_MS);
    }
  }

  /**
   * In virtual time, where waiting costs nothing, more phones than the file's have more time in proportion: they reach the same
   * servers at the same pace. One of them that is played alone has the time that it had among the others.
   */
  #limit(ms: number): number {
    const { clock, fleet } = this.#plan;
    const phones = this.#options.runPhones ?? this.#laboratory.phones;
    return clock.mode === 'virtual' ? ms * Math.max(1, phones / fleet.phones) : ms;
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

  async #judge(expectation: Expectation, step: number): Promise<ExpectationResult> {
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

  #evidence(step: number): Evidence {
    return {
      step,
      since: this.#since,
      now: this.#latest,
      addressed: this.#addressed,
      fullSize: this.#fullSize(),
    };
  }

  #fullSize(): boolean {
    return this.#laboratory.phones === this.#plan.fleet.phones;
  }

  /** A step ends well only when every phone addressed has an outcome (contracts.md 4). */
  async #judgeUnfinished(step: number, line: number, unfinished: number, limitMs: number): Promise<void> {
    if (unfinished === 0) return;
    const { gauges } = await this.#laboratory.snapshot();
    this.#record({
      step,
      line,
      about: `phones without an outcome after ${limitMs / 1000} s`,
      expected: [{ labels: {}, value: 0 }],
      actual: [{ labels: {}, value: unfinished }, ...underWay(gauges)],
      passed: false,
      judged: true,
    });
  }

  #record(result: ExpectationResult): void {
    this.#expectations.push(result);
    this.#options.onProgress?.({ kind: 'judged', result });
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
