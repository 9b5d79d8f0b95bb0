import type { Operation } from '../cluster/operation.js';
import { TrustfleetError } from '../errors.js';
import type { ActionResult, BareHandshakes, Laboratory } from '../fleet/laboratory.js';
import type { Fault, PhoneAction, Selection } from '../fleet/model.js';
import type { Cidr } from '../net/addresses.js';
import type { HealthReading } from '../observe/health.js';
import type { Snapshot } from '../observe/sample.js';
import { consoleCommand, consoleLines } from './console-line.js';
import { Findings } from './findings.js';
import type { ClusterPlan, PlannedOperation, ScenarioPlan, Step } from './plan.js';
import { type MeasuredStep, ratesOf } from './rates.js';
import type { ExpectationResult, RunEnd, RunResult, StepResult } from './result.js';
import { endOf, resultOf, seconds } from './run-end.js';
import { DEFAULT_LIMIT_MS } from './schema-steps.js';

const BOOT_0 = 'power on the healthy fleet';

export type RunProgress =
  | { readonly kind: 'step-begins'; readonly step: number; readonly of: number; readonly about: string }
  | { readonly kind: 'step-ends'; readonly result: StepResult; readonly snapshot: Snapshot }
  | { readonly kind: 'judged'; readonly result: ExpectationResult };

export interface RunOptions {
  /** Stops the run; its reason, a TrustfleetError TF_STOPPED with `context.signal`, names the signal. */
  readonly signal?: AbortSignal;
  /** Phones of the whole run, where the laboratory has one of them alone; default: those of the laboratory. */
  readonly runPhones?: number;
  /** What `--allow-target` named, for the command that plays one phone again. */
  readonly allowTargets?: readonly Cidr[];
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
  readonly #steps: StepResult[] = [];
  readonly #findings: Findings;
  /** Number of the step that is under way, or was last. */
  #step = 0;
  readonly #bare: BareHandshakes[] = [];
  readonly #measured: MeasuredStep[] = [];

  constructor(plan: ScenarioPlan, laboratory: Laboratory, options: RunOptions) {
    this.#plan = plan;
    this.#laboratory = laboratory;
    this.#options = options;
    this.#findings = new Findings(plan, laboratory, {
      signal: options.signal,
      onJudged: (result) => options.onProgress?.({ kind: 'judged', result }),
    });
  }

  async play(): Promise<RunEnd> {
    const { steps, start } = this.#plan;
    try {
      await this.#calibrate();
      await this.#findings.observe(0);
      if (start.state === 'healthy') {
        await this.#timed({ step: 0, about: BOOT_0 }, () => this.#powerOn(start.off));
        this.#findings.countAnew();
      }
      for (const step of steps) await this.#timed(step, () => this.#take(step));
      await this.#calibrate();
      return { by: 'completed' };
    } catch (error) {
      return endOf(error, this.#options.signal);
    }
  }

  async result(ended: RunEnd): Promise<RunResult> {
    await this.#findings.observe(this.#step).catch(() => undefined);
    const health = await this.#laboratory.health().catch((): HealthReading[] => []);
    const { allowTargets = [] } = this.#options;
    return resultOf(this.#plan, this.#laboratory.phones, ended, {
      ...(allowTargets.length === 0
        ? {}
        : { allowTargets: allowTargets.map(({ address, prefix }) => `${address}/${prefix}`) }),
      expectations: this.#findings.expectations,
      steps: this.#steps,
      rates: ratesOf(this.#measured, this.#bare),
      snapshot: this.#findings.latest,
      health,
      refusals: this.#findings.refusals,
    });
  }

  async #timed(
    step: { readonly step: number; readonly about: string },
    take: () => Promise<Partial<StepResult>>,
  ): Promise<void> {
    const began = this.#findings.latest.at;
    this.#step = step.step;
    this.#options.signal?.throwIfAborted();
    this.#options.onProgress?.({
      kind: 'step-begins',
      step: step.step,
      of: this.#plan.steps.length,
      about: step.about,
    });
    const more = await this.#orStopped(take());
    await this.#orStopped(this.#findings.observe(step.step));
    const result = {
      step: step.step,
      about: step.about,
      seconds: seconds(this.#findings.latest.at - began),
      ...more,
    };
    this.#steps.push(result);
    this.#options.onProgress?.({ kind: 'step-ends', result, snapshot: this.#findings.latest });
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
    await this.#findings.judgeUnfinished(0, 0, action.unfinished, this.#limit(DEFAULT_LIMIT_MS));
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
        return this.#waitUntil(step);
      case 'mark':
        this.#findings.countAnew();
        return {};
      case 'expect':
        for (const expectation of step.expectations)
          this.#findings.record(await this.#findings.judge(expectation, step.step));
        return {};
    }
  }

  async #waitUntil(step: Extract<Step, { kind: 'wait-until' }>): Promise<Partial<StepResult>> {
    const came = await this.#findings.waitUntil(step.until, this.#limit(step.limitMs), step.step);
    return came === 'waited' ? {} : { about: `${step.about}: passed over with one phone alone` };
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
        if (!this.#findings.isFullSize && 'devices' in resolved && resolved.devices.length === 0) {
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
      this.#findings.record({
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
    this.#findings.countAnew();
    const limitMs = this.#limit(limit);
    const result = await this.#measuredAct(step, action, of, limitMs);
    this.#findings.addressed(result.addressed);
    if (unfinished === 'refused')
      await this.#findings.judgeUnfinished(step.step, step.line, result.unfinished, limitMs);
    return result;
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
}
