import { loadModels } from '../fleet/profiles.js';
import type { Cidr } from '../net/addresses.js';
import { wrap } from '../report/format.js';
import { type RunPlanFile, readRunPlan } from '../report/run-plan.js';
import { laboratorySpec } from '../scenario/laboratory-spec.js';
import { openLaboratory, withClock } from '../scenario/open-laboratory.js';
import { readScenario } from '../scenario/read.js';
import type { RunResult } from '../scenario/result.js';
import { runScenario } from '../scenario/run.js';
import { underWay } from '../scenario/under-way.js';
import { EXIT, type ExitCode, print, printJson } from './io.js';
import { stopOnSignal } from './stop-signal.js';

/** One thing that the phone did or decided. */
interface Decision {
  /** Seconds since the run began. */
  readonly at: number;
  /** Rule that decided, where one did. */
  readonly rule: string | null;
  readonly reason: string | null;
  /** The line as the phone wrote it. */
  readonly detail: string;
}

interface Replay {
  readonly scenario: string;
  readonly phone: string;
  readonly seed: number;
  readonly clock: RunPlanFile['clock'];
  readonly steps: readonly { readonly at: number; readonly step: number; readonly about: string }[];
  readonly decisions: readonly Decision[];
  /** What the phone was doing when the run was over. */
  readonly end: PhoneEnd;
}

interface PhoneEnd {
  /** Words of the gauge `phones`; `booting` and `enrolling` are those of a phone that has no outcome yet. */
  readonly state: string;
  readonly mode: string;
  readonly model: string;
  readonly hasOutcome: boolean;
}

const WIDTH = 100;

/**
 * Plays one phone of a run again, alone, by the scenario, the seed and the clock of the run folder, and prints its decisions in order.
 *
 * @throws TrustfleetError TF_FILE_UNREADABLE, TF_SCENARIO_INVALID, TF_USAGE for a phone that the run had not
 */
export async function explainPhone(
  phone: string,
  folder: string,
  options: { readonly json: boolean; readonly bind?: string; readonly allowTarget: readonly Cidr[] },
): Promise<ExitCode> {
  const recorded = await readRunPlan(folder);
  const stop = stopOnSignal();
  let replay: Replay;
  try {
    replay = await playAgain(phone, recorded, options, stop.signal);
  } finally {
    stop.forget();
  }
  if (options.json) printJson(replay);
  else print(replayText(replay));
  return EXIT.done;
}

async function playAgain(
  asked: string,
  recorded: RunPlanFile,
  { bind, allowTarget }: { readonly bind?: string; readonly allowTarget: readonly Cidr[] },
  signal: AbortSignal,
): Promise<Replay> {
  const { phones, seed, clock, keys, text, file } = recorded;
  const plan = withClock(readScenario(text, file), clock);
  const models = loadModels();
  const spec = laboratorySpec(plan, models, {
    phones,
    seed,
    keys,
    only: asked,
    allowTargets: allowTarget,
    ...(bind === undefined ? {} : { bind }),
  });
  const phone = spec.devices[0]?.name ?? asked;
  const laboratory = await openLaboratory(plan, spec, {
    models,
    workers: 1,
    logs: true,
    network: { allowTargets: allowTarget },
    signal,
  });
  try {
    // phones and snapshots tell the time since the laboratory began to open, people want it since the first step
    const began = (await laboratory.snapshot()).at / 1_000;
    let beginsAt = began;
    const steps: Replay['steps'][number][] = [];
    const result = await runScenario({ ...plan, seed }, laboratory, {
      signal,
      runPhones: phones,
      onProgress(progress) {
        if (progress.kind !== 'step-ends') return;
        const { step, about } = progress.result;
        steps.push({ at: milliseconds(beginsAt - began), step, about });
        beginsAt = progress.snapshot.at / 1_000;
      },
    });
    signal.throwIfAborted();
    const lines = await laboratory.logs();
    return {
      scenario: plan.name,
      phone,
      seed,
      clock,
      steps,
      decisions: lines.map((line) => decisionOf(line, phone, began)),
      end: endOf(result),
    };
  } finally {
    await laboratory.close();
  }
}

function endOf({ snapshot: { gauges } }: RunResult): PhoneEnd {
  const {
    state = '',
    mode = '',
    model = '',
  } = gauges.find(({ name, value }) => name === 'phones' && value !== 0)?.labels ?? {};
  return { state, mode, model, hasOutcome: underWay(gauges).length === 0 };
}

/** Seconds to the millisecond. */
function milliseconds(seconds: number): number {
  return Math.round(seconds * 1_000) / 1_000;
}

const LINE = /^(\d+\.\d+) (\S+) (.*)$/s;
const RULE = /\b(R-\d+a?)\b(?: \(([^)]+)\))?/;

function decisionOf(line: string, phone: string, began: number): Decision {
  const [, at = '0', name, rest = line] = LINE.exec(line) ?? [];
  const detail = name === phone ? rest : line;
  const [, rule = null, reason = null] = RULE.exec(detail) ?? [];
  return { at: milliseconds(Number(at) - began), rule, reason, detail };
}

function replayText({ scenario, phone, seed, clock, steps, decisions, end }: Replay): string {
  const lines = [`${phone} in ${scenario}, seed ${seed}${clock === 'virtual' ? ', virtual time' : ''}`];
  const waiting = [...steps];
  for (const { at, detail } of decisions) {
    while (waiting[0] !== undefined && waiting[0].at <= at) lines.push(...stepLines(waiting.shift()));
    const [first = '', ...more] = wrap(detail, WIDTH, ' '.repeat(11));
    lines.push(`${at.toFixed(3).padStart(9)}  ${first.trimStart()}`, ...more);
  }
  for (const step of waiting) lines.push(...stepLines(step));
  lines.push(`at the end: ${endText(end)}`);
  return lines.join('\n');
}

function endText({ state, mode, model, hasOutcome }: PhoneEnd): string {
  const parts = [state, ...(mode === 'none' ? [] : [mode]), `model ${model}`];
  return [...parts, ...(hasOutcome ? [] : ['without an outcome'])].join(', ');
}

function stepLines(step: Replay['steps'][number] | undefined): string[] {
  return step === undefined ? [] : [`step ${step.step}: ${step.about}`];
}
