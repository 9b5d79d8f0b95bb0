import { describe, expect, it } from 'vitest';
import { createHealthMeter, memoryLimit } from '../../src/observe/health-meter.js';

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

it('has open files and memory even where the run is over before its first second', () => {
  const meter = createHealthMeter({
    worker: 'shard 1',
    now: () => 0.3,
    sources: {
      delayP99: () => 0,
      openFiles: () => ({ count: 30, limit: 1000 }),
      memory: () => ({ bytes: 500, total: 1000 }),
      close: () => undefined,
    },
  });
  const readings = meter.readings();
  meter.close();
  expect(readings).toContainEqual(expect.objectContaining({ what: 'open-files', worst: 30, at: 0.3 }));
  expect(readings).toContainEqual(expect.objectContaining({ what: 'memory', worst: 500, limit: 900 }));
});
