import { describe, expect, it } from 'vitest';
import type { RefusalRecord } from '../../src/fleet/laboratory.js';
import { createRefusalSample } from '../../src/scenario/refusal-sample.js';

function refusals(count: number, from = 0, rule = 'R-39'): RefusalRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    at: from + i,
    phone: `SEP${from + i}`,
    model: '7942',
    group: 'L42',
    what: 'itl',
    rule,
    reason: 'tvs-unusable',
    detail: '',
  }));
}

describe('the sample of refusals (contracts.md 2, events.ndjson)', () => {
  it('keeps all of them up to the bound', () => {
    const sample = createRefusalSample(10);
    sample.add(refusals(10));
    expect(sample.summary()).toMatchObject({ seen: 10, oneIn: 1 });
    expect(sample.summary().records).toHaveLength(10);
  });

  it.each([
    [11, 2],
    [20, 2],
    [21, 4],
    [1000, 128],
  ])('of %i it keeps one in %i, evenly from the first to the last', (count, oneIn) => {
    const sample = createRefusalSample(10);
    sample.add(refusals(count));
    const { records, ...summary } = sample.summary();
    expect(summary).toMatchObject({ seen: count, oneIn });
    expect(records.length).toBeLessThanOrEqual(10);
    expect(records.map(({ at }) => at)).toEqual(records.map((_, i) => i * oneIn));
    expect(records.at(-1)?.at).toBeGreaterThanOrEqual(count - oneIn);
  });

  it('counts those that a shard could not keep one by one, and says how many they are', () => {
    const sample = createRefusalSample(10);
    const [first, second] = refusals(2);
    if (first === undefined || second === undefined) throw new Error('two refusals');
    sample.add([first, { ...second, more: 70_000 }]);
    expect(sample.summary()).toMatchObject({ seen: 70_002, countedOnly: 70_000, oneIn: 1 });
    expect(sample.summary().kinds).toMatchObject([{ rule: 'R-39', count: 70_002 }]);
  });

  it('counts every kind and keeps its first phone as the example, the most frequent first', () => {
    const sample = createRefusalSample(4);
    sample.add(refusals(2, 0, 'R-40'));
    sample.add(refusals(500, 100));
    expect(sample.summary().kinds.map(({ rule, count, example }) => [rule, count, example.phone])).toEqual([
      ['R-39', 500, 'SEP100'],
      ['R-40', 2, 'SEP0'],
    ]);
  });

  it('tells registrations apart by the cause that the phone reports and what it showed', () => {
    const sample = createRefusalSample(100);
    const [one] = refusals(1);
    if (one === undefined) throw new Error('a refusal');
    const failed = (cause: '10' | '12', certificate: 'lsc' | 'none') => ({
      ...one,
      what: 'registration',
      attempt: { cause, certificate },
    });
    sample.add([failed('12', 'lsc'), failed('10', 'lsc'), failed('10', 'lsc'), failed('10', 'none')]);
    expect(
      sample.summary().kinds.map(({ attempt, count }) => [attempt?.cause, attempt?.certificate, count]),
    ).toEqual([
      ['10', 'lsc', 2],
      ['12', 'lsc', 1],
      ['10', 'none', 1],
    ]);
  });
});
