import { describe, expect, it } from 'vitest';
import { LiveRun } from '../../src/dashboard/live-run.js';
import type { HealthReading } from '../../src/observe/health.js';
import type { Sample, Snapshot } from '../../src/observe/sample.js';

const HEAD = {
  scenario: 'S-00',
  about: 'a run',
  conditions: ['cluster CL-1 12.5(1)', 'seed 1'],
  phones: 3,
  clock: 'network',
} as const;

const STEPS = [
  { step: 1, about: 'reset all' },
  { step: 2, about: 'one expectation' },
];

function liveRun(): LiveRun {
  return new LiveRun({
    head: HEAD,
    steps: STEPS,
    texts: {
      ruleSentence: (rule) => (rule === 'R-40' ? 'TVS says no.' : ''),
      comparison: () => ['expected 3, came 2'],
      total: () => '2',
    },
  });
}

const sample = (name: string, value: number, labels: Record<string, string> = {}): Sample => ({
  name,
  value,
  labels: { model: '7962', group: 'L62', ...labels },
});

function snapshot(at: number, parts: Partial<Snapshot> = {}): Snapshot {
  return { at, counters: [], gauges: [], timings: [], ...parts };
}

describe('a run on the dashboard', () => {
  it('knows its steps before they begin, and boot 0 when it begins', () => {
    const run = liveRun();
    expect(run.board([]).steps.map(({ step, state }) => [step, state])).toEqual([
      [1, 'waiting'],
      [2, 'waiting'],
    ]);
    run.progress({ kind: 'step-begins', step: 0, of: 2, about: 'power on' });
    expect(run.board([]).steps.map(({ step, state }) => [step, state])).toEqual([
      [0, 'running'],
      [1, 'waiting'],
      [2, 'waiting'],
    ]);
  });

  it('says when a step began, how long it took, and what it addressed', () => {
    const run = liveRun();
    run.progress({ kind: 'step-begins', step: 1, of: 2, about: 'reset all' });
    const result = { step: 1, about: 'reset all', seconds: 2.5, action: { addressed: 3, unfinished: 1 } };
    run.progress({ kind: 'step-ends', result, snapshot: snapshot(4_000) });
    expect(run.board([]).steps[0]).toEqual({
      step: 1,
      about: 'reset all',
      state: 'done',
      began: 1.5,
      seconds: 2.5,
      addressed: 3,
      unfinished: 1,
    });
  });

  it('shows what an expectation wanted only where it failed', () => {
    const run = liveRun();
    const result = { step: 2, line: 9, about: 'phones', expected: [], actual: [], judged: true };
    run.progress({ kind: 'judged', result: { ...result, passed: true } });
    run.progress({ kind: 'judged', result: { ...result, passed: false } });
    expect(run.board([]).expectations).toEqual([
      { step: 2, about: 'phones', passed: true, judged: true, figure: '2', lines: [] },
      { step: 2, about: 'phones', passed: false, judged: true, figure: '2', lines: ['expected 3, came 2'] },
    ]);
  });

  it('draws phones by state, and counts all of a kind of trust failure together, the most frequent first', () => {
    const run = liveRun();
    const point = run.observed(
      snapshot(1_500, {
        gauges: [
          sample('phones', 2, { state: 'registered', mode: 'encrypted' }),
          sample('phones', 1, { state: 'off', mode: 'none', model: '8841' }),
          sample('phones_locked', 2),
        ],
        counters: [
          sample('trust_failures', 1, { file: 'ctl', rule: 'R-25', reason: 'signature-invalid' }),
          sample('trust_failures', 2, { file: 'itl', rule: 'R-40', reason: 'tvs-negative' }),
          sample('trust_failures', 4, { file: 'itl', rule: 'R-40', reason: 'tvs-negative', model: '8841' }),
          sample('trust_lists', 3, { list: 'ctl', result: 'updated', rule: 'R-22' }),
          sample('trust_lists', 2, {
            list: 'ctl',
            result: 'updated',
            rule: 'R-22',
            model: '8841',
            group: 'M41',
          }),
          sample('alarms', 0, { code: '8' }),
          sample('registrations', 5, { node: 'PUB', result: 'unreachable' }),
          sample('registrations', 2, { node: 'SUB1', result: 'accepted' }),
        ],
      }),
    );
    expect(point).toEqual({
      at: 1.5,
      phones: { registered: 2, enrolling: 0, booting: 0, unregistered: 0, off: 1 },
      locked: 2,
      totals: { boots: 0, tvsRequests: 0, capfSessions: 0, registrations: 2, trustFailures: 7 },
    });
    const { refusals, counters } = run.board([]).figures;
    expect(refusals).toEqual([
      {
        file: 'itl',
        rule: 'R-40',
        reason: 'tvs-negative',
        sentence: 'TVS says no.',
        count: 6,
        models: { 7962: 2, 8841: 4 },
      },
      { file: 'ctl', rule: 'R-25', reason: 'signature-invalid', sentence: '', count: 1, models: { 7962: 1 } },
    ]);
    expect(counters.filter(({ name }) => name === 'trust_lists')).toEqual([
      { name: 'trust_lists', labels: { list: 'ctl', result: 'updated', rule: 'R-22' }, value: 5 },
    ]);
  });

  it('takes no snapshot that comes after a later one', () => {
    const run = liveRun();
    run.observed(snapshot(2_000));
    expect(run.observed(snapshot(1_000))).toBeNull();
    expect(run.board([]).at).toBe(2);
    expect(run.history.points).toHaveLength(1);
  });

  it('shows the worst worker for each resource', () => {
    const run = liveRun();
    const reading = (worker: string, worst: number): HealthReading => ({
      what: 'memory',
      worker,
      worst,
      limit: 100,
      at: 0,
      unit: 'bytes',
      exceeded: false,
    });
    run.measured([reading('shard 1', 10), reading('shard 2', 30), reading('cluster', 20)]);
    expect(run.board([]).health.map(({ worker }) => worker)).toEqual(['shard 2']);
  });

  it('ends with the verdict and where the run folder is', () => {
    const run = liveRun();
    run.opened();
    expect(run.board([]).phase).toBe('running');
    const ending = {
      tone: 'good',
      word: 'PASS',
      says: 'the one expectation holds',
      folder: '/runs/1',
    } as const;
    run.ended(ending, { snapshot: snapshot(1_000), health: [] });
    expect(run.board([])).toMatchObject({ phase: 'ended', ending });
  });

  it('ends with the figures of the run folder, which come after the last look', () => {
    const run = liveRun();
    run.observed(snapshot(1_000));
    const exceeded: HealthReading = {
      what: 'late-actions',
      worker: 'shard 1',
      worst: 2,
      limit: 1,
      at: 1.2,
      unit: 'ratio',
      exceeded: true,
    };
    const ending = { tone: 'warn', word: 'INVALID', says: '', folder: '/runs/1' } as const;
    const last = snapshot(1_300, {
      gauges: [sample('phones', 3, { state: 'registered', mode: 'encrypted' })],
    });
    expect(run.ended(ending, { snapshot: last, health: [exceeded] })).toMatchObject({
      at: 1.3,
      phones: { registered: 3 },
    });
    expect(run.board([])).toMatchObject({ at: 1.3, health: [exceeded] });
  });
});
