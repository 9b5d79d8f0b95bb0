import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../src/report/compare.js';
import { comparisonText } from '../../src/report/compare-text.js';
import { type Summary, summaryOf } from '../../src/report/summary.js';
import { lostRun } from './lost-run.js';

async function summary(missing = 0): Promise<Summary> {
  const host = { cpus: 2, node: 'v20.20.0' };
  return summaryOf(await lostRun(missing), {
    version: '0.1.0',
    wallSeconds: 1.5,
    started: new Date('2026-03-12T07:20:01.500Z'),
    host,
  });
}

describe('two runs side by side', () => {
  it('that did the same are the same, however long they took', async () => {
    const a = await summary();
    const timings = a.timings.map((timing) => ({ ...timing, p99: timing.p99 * 3 }));
    const retried = {
      name: 'retransmissions',
      labels: { protocol: 'tftp', result: 'ok', model: '7942' },
      value: 7,
    };
    const b = { ...a, seconds: 99, timings, counters: [retried, ...a.counters].reverse() };
    const comparison = compareRuns(a, b);
    expect(comparison).toMatchObject({
      same: true,
      different: [],
      expectations: [],
      timeDependent: [{ name: 'retransmissions', a: 0, b: 7, difference: 7 }],
    });
    expect(comparison.equal).toBeGreaterThan(10);
    const text = comparisonText(a, b, comparison);
    expect(text).toContain(`SAME all ${comparison.equal} figures that do not depend on time are equal`);
    expect(text).toMatch(
      /Counters that depend on time, not judged\n.*\n +0 +7 +\+7 {2}retransmissions protocol tftp, result ok\n/,
    );
    expect(text).toMatch(/ boot +p50 .*\n.* p90 .*\n +p99 +\S+ s +\S+.* 3\.00\n/);
  });

  it('show each counter that differs with its difference, over all models on the terminal', async () => {
    const [a, b] = [await summary(), await summary(10)];
    const comparison = compareRuns(a, b);
    expect(comparison.same).toBe(false);
    expect(comparison.different).toContainEqual({
      name: 'alarms',
      labels: { code: '8' },
      ...{ a: 1000, b: 990, difference: -10 },
      by: [{ model: '7942', group: 'L42', a: 150, b: 140, difference: -10 }],
    });
    const text = comparisonText(a, b, comparison);
    expect(text).toMatch(/DIFFERENT 3 of \d+ figures/);
    expect(text).toMatch(/^ +1,000 +990 +-10 {2}alarms code 8$/m);
    expect(text).toMatch(/^verdict +PASS +FAIL +≠$/m);
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('show the expectations that differ, with both figures and verdicts, and those that only one has', async () => {
    const [a, b] = [await summary(), await summary(10)];
    const [first, ...others] = b.expectations;
    const comparison = compareRuns(a, { ...b, expectations: others });
    expect(comparison.expectations).toHaveLength(4);
    expect(comparison.expectations).toContainEqual({
      step: 5,
      about: first?.about,
      a: expect.objectContaining({ passed: true }),
      b: null,
    });
    const text = comparisonText(a, b, comparison);
    expect(text).toMatch(
      /step 5: alarms\n {4}A {2}✓ 1,000 \(code 8 1,000\)\n {4}B {2}✗ 990 \(code 8 990\)\n/,
    );
    expect(text).toMatch(/step 5: trust_lists list itl\n.*\n {4}B {2}not there\n/);
  });

  it('a time is the same as long as it keeps its limit', async () => {
    const a = await summary();
    const timed = (value: number, passed: boolean): Summary => ({
      ...a,
      expectations: [
        {
          ...{ step: 9, line: 1, about: 'time boot', judged: true, passed },
          expected: [{ labels: {}, of: 'p99', limit: '< 60s' }],
          actual: [{ labels: {}, of: 'p99', value }],
        },
      ],
    });
    expect(compareRuns(timed(1, true), timed(59, true)).expectations).toEqual([]);
    expect(compareRuns(timed(1, true), timed(61, false)).expectations).toMatchObject([
      { step: 9, a: { passed: true }, b: { passed: false } },
    ]);
  });

  it('models that differ while their sum does not are said to', async () => {
    const a = await summary();
    const moved = { name: 'alarms', labels: { code: '8', model: '7942', group: 'L42' } };
    const other = { ...moved, labels: { ...moved.labels, model: '7962' } };
    const run = (x: number, y: number): Summary => ({
      ...a,
      counters: [
        { ...moved, value: x },
        { ...other, value: y },
      ],
    });
    const comparison = compareRuns(run(1, 2), run(2, 1));
    expect(comparison.same).toBe(false);
    expect(comparisonText(a, a, comparison)).toMatch(/^ +3 +3 +by model {2}alarms code 8$/m);
  });
});
