import { count, counted, difference, time } from '../observe/figure-text.js';
import type { ComparedExpectation, ComparedFigure, Comparison, JudgedFigures } from './compare.js';
import { shortFigures } from './expectation-text.js';
import { columns, columnsWithText, loadText, wrap } from './format.js';
import { NO_PAINT, type Paint } from './paint.js';
import type { Summary } from './summary.js';
import { verdictSentence } from './verdict-sentence.js';

const WIDTH = 100;

/** Rows of one table; the rest is counted, and `--json` has all. */
const MAX_ROWS = 60;

/** Two runs as a person compares them: what they were, then what differs, then times. */
export function comparisonText(
  a: Summary,
  b: Summary,
  comparison: Comparison,
  paint: Paint = NO_PAINT,
): string {
  const { different, timeDependent } = comparison;
  const sections = [
    runs(a, b, paint),
    [verdict(comparison, paint)],
    figures('Counters and gauges that differ', different, paint),
    figures('Counters that depend on time, not judged', timeDependent, paint),
    expectations(comparison.expectations, paint),
    timings(comparison, paint),
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n')}\n`;
}

function runs(a: Summary, b: Summary, paint: Paint): string[] {
  const rows: [string, (run: Summary) => string][] = [
    ['scenario', ({ scenario }) => scenario],
    ['clusters', ({ clusters }) => clusters.map(({ name, release }) => `${name} ${release}`).join(', ')],
    ['phones', ({ phones }) => count(phones)],
    ['seed', ({ seed }) => String(seed)],
    ['clock', ({ clock }) => clock],
    ['load', ({ load }) => loadText(load)],
    ['version', ({ version }) => version],
    ['verdict', (run) => verdictSentence(run).word],
  ];
  /** Two runs never begin and end at the same time. */
  const times: [string, (run: Summary) => string][] = [
    ['started', ({ started }) => started],
    ['took', ({ seconds }) => time(seconds)],
  ];
  const text = columns([
    ['', 'A', 'B', ''],
    ...rows.map(([name, of]) => [name, of(a), of(b), of(a) === of(b) ? '' : '≠']),
    ...times.map(([name, of]) => [name, of(a), of(b), '']),
  ]);
  return text.map((line, i) => (i === 0 ? paint.bold(line) : line));
}

function verdict({ same, equal, different }: Comparison, paint: Paint): string {
  const rest = 'that do not depend on time';
  return same
    ? `${paint.good('SAME')} all ${counted(equal, 'figure')} ${rest} are equal`
    : `${paint.bad('DIFFERENT')} ${count(different.length)} of ${counted(equal + different.length, 'figure')} ${rest} differ`;
}

function figures(title: string, compared: readonly ComparedFigure[], paint: Paint): string[] {
  if (compared.length === 0) return [];
  const rows = compared.map(({ name, labels, a, b, difference: gap }) => [
    count(a),
    count(b),
    gap === 0 ? 'by model' : difference(gap),
    [name, labelWords(labels).join(', ')].join(' ').trim(),
  ]);
  return tableOf(title, ['A', 'B', 'difference', ''], rows, new Set([0, 1, 2]), paint);
}

function labelWords(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels)
    .filter(([, value]) => value !== '')
    .map(([label, value]) => `${label} ${value}`);
}

function tableOf(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  right: ReadonlySet<number>,
  paint: Paint,
): string[] {
  const shown = columnsWithText([head, ...rows.slice(0, MAX_ROWS)], WIDTH - 2, right);
  const more = rows.length - MAX_ROWS;
  return [
    paint.bold(title),
    ...shown.map((line) => `  ${line}`),
    ...(more > 0 ? [`  and ${counted(more, 'row')} more in --json`] : []),
  ];
}

function expectations(compared: readonly ComparedExpectation[], paint: Paint): string[] {
  if (compared.length === 0) return [];
  const shown = compared
    .slice(0, MAX_ROWS)
    .flatMap(({ step, about, a, b }) => [
      ...wrap(`step ${step}: ${about}`, WIDTH, '  '),
      ...side('A', a),
      ...side('B', b),
    ]);
  const more = compared.length - MAX_ROWS;
  return [
    paint.bold('Expectations that differ'),
    ...shown,
    ...(more > 0 ? [`  and ${counted(more, 'expectation')} more in --json`] : []),
  ];
}

function side(run: string, figures: JudgedFigures | null): string[] {
  if (figures === null) return [`    ${run}  not there`];
  const { total, split } = shortFigures(figures);
  const mark = figures.judged ? (figures.passed ? '✓' : '✗') : '-';
  const [first = '', ...more] = wrap(
    total === '' || split === '' ? total + split : `${total} (${split})`,
    WIDTH,
    ' '.repeat(9),
  );
  return [`    ${run}  ${mark} ${first.trimStart()}`, ...more];
}

/** Of all phones; `--json` has those of each model. */
function timings({ timings: compared }: Comparison, paint: Paint): string[] {
  const rows = compared
    .filter(({ labels }) => Object.keys(labels).length === 0)
    .flatMap(({ name, a, b }) =>
      (['p50', 'p90', 'p99', 'max'] as const).map((of, i) => [
        i === 0 ? name : '',
        of,
        a === null ? '-' : time(a[of]),
        b === null ? '-' : time(b[of]),
        a === null || b === null || a[of] === 0 ? '' : share(b[of] / a[of]),
      ]),
    );
  if (rows.length === 0) return [];
  return tableOf('Times', ['', '', 'A', 'B', 'B / A'], rows, new Set([2, 3, 4]), paint);
}

function share(ratio: number): string {
  return ratio.toFixed(2);
}
