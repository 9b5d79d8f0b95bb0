import {
  COUNTERS,
  GAUGES,
  isGauge,
  type LabelWords,
  type MetricWords,
  metricWords,
  PHONE_LABELS,
  TIMING_LABELS,
} from '../observe/words.js';
import type { CountExpectation, Expectation, Figure, HeldExpectation, Split } from './plan.js';
import type { Report } from './problem.js';
import { expectedOneOf } from './suggest.js';

/** What there is to be counted in a run. */
export interface ExpectationFacts {
  readonly nodes: readonly string[];
  readonly tftpNodes: readonly string[];
  /** null: the run has one only, and nothing is labelled with it. */
  readonly clusters: readonly string[] | null;
  readonly models: readonly string[];
  readonly groups: readonly string[];
  readonly phones: number;
  /** A `phones:` step came before; a share needs one. */
  readonly addressed?: boolean;
}

const RULE = /^(?:R-\d{2,3}[a-z]?)?$/;

/** Finds counters, labels and values that nothing will ever count, and figures that contradict each other. */
export function checkExpectation(expectation: Expectation, facts: ExpectationFacts, report: Report): void {
  switch (expectation.kind) {
    case 'count':
      checkCount(expectation, facts, report);
      return;
    case 'held':
      checkLabels(expectation, { node: facts.tftpNodes }, facts, report);
      checkFigures(expectation, facts, report);
      checkCeiling(expectation, facts, report);
      return;
    case 'time':
      checkLabels({ ...expectation, by: [] }, {}, facts, report, TIMING_LABELS);
      return;
    case 'artefact':
      if (!facts.tftpNodes.includes(expectation.node))
        report(
          ['node'],
          `found "${expectation.node}", which serves no files; ${expectedOneOf(expectation.node, facts.tftpNodes)}`,
        );
  }
}

function checkCount(expectation: CountExpectation, facts: ExpectationFacts, report: Report): void {
  const { counter } = expectation;
  const words = metricWords(counter);
  if (words === undefined) {
    const names = [...Object.keys(COUNTERS), ...Object.keys(GAUGES)];
    report(['count'], `found unknown counter "${counter}", ${expectedOneOf(counter, names)}`);
    return;
  }
  checkLabels(expectation, labelsOf(words, facts), facts, report);
  checkFigures(expectation, facts, report);
  if (isGauge(counter)) checkCeiling(expectation, facts, report);
}

/** `cluster` is a label in runs with several of them alone (contracts.md 3). */
function labelsOf({ labels }: MetricWords, { clusters }: ExpectationFacts): MetricWords['labels'] {
  if (clusters !== null) return labels;
  return Object.fromEntries(Object.entries(labels).filter(([, words]) => words !== 'cluster'));
}

function checkLabels(
  expectation: { readonly where: Readonly<Record<string, readonly string[]>>; readonly by: readonly Split[] },
  labels: Readonly<Record<string, LabelWords>>,
  facts: ExpectationFacts,
  report: Report,
  ofPhones: readonly string[] = PHONE_LABELS,
): void {
  const known = [...Object.keys(labels), ...ofPhones];
  const check = (path: readonly PropertyKey[], label: string, values: readonly string[]): void => {
    if (!known.includes(label)) {
      report([...path, label], `found unknown label "${label}", ${expectedOneOf(label, known)}`, 'key');
      return;
    }
    for (const value of values) {
      const fault = valueFault(label, value, labels[label], facts);
      if (fault !== undefined) report([...path, label, value], `${label}: ${fault}`, 'key');
    }
  };
  for (const [label, values] of Object.entries(expectation.where)) check(['where'], label, values);
  for (const { label, figures } of expectation.by)
    check(
      ['by'],
      label,
      figures.map((figure) => figure.value),
    );
}

function valueFault(
  label: string,
  value: string,
  words: LabelWords | undefined,
  facts: ExpectationFacts,
): string | undefined {
  const closed = closedWords(label, words, facts);
  if (closed !== undefined)
    return closed.includes(value) ? undefined : `found "${value}", ${expectedOneOf(value, closed)}`;
  if (words === 'rule' && !RULE.test(value)) return `found "${value}", expected a rule such as R-38, or ""`;
  return undefined;
}

/** The list of values where there is one; undefined for rules and free text. */
function closedWords(
  label: string,
  words: LabelWords | undefined,
  facts: ExpectationFacts,
): readonly string[] | undefined {
  if (label === 'model') return facts.models;
  if (label === 'group') return facts.groups;
  if (words === 'node') return facts.nodes;
  // '' where a phone is not registered
  if (words === 'cluster') return [...(facts.clusters ?? []), ''];
  return typeof words === 'object' ? words : undefined;
}

function figuresOf(expectation: CountExpectation | HeldExpectation): [PropertyKey[], Figure][] {
  const { is, atLeast, atMost } = expectation.bound;
  const bounds = Object.entries({ is, atLeast, atMost }).flatMap(
    ([key, figure]): [PropertyKey[], Figure][] => (figure === undefined ? [] : [[[key], figure]]),
  );
  const splits = expectation.by.flatMap(({ label, figures }) =>
    figures.map(({ value, is: figure }): [PropertyKey[], Figure] => [['by', label, value], figure]),
  );
  return [...bounds, ...splits];
}

function checkFigures(
  expectation: CountExpectation | HeldExpectation,
  facts: ExpectationFacts,
  report: Report,
): void {
  for (const [path, figure] of figuresOf(expectation)) {
    if (typeof figure === 'number') continue;
    if (facts.addressed !== true)
      report(path, 'found a share of nothing: no "phones:" step before it addresses phones');
  }
  const total = expectation.bound.is;
  if (typeof total !== 'number') return;
  for (const { label, figures } of expectation.by) {
    if (figures.some(({ is }) => typeof is !== 'number')) continue;
    const sum = figures.reduce((so, { is }) => so + (typeof is === 'number' ? is : 0), 0);
    if (sum !== total)
      report(['by', label], `found figures by ${label} that make ${sum}, expected ${total} ("is")`);
  }
}

/** Phones in a state are at most all phones. */
function checkCeiling(
  expectation: CountExpectation | HeldExpectation,
  facts: ExpectationFacts,
  report: Report,
): void {
  for (const [path, figure] of figuresOf(expectation)) {
    if (path[0] !== 'atMost' && typeof figure === 'number' && figure > facts.phones)
      report(path, `found ${figure}, but the fleet has ${facts.phones} phones`);
  }
}
