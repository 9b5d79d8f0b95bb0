import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { BUCKETS, bucketEdge } from './histogram.js';
import type { Sample, Snapshot, TimingSample } from './sample.js';
import { dropLabels } from './samples.js';
import { timingCount } from './timings.js';
import { COUNTERS, GAUGES, HISTOGRAMS, type MetricWords } from './words.js';

const PREFIX = 'trustfleet_';

/** Upper bounds of the exposed buckets, seconds: from one signature check to a phone that waits for its third server. */
const UPPER_BOUNDS = [
  0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300,
];

/** Labels of `run_info` (contracts.md 3). */
export interface RunInfo {
  readonly scenario: string;
  readonly seed: number;
  readonly version: string;
  readonly clock: string;
}

export interface Exposition {
  readonly contentType: string;
  /** The text format 0.0.4 of one snapshot. */
  render(snapshot: Snapshot): Promise<string>;
}

/**
 * Prometheus metrics of a run. prom-client holds nothing between two scrapes: every scrape fills it from a snapshot, so a
 * worker never pays for it (speed.md 7). `group` is left out (contracts.md 3).
 */
export function createExposition(info: RunInfo): Exposition {
  const registry = new Registry();
  const registers = [registry];

  const runInfo = new Gauge({
    name: `${PREFIX}run_info`,
    help: 'The run that these figures belong to; always 1.',
    labelNames: ['scenario', 'seed', 'version', 'clock'],
    registers,
  });
  const gauges = Object.entries<MetricWords>(GAUGES).map(([name, words]) => ({
    name,
    isPlain: Object.keys(words.labels).length === 0,
    metric: new Gauge({ name: PREFIX + name, help: words.help, labelNames: labelNames(words), registers }),
  }));
  const counters = Object.entries<MetricWords>(COUNTERS).map(([name, words]) => ({
    name,
    metric: new Counter({
      name: `${PREFIX}${name}_total`,
      help: words.help,
      labelNames: labelNames(words),
      registers,
    }),
  }));
  const histograms = Object.entries(HISTOGRAMS).map(
    ([name, help]) => new SampledHistogram(registry, name, help),
  );

  return {
    contentType: registry.contentType,
    render(snapshot) {
      runInfo.set({ ...info, seed: String(info.seed) }, 1);
      const standing = dropLabels(snapshot.gauges, ['group']);
      const models = new Set(named(standing, 'phones').map(({ labels }) => labels.model ?? ''));
      for (const { name, metric, isPlain } of gauges) {
        metric.reset();
        // an alert on the first locked phone needs the 0 before it
        if (isPlain) for (const model of models) metric.set({ model }, 0);
        for (const sample of named(standing, name)) metric.set({ ...sample.labels }, sample.value);
      }
      const counted = dropLabels(snapshot.counters, ['group']);
      for (const { name, metric } of counters) {
        metric.reset();
        for (const sample of named(counted, name)) metric.inc({ ...sample.labels }, sample.value);
      }
      for (const histogram of histograms) histogram.fill(snapshot.timings);
      return registry.metrics();
    },
  };
}

function labelNames(words: MetricWords): string[] {
  return ['model', ...Object.keys(words.labels)];
}

function named(samples: readonly Sample[], name: string): Sample[] {
  return samples.filter((sample) => sample.name === name);
}

interface ExposedValue {
  readonly value: number;
  readonly metricName: string;
  readonly labels: Readonly<Record<string, string | number>>;
}

/** A prom-client histogram whose buckets come from our own exponential ones instead of from `observe`. */
class SampledHistogram extends Histogram {
  readonly #timing: string;
  readonly #description: string;
  #values: ExposedValue[] = [];

  constructor(registry: Registry, timing: string, help: string) {
    super({
      name: PREFIX + timing,
      help,
      labelNames: ['model'],
      buckets: UPPER_BOUNDS,
      registers: [registry],
    });
    this.#timing = timing;
    this.#description = help;
  }

  fill(timings: readonly TimingSample[]): void {
    this.#values = timings.filter((timing) => timing.name === this.#timing).flatMap(exposed);
  }

  /** What the registry renders; prom-client calls it in place of `get` where it exists. */
  async getForPromString(): Promise<object> {
    return { name: PREFIX + this.#timing, help: this.#description, type: 'histogram', values: this.#values };
  }
}

function exposed(timing: TimingSample): ExposedValue[] {
  const base = `${PREFIX}${timing.name}`;
  const { group: _, ...labels } = timing.labels;
  const values: ExposedValue[] = [];
  let cumulative = 0;
  let bucket = 0;
  for (const bound of UPPER_BOUNDS) {
    // a bucket that straddles the bound counts above it: never claim a duration shorter than it was
    while (bucket < BUCKETS && bucketEdge(bucket + 1) <= bound) cumulative += timing.buckets[bucket++] ?? 0;
    values.push({ metricName: `${base}_bucket`, labels: { ...labels, le: bound }, value: cumulative });
  }
  const count = timingCount(timing);
  values.push({ metricName: `${base}_bucket`, labels: { ...labels, le: '+Inf' }, value: count });
  values.push({ metricName: `${base}_sum`, labels, value: timing.sumSeconds });
  values.push({ metricName: `${base}_count`, labels, value: count });
  return values;
}
