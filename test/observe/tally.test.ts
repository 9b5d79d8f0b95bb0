import { describe, expect, it } from 'vitest';
import type { Snapshot } from '../../src/observe/sample.js';
import { addSamples, addSnapshots, dropLabels, subtractSamples } from '../../src/observe/samples.js';
import { createTally } from '../../src/observe/tally.js';

describe('the tally of a worker', () => {
  it('counts by name and labels and adds model and group of its scope', () => {
    const tally = createTally();
    const l42 = tally.scope({ model: '7942', group: 'L42' });
    l42.count('alarms', { code: '8' });
    l42.count('alarms', { code: '8' }, 4);
    l42.count('alarms', { code: '1' });
    tally.scope({ model: '7962', group: 'L62' }).count('alarms', { code: '8' });
    expect(tally.snapshot().counters).toEqual([
      { name: 'alarms', labels: { model: '7942', group: 'L42', code: '8' }, value: 5 },
      { name: 'alarms', labels: { model: '7942', group: 'L42', code: '1' }, value: 1 },
      { name: 'alarms', labels: { model: '7962', group: 'L62', code: '8' }, value: 1 },
    ]);
  });

  it('does not mind the order in which labels are written', () => {
    const tally = createTally();
    const scope = tally.scope({ model: '8841', group: 'M41' });
    scope.count('tvs_requests', { node: 'SUB1', for: 'itl', result: 'positive' });
    scope.count('tvs_requests', { result: 'positive', for: 'itl', node: 'SUB1' });
    expect(tally.snapshot().counters).toHaveLength(1);
    expect(tally.snapshot().counters[0]?.value).toBe(2);
  });

  it('moves gauges both ways and keeps them apart from counters', () => {
    const tally = createTally();
    const scope = tally.scope({ model: '8841', group: 'M41' });
    scope.move('phones', { state: 'off', mode: 'none' }, 3);
    scope.move('phones', { state: 'off', mode: 'none' }, -1);
    scope.move('phones_locked', {}, 1);
    expect(tally.snapshot().counters).toEqual([]);
    expect(tally.snapshot().gauges.map(({ name, value }) => [name, value])).toEqual([
      ['phones', 2],
      ['phones_locked', 1],
    ]);
  });

  it('gives snapshots that stand still', () => {
    const tally = createTally();
    const scope = tally.scope({ model: '8841', group: 'M41' });
    scope.count('alarms', { code: '1' });
    const before = tally.snapshot();
    scope.count('alarms', { code: '1' });
    expect(before.counters[0]?.value).toBe(1);
  });

  it('has the label `cluster` of phones where a run gives it, and no empty one elsewhere', () => {
    const tally = createTally();
    const scope = tally.scope({ model: '8841', group: 'M41' });
    scope.move('phones', { state: 'registered', mode: 'nonsecure' }, 1);
    scope.move('phones', { state: 'registered', mode: 'nonsecure', cluster: 'destination' }, 1);
    expect(tally.snapshot().gauges.map(({ labels }) => labels)).toEqual([
      { model: '8841', group: 'M41', state: 'registered', mode: 'nonsecure' },
      { model: '8841', group: 'M41', state: 'registered', mode: 'nonsecure', cluster: 'destination' },
    ]);
  });
});

describe('samples', () => {
  const a = { name: 'alarms', labels: { code: '1', model: '7942', group: 'A' }, value: 2 };
  const b = { name: 'alarms', labels: { group: 'A', model: '7942', code: '1' }, value: 3 };
  const c = { name: 'alarms', labels: { code: '1', model: '7942', group: 'B' }, value: 7 };

  it('of several workers are summed by name and labels', () => {
    expect(addSamples([[a], [b, c]]).map((sample) => sample.value)).toEqual([5, 7]);
  });

  it('subtract, and what did not move is left out', () => {
    expect(subtractSamples([b, c], [a, c])).toEqual([{ ...b, value: 1 }]);
  });

  it('without a label are summed over it', () => {
    expect(dropLabels([a, c], ['group'])).toEqual([
      { name: 'alarms', labels: { code: '1', model: '7942' }, value: 9 },
    ]);
  });

  it('of several snapshots are of the latest moment', () => {
    const at = (time: number): Snapshot => ({ at: time, counters: [], gauges: [], timings: [] });
    expect(addSnapshots([at(900), at(100)]).at).toBe(900);
  });
});
