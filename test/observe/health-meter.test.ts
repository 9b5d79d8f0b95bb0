import { describe, expect, it } from 'vitest';
import { memoryLimit } from '../../src/observe/health-meter.js';

const GIB = 2 ** 30;

describe('memory that the health of a run is measured against', () => {
  it.each([
    ['no control group', undefined, 16 * GIB],
    ['no limit known', 0, 16 * GIB],
    ['a control group without a limit', 2 ** 64, 16 * GIB],
    ['a lower limit of the control group', 2 * GIB, 2 * GIB],
  ])('%s', (_, constrained, expected) => {
    expect(memoryLimit(16 * GIB, constrained)).toBe(expected);
  });
});
