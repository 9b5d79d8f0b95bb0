import { count } from '../../observe/figure-text.js';
import type { Sample } from '../../observe/sample.js';
import { figureRows } from '../figure-rows.js';
import type { Summary } from '../summary.js';
import { type Column, type Markup, NOTHING, section, table } from './markup.js';

/** Where the phones are at the end, model by model, and what they met on the way. */
export function phonesSection(summary: Summary): Markup {
  const { gauges, phones } = summary;
  const whole = figureRows(summary, phones).map(([name, total, split]) => [name, total, split]);
  return section(
    'phones',
    'Phones',
    standing(gauges),
    table(
      'In the whole run',
      [{ title: 'what' }, { title: 'number', kind: 'figure' }, { title: 'of which' }],
      whole,
    ),
  );
}

const LOCKED = 'locked';

/** One column for each state that phones are in; a mode belongs to registered ones. */
function standing(gauges: readonly Sample[]): Markup {
  const rows = new Map<string, Map<string, number>>();
  const columns = new Set<string>();
  for (const { name, labels, value } of gauges) {
    const column = name === 'phones' ? stateText(labels) : name === 'phones_locked' ? LOCKED : undefined;
    if (column === undefined || value === 0) continue;
    columns.add(column);
    const row = rows.get(labels.model ?? '') ?? new Map<string, number>();
    rows.set(labels.model ?? '', row);
    row.set(column, (row.get(column) ?? 0) + value);
  }
  if (rows.size === 0) return NOTHING;
  const titles = [...columns].filter((title) => title !== LOCKED).sort();
  if (columns.has(LOCKED)) titles.push(LOCKED);
  const line = (model: string, of: readonly ReadonlyMap<string, number>[]): string[] => [
    model,
    ...titles.map((title) => count(of.reduce((sum, row) => sum + (row.get(title) ?? 0), 0))),
  ];
  const models = [...rows].sort(([a], [b]) => a.localeCompare(b));
  return table(
    'At the end, by model and state',
    [{ title: 'model' }, ...titles.map((title): Column => ({ title, kind: 'figure' }))],
    models.map(([model, row]) => line(model, [row])),
    line('all', [...rows.values()]),
  );
}

function stateText({ state = '', mode = 'none', cluster = '' }: Sample['labels']): string {
  return [state, ...(mode === 'none' ? [] : [mode]), ...(cluster === '' ? [] : [`at ${cluster}`])].join(' ');
}
