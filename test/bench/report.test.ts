import { describe, expect, it } from 'vitest';
import { benchJson, benchRow, benchText, median, roundsRow } from '../../bench/report.js';

const report = {
  name: 'tftp',
  rows: [
    benchRow('own server, 512', 2069.4, 'transfers/s', 590),
    benchRow('client, 512', 410.26, 'us CPU'),
    benchRow('nothing to compare with', 7, 'x', 0),
  ],
  notes: ['8 kB file'],
};

describe('a bench states its limit (conventions.md 12)', () => {
  it('works out the ratio to a limit and leaves it away where there is none', () => {
    expect(benchRow('a', 30, 'x/s', 10)).toEqual({ label: 'a', value: 30, unit: 'x/s', limit: 10, ratio: 3 });
    expect(benchRow('a', 30, 'x/s')).toEqual({ label: 'a', value: 30, unit: 'x/s' });
    expect(benchRow('a', 30, 'x/s', 0)).not.toHaveProperty('ratio');
    expect(benchRow('a', 30, 'x/s', Number.NaN)).not.toHaveProperty('ratio');
  });

  it('prints a table with aligned columns and its notes', () => {
    expect(benchText(report).split('\n')).toEqual([
      'tftp                     value  unit         limit  ratio',
      'own server, 512          2,069  transfers/s    590   3.51',
      'client, 512              410.3  us CPU',
      'nothing to compare with      7  x',
      '  8 kB file',
    ]);
  });

  it('takes the median of the ratios of several rounds and says how far they lie apart', () => {
    const rounds = [
      { value: 80, limit: 100 },
      { value: 30, limit: 40 },
      { value: 50, limit: 50 },
    ];
    const row = roundsRow('verified', 'files/s', rounds);
    expect(row).toMatchObject({ value: 50, limit: 50, ratio: 0.8 });
    expect(row.noise).toBeCloseTo((1 - 0.75) / 2 / 0.8);
  });

  it('takes the noise of the value where there is no limit, and has none of one round', () => {
    expect(roundsRow('a', 'x', [{ value: 9 }, { value: 10 }, { value: 12 }]).noise).toBeCloseTo(0.15);
    expect(roundsRow('a', 'x', [{ value: 9, limit: 10 }])).not.toHaveProperty('noise');
    expect(roundsRow('a', 'x', [{ value: 9, limit: 10 }, { value: 9 }])).not.toHaveProperty('ratio');
  });

  it('prints the noise in a column of its own, where any row has it', () => {
    const noisy = { ...report, rows: [benchRow('a', 1, 'x'), { ...benchRow('b', 2, 'x', 4), noise: 0.034 }] };
    expect(benchText(noisy).split('\n').slice(0, 3)).toEqual([
      'tftp  value  unit  limit  ratio  noise',
      'a         1  x',
      'b         2  x         4   0.50  ± 3 %',
    ]);
  });

  it('gives programs the unrounded figures', () => {
    expect(JSON.parse(benchJson(report))).toEqual(report);
  });

  it('takes the median of odd and even numbers of runs', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});
