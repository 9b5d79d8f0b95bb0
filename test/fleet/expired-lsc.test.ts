import { beforeAll, describe, expect, it } from 'vitest';
import { readScenario } from '../../src/scenario/read.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { play, unmet } from './network-setting.js';
import { playVirtual } from './virtual-setting.js';

/** an expired LSC cannot be used, and the MIC does not stand in for it; who registers without TLS does not notice. */
const SCENARIO = `name: expired
cluster: { profile: CL-3, mode: mixed }
fleet:
  groups:
    - { group: A, model: 8841, phones: 3, protocol: SIP, security: encrypted, lsc: expired }
    - { group: B, model: 7962, phones: 3, protocol: SCCP, security: non-secure, lsc: expired }
    - { group: C, model: 8841, phones: 3, protocol: SIP, security: encrypted, lsc: own }
    - { group: D, model: 8841, phones: 3, protocol: SIP, security: encrypted, lsc: none }
start: healthy
steps:
  - phones: { reset: all }
  - expect:
      - count: registrations
        where: { result: accepted }
        is: 9
        by: { group: { B: 3, C: 3, D: 3 }, certificate: { none: 3, lsc: 3, mic: 3 } }
      # both members of the CallManager group are tried
      - count: registrations
        where: { result: tls-failed }
        is: 6
        by: { group: { A: 6 }, certificate: { none: 6 } }
      - { count: phones, where: { state: registered }, is: 9 }
`;

beforeAll(built, BUILD_TIMEOUT_MS);

describe('phones whose LSC has expired (R-80)', () => {
  it('do not register over TLS over sockets', async () => {
    expect(unmet(await play(SCENARIO, '127.34.12.1'))).toEqual([]);
  });

  it('nor in virtual time', async () => {
    expect(unmet(await playVirtual(readScenario(SCENARIO, 'expired.yaml')))).toEqual([]);
  });
});
