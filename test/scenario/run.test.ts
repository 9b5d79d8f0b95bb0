import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import type { Selection } from '../../src/fleet/model.js';
import type { HealthReading } from '../../src/observe/health.js';
import { verdictText } from '../../src/report/verdict-text.js';
import { readScenario } from '../../src/scenario/read.js';
import { exitCodeOfRun, gravestExitCode } from '../../src/scenario/result.js';
import { type RunProgress, runScenario } from '../../src/scenario/run.js';
import { FakeLaboratory } from './fake-laboratory.js';
import { planOf } from './plans.js';

const saturated: HealthReading = {
  what: 'event-loop-delay',
  worker: 'shard 1',
  worst: 0.4,
  limit: 0.1,
  at: 3,
  unit: 's',
  exceeded: true,
};

describe('a run', () => {
  it('powers a healthy fleet on as boot 0 and then takes the steps in order', async () => {
    const laboratory = new FakeLaboratory();
    const plan = planOf(`
  - operate: { regenerate: TVS }
  - operate: { parameter: { rollback: true, tftp-signature: SHA-512 } }
  - fault: { stop: TFTP, nodes: PUB }
  - phones: { reset: all }
  - wait: 30s
`);
    const result = await runScenario(plan, laboratory);
    expect(laboratory.calls).toEqual([
      'power-on all',
      'operate regenerate',
      'operate parameter',
      'operate parameter',
      'fault stop',
      'reset all',
      'sleep 30000',
    ]);
    expect(result.steps.map(({ step, seconds }) => [step, seconds])).toEqual([
      [0, 1],
      [1, 0],
      [2, 0],
      [3, 0],
      [4, 1],
      [5, 30],
    ]);
    expect(result.steps[1]?.output).toEqual(['regenerate done']);
    expect(result.verdict).toBe('pass');
    expect(exitCodeOfRun(result)).toBe(0);
  });

  it('resets the registered phones when the cluster does so by itself (R-68)', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.resetsPhones = true;
    laboratory.onAct = async () => ({ addressed: 90, unfinished: 0 });
    const result = await runScenario(
      planOf(`
  - operate: { parameter: { phone-interaction: automatic, rollback: true } }
  - expect: { count: phones, is: "100%", report: true }
`),
      laboratory,
    );
    expect(laboratory.calls).toEqual([
      'power-on all',
      'operate parameter',
      'operate parameter',
      'reset registered',
    ]);
    expect(result.steps[1]).toMatchObject({
      action: { addressed: 90 },
      output: ['parameter done', 'parameter done', expect.stringContaining('The phones are reset')],
    });
    expect(result.expectations[0]?.expected).toMatchObject([{ value: 90 }]);
  });

  it('tells of each refusal the step that it came in', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.onAct = async (action) => {
      laboratory.waiting = [
        {
          at: laboratory.now,
          phone: 'SEP020001000001',
          model: '7942',
          group: 'L42',
          what: 'itl',
          rule: 'R-38',
          reason: 'not-in-itl',
          detail: action.action,
        },
      ];
      return { addressed: 100, unfinished: 0 };
    };
    const result = await runScenario(planOf('  - mark: a\n  - phones: { reset: all }'), laboratory);
    expect(result.refusals.records.map(({ step, detail }) => [step, detail])).toEqual([
      [0, 'power-on'],
      [2, 'reset'],
    ]);
  });

  it('resets those that are registered at the cluster that does so, and none of another cluster', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.resetsPhones = true;
    const selected: Selection[] = [];
    laboratory.onAct = async (_, selection) => {
      selected.push(selection);
      return { addressed: 1, unfinished: 0 };
    };
    const text = `name: x
clusters: { source: CL-1, destination: CL-1 }
fleet: { phones: 100, set: [ { for: all, tftp: PUB, callManagerGroup: PUB } ] }
steps:
  - operate: { parameter: { phone-interaction: automatic }, cluster: destination }
`;
    await runScenario(readScenario(text, 'x.yaml'), laboratory);
    expect(selected.at(-1)).toEqual({ kind: 'registered', cluster: 'destination' });
  });

  it('leaves phones off that `start: { off: … }` names', async () => {
    const laboratory = new FakeLaboratory();
    const plan = planOf('  - wait: 1s', 'start: { state: healthy, off: { index: i mod 10 = 0 } }\n');
    await runScenario(plan, laboratory);
    expect(laboratory.calls[0]).toBe('power-on not');
  });

  it('does not power a factory fleet on by itself', async () => {
    const laboratory = new FakeLaboratory();
    await runScenario(planOf('  - phones: { power-on: all }', 'start: factory\n'), laboratory);
    expect(laboratory.calls).toEqual(['power-on all']);
  });

  it('divides the times of `wait` by clock.scale', async () => {
    const laboratory = new FakeLaboratory();
    await runScenario(planOf('  - wait: 30s', 'start: factory\nclock: { scale: 60 }\n'), laboratory);
    expect(laboratory.calls).toEqual(['sleep 500']);
  });

  it('divides the times of `fault` by clock.scale, too', async () => {
    const laboratory = new FakeLaboratory();
    const steps = '  - fault: { refuse: CAPF, eachPhone: 75s }\n  - fault: { refuse: CAPF }';
    await runScenario(planOf(steps, 'start: factory\nclock: { scale: 10 }\n'), laboratory);
    expect(laboratory.faults).toEqual([
      { refuse: 'CAPF', eachPhoneMs: 7500, nodes: 'all' },
      { refuse: 'CAPF', eachPhoneMs: null, nodes: 'all' },
    ]);
  });

  it('asks the laboratory which devices the administrator means, when the operation has its turn', async () => {
    const laboratory = new FakeLaboratory();
    const plan = planOf(
      `
  - operate: { capf: { of: { has: lsc }, operation: delete, auth: null-string } }
  - operate: { device: { of: all, security: encrypted } }`,
      'start: factory\n',
    );
    await runScenario(plan, laboratory);
    expect(laboratory.calls).toEqual([
      'resolve {"kind":"field","field":"has","anyOf":["lsc"]}',
      'operate capf',
      'resolve {"kind":"all"}',
      'operate device',
    ]);
    const devices = ['SEP020001000001', 'SEP020001000002'];
    expect(laboratory.operations).toEqual([
      { op: 'capf', devices, operation: 'delete', auth: 'null-string', string: null },
      { op: 'device', devices, set: { security: 'encrypted' } },
    ]);
  });

  it('an operation on nobody is for the cluster to refuse; with fewer phones than the file there is nothing to do', async () => {
    const steps = `
  - operate: { device: { of: all, security: encrypted } }
  - operate: { capf: { of: all, operation: delete, auth: null-string } }
    refused: licence`;
    const taken = async (phones: number) => {
      const laboratory = new FakeLaboratory();
      Object.assign(laboratory, { phones, selected: [] });
      const result = await runScenario(planOf(steps, 'start: factory\n'), laboratory);
      return { operations: laboratory.operations.length, result };
    };
    const whole = await taken(100);
    expect(whole.operations).toBe(2);
    expect(whole.result.expectations).toMatchObject([{ judged: true, passed: false }]);
    const few = await taken(20);
    expect(few.operations).toBe(0);
    expect(few.result.steps[0]?.output).toEqual(['no device is selected among 20 phones: nothing to do']);
    expect(few.result.expectations).toMatchObject([{ judged: false, passed: true }]);
  });

  it('a line of the console is done as what it means at its node, the publisher by default', async () => {
    const laboratory = new FakeLaboratory();
    const plan = planOf(
      `
  - operate: { console: "utils ctl set-cluster mixed-mode" }
  - operate: { console: "show itl", node: SUB1 }`,
      'start: factory\n',
    );
    const result = await runScenario(plan, laboratory);
    // what serve --console shows: the question, and no name of the node in front
    expect(result.steps.map(({ output }) => output)).toEqual([
      [
        'This operation will set the cluster to Mixed mode. Do you want to continue? (y/n):',
        'set-cluster done',
      ],
      ['show done'],
    ]);
    expect(laboratory.operations).toEqual([
      { op: 'set-cluster', mode: 'mixed-mode' },
      { op: 'show', node: 'SUB1', show: { item: 'itl' } },
    ]);
  });

  it('counts from the last `phones:` step, and boot 0 counts for no expectation', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.onAct = async () => {
      laboratory.scope.count('alarms', { code: '3' }, 100);
      return { addressed: 100, unfinished: 0 };
    };
    const plan = planOf(`
  - expect: { count: alarms, is: 0 }
  - phones: { reset: all }
  - expect: { count: alarms, is: 100 }
  - phones: { reset: all }
  - expect: { count: alarms, is: 100 }
`);
    const result = await runScenario(plan, laboratory);
    expect(result.expectations.map(({ actual }) => actual[0]?.value)).toEqual([0, 100, 100]);
    expect(result.passed).toBe(true);
    expect(result.snapshot.counters[0]?.value).toBe(300);
  });

  it('counts from the last mark', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.onAct = async () => {
      laboratory.scope.count('alarms', { code: '3' }, 7);
      return { addressed: 100, unfinished: 0 };
    };
    const plan = planOf(`
  - phones: { reset: all }
  - mark: later
  - expect: { count: alarms, is: 0 }
`);
    expect((await runScenario(plan, laboratory)).passed).toBe(true);
  });

  it('fails with exit 1 when an expectation does not hold, and goes on', async () => {
    const laboratory = new FakeLaboratory();
    const plan = planOf(`
  - expect: { count: phones_locked, is: 5 }
  - expect: { count: phones_locked, is: 0 }
`);
    const result = await runScenario(plan, laboratory);
    expect(result.expectations.map(({ passed }) => passed)).toEqual([false, true]);
    expect(result.verdict).toBe('fail');
    expect(exitCodeOfRun(result)).toBe(1);
  });

  it('fails when phones addressed have no outcome, even if no expectation asks', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.onAct = async () => ({ addressed: 100, unfinished: 3 });
    const result = await runScenario(
      planOf('  - phones: { reset: all, limit: 5s }', 'start: factory\n'),
      laboratory,
    );
    expect(result.expectations).toMatchObject([
      { step: 1, about: 'phones without an outcome after 5 s', actual: [{ value: 3 }], passed: false },
    ]);
    expect(result.verdict).toBe('fail');
  });

  it('is invalid when the generator was saturated, whatever the expectations say (exit 4)', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.readings = [saturated];
    const result = await runScenario(planOf('  - expect: { count: phones_locked, is: 0 }'), laboratory);
    expect(result.expectations.every(({ passed }) => passed)).toBe(true);
    expect(result.verdict).toBe('invalid');
    expect(result.passed).toBe(false);
    expect(exitCodeOfRun(result)).toBe(4);
  });

  it('samples refusals after every step', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.onAct = async () => {
      laboratory.waiting.push({
        at: 1,
        phone: 'SEP020001000001',
        model: '7942',
        group: 'L42',
        what: 'itl',
        rule: 'R-39',
        reason: 'tvs-unusable',
        detail: 'no TVS server',
      });
      return { addressed: 100, unfinished: 0 };
    };
    const result = await runScenario(planOf('  - phones: { reset: all }'), laboratory);
    expect(result.refusals).toMatchObject({ seen: 2, oneIn: 1, kinds: [{ rule: 'R-39', count: 2 }] });
  });
});

describe('an operation that the cluster refuses', () => {
  it('ends the run with exit 1', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.refuses = 'cluster CL-3 is in mixed mode already';
    const result = await runScenario(
      planOf('  - operate: { set-cluster: mixed-mode }\n  - phones: { reset: all }', 'start: factory\n'),
      laboratory,
    );
    expect(result.ended).toEqual({
      by: 'operation-refused',
      message: 'cluster CL-3 is in mixed mode already',
    });
    expect(laboratory.calls).toEqual(['operate set-cluster']);
    expect(exitCodeOfRun(result)).toBe(1);
  });

  it('is what the step wants where `refused:` is part of the message', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.refuses = 'cluster CL-3 is in mixed mode already';
    const plan = planOf('  - operate: { set-cluster: mixed-mode }\n    refused: in mixed mode already');
    expect((await runScenario(plan, laboratory)).verdict).toBe('pass');
  });

  it.each([
    ['another refusal', 'no CAPF'],
    ['no refusal', null],
  ])('%s does not hold where the step wants a certain one', async (_, message) => {
    const laboratory = new FakeLaboratory();
    laboratory.refuses = message;
    const plan = planOf('  - operate: { set-cluster: mixed-mode }\n    refused: in mixed mode already');
    const result = await runScenario(plan, laboratory);
    expect(result.expectations).toMatchObject([
      { passed: false, actual: [{ value: message ?? 'accepted' }] },
    ]);
    expect(result.ended.by).toBe('completed');
  });
});

describe('waiting for a condition', () => {
  const steps = '  - wait: { until: { count: phones_locked, is: 10 }, limit: 2s }';

  it('ends as soon as it holds', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.onSleep = () => laboratory.scope.move('phones_locked', {}, 5);
    const result = await runScenario(planOf(steps, 'start: factory\n'), laboratory);
    expect(laboratory.calls).toHaveLength(2);
    expect(result.passed).toBe(true);
    expect(result.expectations).toEqual([]);
  });

  it('is a failed expectation when the limit passes', async () => {
    const laboratory = new FakeLaboratory();
    const result = await runScenario(planOf(steps, 'start: factory\n'), laboratory);
    expect(laboratory.now).toBe(2000);
    expect(result.expectations).toMatchObject([
      {
        about: 'phones_locked, within 2 s',
        expected: [{ value: 10 }],
        actual: [{ value: 0 }],
        passed: false,
      },
    ]);
  });

  it('waits for the same part of another number of phones', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.phones = 10;
    laboratory.onSleep = () => laboratory.scope.move('phones_locked', {}, 1);
    const result = await runScenario(planOf(steps, 'start: factory\n'), laboratory);
    expect(laboratory.calls).toHaveLength(1);
    expect(result.passed).toBe(true);
  });

  it('waits with one phone alone for what each phone comes to, one by one', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.phones = 1;
    laboratory.onSleep = () => laboratory.scope.move('phones_locked', {}, 1);
    const all = steps.replace('is: 10', 'is: 100');
    const result = await runScenario(planOf(all, 'start: factory\n'), laboratory);
    expect(laboratory.calls).toHaveLength(1);
    expect(result.expectations).toEqual([]);
  });

  it.each(['is: 10', 'atLeast: 10', 'atMost: 99'])(
    'passes over with one phone alone what says nothing of it, and says so: %s of 100',
    async (figure) => {
      const laboratory = new FakeLaboratory();
      laboratory.phones = 1;
      const some = steps.replace('is: 10', figure);
      const result = await runScenario(planOf(some, 'start: factory\n'), laboratory);
      expect(laboratory.calls).toEqual([]);
      const about = 'phones_locked, not waited for by one phone alone';
      expect(result.expectations).toMatchObject([
        { about, actual: [{ value: 0 }], judged: false, passed: true },
      ]);
      expect(verdictText(result)).toContain(`-  step 1  ${about}`);
      expect(result.steps).toMatchObject([
        { about: 'wait until phones_locked: passed over with one phone alone' },
      ]);
    },
  );

  it('is shown and not judged when the limit passes for a figure of another number of phones', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.phones = 30;
    const result = await runScenario(planOf(steps, 'start: factory\n'), laboratory);
    expect(result.expectations).toMatchObject([
      {
        about: 'phones_locked, within 2 s',
        expected: [{ value: 3 }],
        actual: [{ value: 0 }],
        judged: false,
        timedOut: true,
      },
    ]);
    const text = verdictText(result);
    expect(text).toContain(
      'PASS nothing was judged: no expectation has a figure for this run, but 1 wait ran into its limit',
    );
    expect(text).toMatch(/Waited in vain, not judged\n {2}! step 1 {2}phones_locked, within 2 s/);
    expect(text).toContain('a number of 100 phones; of 30');
  });

  it('fails the run at any number of phones when the limit passes for 0 or a share', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.phones = 30;
    laboratory.scope.move('phones_locked', {}, 1);
    const none = steps.replace('is: 10', 'is: 0');
    const result = await runScenario(planOf(none, 'start: factory\n'), laboratory);
    expect(result.expectations).toMatchObject([{ passed: false, judged: true, timedOut: true }]);
    expect(exitCodeOfRun(result)).toBe(1);
    expect(verdictText(result)).not.toContain('in vain');
  });

  it.each([1, 2])(
    'takes a part that is no whole number of phones rounded either way: %i of 1.5',
    async (locked) => {
      const laboratory = new FakeLaboratory();
      laboratory.phones = 15;
      laboratory.scope.move('phones_locked', {}, locked);
      expect((await runScenario(planOf(steps, 'start: factory\n'), laboratory)).expectations).toEqual([]);
    },
  );
});

describe('a run that is stopped', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ])('by %s keeps what was measured and ends with %i', async (signal, code) => {
    const laboratory = new FakeLaboratory();
    const stop = new AbortController();
    let resets = 0;
    laboratory.onAct = async () => {
      laboratory.scope.count('alarms', { code: '1' }, 9);
      resets += 1;
      if (resets === 2) {
        stop.abort(new TrustfleetError('TF_STOPPED', 'stopped', { context: { signal } }));
        await new Promise(() => undefined);
      }
      return { addressed: 100, unfinished: 0 };
    };
    const plan = planOf(
      `
  - phones: { reset: all }
  - expect: { count: alarms, is: 9 }
  - phones: { reset: all }
`,
      'start: factory\n',
    );
    const result = await runScenario(plan, laboratory, { signal: stop.signal });
    expect(result.ended).toEqual({ by: 'signal', signal });
    expect(result.verdict).toBe('invalid');
    expect(result.expectations).toHaveLength(1);
    expect(result.snapshot.counters[0]?.value).toBe(18);
    expect(result.steps.map(({ step }) => step)).toEqual([1, 2]);
    expect(exitCodeOfRun(result)).toBe(code);
  });

  it('judges nothing of the step that was cut short, whose phones the laboratory gives back as they are', async () => {
    const laboratory = new FakeLaboratory();
    const stop = new AbortController();
    laboratory.onAct = async () => {
      stop.abort(new TrustfleetError('TF_STOPPED', 'stopped', { context: { signal: 'SIGINT' } }));
      return { addressed: 100, unfinished: 40 };
    };
    const told: string[] = [];
    const plan = planOf('  - phones: { reset: all }', 'start: factory\n');
    const result = await runScenario(plan, laboratory, {
      signal: stop.signal,
      onProgress: ({ kind }) => told.push(kind),
    });
    // longer than the laboratory takes for whatever is still under way
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect(result.expectations).toEqual([]);
    expect(told).toEqual(['step-begins']);
  });

  it('by a dead worker ends with exit 3 and says so', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.onAct = async () => {
      throw new TrustfleetError('TF_WORKER_DIED', 'shard 2 died');
    };
    laboratory.health = async () => {
      throw new TrustfleetError('TF_WORKER_DIED', 'shard 2 died');
    };
    const result = await runScenario(planOf('  - wait: 1s'), laboratory);
    expect(result.ended).toEqual({ by: 'error', code: 'TF_WORKER_DIED', message: 'shard 2 died' });
    expect(exitCodeOfRun(result)).toBe(3);
  });

  it('rejects for a bug in the laboratory: it is no finding', async () => {
    const laboratory = new FakeLaboratory();
    laboratory.onAct = async () => {
      throw new TypeError('undefined is not a function');
    };
    await expect(runScenario(planOf('  - wait: 1s'), laboratory)).rejects.toThrow(TypeError);
  });
});

describe('the limit of a step in virtual time', () => {
  it.each([
    ['the file’s number of phones', 100, undefined, 300_000],
    ['twice as many, who reach the same servers', 200, undefined, 600_000],
    ['one of twice as many that is played alone', 1, 200, 600_000],
    ['one of fewer', 1, 50, 300_000],
  ])('%s', async (_, phones, runPhones, limit) => {
    const laboratory = new FakeLaboratory();
    laboratory.phones = phones;
    const head = 'clock: { mode: virtual }\nstart: factory\n';
    const plan = planOf('  - phones: { power-on: all }', head);
    await runScenario(plan, laboratory, runPhones === undefined ? {} : { runPhones });
    expect(laboratory.limits).toEqual([limit]);
  });
});

describe('progress', () => {
  it('tells of steps and judgements as they come', async () => {
    const laboratory = new FakeLaboratory();
    const seen: string[] = [];
    const onProgress = (progress: RunProgress): void => {
      seen.push(
        progress.kind === 'step-begins' ? `${progress.step}/${progress.of} ${progress.about}` : progress.kind,
      );
    };
    await runScenario(planOf('  - expect: { count: phones_locked, is: 0 }'), laboratory, { onProgress });
    expect(seen).toEqual([
      '0/1 power on the healthy fleet',
      'step-ends',
      '1/1 1 expectation',
      'judged',
      'step-ends',
    ]);
  });
});

describe('the exit code of several runs (contracts.md 4)', () => {
  it.each([
    [[0, 1, 0], 1],
    [[4, 1, 0], 4],
    [[1, 4, 3], 3],
    [[0, 130], 130],
    [[], 0],
  ])('%j is %i', (codes, gravest) => {
    expect(gravestExitCode(codes)).toBe(gravest);
  });
});
