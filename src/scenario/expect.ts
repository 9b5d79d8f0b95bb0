import type { Sample, Snapshot } from '../observe/sample.js';
import { subtractSamples } from '../observe/samples.js';
import { percentile, subtractTimings, sumTimings } from '../observe/timings.js';
import { isGauge } from '../observe/words.js';
import type {
  ArtefactExpectation,
  Bound,
  CountExpectation,
  Figure,
  HeldExpectation,
  Split,
  TimeExpectation,
  TimeLimit,
} from './plan.js';
import type { ExpectationResult, FigureEntry } from './result.js';

/** What an expectation is held against. */
export interface Evidence {
  /** Number of the step, for the result. */
  readonly step: number;
  /** The start of the last `phones:` step, or the last `mark`. */
  readonly since: Snapshot;
  readonly now: Snapshot;
  /** Phones that the last `phones:` step addressed: what a share is a share of. */
  readonly addressed: number;
  /** The run has the number of phones that the file's figures belong to. */
  readonly fullSize: boolean;
}

/** Judges a counter's increase since `since`, or a gauge as it stands. */
export function judgeCount(expectation: CountExpectation, evidence: Evidence): ExpectationResult {
  const { counter } = expectation;
  const samples = isGauge(counter)
    ? evidence.now.gauges
    : subtractSamples(evidence.now.counters, evidence.since.counters);
  return judgeFigures(
    expectation,
    samples.filter((sample) => sample.name === counter),
    evidence,
  );
}

/** Judges how many phones hold a list; the samples are the laboratory's answer. */
export function judgeHeld(
  expectation: HeldExpectation,
  samples: readonly Sample[],
  evidence: Evidence,
): ExpectationResult {
  return judgeFigures(expectation, samples, evidence);
}

function judgeFigures(
  expectation: CountExpectation | HeldExpectation,
  all: readonly Sample[],
  evidence: Evidence,
): ExpectationResult {
  const samples = all.filter((sample) => fits(sample, expectation.where));
  const expected: FigureEntry[] = [];
  const actual: FigureEntry[] = [];
  const holds = [
    judgeTotal(expectation, samples, evidence, expected, actual),
    ...expectation.by.map((split) => judgeSplit(split, samples, evidence, expected, actual)),
  ].every(Boolean);
  const figures = figuresOf(expectation);
  // "100%" of nobody would always hold
  const ofNobody = evidence.addressed === 0 && figures.some(isShare);
  const judged =
    !expectation.report && (evidence.fullSize || (figures.every(isIndependentOfSize) && !ofNobody));
  return {
    step: evidence.step,
    line: expectation.line,
    about: ofNobody ? `${expectation.about} (no phone was addressed)` : expectation.about,
    expected,
    actual,
    passed: (holds && !ofNobody) || !judged,
    judged,
    ...(expectation.report ? { reported: true } : {}),
  };
}

function fits(sample: Sample, where: Readonly<Record<string, readonly string[]>>): boolean {
  for (const label of Object.keys(where)) {
    if (!where[label]?.includes(sample.labels[label] ?? '')) return false;
  }
  return true;
}

/** Absolute figures belong to the phones of the file; 0 and shares hold for any number (contracts.md 4). */
function isIndependentOfSize(figure: Figure): boolean {
  return figure === 0 || typeof figure !== 'number';
}

function isShare(figure: Figure): boolean {
  return typeof figure !== 'number' && figure.share > 0;
}

function figuresOf(expectation: CountExpectation | HeldExpectation): Figure[] {
  const { is, atLeast, atMost } = expectation.bound;
  const bounds = [is, atLeast, atMost].filter((figure) => figure !== undefined);
  return [...bounds, ...expectation.by.flatMap((split) => split.figures.map(({ is: figure }) => figure))];
}

function judgeTotal(
  { bound, report }: { readonly bound: Bound; readonly report: boolean },
  samples: readonly Sample[],
  { addressed }: Evidence,
  expected: FigureEntry[],
  actual: FigureEntry[],
): boolean {
  const { is, atLeast, atMost } = bound;
  if (is === undefined && atLeast === undefined && atMost === undefined) {
    // nothing is said of the total; a report shows it all the same
    if (report) actual.push({ labels: {}, value: sum(samples) });
    return true;
  }
  const value = sum(samples);
  const least = atLeast === undefined ? undefined : Math.ceil(phonesOf(atLeast, addressed));
  const most = atMost === undefined ? undefined : Math.floor(phonesOf(atMost, addressed));
  const exact = is === undefined ? undefined : Math.round(phonesOf(is, addressed));
  const written = writtenShare(is ?? atLeast ?? atMost);
  expected.push({
    labels: {},
    ...(exact === undefined ? {} : { value: exact }),
    ...(least === undefined ? {} : { atLeast: least }),
    ...(most === undefined ? {} : { atMost: most }),
    ...(written === undefined ? {} : { share: written }),
  });
  actual.push({ labels: {}, value });
  return (
    (exact === undefined || value === exact) &&
    (least === undefined || value >= least) &&
    (most === undefined || value <= most)
  );
}

/** Every value of the label that is not 0 has to be named; what is not named and came is in `actual` alone. */
function judgeSplit(
  split: Split,
  samples: readonly Sample[],
  { addressed }: Evidence,
  expected: FigureEntry[],
  actual: FigureEntry[],
): boolean {
  const came = new Map<string, number>();
  for (const sample of samples) {
    const value = sample.labels[split.label] ?? '';
    came.set(value, (came.get(value) ?? 0) + sample.value);
  }
  let holds = true;
  for (const { value, is } of split.figures) {
    const labels = { [split.label]: value };
    const wanted = Math.round(phonesOf(is, addressed));
    const written = writtenShare(is);
    const got = came.get(value) ?? 0;
    came.delete(value);
    expected.push({ labels, value: wanted, ...(written === undefined ? {} : { share: written }) });
    actual.push({ labels, value: got });
    if (got !== wanted) holds = false;
  }
  for (const [value, got] of came) {
    if (got === 0) continue;
    actual.push({ labels: { [split.label]: value }, value: got });
    holds = false;
  }
  return holds;
}

function sum(samples: readonly Sample[]): number {
  let total = 0;
  for (const sample of samples) total += sample.value;
  return total;
}

function phonesOf(figure: Figure, addressed: number): number {
  // 0.07 * 100 is a little more than 7; a share of phones is a whole number of them
  return typeof figure === 'number' ? figure : Number((figure.share * addressed).toFixed(6));
}

/** A share as people write it: `100%`. */
export function shareText({ share }: { readonly share: number }): string {
  return `${Number((share * 100).toFixed(4))}%`;
}

function writtenShare(figure: Figure | undefined): string | undefined {
  return typeof figure === 'object' ? shareText(figure) : undefined;
}

/**
 * Judges percentiles of what was timed since `since`. A time belongs to the file's load, so to its number of phones. Where
 * nothing was timed, no limit was kept.
 */
export function judgeTime(expectation: TimeExpectation, evidence: Evidence): ExpectationResult {
  const between = subtractTimings(evidence.now.timings, evidence.since.timings).filter((timing) =>
    fits({ ...timing, value: 0 }, expectation.where),
  );
  const timing = sumTimings(`${expectation.timing}_seconds`, between);
  const values = expectation.limits.map((limit) => ({ limit, seconds: statistic(timing, limit.of) }));
  const judged = evidence.fullSize;
  const nothing = timing.buckets.every((count) => count === 0);
  return {
    step: evidence.step,
    line: expectation.line,
    about: nothing ? `${expectation.about} (nothing was timed)` : expectation.about,
    expected: values.map(({ limit }) => ({
      labels: {},
      of: limit.of,
      limit: `${limit.comparison} ${limit.seconds}s`,
    })),
    actual: values.map(({ limit, seconds }) => ({ labels: {}, of: limit.of, value: seconds })),
    passed: !judged || (!nothing && values.every(({ limit, seconds }) => keeps(seconds, limit))),
    judged,
  };
}

const QUANTILES = { p50: 0.5, p90: 0.9, p99: 0.99 } as const;

function statistic(timing: Parameters<typeof percentile>[0], of: TimeLimit['of']): number {
  const seconds = of === 'max' ? timing.maxSeconds : percentile(timing, QUANTILES[of]);
  return Number(seconds.toPrecision(4));
}

function keeps(seconds: number, limit: TimeLimit): boolean {
  switch (limit.comparison) {
    case '<':
      return seconds < limit.seconds;
    case '<=':
      return seconds <= limit.seconds;
    case '>':
      return seconds > limit.seconds;
    case '>=':
      return seconds >= limit.seconds;
  }
}

/**
 * Judges a field of a served file.
 *
 * @param document the file in the shape of `inspect --json`; undefined where the node does not serve it.
 */
export function judgeArtefact(
  expectation: ArtefactExpectation,
  document: unknown,
  step: number,
): ExpectationResult {
  const values = document === undefined ? [] : fieldValues(expectation, document);
  const actual = values.map(({ labels, value }) => ({ labels, value: value ?? null }));
  return {
    step,
    line: expectation.line,
    about: expectation.about,
    expected: [{ labels: {}, value: expectation.is }],
    actual,
    passed: actual.length > 0 && actual.every(({ value }) => value === expectation.is),
    judged: true,
  };
}

interface FieldValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: string | number | boolean | null | undefined;
}

function fieldValues({ where, field }: ArtefactExpectation, document: unknown): FieldValue[] {
  if (Object.keys(where).length === 0) return [{ labels: {}, value: fieldOf(document, field) }];
  const records = propertyOf(document, 'records');
  const matching = (Array.isArray(records) ? records : [])
    .map((record: unknown, i) => ({ record, number: String(i + 1) }))
    .filter(({ record }) =>
      Object.entries(where).every(([key, value]) => String(fieldOf(record, key)) === value),
    );
  if (field === 'count') return [{ labels: {}, value: matching.length }];
  return matching.map(({ record, number }) => ({
    labels: { record: number },
    value: fieldOf(record, field),
  }));
}

/** `header.digest` of a document; undefined where there is no such field, `there` for a certificate, which is no single value. */
function fieldOf(document: unknown, path: string): string | number | boolean | null | undefined {
  let value: unknown = document;
  for (const part of path.split('.')) value = propertyOf(value, part);
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'object':
      return value === null ? null : 'there';
    default:
      return undefined;
  }
}

function propertyOf(value: unknown, key: string): unknown {
  return value !== null && typeof value === 'object' && Object.hasOwn(value, key)
    ? (value as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
