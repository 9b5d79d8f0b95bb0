/**
 * What a bench found: figures, each beside the limit it is held against (conventions.md 12). Every file of `bench/` exports
 * a function that resolves to one of these; `trustfleet bench` prints it.
 */
export interface BenchReport {
  /** As on the command line: `tftp`, `verify`. */
  readonly name: string;
  readonly rows: readonly BenchRow[];
  /** Sentences for the reader: what was left out and why, how noisy the run was. */
  readonly notes: readonly string[];
}

export interface BenchRow {
  readonly label: string;
  readonly value: number;
  /** What one of `value` is, e.g. `transfers/s`, `us CPU`. */
  readonly unit: string;
  /** What the machine, or the program compared with, did in the same run, in the same unit. */
  readonly limit?: number;
  /** `value` / `limit`. */
  readonly ratio?: number;
  /** How far the rounds lie apart: half of what is between the least and the greatest, as a share of the median. */
  readonly noise?: number;
  /** Relative margin of error of the samples within a round (tinybench), a share; the median of the rounds. */
  readonly rme?: number;
}

/** A row with its ratio worked out; without a limit that can be measured here the row stands alone. */
export function benchRow(label: string, value: number, unit: string, limit?: number): BenchRow {
  if (limit === undefined || !(limit > 0)) return { label, value, unit };
  return { label, value, unit, limit, ratio: value / limit };
}

/** What one round found. */
export interface BenchRound {
  readonly value: number;
  readonly limit?: number | undefined;
}

/**
 * A row of several interleaved rounds. Its ratio is the median of the rounds' ratios, since a limit counts only beside what
 * was measured with it; its noise is that of the ratio, of the value where there is none.
 */
export function roundsRow(label: string, unit: string, rounds: readonly BenchRound[]): BenchRow {
  const limits = rounds.flatMap(({ limit }) => (limit !== undefined && limit > 0 ? [limit] : []));
  const values = rounds.map(({ value }) => value);
  const row = { label, value: median(values), unit };
  if (limits.length < rounds.length || limits.length === 0) return { ...row, ...noise(values) };
  const ratios = rounds.map(({ value, limit = Number.NaN }) => value / limit);
  return { ...row, limit: median(limits), ratio: median(ratios), ...noise(ratios) };
}

/** One round says nothing about its noise. */
function noise(values: readonly number[]): { readonly noise?: number } {
  if (values.length < 2) return {};
  return { noise: (Math.max(...values) - Math.min(...values)) / 2 / median(values) };
}

/** The middle value of an odd number of runs, the mean of the two middle ones of an even number; NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? (upper + (sorted[middle - 1] ?? Number.NaN)) / 2 : upper;
}

/** One JSON document, figures unrounded. */
export function benchJson(report: BenchReport): string {
  return JSON.stringify(report);
}

/** A table for a terminal, columns aligned, notes below. */
export function benchText(report: BenchReport): string {
  const further = (['noise', 'rme'] as const).filter((column) =>
    report.rows.some((row) => row[column] !== undefined),
  );
  const head = [report.name, 'value', 'unit', 'limit', 'ratio', ...further];
  const table = [
    head,
    ...report.rows.map((row) => [
      row.label,
      figure(row.value),
      row.unit,
      row.limit === undefined ? '' : figure(row.limit),
      row.ratio === undefined ? '' : row.ratio.toFixed(2),
      ...further.map((column) => spread(row[column], column === 'rme' ? 1 : 0)),
    ]),
  ];
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  const lines = table.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const isText = column === 0 || column === 2;
        return isText ? cell.padEnd(width) : cell.padStart(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return [...lines, ...report.notes.map((note) => `  ${note}`)].join('\n');
}

function spread(share: number | undefined, decimals: number): string {
  return share === undefined ? '' : `± ${(share * 100).toFixed(decimals)} %`;
}

/** Four significant digits below a thousand, thousands grouped above. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(Number(value.toPrecision(4)));
}
