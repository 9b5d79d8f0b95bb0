import { describe, expect, it } from 'vitest';
import { expectedOneOf, nearest } from '../../src/scenario/suggest.js';
import { parseDuration } from '../../src/scenario/values.js';

describe('a suggestion for a mistyped word', () => {
  const words = ['regenerate', 'restart', 'set-cluster', 'update-ctl', 'parameter'];

  it.each([
    ['regenrate', 'regenerate'],
    ['restrat', 'restart'],
    ['RESTART', 'restart'],
    ['setcluster', 'set-cluster'],
    ['parameters', 'parameter'],
    ['banana', undefined],
    ['', undefined],
    ['x'.repeat(1000), undefined],
  ])('%s: %s', (typed, suggestion) => {
    expect(nearest(typed, words)).toBe(suggestion);
  });

  it('stands behind the words there are', () => {
    expect(expectedOneOf('offf', ['off', 'booting'])).toBe('expected off or booting (did you mean "off"?)');
    expect(expectedOneOf('zzz', ['a', 'b', 'c'])).toBe('expected one of a, b, c');
  });
});

describe('a time', () => {
  it.each([
    ['30s', 30_000],
    ['500ms', 500],
    ['1.5s', 1500],
    ['2m', 120_000],
    ['2 min', 120_000],
    ['10d', 864_000_000],
    ['24d', 2_073_600_000],
    ['577h', undefined],
    ['30', undefined],
    ['s', undefined],
    ['-1s', undefined],
    ['1s 1s', undefined],
  ])('%s is %s ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});
