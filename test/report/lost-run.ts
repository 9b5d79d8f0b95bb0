import type { Snapshot } from '../../src/observe/sample.js';
import { loadScenario, resolveScenarios } from '../../src/scenario/catalogue.js';
import type { RunResult } from '../../src/scenario/result.js';
import { runScenario } from '../../src/scenario/run.js';
import { FakeLaboratory } from '../scenario/fake-laboratory.js';

/** Models of FLEET-A with their group and number of phones. */
const GROUPS = [
  ['7942', 'L42', 150],
  ['7962', 'L62', 150],
  ['7975', 'L75', 100],
  ['8841', 'M41', 200],
  ['8851', 'M51', 200],
  ['8861', 'M61', 100],
  ['8865', 'M65', 100],
] as const;

/** A laboratory that counts what S-03b expects, but for `missing` TVS handshakes and as many alarms. */
export function lockedLaboratory(missing: number): FakeLaboratory {
  const laboratory = new FakeLaboratory();
  laboratory.phones = 1000;
  let boot = 0;
  laboratory.onAct = async () => {
    laboratory.now += 4200;
    boot += 1;
    for (const [model, group, phones] of GROUPS) {
      const scope = laboratory.tally.scope({ model, group });
      const timing = laboratory.timings.scope({ model });
      for (let i = 0; i < phones; i += 1) timing.time('boot_seconds', 0.1 + i / 100);
      const registered = { state: 'registered', mode: 'nonsecure' } as const;
      if (boot === 1) {
        scope.move('phones', registered, phones);
        scope.count('trust_lists', { list: 'itl', result: 'unchanged', rule: 'R-13' }, phones);
        continue;
      }
      const first = group === 'L42' ? missing : 0;
      scope.move('phones_locked', {}, phones);
      scope.count('trust_lists', { list: 'itl', result: 'refused', rule: 'R-39' }, phones);
      scope.count('trust_failures', { file: 'itl', reason: 'tvs-unusable', rule: 'R-39' }, phones);
      scope.count('configurations', { result: 'refused', form: 'sgn', rule: 'R-39' }, phones);
      scope.count('alarms', { code: '8' }, phones - first);
    }
    const scope = laboratory.tally.scope({ model: '7942', group: 'L42' });
    if (boot > 1) {
      for (const use of ['itl', 'config'] as const) {
        for (const [node, requests] of [
          ['SUB1', 510 - missing],
          ['SUB2', 1000],
          ['PUB', 490],
        ] as const)
          scope.count('tvs_requests', { node, for: use, result: 'handshake-failed' }, requests);
      }
      laboratory.waiting = Array.from({ length: 1000 }, (_, i) => ({
        at: laboratory.now,
        phone: `SEP0200010000${String(10 + (i % 90)).padStart(2, '0')}`,
        model: '7942',
        group: 'L42',
        what: 'itl',
        rule: 'R-39',
        reason: 'tvs-unusable',
        detail:
          'the signer cn=CL-3-pub.voice.example, serial 3cf9 is in no installed list, and neither SUB1 nor SUB2 showed a TVS certificate of the installed ITL',
      }));
    }
    return { addressed: 1000, unfinished: 0 };
  };
  laboratory.readings = [
    {
      what: 'event-loop-delay',
      worker: 'shard 1',
      worst: 0.021,
      limit: 0.1,
      at: 3,
      unit: 's',
      exceeded: false,
    },
    {
      what: 'event-loop-delay',
      worker: 'shard 2',
      worst: 0.034,
      limit: 0.1,
      at: 4,
      unit: 's',
      exceeded: false,
    },
    {
      what: 'datagrams-lost',
      worker: 'shard 1',
      worst: 0,
      limit: 0.001,
      at: 0,
      unit: 'ratio',
      exceeded: false,
    },
    {
      what: 'open-files',
      worker: 'shard 1',
      worst: 4211,
      limit: 18000,
      at: 4,
      unit: 'files',
      exceeded: false,
    },
    {
      what: 'memory',
      worker: 'shard 1',
      worst: 512 * 2 ** 20,
      limit: 7 * 2 ** 30,
      at: 4,
      unit: 'bytes',
      exceeded: false,
    },
  ];
  return laboratory;
}

/** S-03b up to its first expectations, played with it. */
export async function lostRun(
  missing = 0,
  change: (laboratory: FakeLaboratory) => void = () => undefined,
): Promise<RunResult> {
  const [file = ''] = resolveScenarios('S-03b');
  const laboratory = lockedLaboratory(missing);
  change(laboratory);
  const plan = loadScenario(file);
  const judged = plan.steps.findIndex(({ kind }) => kind === 'expect');
  return runScenario({ ...plan, steps: plan.steps.slice(0, judged + 1) }, laboratory);
}

/** A snapshot with phones in these states. */
export function standing(at: number, states: Readonly<Record<string, number>>, locked = 0): Snapshot {
  const labels = { model: '7942', group: 'L42', mode: 'none' };
  return {
    at,
    counters: [],
    gauges: [
      ...Object.entries(states).map(([state, value]) => ({
        name: 'phones',
        labels: { ...labels, state },
        value,
      })),
      { name: 'phones_locked', labels: { model: '7942', group: 'L42' }, value: locked },
    ],
    timings: [],
  };
}
