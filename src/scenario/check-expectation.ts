import { artefactNameFault } from '../cluster/artefact-name.js';
import { isRoleText, ROLE_CODES } from '../device/role.js';
import {
  COUNTERS,
  GAUGES,
  isGauge,
  isRule,
  type LabelWords,
  type MetricWords,
  metricWords,
  PHONE_LABELS,
  TIMING_LABELS,
} from '../observe/words.js';
import { PHONE_SERVICES } from '../phone/decide/service.js';
import { DOCUMENT_FIELDS, RECORD_FIELDS } from '../trustfile/index.js';
import type {
  ArtefactExpectation,
  CountExpectation,
  Expectation,
  Figure,
  HeldExpectation,
  Split,
} from './plan.js';
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
  /** Status messages of these models. */
  readonly messages: readonly string[];
  /** Names of the devices; undefined where there are too many to look at. */
  readonly devices: ReadonlySet<string> | undefined;
  readonly phones: number;
  /** A `phones:` step came before; a share needs one. */
  readonly addressed?: boolean;
}

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
      checkArtefact(expectation, facts, report);
  }
}

/** A file that no node can serve, and fields that `inspect --json` does not have. */
function checkArtefact(
  { node, file, where, field, is }: ArtefactExpectation,
  { tftpNodes, devices }: ExpectationFacts,
  report: Report,
): void {
  if (!tftpNodes.includes(node))
    report(['node'], `found "${node}", which serves no files; ${expectedOneOf(node, tftpNodes)}`);
  const fault = artefactNameFault(file, devices);
  if (fault !== undefined) report(['artefact'], fault);
  const ofRecords = [...RECORD_FIELDS];
  const keys = Object.keys(where);
  for (const key of keys) {
    if (!(ofRecords as string[]).includes(key))
      report(
        ['where', key],
        `found unknown field "${key}" of a record, ${expectedOneOf(key, ofRecords)}`,
        'key',
      );
  }
  const { role } = where;
  if (role !== undefined && !isRoleText(role))
    report(['where', 'role'], `found "${role}", ${expectedOneOf(role, Object.keys(ROLE_CODES))}`);
  const known: readonly string[] = keys.length === 0 ? DOCUMENT_FIELDS : ['count', ...ofRecords];
  if (!known.includes(field))
    report(
      ['field'],
      `found unknown field "${field}" of ${keys.length === 0 ? 'a file (a record is meant with where: { … })' : 'a record'}, ${expectedOneOf(field, known)}`,
    );
  else if (field === 'certificate' && is !== null)
    report(
      ['is'],
      `found ${JSON.stringify(is)}, expected null; what a certificate says is certificate.sha256 and the like`,
    );
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
  if (words === 'rule' && value !== '' && !isRule(value))
    return `found "${value}", expected a rule from R-01 to R-121 such as R-38, or ""`;
  return undefined;
}

/** The list of values where there is one; undefined for rules. */
function closedWords(
  label: string,
  words: LabelWords | undefined,
  facts: ExpectationFacts,
): readonly string[] | undefined {
  if (label === 'model') return facts.models;
  if (label === 'group') return facts.groups;
  if (words === 'node') return facts.nodes;
  if (words === 'message') return facts.messages;
  if (words === 'service') return PHONE_SERVICES;
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
