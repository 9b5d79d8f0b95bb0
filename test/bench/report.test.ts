import { describe, expect, it } from 'vitest';
import { benchJson, benchRow, benchText, median } from '../../bench/report.js';

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

  it('gives programs the unrounded figures', () => {
    expect(JSON.parse(benchJson(report))).toEqual(report);
  });

  it('takes the median of odd and even numbers of runs', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(median([])).toBeNaN();
  });
});
