import { describe, expect, it } from 'vitest';
import type { RefusalRecord } from '../../src/fleet/laboratory.js';
import { mergeRefusals, SampledRefusals } from '../../src/fleet/sampled-refusals.js';

function record(ordinal: number, at: number, reason = 'timeout'): RefusalRecord {
  const phone = `SEP0200010${String(ordinal).padStart(5, '0')}`;
  return { at, phone, model: '8841', group: 'M41', what: 'transfer', rule: 'R-12', reason, detail: '' };
}

/** 5,000 phones with two refusals each, and one in 5,000 with a kind of its own, dealt out to `shards` shards. */
function merged(shards: number): RefusalRecord[] {
  const sinks = Array.from({ length: shards }, () => new SampledRefusals(5_000));
  for (let ordinal = 0; ordinal < 5_000; ordinal += 1) {
    const sink = sinks[ordinal % shards];
    sink?.add(record(ordinal, 100 + (ordinal % 7)), ordinal);
    sink?.add(record(ordinal, 200), ordinal);
    if (ordinal === 4_999) sink?.add(record(ordinal, 300, 'busy'), ordinal);
  }
  return mergeRefusals(sinks.map((sink) => sink.take()));
}

describe('refusals of a large virtual fleet', () => {
  it('are the same list in every split', () => {
    expect(merged(2)).toEqual(merged(1));
    expect(merged(3)).toEqual(merged(1));
  });

  it('are all counted, and each kind has an example', () => {
    const all = merged(2);
    expect(all.reduce((sum, { more = 0 }) => sum + 1 + more, 0)).toBe(10_001);
    expect(all.filter(({ reason }) => reason === 'busy')).toHaveLength(1);
    // every second phone one by one, and one example for all the others
    expect(all).toHaveLength(5_000 + 1 + 1);
  });

  it('of one phone are bounded between two looks', () => {
    const sink = new SampledRefusals(1);
    for (let i = 0; i < 100; i += 1) sink.add(record(0, i), 0);
    const [taken] = [sink.take()];
    expect(taken.records).toHaveLength(20);
    expect(taken.counted).toEqual([{ first: record(0, 20), count: 80 }]);
    expect(sink.take()).toEqual({ records: [], counted: [] });
  });
});
