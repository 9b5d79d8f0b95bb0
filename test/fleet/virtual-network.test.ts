import { beforeAll, describe, expect, it } from 'vitest';
import type { ScenarioPlan } from '../../src/scenario/plan.js';
import { readScenario } from '../../src/scenario/read.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { unmet } from './network-setting.js';
import { playVirtual } from './virtual-setting.js';

/** Phones that load over TFTP, and over HTTP and TLS, from factory over a network of this quality. */
function boots(virtual: string): ScenarioPlan {
  return readScenario(
    `name: bad network
cluster: { profile: CL-3, mode: mixed }
fleet:
  groups:
    - { group: OLD, model: 7962, phones: 60, protocol: SCCP, security: non-secure }
    - { group: NEW, model: 8841, phones: 60, protocol: SIP, security: encrypted, lsc: own }
virtual: { ${virtual} }
start: factory
load: { concurrency: 5 }
steps:
  - phones: { power-on: all }
  - expect:
      - { count: phones, where: { state: registered }, is: 120 }
      - { count: trust_lists, where: { list: itl, result: initial }, is: 120 }
      - { count: retransmissions, is: 0, report: true }
`,
    'bad-network.yaml',
  );
}

async function played(virtual: string, shards = 1) {
  const result = await playVirtual(boots(virtual), {}, shards);
  const shown = result.expectations.filter(({ reported }) => reported);
  const judged = result.expectations.filter(({ reported }) => !reported);
  const repeated = shown.flatMap(({ actual }) => actual)[0]?.value;
  return { unmet: unmet({ ...result, expectations: judged }), seconds: result.seconds, repeated };
}

beforeAll(built, BUILD_TIMEOUT_MS);

describe('the virtual network', () => {
  it('loses nothing by default', async () => {
    expect(await played('delay: 1ms')).toMatchObject({ unmet: [], repeated: 0 });
  });

  it('loses packets, which are sent again: every phone comes through, later', async () => {
    const good = await played('delay: 1ms');
    const bad = await played('delay: 1ms, loss: 2%');
    expect(bad.unmet).toEqual([]);
    expect(bad.repeated).toBeGreaterThan(0);
    // one packet that is lost is half a second
    expect(bad.seconds).toBeGreaterThan(good.seconds + 0.5);
  });

  it('lets packets be late: nothing is sent again', async () => {
    const good = await played('delay: 1ms');
    const slow = await played('delay: 1ms, jitter: 5ms');
    expect(slow).toMatchObject({ unmet: [], repeated: 0 });
    expect(slow.seconds).toBeGreaterThan(good.seconds);
  });

  it('is as bad for each phone on one thread and on two', async () => {
    const settings = 'delay: 1ms, jitter: 3ms, loss: 3%';
    expect(await played(settings, 2)).toEqual(await played(settings, 1));
  });

  it('has a CAPF of each cluster over IPv6, where they share one address (R-88, R-103)', async () => {
    const text = `name: enrols at the destination
clusters:
  source: { profile: CL-1, parameters: { enable-ipv6: true } }
  destination: { profile: CL-1, parameters: { enable-ipv6: true } }
fleet:
  groups:
    - { group: A, model: "8841", phones: 2, tftp: PUB, callManagerGroup: PUB, ip: { mode: two-stack, addresses: [ipv4, ipv6] },
        capf: { addresses: [ipv6] } }
start: factory
steps:
  - phones: { power-on: all }
  - operate: { capf: { of: all, operation: install, auth: null-string, key: rsa-1024 }, cluster: destination }
  - phones: { retarget: { tftp: destination } }
  - phones: { erase: both, of: all }
  - expect:
      - { count: capf_sessions, is: 2, by: { result: { success: 2 }, family: { ipv6: 2 } } }
      - { count: phones, where: { state: registered, cluster: destination }, is: 2 }
`;
    expect(unmet(await playVirtual(readScenario(text, 'ipv6.yaml')))).toEqual([]);
  });
});
