import { count, difference } from '../observe/figure-text.js';
import { shareText } from '../scenario/expect.js';
import type { Bound, Expectation, Figure } from '../scenario/plan.js';
import type { ExpectationResult, FigureEntry } from '../scenario/result.js';
import { columns } from './format.js';

/** A figure in words: `1,000`, `at least 3`, `p99 < 60s`. */
function figureText(entry: FigureEntry): string {
  return `${entry.of ?? ''} ${valueText(entry)}`.trim();
}

/** The same without the name of a statistic. */
function valueText(entry: FigureEntry | undefined): string {
  if (entry === undefined) return 'none';
  const { value, atLeast, atMost, of, limit } = entry;
  if (limit !== undefined) return limit;
  if (of !== undefined) return typeof value === 'number' ? `${value}s` : '-';
  if (value !== undefined) return typeof value === 'number' ? count(value) : String(value);
  const bounds = [
    ...(atLeast === undefined ? [] : [`at least ${count(atLeast)}`]),
    ...(atMost === undefined ? [] : [`at most ${count(atMost)}`]),
  ];
  return bounds.join(', ');
}

function labelText(entry: Pick<FigureEntry, 'labels'>): string {
  // "8 1,000" would read as one figure
  return Object.entries(entry.labels)
    .map(([label, value]) => (label === 'code' || label === 'record' ? `${label} ${value}` : value || '""'))
    .join('/');
}

function sameLabels(a: FigureEntry, b: FigureEntry): boolean {
  return JSON.stringify(a.labels) === JSON.stringify(b.labels) && a.of === b.of;
}

/** What is wanted: of all, and of each value of a split. */
export interface WantedFigures {
  readonly total: string;
  readonly split: string;
}

/** What an expectation wants, before anything was run: `100%`, `refused 100%, R-39 100%`. */
export function wantedFigures(expectation: Expectation): WantedFigures {
  switch (expectation.kind) {
    case 'count':
    case 'held': {
      const { bound, by, report } = expectation;
      const split = by.flatMap(({ label, figures }) =>
        figures.map(({ value, is }) => `${labelText({ labels: { [label]: value } })} ${wantedText(is)}`),
      );
      const total = boundText(bound);
      return { total: report ? `${total} reported`.trim() : total, split: split.join(', ') };
    }
    case 'artefact':
      return { total: String(expectation.is), split: '' };
    case 'time':
      return {
        total: '',
        split: expectation.limits.map((l) => `${l.of} ${l.comparison} ${l.seconds}s`).join(', '),
      };
  }
}

function boundText({ is, atLeast, atMost }: Bound): string {
  const parts = [
    ...(is === undefined ? [] : [wantedText(is)]),
    ...(atLeast === undefined ? [] : [`at least ${wantedText(atLeast)}`]),
    ...(atMost === undefined ? [] : [`at most ${wantedText(atMost)}`]),
  ];
  return parts.join(', ');
}

function wantedText(figure: Figure): string {
  return typeof figure === 'number' ? count(figure) : shareText(figure);
}

/** One line: the total and, where there is a split, its values. For expectations that held. */
export function shortFigures({ actual }: Pick<ExpectationResult, 'actual'>): {
  readonly total: string;
  readonly split: string;
} {
  const total = actual.find((entry) => Object.keys(entry.labels).length === 0);
  const split = actual
    .filter((entry) => Object.keys(entry.labels).length > 0)
    .map((entry) => `${labelText(entry)} ${figureText(entry)}`);
  return { total: total === undefined ? '' : figureText(total), split: split.join(', ') };
}

/** Expected against actual, row by row with the difference; only rows that differ, and the total. */
export function comparison(expectation: ExpectationResult): string[] {
  const rows = comparisonRows(expectation)
    .filter(({ isTotal, differs }) => isTotal || differs)
    .map(({ name, expected, share, actual, difference: gap }) => [
      name,
      share === '' ? expected : `${expected} (${share})`,
      actual,
      gap,
    ]);
  return columns([['', 'expected', 'actual', 'difference'], ...rows], new Set([1, 2, 3]));
}

export interface ComparisonRow {
  /** `total`, the label with its value, or the statistic of a time. */
  readonly name: string;
  readonly isTotal: boolean;
  readonly expected: string;
  /** What is expected as it stands in the file, `100%`; empty where that is no share. */
  readonly share: string;
  readonly actual: string;
  readonly differs: boolean;
  /** Empty where there is none, or none that can be said. */
  readonly difference: string;
}

/** The total and every value of a split, or every record of a file, expected beside actual. */
export function comparisonRows({ expected, actual }: ExpectationResult): ComparisonRow[] {
  const rest = [...actual];
  const rows = eachRecord(expected, actual).map((wanted): ComparisonRow => {
    const at = rest.findIndex((entry) => sameLabels(entry, wanted));
    const came = at < 0 ? undefined : rest.splice(at, 1)[0];
    return {
      name: nameOf(wanted),
      isTotal: isTotal(wanted),
      expected: valueText(wanted),
      share: wanted.share ?? '',
      actual: valueText(came),
      differs: wanted.value !== came?.value,
      difference: gap(wanted, came),
    };
  });
  const unexpected = rest.map(
    (came): ComparisonRow => ({
      name: nameOf(came),
      isTotal: isTotal(came),
      expected: '-',
      share: '',
      actual: valueText(came),
      differs: true,
      difference: gap(undefined, came),
    }),
  );
  return [...rows, ...unexpected];
}

/** What a field of a file is to be holds for each of its records that was meant. */
function eachRecord(
  expected: readonly FigureEntry[],
  actual: readonly FigureEntry[],
): readonly FigureEntry[] {
  const [wanted] = expected;
  const isOfRecords = actual.length > 0 && actual.every(({ labels }) => labels.record !== undefined);
  return wanted !== undefined && isOfRecords ? actual.map(({ labels }) => ({ ...wanted, labels })) : expected;
}

function isTotal({ labels, of }: FigureEntry): boolean {
  return Object.keys(labels).length === 0 && of === undefined;
}

function nameOf(entry: FigureEntry): string {
  if (entry.of !== undefined) return entry.of;
  const labels = Object.entries(entry.labels).map(([label, value]) => `${label} ${value || '""'}`);
  return labels.length === 0 ? 'total' : labels.join(', ');
}

function gap(wanted: FigureEntry | undefined, came: FigureEntry | undefined): string {
  const expected = wanted === undefined ? 0 : wanted.value;
  const actual = came?.value;
  if (typeof expected !== 'number' || typeof actual !== 'number' || came?.of !== undefined) return '';
  return expected === actual ? '' : difference(actual - expected);
}
