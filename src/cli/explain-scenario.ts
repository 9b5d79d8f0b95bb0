import { readFileSync } from 'node:fs';
import { count, counted } from '../observe/figure-text.js';
import { type WantedFigures, wantedFigures } from '../report/expectation-text.js';
import { columnsWithList } from '../report/format.js';
import { canonicalId } from '../report/rule-book.js';
import { type CatalogueEntry, findScenarios, loadScenario } from '../scenario/catalogue.js';
import { modelsOf } from '../scenario/models-of.js';
import type { ClusterPlan, ScenarioPlan, Step } from '../scenario/plan.js';
import { FACTS_WIDTH, factLines, headLines } from './facts.js';

/** A scenario as `explain` shows it. */
export interface ExplainedScenario extends CatalogueEntry {
  readonly clusters: readonly Pick<ClusterPlan, 'name' | 'release' | 'mode' | 'tokens'>[];
  readonly fleet: {
    readonly phones: number;
    /** Number of phones by model. */
    readonly models: Readonly<Record<string, number>>;
  };
  readonly start: 'healthy' | 'factory';
  readonly clock: ScenarioPlan['clock'];
  readonly steps: readonly {
    readonly step: number;
    readonly about: string;
    readonly expects: readonly Wanted[];
  }[];
  /** What of the rule book its file names. */
  readonly rules: readonly string[];
  /** What `run` is given for it. */
  readonly argument: string;
}

interface Wanted extends WantedFigures {
  readonly about: string;
}

/**
 * The scenarios that a name or a path stands for: as in `run`, and in any case of letters; or by their origin.
 *
 * @throws TrustfleetError TF_FILE_UNREADABLE for a path where nothing is, TF_SCENARIO_INVALID
 */
export function explainedScenarios(
  name: string,
  shipped: readonly CatalogueEntry[],
): readonly ExplainedScenario[] {
  const id = canonicalId(name);
  const exact = shipped.filter((scenario) => scenario.name.toLowerCase() === id.toLowerCase());
  const files = exact.length > 0 ? exact.map(({ file }) => file) : findScenarios(name);
  const origin = shipped.filter((scenario) => scenario.origin !== '' && scenario.origin === id);
  return (files.length > 0 ? files : origin.map(({ file }) => file)).map((file) => {
    const known = shipped.find((scenario) => scenario.file === file);
    return explained(loadScenario(file), known?.name ?? file);
  });
}

const ANY_RULE = /\b(?:R-\d+a?|K-\d+|OP-\d+)\b/g;

function explained(plan: ScenarioPlan, argument: string): ExplainedScenario {
  const { name, about, origin, file, fleet, clusters, start, clock, steps } = plan;
  return {
    name,
    about,
    origin,
    file,
    clusters: clusters.map((cluster) => ({
      name: cluster.name,
      release: cluster.release,
      mode: cluster.mode,
      tokens: cluster.tokens,
    })),
    fleet: { phones: fleet.phones, models: Object.fromEntries(modelsOf(fleet)) },
    start: start.state,
    clock,
    steps: steps.map((step) => ({ step: step.step, about: step.about, expects: expectsOf(step) })),
    rules: [...new Set(readFileSync(file, 'utf8').match(ANY_RULE) ?? [])],
    argument,
  };
}

function expectsOf(step: Step): Wanted[] {
  switch (step.kind) {
    case 'expect':
      return step.expectations.map((one) => ({ about: one.about, ...wantedFigures(one) }));
    case 'wait-until':
      return [{ about: `within ${step.limitMs / 1000} s`, ...wantedFigures(step.until) }];
    case 'operate':
      return step.refused === null ? [] : [{ about: 'is refused', total: '', split: step.refused }];
    default:
      return [];
  }
}

export function scenarioText(scenario: ExplainedScenario): string {
  const { name, about, file, clusters, fleet, start, clock, steps, rules, argument } = scenario;
  const named = clusters.length > 1;
  const models = Object.entries(fleet.models).map(([model, phones]) => `${model} ${count(phones)}`);
  return [
    ...headLines(name, about),
    ...factLines('file', file),
    ...factLines('release', clusters.map((one) => (named ? `${one.name} ` : '') + one.release).join(', ')),
    ...factLines(named ? 'clusters' : 'cluster', clusters.map(clusterText).join('; ')),
    ...factLines('fleet', `${counted(fleet.phones, 'phone')}: ${models.join(', ')}`),
    ...factLines('start', start === 'healthy' ? '' : 'factory: nothing installed, all phones off'),
    ...factLines('clock', clockText(clock)),
    '  steps',
    ...steps.flatMap(stepLines),
    ...factLines('rules', rules.join(', ')),
    ...factLines('run it', `trustfleet run ${argument}`),
  ].join('\n');
}

function clusterText({ name, mode, tokens }: ExplainedScenario['clusters'][number]): string {
  const by = tokens.length === 0 ? '' : ` by tokens ${tokens.join(', ')}`;
  return `${name}, ${mode === 'mixed' ? `mixed mode${by}` : 'non-secure mode'}`;
}

/** Said where it is not the usual one. */
function clockText({ mode, scale }: ScenarioPlan['clock']): string {
  const scaled = scale === 1 ? '' : `, what phones wait by their rules is ${scale} times as fast`;
  return mode === 'network' && scale === 1 ? '' : mode + scaled;
}

function stepLines({ step, about, expects }: ExplainedScenario['steps'][number]): string[] {
  const rows = expects.map((wanted) => [wanted.about, wanted.total, wanted.split]);
  const indent = ' '.repeat(8);
  return [
    `  ${String(step).padStart(4)}  ${about}`,
    ...columnsWithList(rows, FACTS_WIDTH - indent.length, new Set([1])).map((line) => indent + line),
  ];
}
