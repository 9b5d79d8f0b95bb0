import { beforeAll, describe, expect, it } from 'vitest';
import { loadScenario, resolveScenarios } from '../../src/scenario/catalogue.js';
import type { ScenarioPlan } from '../../src/scenario/plan.js';
import { readScenario } from '../../src/scenario/read.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { unmet } from './network-setting.js';
import { playVirtual } from './virtual-setting.js';

function shipped(name: string): ScenarioPlan {
  const [file = ''] = resolveScenarios(name);
  return loadScenario(file);
}

beforeAll(built, BUILD_TIMEOUT_MS);

describe('a laboratory in virtual time', () => {
  it('locks 1,000 phones with the forbidden pair, figure by figure as the catalogue has them (S-03 b)', async () => {
    expect(unmet(await playVirtual(shipped('S-03b')))).toEqual([]);
  }, 60_000);

  it('lets ten days pass', async () => {
    const text = `
      name: ten-days
      fleet: { profile: FLEET-A, phones: 20, security: ALL-NS }
      steps:
        - wait: 10d
        - expect:
            - { count: phones, where: { state: registered }, is: 20 }
    `;
    const result = await playVirtual(readScenario(text, 'inline.yaml'));
    expect(unmet(result)).toEqual([]);
    expect(result.seconds).toBeGreaterThan(864_000);
  }, 60_000);
});
