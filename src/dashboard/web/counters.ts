import type { CounterName } from '../../observe/events.js';
import { count } from '../../observe/figure-text.js';
import type { Sample } from '../../observe/sample.js';
import type { BoardFigures } from '../messages.js';
import { tableCard } from './dom.js';

/** How a counter is laid out: a row for each value of `rows`, a column for each value of `columns`. */
interface Layout {
  readonly title: string;
  readonly rows: readonly string[];
  readonly columns?: string;
}

/** Every counter, but for the trust failures, which have a table of their own. */
const LAYOUTS: Readonly<Record<Exclude<CounterName, 'trust_failures'>, Layout>> = {
  trust_lists: { title: 'Trust lists', rows: ['list'], columns: 'result' },
  configurations: { title: 'Configurations', rows: ['form'], columns: 'result' },
  registrations: { title: 'Registrations', rows: ['node', 'protocol', 'mode'], columns: 'result' },
  tvs_requests: { title: 'TVS requests', rows: ['node', 'for'], columns: 'result' },
  capf_sessions: { title: 'CAPF sessions', rows: ['operation', 'result'] },
  capf_attempts: { title: 'CAPF connections', rows: ['family'], columns: 'result' },
  alarms: { title: 'Trust list alarms (R-60)', rows: ['code'] },
  transfers: { title: 'Files', rows: ['protocol'], columns: 'result' },
  transfer_bytes: { title: 'Octets of files', rows: ['protocol'], columns: 'result' },
  retransmissions: { title: 'Retransmissions', rows: ['protocol'], columns: 'result' },
  firmware_loads: { title: 'Firmware', rows: ['result'] },
  services: { title: 'Services', rows: ['service'], columns: 'result' },
  status_messages: { title: 'Status messages (R-61)', rows: ['message'] },
};

/** A table for each counter that has counted something. */
export function counterTables({ counters }: BoardFigures): HTMLElement[] {
  return Object.entries(LAYOUTS).flatMap(([counter, layout]) => {
    const samples = counters.filter(({ name }) => name === counter);
    return samples.length === 0 ? [] : [pivot(layout, samples)];
  });
}

function pivot({ title, rows, columns }: Layout, samples: readonly Sample[]): HTMLElement {
  const rowOf = ({ labels }: Sample): string => rows.map((label) => labels[label] ?? '').join(' ');
  const columnOf = ({ labels }: Sample): string =>
    columns === undefined ? 'count' : (labels[columns] ?? '');
  const named = distinct(samples.map(columnOf));
  const figures = new Map<string, Map<string, number>>();
  for (const sample of samples) {
    const row = figures.get(rowOf(sample)) ?? new Map<string, number>();
    row.set(columnOf(sample), (row.get(columnOf(sample)) ?? 0) + sample.value);
    figures.set(rowOf(sample), row);
  }
  return tableCard(
    title,
    [{ title: rows.join(', ') }, ...named.map((name) => ({ title: name, isFigure: true }))],
    [...figures]
      .sort(([a], [b]) => a.localeCompare(b, 'en', { numeric: true }))
      .map(([row, values]) => [row, ...named.map((name) => count(values.get(name) ?? 0))]),
  );
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)].sort();
}
