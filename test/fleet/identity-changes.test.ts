import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { plan, playPlan, unmet } from './network-setting.js';
import { playVirtual } from './virtual-setting.js';

/*
 * One scenario that tells the two values of K-13 apart, with 100 phones of FLEET-A, release 11.5 (nothing restarts by itself). TVS is
 * regenerated everywhere and restarted nowhere, CallManager on PUB alone, whose TFTP is restarted. By hand, with the table of
 * scenarios.test.ts (TFTP PUB 51: 35 of them in CMG-1, 16 in CMG-2; TFTP SUB1 49):
 *
 * restart   SUB1's list is the old one: 49 unchanged (R-13). The 51 of PUB meet a signer that no list of theirs has; TVS shows what
 *           they hold (R-38) and knows the new certificate (R-43): one yes each of the first of the group, 35 SUB1, 16 SUB2. 51
 *           updated (R-26), nobody locked.
 * at once   SUB1 has rebuilt its list with the new TVS certificates and signs with what it had, a SAST of theirs: 49 updated (R-22).
 *           The 51 of PUB meet at 2445 a certificate that their ITL does not have: each member of the group is tried and fails
 *           (R-38, R-39), for the list and again for the configuration (R-42 keeps nothing): 35 SUB1, 51 SUB2, 16 PUB each time. 51
 *           lists and configurations refused, 51 locked.
 */
const STEPS = `
steps:
  - operate: { regenerate: TVS, nodes: all }
  - operate: { regenerate: CallManager, nodes: [PUB] }
  - operate: { restart: [TFTP], nodes: [PUB] }
  - phones: { reset: all }
  - expect:
`;

const EXPECTED = {
  restart: `
      - { count: trust_lists, where: { list: itl }, is: 100, by: { result: { updated: 51, unchanged: 49 }, rule: { R-26: 51, R-13: 49 } } }
      - { count: tvs_requests, is: 51, by: { for: { itl: 51 }, result: { positive: 51 }, node: { SUB1: 35, SUB2: 16 } } }
      - { count: configurations, is: 100, by: { result: { accepted: 100 } } }
      - { count: phones_locked, is: 0 }
`,
  'at once': `
      - { count: trust_lists, where: { list: itl }, is: 100, by: { result: { updated: 49, refused: 51 }, rule: { R-22: 49, R-39: 51 } } }
      - { count: tvs_requests, where: { for: itl }, is: 102, by: { result: { handshake-failed: 102 }, node: { SUB1: 35, SUB2: 51, PUB: 16 } } }
      - { count: tvs_requests, where: { for: config }, is: 102, by: { result: { handshake-failed: 102 } } }
      - { count: configurations, is: 100, by: { result: { accepted: 49, refused: 51 } } }
      - { count: phones_locked, is: 51 }
`,
} as const;

function scenario(value: keyof typeof EXPECTED) {
  return plan(`name: K-13 ${value}
release: "11.5(1)"
knobs: { K-13: ${value} }
fleet: { profile: FLEET-A, phones: 100, security: ALL-NS }
${STEPS}${EXPECTED[value]}`);
}

beforeAll(built, BUILD_TIMEOUT_MS);

describe('K-13: when a regenerated TVS certificate is shown', () => {
  it.each(['restart', 'at once'] as const)('%s, in virtual time', async (value) => {
    expect(unmet(await playVirtual(scenario(value)))).toEqual([]);
  });

  it('at once, over sockets', async () => {
    expect(unmet(await playPlan(scenario('at once'), { bind: '127.36.3.1' }))).toEqual([]);
  });
});
