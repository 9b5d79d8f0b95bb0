import { describe, expect, it } from 'vitest';
import { createExposition } from '../../src/observe/prometheus.js';
import { EMPTY_SNAPSHOT } from '../../src/observe/samples.js';
import { COUNTERS, GAUGES, HISTOGRAMS } from '../../src/observe/words.js';
import { busySnapshot } from './busy-snapshot.js';

const info = { scenario: 'S-03b', seed: 7, version: '0.1.0', clock: 'network' };

describe('the Prometheus exposition (contracts.md 3)', () => {
  it('names every metric of the table, with help and type', async () => {
    const text = await createExposition(info).render(EMPTY_SNAPSHOT);
    for (const name of Object.keys(COUNTERS))
      expect(text).toContain(`# TYPE trustfleet_${name}_total counter`);
    for (const name of Object.keys(GAUGES)) expect(text).toContain(`# TYPE trustfleet_${name} gauge`);
    for (const name of Object.keys(HISTOGRAMS)) expect(text).toContain(`# TYPE trustfleet_${name} histogram`);
    expect(text.match(/^# HELP \S+ .{20,}$/gm)?.length).toBe(text.match(/^# TYPE/gm)?.length);
  });

  it('says which run it is', async () => {
    const text = await createExposition(info).render(EMPTY_SNAPSHOT);
    expect(text).toContain(
      'trustfleet_run_info{scenario="S-03b",seed="7",version="0.1.0",clock="network"} 1',
    );
  });

  it('says 0 where no phone of a model is locked or waits for its user: an alert needs the figure before the first', async () => {
    const phones = {
      name: 'phones',
      labels: { model: '7942', state: 'registered', mode: 'nonsecure' },
      value: 3,
    };
    const text = await createExposition(info).render({ ...EMPTY_SNAPSHOT, gauges: [phones] });
    expect(text).toContain('trustfleet_phones_locked{model="7942"} 0');
    expect(text).toContain('trustfleet_capf_pending{model="7942"} 0');
    expect(await createExposition(info).render(busySnapshot())).toContain(
      'trustfleet_phones_locked{model="7942"} 3',
    );
  });

  it('sums over groups: group is no label', async () => {
    const text = await createExposition(info).render(busySnapshot());
    expect(text).not.toContain('group=');
    expect(text).toContain('trustfleet_alarms_total{model="7942",code="8"} 3');
  });

  it('renders the same snapshot twice the same: nothing adds up between scrapes', async () => {
    const exposition = createExposition(info);
    const first = await exposition.render(busySnapshot());
    expect(await exposition.render(busySnapshot())).toBe(first);
  });

  it('gives histograms with rising buckets that end in the count', async () => {
    const text = await createExposition(info).render(busySnapshot());
    const buckets = [
      ...text.matchAll(/^trustfleet_boot_seconds_bucket\{model="7942",le="([^"]+)"\} (\d+)$/gm),
    ];
    const counts = buckets.map((match) => Number(match[2]));
    expect(buckets.at(-1)?.[1]).toBe('+Inf');
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    expect(counts.at(-1)).toBe(4);
    expect(text).toContain('trustfleet_boot_seconds_count{model="7942"} 4');
    expect(text).toMatch(/trustfleet_boot_seconds_sum\{model="7942"\} 12\.3/);
  });

  it('escapes what a label value may hold', async () => {
    const text = await createExposition({ ...info, scenario: 'a "b"\\\n' }).render(EMPTY_SNAPSHOT);
    expect(text).toContain('scenario="a \\"b\\"\\\\\\n"');
  });
});
