import { describe, expect, it } from 'vitest';
import { indexMatches, parseIndexCondition } from '../../src/fleet/index-rule.js';
import { MAX_PHONES } from '../../src/fleet/limits.js';

function fitting(text: string, upTo: number): number[] {
  const condition = parseIndexCondition(text);
  return Array.from({ length: upTo }, (_, n) => n + 1).filter((i) => indexMatches(condition, i));
}

describe('an index condition (contracts.md 4, "Selection")', () => {
  it.each([
    ['i mod 10 = 0', 20, [10, 20]],
    ['i mod 10 in 1-5,8', 20, [1, 2, 3, 4, 5, 8, 11, 12, 13, 14, 15, 18]],
    ['i in 2-4', 6, [2, 3, 4]],
    ['i in 1,3', 6, [1, 3]],
    ['i = 5', 6, [5]],
    ['  i  mod  4  =  3 ', 8, [3, 7]],
    ['i mod 4 in 1 - 2', 6, [1, 2, 5, 6]],
    ['i mod 1 = 0', 3, [1, 2, 3]],
  ])('%s fits of the first %i phones those that the rule names', (text, upTo, expected) => {
    expect(fitting(text, upTo)).toEqual(expected);
  });

  it('i mod 20 in 1-10 is half of FLEET-A: CMG-1', () => {
    expect(fitting('i mod 20 in 1-10', 1000)).toHaveLength(500);
  });

  it.each([
    ['', 'expected'],
    ['j mod 10 = 0', 'expected'],
    ['i mod = 0', 'expected'],
    ['i mod 10 0', 'expected'],
    ['imod 10 = 0', 'expected'],
    ['i mod 0 = 0', 'at least 1'],
    ['i mod 10 = 10', '0 to 9'],
    ['i mod 10 in 3-12', '0 to 9'],
    ['i mod 10 in 5-3', 'backwards'],
    ['i mod 10 = 1-3', 'takes one figure'],
    ['i mod 10 in 1,,3', 'neither a figure nor a range'],
    ['i in 0-3', 'counts from 1'],
    ['i in 16777216', 'more than 16777215, the most phones of a fleet'],
  ])('"%s" is refused: %s', (text, message) => {
    expect(() => parseIndexCondition(text)).toThrow(message);
  });

  it('reaches the last phone of the largest fleet', () => {
    expect(indexMatches(parseIndexCondition(`i in ${MAX_PHONES}`), MAX_PHONES)).toBe(true);
  });
});
