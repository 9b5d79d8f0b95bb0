import { describe, expect, it } from 'vitest';
import { time } from '../../src/observe/figure-text.js';

describe('times for people', () => {
  it.each([
    [0, '0 s'],
    [0.000_85, '850 µs'],
    [0.000_999_7, '1 ms'],
    [0.0123, '12.3 ms'],
    [0.999_7, '1 s'],
    [4.21, '4.21 s'],
    [59.96, '60 s'],
    [99.96, '1 min 40 s'],
    [119.4, '1 min 59 s'],
    [119.6, '2 min 0 s'],
    [125, '2 min 5 s'],
    [3599.9, '60 min 0 s'],
  ])('%f s is %s', (seconds, text) => {
    expect(time(seconds)).toBe(text);
  });
});
