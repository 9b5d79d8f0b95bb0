import { beforeAll, describe, expect, it } from 'vitest';
import type { Sample } from '../../src/fleet/laboratory.js';
import { STATUS } from '../../src/phone/decide/status.js';
import { loadScenario, resolveScenarios } from '../../src/scenario/catalogue.js';
import type { RunResult } from '../../src/scenario/result.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { playPlan } from '../fleet/network-setting.js';
import { playVirtual } from '../fleet/virtual-setting.js';

/** What both clocks must count alike: decisions, not times. Registrations depend on how long an outage lasts. */
const DECISIONS = [
  'trust_lists',
  'configurations',
  'trust_failures',
  'alarms',
  'tvs_requests',
  'status_messages',
  'capf_sessions',
  'services',
];

/** Shown by a phone that is registered when the order comes, which after an outage is a matter of time. */
const RESTART = STATUS.restartRequested;

const PHONES = 40;

function decisions({ snapshot }: RunResult): string[] {
  return snapshot.counters
    .filter(({ name, labels }) => DECISIONS.includes(name) && labels.message !== RESTART)
    .map(text)
    .sort();
}

function text({ name, labels, value }: Sample): string {
  const words = Object.entries(labels).map(([label, word]) => `${label}=${word}`);
  return `${name} ${words.sort().join(' ')}: ${value}`;
}

beforeAll(built, BUILD_TIMEOUT_MS);

describe('the two clocks agree', () => {
  it.each([
    ['S-02', '127.10.90.1'],
    ['S-03a', '127.10.91.1'],
    ['S-15', '127.10.92.1'],
    ['S-23', '127.10.93.1'],
  ])(
    '%s decides the same over sockets and in virtual time',
    async (name, bind) => {
      const [file = ''] = resolveScenarios(name);
      const plan = loadScenario(file);
      const [network, virtual] = await Promise.all([
        playPlan(plan, { phones: PHONES, bind }),
        playVirtual(plan, { phones: PHONES }),
      ]);
      expect(network.ended).toEqual({ by: 'completed' });
      expect(decisions(virtual)).toEqual(decisions(network));
      const found = (result: RunResult) =>
        result.expectations.map(({ step, about, actual }) => ({ step, about, actual }));
      expect(found(virtual)).toEqual(found(network));
    },
    120_000,
  );

  it('on how many find TFTP busy (222878, S-04d), until the look at the first wave', async () => {
    const [file = ''] = resolveScenarios('S-04d');
    const whole = loadScenario(file);
    const plan = { ...whole, steps: whole.steps.slice(0, 3) };
    const [network, virtual] = await Promise.all([
      playPlan(plan, { bind: '127.10.94.1' }),
      playVirtual(plan),
    ]);
    for (const { ended, expectations } of [network, virtual]) {
      expect(ended).toEqual({ by: 'completed' });
      expect(expectations.map(({ about, actual }) => [about, actual[0]?.value])).toEqual([
        ['transfers protocol tftp, result busy', 75],
        ['transfers result ok|not-found', 0],
      ]);
    }
  }, 60_000);
});
