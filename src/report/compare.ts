import type { Sample } from '../observe/sample.js';
import type { TimingSummary } from '../observe/timing-summary.js';
import type { ExpectationResult, FigureEntry } from '../scenario/result.js';
import type { Summary } from './summary.js';

/** A counter or gauge of two runs, over all models and groups. */
export interface ComparedFigure extends Compared {
  readonly name: string;
  /** All but `model` and `group`. */
  readonly labels: Readonly<Record<string, string>>;
  /** The models and groups in which it is not the same. */
  readonly by: readonly (Compared & { readonly model: string; readonly group: string })[];
}

interface Compared {
  readonly a: number;
  readonly b: number;
  readonly difference: number;
}

/** A timing of two runs; null where one of them timed nothing of the kind. */
export interface ComparedTiming {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly a: Statistics | null;
  readonly b: Statistics | null;
}

/** Seconds, but for `count`. */
export type Statistics = Pick<TimingSummary, 'count' | 'p50' | 'p90' | 'p99' | 'max'>;

/** An expectation whose figures or verdict are not the same; null where one of the runs has none like it. */
export interface ComparedExpectation {
  readonly step: number;
  readonly about: string;
  readonly a: JudgedFigures | null;
  readonly b: JudgedFigures | null;
}

export type JudgedFigures = Pick<ExpectationResult, 'expected' | 'actual' | 'passed' | 'judged'>;

export interface Comparison {
  /** Counters and gauges that do not depend on time are the same. */
  readonly same: boolean;
  /** How many of them are. */
  readonly equal: number;
  /** Those that are not. */
  readonly different: readonly ComparedFigure[];
  /** Those that are not the same and may be so in two runs that did the same. */
  readonly timeDependent: readonly ComparedFigure[];
  readonly timings: readonly ComparedTiming[];
  readonly expectations: readonly ComparedExpectation[];
}

/**
 * Counters of attempts, which are made again where something was slow: a datagram came late, a CallManager was still starting, a
 * server was busy. What came of them in the end stands in the others.
 */
const TIME_DEPENDENT: ReadonlySet<string> = new Set([
  'retransmissions',
  'transfers',
  'transfer_bytes',
  'registrations',
]);

export function compareRuns(a: Summary, b: Summary): Comparison {
  const figures = comparedFigures([...a.counters, ...a.gauges], [...b.counters, ...b.gauges]);
  const unequal = figures.filter(({ by }) => by.length > 0);
  const different = unequal.filter(({ name }) => !TIME_DEPENDENT.has(name));
  return {
    same: different.length === 0,
    equal: figures.filter(({ name, by }) => by.length === 0 && !TIME_DEPENDENT.has(name)).length,
    different,
    timeDependent: unequal.filter(({ name }) => TIME_DEPENDENT.has(name)),
    timings: comparedTimings(a.timings, b.timings),
    expectations: comparedExpectations(a.expectations, b.expectations),
  };
}

/** In any order of labels the same figure. */
function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([x], [y]) => (x < y ? -1 : 1)));
}

/** The values of both by key, in the order of the first, then of what only the second has. */
function paired<V>(
  a: readonly V[],
  b: readonly V[],
  key: (value: V) => string,
): readonly (readonly [a: V | undefined, b: V | undefined])[] {
  const ofB = new Map(b.map((value) => [key(value), value]));
  const ofA = new Set(a.map(key));
  return [
    ...a.map((value) => [value, ofB.get(key(value))] as const),
    ...b.filter((value) => !ofA.has(key(value))).map((value) => [undefined, value] as const),
  ];
}

function comparedFigures(a: readonly Sample[], b: readonly Sample[]): ComparedFigure[] {
  const figures = new Map<string, ComparedFigure>();
  for (const [one, other] of paired(a, b, ({ name, labels }) => `${name} ${keyOf(labels)}`)) {
    const known = one ?? other;
    if (known === undefined) continue;
    const { name } = known;
    const { model = '', group = '', ...labels } = known.labels;
    const key = `${name} ${keyOf(labels)}`;
    const figure = figures.get(key) ?? { name, labels, ...compared(0, 0), by: [] };
    const part = compared(one?.value ?? 0, other?.value ?? 0);
    const by = part.difference === 0 ? figure.by : [...figure.by, { model, group, ...part }];
    figures.set(key, { ...figure, ...compared(figure.a + part.a, figure.b + part.b), by });
  }
  return [...figures.values()];
}

function compared(a: number, b: number): Compared {
  return { a, b, difference: b - a };
}

function comparedTimings(a: readonly TimingSummary[], b: readonly TimingSummary[]): ComparedTiming[] {
  return paired(a, b, ({ name, labels }) => `${name} ${keyOf(labels)}`).flatMap(([one, other]) => {
    const known = one ?? other;
    if (known === undefined) return [];
    return [{ name: known.name, labels: known.labels, a: statistics(one), b: statistics(other) }];
  });
}

function statistics(timing: TimingSummary | undefined): Statistics | null {
  if (timing === undefined) return null;
  const { count, p50, p90, p99, max } = timing;
  return { count, p50, p90, p99, max };
}

/** Paired by step and words; the n-th of those that are alike with the n-th. */
function comparedExpectations(
  a: readonly ExpectationResult[],
  b: readonly ExpectationResult[],
): ComparedExpectation[] {
  return paired(numbered(a), numbered(b), ({ key }) => key).flatMap(([one, other]) => {
    const known = one ?? other;
    if (known === undefined) return [];
    const { step, about } = known.expectation;
    const [x, y] = [judged(one?.expectation), judged(other?.expectation)];
    return outcome(x) === outcome(y) ? [] : [{ step, about, a: x, b: y }];
  });
}

interface Numbered {
  readonly expectation: ExpectationResult;
  readonly key: string;
}

function numbered(expectations: readonly ExpectationResult[]): Numbered[] {
  const seen = new Map<string, number>();
  return expectations.map((expectation) => {
    const words = `${expectation.step} ${expectation.about}`;
    const number = (seen.get(words) ?? 0) + 1;
    seen.set(words, number);
    return { expectation, key: `${words} ${number}` };
  });
}

function judged(expectation: ExpectationResult | undefined): JudgedFigures | null {
  if (expectation === undefined) return null;
  const { expected, actual, passed } = expectation;
  return { expected, actual, passed, judged: expectation.judged };
}

/** What may not differ: a time does from run to run, and is the same as long as it keeps its limit. */
function outcome(figures: JudgedFigures | null): string {
  if (figures === null) return '';
  const untimed = ({ of, value, ...rest }: FigureEntry): FigureEntry =>
    of === undefined ? { ...rest, ...(value === undefined ? {} : { value }) } : { ...rest, of };
  return JSON.stringify([figures.expected, figures.actual.map(untimed), figures.passed, figures.judged]);
}
