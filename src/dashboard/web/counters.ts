import { count } from '../../observe/figure-text.js';
import type { Sample } from '../../observe/sample.js';
import type { BoardFigures } from '../messages.js';
import { tableCard } from './dom.js';

/** How a counter is laid out: a row for each value of `rows`, a column for each value of `columns`. */
interface Layout {
  readonly counter: string;
  readonly title: string;
  readonly rows: readonly string[];
  readonly columns?: string;
}

const LAYOUTS: readonly Layout[] = [
  { counter: 'trust_lists', title: 'Trust lists', rows: ['list'], columns: 'result' },
  { counter: 'configurations', title: 'Configurations', rows: ['form'], columns: 'result' },
  { counter: 'registrations', title: 'Registrations', rows: ['node', 'protocol', 'mode'], columns: 'result' },
  { counter: 'tvs_requests', title: 'TVS requests', rows: ['node', 'for'], columns: 'result' },
  { counter: 'capf_sessions', title: 'CAPF sessions', rows: ['operation', 'result'] },
  { counter: 'capf_attempts', title: 'CAPF connections', rows: ['family'], columns: 'result' },
  { counter: 'alarms', title: 'Trust list alarms (R-60)', rows: ['code'] },
  { counter: 'transfers', title: 'Files', rows: ['protocol'], columns: 'result' },
  { counter: 'firmware_loads', title: 'Firmware', rows: ['result'] },
  { counter: 'services', title: 'Services', rows: ['service'], columns: 'result' },
  { counter: 'status_messages', title: 'Status messages (R-61)', rows: ['message'] },
];

/** A table for each counter that has counted something. */
export function counterTables({ counters }: BoardFigures): HTMLElement[] {
  return LAYOUTS.flatMap((layout) => {
    const samples = counters.filter(({ name }) => name === layout.counter);
    return samples.length === 0 ? [] : [pivot(layout, samples)];
  });
}

function pivot({ title, rows, columns }: Layout, samples: readonly Sample[]): HTMLElement {
  const rowOf = ({ labels }: Sample): string => rows.map((label) => labels[label] ?? '').join(' ');
  const columnOf = ({ labels }: Sample): string =>
    columns === undefined ? 'phones' : (labels[columns] ?? '');
  const named = distinct(samples.map(columnOf));
  const figures = new Map<string, Map<string, number>>();
  for (const sample of samples) {
    const row = figures.get(rowOf(sample)) ?? new Map<string, number>();
    row.set(columnOf(sample), (row.get(columnOf(sample)) ?? 0) + sample.value);
    figures.set(rowOf(sample), row);
  }
  const heads = columns === undefined ? ['count'] : named;
  return tableCard(
    title,
    [{ title: rows.join(', ') }, ...heads.map((head) => ({ title: head, isFigure: true }))],
    [...figures]
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([row, values]) => [row, ...named.map((name) => count(values.get(name) ?? 0))]),
  );
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)].sort();
}
