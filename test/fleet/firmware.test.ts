import { beforeAll, describe, expect, it } from 'vitest';
import { readScenario } from '../../src/scenario/read.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { play, unmet } from './network-setting.js';
import { playVirtual } from './virtual-setting.js';

/**
 * R-11, 20 phones: a load that is not there, one whose image was tampered with, and the good one. Each boot is 3 requests and the
 * first one that fails: no list, or list and image; the good load makes the phone begin anew: 3 + 2 + 3.
 */
const SCENARIO = `name: firmware
release: "12.5(1)"
fleet:
  profile: FLEET-A
  groups:
    - { group: L42, model: "7942", phones: 8 }
    - { group: M41, model: "8841", phones: 12 }
steps:
  - phones: { reset: all }
  - expect:
      - { count: firmware_loads, is: 0 }
      - { count: transfers, is: 60 }
  - operate: { device: { of: all, firmware: new-load.1 } }
  - phones: { reset: all }
  - expect:
      - { count: firmware_loads, is: 20, by: { result: { not-found: 20 }, rule: { R-11: 20 } } }
      - { count: status_messages, where: { message: File Not Found }, is: 20 }
      - { count: trust_failures, is: 0 }
      - { count: transfers, is: 80 }
      - { count: phones, where: { state: registered }, is: 20 }
  - operate: { install-load: new-load.1, image: tampered }
  - phones: { reset: all }
  - expect:
      - { count: firmware_loads, is: 20, by: { result: { refused: 20 } } }
      - count: trust_failures
        is: 20
        by: { file: { firmware: 20 }, rule: { R-11: 20 }, reason: { signature-invalid: 20 } }
      - { count: status_messages, where: { message: Auth Fail }, is: 8, by: { model: { 7942: 8 } } }
      - { count: transfers, is: 100 }
      - { count: phones, where: { state: registered }, is: 20 }
  - operate: { install-load: new-load.1 }
  - phones: { reset: all }
  - expect:
      - { count: firmware_loads, is: 20, by: { result: { installed: 20 } } }
      - { count: trust_failures, is: 0 }
      - { count: transfers, is: 160 }
      - { count: phones, where: { state: registered }, is: 20 }
  - phones: { reset: all }
  - expect:
      - { count: firmware_loads, is: 0 }
      - { count: transfers, is: 60 }
`;

beforeAll(built, BUILD_TIMEOUT_MS);

describe('firmware (R-11)', () => {
  it('is fetched, refused and started over sockets', async () => {
    expect(unmet(await play(SCENARIO, '127.34.9.1'))).toEqual([]);
  });

  it('and in virtual time', async () => {
    expect(unmet(await playVirtual(readScenario(SCENARIO, 'inline.yaml')))).toEqual([]);
  });
});
