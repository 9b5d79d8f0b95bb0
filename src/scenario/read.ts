import { dirname } from 'node:path';
import { TrustfleetError } from '../errors.js';
import type { Device } from '../fleet/devices.js';
import {
  type PositionedYaml,
  parsePositionedYaml,
  type YamlFault,
  yamlError,
} from '../fleet/yaml-document.js';
import { findContradictions } from './contradictions.js';
import type { CountExpectation, Expectation, ScenarioPlan, Step } from './plan.js';
import { nested, type Problem, type Report, readWith } from './problem.js';
import { devicesOf } from './reach.js';
import { type ProfileShelf, resolveClusters, resolveFleet, SHIPPED } from './resolve.js';
import { type ScenarioFile, scenarioSchema } from './schema.js';
import type { StepBody } from './schema-steps.js';

/** More faults than this in one file are not worth a person's time. */
const MAX_PROBLEMS = 25;

/**
 * Reads a scenario and checks everything that can be known before it runs: keys, words and units first, then what names
 * stand for, then contradictions.
 *
 * @param text the YAML document.
 * @param file its name, for messages.
 * @throws TrustfleetError TF_SCENARIO_INVALID with one line a fault, `file:line:column: what was found, what was expected`;
 *   `context` has the position of the first.
 */
export function readScenario(text: string, file: string, shelf: ProfileShelf = SHIPPED): ScenarioPlan {
  const yaml = parsePositionedYaml(text, file, 'TF_SCENARIO_INVALID');
  const problems: Problem[] = [];
  const report: Report = (path, message, at = 'value') => {
    problems.push({ path, message, at });
  };
  const stop = (): void => {
    if (problems.length > 0) throw invalid(problems, yaml, file);
  };

  const read = readWith(scenarioSchema, yaml.value, report);
  stop();
  if (read === undefined) throw new Error('a scenario without faults was read as nothing');
  const plan = resolve(read, file, yaml, shelf, report);
  stop();
  if (plan === undefined) throw new Error('a scenario without faults was resolved to nothing');
  findContradictions(plan, devices(plan, shelf, report), shelf.models(), report);
  stop();
  return plan;
}

function resolve(
  read: ScenarioFile,
  file: string,
  yaml: PositionedYaml,
  shelf: ProfileShelf,
  report: Report,
): ScenarioPlan | undefined {
  const clusters = resolveClusters(read, dirname(file), shelf, report);
  const names = Object.keys(read.clusters ?? {});
  const fleet = resolveFleet(read.fleet, names, shelf, nested(report, ['fleet']));
  if (clusters === undefined || fleet === undefined) return undefined;
  const { name, about, origin, seed, keys, start, knobs, clock, virtual, load, health, calibrate } = read;
  return {
    name,
    about,
    origin,
    file,
    seed,
    keys,
    clusters,
    fleet,
    start,
    knobs,
    clock,
    virtual,
    load,
    health,
    calibrate,
    steps: read.steps.map((step, i) => withClusters(placeStep(step, i, yaml), clusters)),
  };
}

function placeStep(body: StepBody, index: number, yaml: PositionedYaml): Step {
  const lineOf = (...path: PropertyKey[]): number => yaml.positionOf(['steps', index, ...path]).line;
  const place = { step: index + 1, line: lineOf() };
  switch (body.kind) {
    case 'wait-until':
      return { ...body, ...place, until: at<CountExpectation>(body.until, lineOf('wait', 'until')) };
    case 'expect':
      return {
        ...body,
        ...place,
        expectations: body.expectations.map((expectation, i) =>
          at<Expectation>(expectation, lineOf('expect', i)),
        ),
      };
    default:
      return { ...body, ...place };
  }
}

/** The name of a cluster stands for its TFTP nodes. */
function withClusters(step: Step, clusters: ScenarioPlan['clusters']): Step {
  if (step.kind !== 'phones' || step.action.action !== 'retarget') return step;
  const { action } = step;
  const [only, second] = 'nodes' in action.tftp ? action.tftp.nodes : [];
  const named = second === undefined && clusters.length > 1 && clusters.some(({ name }) => name === only);
  return named && only !== undefined ? { ...step, action: { ...action, tftp: { cluster: only } } } : step;
}

function at<E extends Expectation>(expectation: E, line: number): E {
  return { ...expectation, line };
}

function devices(plan: ScenarioPlan, shelf: ProfileShelf, report: Report): readonly Device[] | undefined {
  try {
    return devicesOf(plan.fleet, shelf.models());
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    report(['fleet'], error.message);
    return undefined;
  }
}

function invalid(problems: readonly Problem[], yaml: PositionedYaml, file: string): TrustfleetError {
  const faults = problems.map(
    (problem): YamlFault => ({
      ...yaml.positionOf(problem.path, problem.at),
      message: messageOf(problem),
    }),
  );
  faults.sort((a, b) => a.line - b.line || a.column - b.column);
  const shown = faults.slice(0, MAX_PROBLEMS);
  const last = shown.at(-1);
  if (faults.length > shown.length && last !== undefined)
    shown.push({ ...last, message: `and ${faults.length - shown.length} more` });
  return yamlError('TF_SCENARIO_INVALID', file, shown);
}

/** The key in front, so that the line makes sense without the file. */
function messageOf({ path, at: where, message }: Problem): string {
  const key = where === 'key' ? undefined : path.findLast((part) => typeof part === 'string');
  return key === undefined ? message : `${key}: ${message}`;
}
