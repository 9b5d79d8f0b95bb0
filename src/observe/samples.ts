import type { Sample, Snapshot } from './sample.js';
import { sampleKey } from './sample-key.js';
import { addTimings } from './timings.js';

/** Sums samples of the same name and labels; the order is that of first sight. */
export function addSamples(lists: readonly (readonly Sample[])[]): Sample[] {
  const sums = new Map<string, { name: string; labels: Readonly<Record<string, string>>; value: number }>();
  for (const list of lists) {
    for (const sample of list) {
      const key = sampleKey(sample);
      const sum = sums.get(key);
      if (sum === undefined) sums.set(key, { ...sample });
      else sum.value += sample.value;
    }
  }
  return [...sums.values()];
}

/** What was counted between two moments; combinations that did not move are left out. */
export function subtractSamples(later: readonly Sample[], earlier: readonly Sample[]): Sample[] {
  const before = new Map(earlier.map((sample) => [sampleKey(sample), sample.value]));
  return later.flatMap((sample) => {
    const value = sample.value - (before.get(sampleKey(sample)) ?? 0);
    return value === 0 ? [] : [{ ...sample, value }];
  });
}

/** Samples without some labels, e.g. `group` for Prometheus: what differed only in them is summed. */
export function dropLabels(samples: readonly Sample[], labels: readonly string[]): Sample[] {
  const without = samples.map((sample) => ({
    ...sample,
    labels: Object.fromEntries(Object.entries(sample.labels).filter(([label]) => !labels.includes(label))),
  }));
  return addSamples([without]);
}

/** All samples of a name, or those of them whose labels will do. */
export function sumSamples(
  samples: readonly Sample[],
  name: string,
  only: (labels: Sample['labels']) => boolean = () => true,
): number {
  let total = 0;
  for (const sample of samples) if (sample.name === name && only(sample.labels)) total += sample.value;
  return total;
}

/** The snapshots of several workers as one that stands still (timings are copied); `at` is the latest. */
export function addSnapshots(parts: readonly Snapshot[]): Snapshot {
  return {
    at: parts.reduce((latest, part) => Math.max(latest, part.at), 0),
    counters: addSamples(parts.map((part) => part.counters)),
    gauges: addSamples(parts.map((part) => part.gauges)),
    timings: addTimings(parts.map((part) => part.timings)),
  };
}

/** Nothing observed yet. */
export const EMPTY_SNAPSHOT: Snapshot = { at: 0, counters: [], gauges: [], timings: [] };
