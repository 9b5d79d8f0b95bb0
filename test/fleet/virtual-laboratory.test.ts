import { beforeAll, describe, expect, it } from 'vitest';
import { loadModels } from '../../src/fleet/profiles.js';
import { openVirtualLaboratory } from '../../src/fleet/virtual-laboratory.js';
import { loadScenario, resolveScenarios } from '../../src/scenario/catalogue.js';
import { laboratorySpec } from '../../src/scenario/laboratory-spec.js';
import type { ScenarioPlan } from '../../src/scenario/plan.js';
import { readScenario } from '../../src/scenario/read.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { unmet } from './network-setting.js';
import { playVirtual } from './virtual-setting.js';

const models = loadModels();

function shipped(name: string): ScenarioPlan {
  const [file = ''] = resolveScenarios(name);
  return loadScenario(file);
}

beforeAll(built, BUILD_TIMEOUT_MS);

describe('a laboratory in virtual time', () => {
  it('locks 1,000 phones with the forbidden pair, figure by figure as the catalogue has them (S-03 b)', async () => {
    expect(unmet(await playVirtual(shipped('S-03b')))).toEqual([]);
  });

  it.each(['S-03b', 'S-17a', 'S-18'])(
    'tells the same story of %s on one, two and three threads, event by event',
    async (name) => {
      const scenario = shipped(name);
      const phones = Math.min(60, scenario.fleet.phones);
      const stories = [];
      for (const shards of [1, 2, 3]) {
        const { refusals, seconds, expectations, flash } = await playVirtual(scenario, { phones }, shards);
        stories.push({ refusals, seconds, flash, actual: expectations.map(({ actual }) => actual) });
      }
      expect(stories[0]?.refusals.seen).toBeGreaterThan(0);
      expect(stories[0]?.flash.phones).toHaveLength(phones);
      expect(stories[1]).toEqual(stories[0]);
      expect(stories[2]).toEqual(stories[0]);
    },
  );

  it('prints the same at the console on one and on three threads, where one of them has no phone with a request', async () => {
    const scenario = readScenario(
      `name: requests of two
cluster: { profile: CL-3, parameters: { certificate-issuer: offline-ca } }
fleet:
  groups:
    - { group: A, model: 8841, phones: 2, capf: { operation: install, auth: null-string, key: rsa-1024 } }
    - { group: B, model: 8841, phones: 4 }
start: factory
steps:
  - phones: { power-on: all }
  - operate: { sign: phones, by: Example Issuing CA }
    refused: there is no dumped CSR
  - operate: { utils-capf: csr list }
  - operate: { utils-capf: csr count }
  - operate: { utils-capf: csr dump }
  - operate: { sign: phones, by: Example Issuing CA }
  - operate: { utils-capf: cert import }
  - operate: { utils-capf: csr delete }
  - operate: { utils-capf: set keep_alive 20 }
`,
      'requests.yaml',
    );
    const stories = [];
    for (const shards of [1, 3]) {
      const result = await playVirtual(scenario, {}, shards);
      expect(unmet(result)).toEqual([]);
      // the keys are not the same, and so what stands under the name
      stories.push(result.steps.map(({ output = [] }) => output.map((line) => line.replace(/\n.*/s, ''))));
    }
    expect(stories[0]).toContainEqual(['Number of pending CSRs: 2']);
    expect(stories[0]).toContainEqual(['2 CSRs dumped', 'SEP020001000001', 'SEP020001000002']);
    expect(stories[1]).toEqual(stories[0]);
  });

  it('has one cluster on three threads, whatever one of them had nothing to do for', async () => {
    const scenario = readScenario(
      `name: one authority
cluster: { profile: CL-3, parameters: { certificate-issuer: offline-ca } }
fleet:
  groups:
    - { group: A, model: 8841, phones: 2, tftp: PUB, capf: { operation: install, auth: null-string, key: rsa-1024 } }
    - { group: B, model: 8841, phones: 4, tftp: PUB }
start: factory
steps:
  - phones: { power-on: all }
  - operate: { utils-capf: csr dump }
  - operate: { sign: phones, by: Example Issuing CA }
  - operate: { csr: CallManager, nodes: [PUB] }
  - operate: { sign: CallManager, by: Example Issuing CA }
  - operate: { trust-import: { authorities: [Example Root CA, Example Issuing CA], to: [CallManager-trust] } }
  - operate: { upload: CallManager, nodes: [PUB] }
  - operate: { restart: [TVS, TFTP, CallManager], nodes: all }
  - phones: { reset: all }
`,
      'authority.yaml',
    );
    const itls = [];
    for (const shards of [1, 3]) {
      const { flash, ended } = await playVirtual(scenario, {}, shards);
      expect(ended).toEqual({ by: 'completed' });
      itls.push(new Set(flash.phones.map(({ itl }) => itl)));
    }
    expect(itls[0]?.size).toBe(1);
    expect(itls[1]).toEqual(itls[0]);
  });

  it('tells another story with another seed', async () => {
    const scenario = shipped('S-03b');
    const [one, other] = [
      await playVirtual(scenario, { phones: 20, seed: 1 }),
      await playVirtual(scenario, { phones: 20, seed: 2 }),
    ];
    expect(one.refusals.records).not.toEqual(other.refusals.records);
  });

  it('waits in a step for its own phones, whoever else comes through meanwhile', async () => {
    const scenario = readScenario(
      `name: on their way
fleet: { profile: FLEET-A, phones: 400, security: ALL-NS }
start: factory
load: { concurrency: 200 }
steps:
  - { phones: { power-on: { index: i mod 2 = 0 } }, limit: 20ms, unfinished: allowed }
  - phones: { power-on: { index: i mod 2 = 1 } }
  - expect: [ { count: phones, where: { state: registered }, is: 400 } ]
`,
      'on-their-way.yaml',
    );
    expect(unmet(await playVirtual(scenario))).toEqual([]);
  });

  it('R-92: the ten minutes after ten wrong strings are divided by clock.scale for CAPF as for the phone', async () => {
    const wrong = Array.from({ length: 10 }, (_, i) => `  - phones: { type: "${i}", of: all }`).join('\n');
    const scenario = readScenario(
      `name: wrong strings
fleet:
  groups:
    - group: X
      model: "8841"
      phones: 2
      lsc: none
      capf: { operation: install, auth: string, string: "246810", key: rsa-1024 }
start: { state: healthy, off: all }
clock: { scale: 60 }
steps:
  - phones: { power-on: all }
${wrong}
  - wait: 610s
  - phones: { type: "246810", of: all }
  - expect: [ { count: capf_sessions, is: 2, by: { result: { success: 2 } } } ]
`,
      'wrong-strings.yaml',
    );
    expect(unmet(await playVirtual(scenario))).toEqual([]);
  });

  it('starts a stopped service with what is stored then, as a restart does (cluster-operations.md 1.4)', async () => {
    const nodes = 'nodes: all';
    const scenario = readScenario(
      `name: a restart in two halves
release: "11.5(1)"
fleet: { profile: FLEET-A, phones: 20, security: ALL-NS }
steps:
  - operate: { regenerate: CallManager, ${nodes} }
  - fault: { stop: [TFTP, CallManager], ${nodes} }
  - fault: { start: [TFTP, CallManager], ${nodes} }
  - phones: { reset: all }
  - expect: [ { count: trust_lists, where: { list: itl }, is: 20, by: { result: { updated: 20 }, rule: { R-26: 20 } } } ]
`,
      'two-halves.yaml',
    );
    expect(unmet(await playVirtual(scenario))).toEqual([]);
  });

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
  });

  it('ends at once on two threads, also in the middle of a step', async () => {
    const plan = shipped('S-03b');
    const laboratory = await openVirtualLaboratory(laboratorySpec(plan, models, { phones: 100 }), {
      models,
      shards: 2,
      health: plan.health,
      signal: new AbortController().signal,
    });
    // a phone each minute, so that there is a middle
    const acted = laboratory.act({ action: 'power-on' }, { kind: 'all' }, { rate: 1 / 60 }, 1e9);
    await new Promise((resolve) => setTimeout(resolve, 100));
    await laboratory.close();
    // both threads were asked to stop, and neither broke for want of the other's report
    expect(await acted).toMatchObject({ addressed: 100 });
  });
});
