import { afterEach, describe, expect, it, vi } from 'vitest';
import type { HealthReading } from '../../src/observe/health.js';
import { createHealthRecord, DEFAULT_HEALTH_LIMITS } from '../../src/observe/health.js';
import {
  createHealthMeter,
  openFilesCount,
  openFilesLimit,
  processSources,
} from '../../src/observe/health-meter.js';

function find(readings: readonly HealthReading[], what: HealthReading['what']): HealthReading | undefined {
  return readings.find((reading) => reading.what === what);
}

function delayAfter(windows: readonly number[]): HealthReading | undefined {
  const record = createHealthRecord('shard 1');
  windows.forEach((delayP99, i) => {
    record.window({ at: i + 1, delayP99, openFiles: null, memory: null });
  });
  return find(record.readings(), 'event-loop-delay');
}

describe('the health of a worker (contracts.md 2, "verdict")', () => {
  it('three slow seconds in a row exceed the event-loop limit', () => {
    expect(delayAfter([0, 0, 0.02, 0.3, 0.2, 0.4, 0.01])).toMatchObject({
      worst: 0.2,
      limit: 0.1,
      at: 6,
      unit: 's',
      exceeded: true,
    });
  });

  it('two slow seconds, or a single long pause, do not', () => {
    expect(delayAfter([0, 0, 0.02, 5, 5, 0.02])?.exceeded).toBe(false);
  });

  it('the first two seconds of a worker are left out', () => {
    expect(delayAfter([9, 9, 9, 9, 0.01])?.exceeded).toBe(false);
    expect(delayAfter([9, 9, 9, 9, 9])?.exceeded).toBe(true);
  });

  it('more than 1 % of actions over 0.5 s late is too many; a late second is named', () => {
    const record = createHealthRecord('shard 1');
    for (let i = 0; i < 99; i += 1) record.action(0.5, 1);
    record.action(0.51, 7);
    expect(find(record.readings(), 'late-actions')).toMatchObject({ worst: 0.01, exceeded: false, at: 7 });
    record.action(3, 8);
    expect(find(record.readings(), 'late-actions')).toMatchObject({ exceeded: true, at: 8, unit: 'ratio' });
  });

  it('more than 0.1 % of datagrams lost is too many', () => {
    const record = createHealthRecord('shard 1');
    record.datagrams(999, 1, 2);
    expect(find(record.readings(), 'datagrams-lost')).toMatchObject({ worst: 0.001, exceeded: false });
    record.datagrams(1998, 4, 3);
    expect(find(record.readings(), 'datagrams-lost')).toMatchObject({ exceeded: true, at: 3 });
  });

  it('open files and memory are held against 90 % of what there is', () => {
    const record = createHealthRecord('shard 1');
    record.window({
      at: 4,
      delayP99: 0,
      openFiles: { count: 901, limit: 1000 },
      memory: { bytes: 900, total: 1000 },
    });
    expect(find(record.readings(), 'open-files')).toMatchObject({
      worst: 901,
      limit: 900,
      exceeded: true,
      at: 4,
    });
    expect(find(record.readings(), 'memory')).toMatchObject({ worst: 900, limit: 900, exceeded: false });
  });

  it('a resource that the system does not tell is not in the readings', () => {
    const what = createHealthRecord('shard 1')
      .readings()
      .map((reading) => reading.what);
    expect(what).toEqual(['event-loop-delay', 'late-actions', 'datagrams-lost']);
  });
});

describe('the health meter', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('looks at its sources once a second and stops when closed', () => {
    vi.useFakeTimers();
    let seconds = 0;
    const close = vi.fn();
    const meter = createHealthMeter({
      worker: 'shard 2',
      limits: { ...DEFAULT_HEALTH_LIMITS, eventLoopDelaySeconds: 0.05 },
      now: () => seconds,
      sources: {
        delayP99: () => 0.06,
        openFiles: () => ({ count: 10, limit: 100 }),
        memory: () => ({ bytes: 1, total: 10 }),
        close,
      },
    });
    for (seconds = 1; seconds <= 5; seconds += 1) vi.advanceTimersByTime(1000);
    meter.action(0.1);
    meter.datagrams(10, 0);
    meter.close();
    vi.advanceTimersByTime(5000);
    expect(close).toHaveBeenCalledOnce();
    expect(vi.getTimerCount()).toBe(0);
    expect(find(meter.readings(), 'event-loop-delay')).toMatchObject({
      worker: 'shard 2',
      worst: 0.06,
      exceeded: true,
    });
  });

  it.skipIf(openFilesLimit() === null)('reads open files, their limit and memory of this process', () => {
    const sources = processSources();
    const files = sources.openFiles();
    expect(files?.count).toBeGreaterThan(0);
    expect(files?.limit).toBeGreaterThanOrEqual(files?.count ?? Number.POSITIVE_INFINITY);
    expect(openFilesCount()).toBeGreaterThan(0);
    expect(sources.memory().bytes).toBeLessThan(sources.memory().total);
    expect(sources.delayP99()).toBeGreaterThanOrEqual(0);
    sources.close();
  });
});
