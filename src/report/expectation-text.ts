import { count, difference } from '../observe/figure-text.js';
import { shareText } from '../scenario/expect.js';
import type { Bound, Expectation, Figure } from '../scenario/plan.js';
import type { ExpectationResult, FigureEntry } from '../scenario/result.js';
import { columns } from './format.js';

/** A figure in words: `1,000`, `at least 3`, `p99 < 60s`, `1,000 (100%)`. */
function figureText(entry: FigureEntry | undefined): string {
  if (entry === undefined) return 'none';
  const { value, atLeast, atMost, share, of, limit } = entry;
  const written = share === undefined ? '' : ` (${share})`;
  if (limit !== undefined) return `${of ?? ''} ${limit}`.trim();
  if (of !== undefined) return `${of} ${typeof value === 'number' ? value : '-'}s`;
  if (value !== undefined) return (typeof value === 'number' ? count(value) : String(value)) + written;
  const bounds = [
    ...(atLeast === undefined ? [] : [`at least ${count(atLeast)}`]),
    ...(atMost === undefined ? [] : [`at most ${count(atMost)}`]),
  ];
  return bounds.join(', ') + written;
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
    .map(({ name, expected, actual, difference: gap }) => [name, expected, actual, gap]);
  return columns([['', 'expected', 'actual', 'difference'], ...rows], new Set([1, 2, 3]));
}

export interface ComparisonRow {
  /** `total`, or the label with its value. */
  readonly name: string;
  readonly isTotal: boolean;
  readonly expected: string;
  readonly actual: string;
  readonly differs: boolean;
  /** Empty where there is none, or none that can be said. */
  readonly difference: string;
}

/** The total and every value of a split, expected beside actual. */
export function comparisonRows({ expected, actual }: ExpectationResult): ComparisonRow[] {
  const rest = [...actual];
  const rows = expected.map((wanted): ComparisonRow => {
    const at = rest.findIndex((entry) => sameLabels(entry, wanted));
    const came = at < 0 ? undefined : rest.splice(at, 1)[0];
    return {
      name: nameOf(wanted),
      isTotal: Object.keys(wanted.labels).length === 0,
      expected: figureText(wanted),
      actual: figureText(came),
      differs: wanted.value !== came?.value,
      difference: gap(wanted, came),
    };
  });
  const unexpected = rest.map(
    (came): ComparisonRow => ({
      name: nameOf(came),
      isTotal: Object.keys(came.labels).length === 0,
      expected: '-',
      actual: figureText(came),
      differs: true,
      difference: gap(undefined, came),
    }),
  );
  return [...rows, ...unexpected];
}

function nameOf(entry: FigureEntry): string {
  const labels = Object.entries(entry.labels).map(([label, value]) => `${label} ${value || '""'}`);
  return labels.length === 0 ? 'total' : labels.join(', ');
}

function gap(wanted: FigureEntry | undefined, came: FigureEntry | undefined): string {
  const expected = wanted === undefined ? 0 : wanted.value;
  const actual = came?.value;
  if (typeof expected !== 'number' || typeof actual !== 'number' || came?.of !== undefined) return '';
  return expected === actual ? '' : difference(actual - expected);
}
