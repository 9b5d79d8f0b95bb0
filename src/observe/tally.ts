import type { CounterLabels, CounterName } from './events.js';
import type { Sample } from './sample.js';
import { COUNTERS, GAUGES, type GaugeLabels, type GaugeName, type MetricWords } from './words.js';

/** Between label values in a key; no label value contains it. */
const SEPARATOR = '\u0001';

/** What one group of equal phones counts with; all of them share it. */
export interface TallyScope {
  /** Adds to a counter. A key is the label values in the table's order, so `labels` may be a fresh object each time. */
  count<N extends CounterName>(name: N, labels: CounterLabels[N], by?: number): void;
  /** Moves a gauge by `by`, which may be negative. */
  move<N extends GaugeName>(name: N, labels: GaugeLabels[N], by: number): void;
}

/** Counters and gauges of one worker. */
export interface Tally {
  /** The scope of these labels; the same one each time. */
  scope(labels: { readonly model: string; readonly group: string }): TallyScope;
  /** Everything that is or once was not 0. */
  snapshot(): { readonly counters: readonly Sample[]; readonly gauges: readonly Sample[] };
}

interface Cell {
  readonly sample: { readonly name: string; readonly labels: Readonly<Record<string, string>> };
  value: number;
}

/** Label names of each metric in the order of the table. */
type LabelOrder = ReadonlyMap<string, readonly string[]>;

const COUNTER_LABELS = labelOrder(COUNTERS);
const GAUGE_LABELS = labelOrder(GAUGES);

function labelOrder(table: Readonly<Record<string, MetricWords>>): LabelOrder {
  return new Map(Object.entries(table).map(([name, words]) => [name, Object.keys(words.labels)]));
}

/**
 * Counts by name and labels. A `count` is one short string and two look-ups in small maps; nothing is allocated once a
 * combination has been seen (speed.md 7: prom-client takes 0.4 µs to hash the labels each time).
 */
export function createTally(): Tally {
  const counters: Cell[] = [];
  const gauges: Cell[] = [];
  const scopes = new Map<string, TallyScope>();
  return {
    scope({ model, group }) {
      const key = model + SEPARATOR + group;
      let scope = scopes.get(key);
      if (scope === undefined) {
        const base = { model, group };
        const count = createColumns(base, COUNTER_LABELS, counters);
        const move = createColumns(base, GAUGE_LABELS, gauges);
        scope = {
          count: (name, labels, by = 1) => count(name, labels as unknown as Labels, by),
          move: (name, labels, by) => move(name, labels as unknown as Labels, by),
        };
        scopes.set(key, scope);
      }
      return scope;
    },
    snapshot: () => ({ counters: counters.map(sampleOf), gauges: gauges.map(sampleOf) }),
  };
}

function sampleOf(cell: Cell): Sample {
  return { ...cell.sample, value: cell.value };
}

type Labels = Readonly<Record<string, string>>;

/** The values in the order of the names; that of one label alone is as good as a key. */
function keyOf(names: readonly string[], labels: Labels): string {
  const [first = ''] = names;
  let key = labels[first] ?? '';
  for (let i = 1; i < names.length; i += 1) key += SEPARATOR + (labels[names[i] as string] ?? '');
  return key;
}

/** The cells of one scope, metric by metric; new ones are put at the end of `all`, too. */
function createColumns(
  base: Labels,
  order: LabelOrder,
  all: Cell[],
): (name: string, labels: Labels, by: number) => void {
  const columns = new Map<string, Map<string, Cell>>();
  return (name, labels, by) => {
    const labelNames = order.get(name);
    if (labelNames === undefined) return;
    let cells = columns.get(name);
    if (cells === undefined) {
      cells = new Map();
      columns.set(name, cells);
    }
    const key = keyOf(labelNames, labels);
    const found = cells.get(key);
    if (found !== undefined) {
      found.value += by;
      return;
    }
    const own: Record<string, string> = { ...base };
    for (const label of labelNames) {
      // a label that is given in some runs only (`cluster` of `phones`) is absent in the others
      const value = labels[label];
      if (value !== undefined) own[label] = value;
    }
    const cell: Cell = { sample: { name, labels: own }, value: by };
    cells.set(key, cell);
    all.push(cell);
  };
}
