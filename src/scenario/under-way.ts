import type { Sample } from '../observe/sample.js';
import type { FigureEntry } from './result.js';

/** What phones that have no outcome yet are doing, by model. */
export function underWay(gauges: readonly Sample[]): FigureEntry[] {
  const entries = new Map<string, { readonly labels: Readonly<Record<string, string>>; value: number }>();
  for (const { name, labels, value } of gauges) {
    const { state = '', model = '' } = labels;
    if (name !== 'phones' || value === 0 || (state !== 'booting' && state !== 'enrolling')) continue;
    const key = `${state} ${model}`;
    const entry = entries.get(key) ?? { labels: { state, model }, value: 0 };
    entries.set(key, entry);
    entry.value += value;
  }
  return [...entries.values()].sort((a, b) => b.value - a.value);
}
