import { describe, expect, it } from 'vitest';
import type { Sample, Snapshot } from '../../src/observe/sample.js';
import { EMPTY_SNAPSHOT } from '../../src/observe/samples.js';
import { addTimings, createTimings } from '../../src/observe/timings.js';
import { type Evidence, judgeArtefact, judgeCount, judgeHeld, judgeTime } from '../../src/scenario/expect.js';
import type { Expectation } from '../../src/scenario/plan.js';
import { bigCtl } from './inspected-ctl.js';
import { planOf } from './plans.js';

/** The expectation as the file writes it. */
function written<K extends Expectation['kind']>(kind: K, text: string): Extract<Expectation, { kind: K }> {
  const steps = `  - phones: { reset: all }\n  - expect: [ ${text} ]`;
  const step = planOf(steps).steps[1];
  const expectation = step?.kind === 'expect' ? step.expectations[0] : undefined;
  if (expectation?.kind !== kind) throw new Error(`not ${kind}: ${text}`);
  return expectation as Extract<Expectation, { kind: K }>;
}

function sample(name: string, labels: Record<string, string>, value: number): Sample {
  return { name, labels: { model: '7942', group: 'L42', ...labels }, value };
}

function evidence(part: Partial<Evidence> & { counters?: Sample[]; gauges?: Sample[] }): Evidence {
  const now: Snapshot = { ...EMPTY_SNAPSHOT, counters: part.counters ?? [], gauges: part.gauges ?? [] };
  return { step: 2, since: EMPTY_SNAPSHOT, now, addressed: 100, fullSize: true, ...part };
}

const asked = [
  sample('tvs_requests', { node: 'SUB1', for: 'itl', result: 'positive' }, 30),
  sample('tvs_requests', { node: 'SUB2', for: 'itl', result: 'positive', model: '8841' }, 20),
  sample('tvs_requests', { node: 'SUB2', for: 'config', result: 'negative' }, 5),
];

describe('a figure that is reported', () => {
  it.each([
    ['{ count: tvs_requests, where: { for: itl }, report: true }', [50]],
    ['{ count: tvs_requests, is: 1, report: true }', [55]],
    ['{ count: tvs_requests, by: { node: {} }, report: true }', [55, 30, 25]],
  ])('%s shows what came and asserts nothing', (text, values) => {
    const result = judgeCount(written('count', text), evidence({ counters: asked }));
    expect(result).toMatchObject({ passed: true, judged: false, reported: true });
    expect(result.actual.map(({ value }) => value)).toEqual(values);
  });

  it('phones that hold a list, too', () => {
    const result = judgeHeld(
      written('held', '{ held: itl, of: blank, is: 3, report: true }'),
      [],
      evidence({}),
    );
    expect(result).toMatchObject({ passed: true, reported: true });
  });

  it('without it a figure has to be said', () => {
    expect(() => written('count', '{ count: tvs_requests }')).toThrow('or report: true');
    expect(() => written('count', '{ count: tvs_requests, is: 1, report: false }')).toThrow('true');
  });
});

describe('a count', () => {
  it.each([
    ['{ count: tvs_requests, is: 55 }', true],
    ['{ count: tvs_requests, is: 54 }', false],
    ['{ count: tvs_requests, where: { for: itl }, is: 50 }', true],
    ['{ count: tvs_requests, where: { for: [itl, config] }, is: 55 }', true],
    ['{ count: tvs_requests, where: { for: itl, node: SUB1 }, is: 30 }', true],
    ['{ count: tvs_requests, where: { for: itl, model: 8841 }, is: 20 }', true],
    ['{ count: tvs_requests, where: { result: timeout }, is: 0 }', true],
    ['{ count: tvs_requests, atLeast: 55 }', true],
    ['{ count: tvs_requests, atLeast: 56 }', false],
    ['{ count: tvs_requests, atMost: 55 }', true],
    ['{ count: tvs_requests, atMost: 54 }', false],
    ['{ count: tvs_requests, atLeast: 10, atMost: 60 }', true],
    ['{ count: tvs_requests, where: { for: itl }, is: "50%" }', true],
    ['{ count: tvs_requests, where: { for: itl }, is: "49%" }', false],
    ['{ count: tvs_requests, where: { for: itl }, by: { node: { SUB1: 30, SUB2: 20 } } }', true],
    ['{ count: tvs_requests, where: { for: itl }, by: { node: { SUB1: "30%", SUB2: "20%" } } }', true],
    ['{ count: tvs_requests, where: { for: itl }, by: { node: { SUB1: 30, SUB2: 19 } } }', false],
    ['{ count: tvs_requests, where: { for: itl }, by: { node: { SUB1: 30 } } }', false],
    ['{ count: tvs_requests, where: { for: itl }, by: { node: { SUB1: 30, SUB2: 20, PUB: 0 } } }', true],
    ['{ count: tvs_requests, by: { for: { itl: 50, config: 5 }, node: { SUB1: 30, SUB2: 25 } } }', true],
  ])('%s holds: %s', (text, passed) => {
    const result = judgeCount(written('count', text), evidence({ counters: asked }));
    expect(result.passed).toBe(passed);
    expect(result.judged).toBe(true);
  });

  it('is counted since the last step, a gauge stands as it is', () => {
    const before: Snapshot = {
      ...EMPTY_SNAPSHOT,
      counters: [sample('alarms', { code: '8' }, 5)],
      gauges: [sample('phones_locked', {}, 9)],
    };
    const now = evidence({
      since: before,
      counters: [sample('alarms', { code: '8' }, 7)],
      gauges: [sample('phones_locked', {}, 9)],
    });
    expect(judgeCount(written('count', '{ count: alarms, is: 2 }'), now).passed).toBe(true);
    expect(judgeCount(written('count', '{ count: phones_locked, is: 9 }'), now).passed).toBe(true);
  });

  it('gives expected and actual figures that can be laid side by side', () => {
    const text = '{ count: tvs_requests, where: { for: itl }, is: 50, by: { node: { SUB1: 25, PUB: 25 } } }';
    const result = judgeCount(written('count', text), evidence({ counters: asked }));
    expect(result.expected).toEqual([
      { labels: {}, value: 50 },
      { labels: { node: 'SUB1' }, value: 25 },
      { labels: { node: 'PUB' }, value: 25 },
    ]);
    expect(result.actual).toEqual([
      { labels: {}, value: 50 },
      { labels: { node: 'SUB1' }, value: 30 },
      { labels: { node: 'PUB' }, value: 0 },
      { labels: { node: 'SUB2' }, value: 20 },
    ]);
  });

  it('a share of nobody does not hold, and is not judged with another number of phones', () => {
    const share = written('count', '{ count: phones_locked, is: "100%" }');
    const result = judgeCount(share, evidence({ addressed: 0 }));
    expect(result).toMatchObject({ passed: false, judged: true });
    expect(result.about).toMatch(/ \(no phone was addressed\)$/);
    expect(judgeCount(share, evidence({ addressed: 0, fullSize: false }))).toMatchObject({ judged: false });
    const none = written('count', '{ count: phones_locked, is: "0%" }');
    expect(judgeCount(none, evidence({ addressed: 0 }))).toMatchObject({ passed: true, judged: true });
  });

  it('says how a share was written', () => {
    const result = judgeCount(
      written('count', '{ count: phones_locked, is: "12.5%" }'),
      evidence({ addressed: 80, gauges: [sample('phones_locked', {}, 10)] }),
    );
    expect(result.expected).toEqual([{ labels: {}, value: 10, share: '12.5%' }]);
    expect(result.passed).toBe(true);
  });
});

describe('with another number of phones than the file (contracts.md 4)', () => {
  it.each([
    ['{ count: phones_locked, is: 100 }', false, true],
    ['{ count: phones_locked, is: 0 }', true, false],
    ['{ count: phones_locked, is: "100%" }', true, false],
    ['{ count: phones_locked, by: { model: { 7942: 15 } } }', false, true],
    ['{ count: phones_locked, is: "50%", by: { model: { 7942: 15 } } }', false, true],
    ['{ time: boot, max: "< 0s" }', false, true],
  ])('%s is judged: %s', (text, judged, passed) => {
    const few = evidence({
      fullSize: false,
      addressed: 10,
      gauges: [sample('phones_locked', {}, 3)],
    });
    const result = text.includes('count')
      ? judgeCount(written('count', text), few)
      : judgeTime(written('time', text), few);
    expect(result.judged).toBe(judged);
    expect(result.passed).toBe(passed);
  });
});

describe('held lists', () => {
  it('are the phones that the laboratory names', () => {
    const result = judgeHeld(
      written('held', '{ held: ctl, of: served, is: 60, by: { node: { PUB: 40, SUB1: 20 } } }'),
      [sample('held', { node: 'PUB' }, 40), sample('held', { node: 'SUB1' }, 20)],
      evidence({}),
    );
    expect(result.passed).toBe(true);
    expect(result.about).toBe('phones whose CTL is as their TFTP node serves it now');
  });
});

describe('a time', () => {
  const timings = createTimings();
  for (let i = 1; i <= 100; i += 1) timings.scope({ model: '7942' }).time('boot_seconds', i / 10);
  timings.scope({ model: '8841' }).time('boot_seconds', 100);
  const now: Snapshot = { ...EMPTY_SNAPSHOT, timings: addTimings([timings.snapshot()]) };

  it.each([
    ['{ time: boot, p50: "< 6s" }', true],
    ['{ time: boot, p50: "< 5s" }', false],
    ['{ time: boot, where: { model: 7942 }, max: "<= 10s" }', true],
    ['{ time: boot, max: "<= 10s" }', false],
    ['{ time: boot, p50: "> 4900ms", p99: "< 11s" }', true],
    ['{ time: boot, where: { model: 7942 }, max: "> 0s" }', true],
  ])('%s holds: %s', (text, passed) => {
    expect(judgeTime(written('time', text), evidence({ now })).passed).toBe(passed);
  });

  it.each(['{ time: tvs, max: "<= 0s" }', '{ time: boot, where: { model: 7975 }, p99: "< 1h" }'])(
    '%s does not hold: nothing was timed',
    (text) => {
      const result = judgeTime(written('time', text), evidence({ now }));
      expect(result.passed).toBe(false);
      expect(result.about).toMatch(/ \(nothing was timed\)$/);
    },
  );

  it('shows the limit as written and the value', () => {
    const result = judgeTime(written('time', '{ time: boot, max: "< 2m" }'), evidence({ now }));
    expect(result.expected).toEqual([{ labels: {}, of: 'max', limit: '< 120s' }]);
    expect(result.actual).toEqual([{ labels: {}, of: 'max', value: 100 }]);
  });
});

describe('a field of a served file', () => {
  it.each([
    ['{ artefact: CTLFile.tlv, node: PUB, where: { role: CCM+TFTP }, field: length, is: 31 }', true],
    ['{ artefact: CTLFile.tlv, node: PUB, where: { role: CCM+TFTP }, field: length, is: 33 }', false],
    ['{ artefact: CTLFile.tlv, node: PUB, where: { role: CCM+TFTP }, field: count, is: 2 }', true],
    [
      '{ artefact: CTLFile.tlv, node: PUB, where: { role: CAPF, serial: ab }, field: certificate.keyBits, is: 2048 }',
      true,
    ],
    ['{ artefact: CTLFile.tlv, node: PUB, where: { role: CCM+TFTP }, field: certificate, is: null }', true],
    ['{ artefact: CTLFile.tlv, node: PUB, where: { role: TVS }, field: length, is: 31 }', false],
    ['{ artefact: CTLFile.tlv, node: PUB, field: header.digest, is: sha1 }', true],
    ['{ artefact: CTLFile.tlv, node: PUB, field: signature.status, is: valid }', true],
    ['{ artefact: CTLFile.tlv, node: PUB, where: { role: CAPF }, field: certificate, is: null }', false],
    ['{ artefact: CTLFile.tlv, node: PUB, field: payload.bytes, is: 1 }', false],
  ])('%s holds: %s', (text, passed) => {
    expect(judgeArtefact(written('artefact', text), bigCtl, 2).passed).toBe(passed);
  });

  it('does not hold for a file that the node does not serve', () => {
    const text = '{ artefact: CTLFile.tlv, node: PUB, field: header.digest, is: sha1 }';
    expect(judgeArtefact(written('artefact', text), undefined, 2)).toMatchObject({
      passed: false,
      actual: [],
    });
  });

  it('says which record has which value', () => {
    const text = '{ artefact: CTLFile.tlv, node: PUB, where: { role: CCM+TFTP }, field: length, is: 33 }';
    expect(judgeArtefact(written('artefact', text), bigCtl, 2).actual).toEqual([
      { labels: { record: '2' }, value: 31 },
      { labels: { record: '3' }, value: 31 },
    ]);
  });
});
