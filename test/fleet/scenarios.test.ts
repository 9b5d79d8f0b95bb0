import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { play, unmet } from './network-setting.js';

/*
 * Whole scenarios over sockets, with 100 phones in place of 1,000 and figures worked out by hand from the rules of FLEET-A
 * (cluster-operations.md 4.0), which do not come out as a tenth of those of the catalogue:
 *
 *   group          L42  L62  L75  M41  M51  M61  M65   sum
 *   phones          15   15   10   20   20   10   10   100   the shares of 1,000
 *   TFTP PUB         8    8    5   10   10    5    5    51   odd i
 *   TFTP SUB1        7    7    5   10   10    5    5    49   even i
 *   CMG-1           10   10   10   10   10   10   10    70   i mod 20 in 1-10: SUB1, SUB2
 *   CMG-2            5    5    0   10   10    0    0    30   the others:       SUB2, PUB
 *   PUB and CMG-1    5    5    5    5    5    5    5    35   odd i in 1-10
 *   PUB and CMG-2    3    3    0    5    5    0    0    16   odd i in 11-20: 11, 13, 15; 11 to 19
 */

beforeAll(built, BUILD_TIMEOUT_MS);

describe('100 phones over sockets', () => {
  it('S-02: TVS rescues the phones of one TFTP node; with every TVS stopped they are locked (R-39), and come back', async () => {
    const result = await play(
      `name: S-02 at 100
release: "11.5(1)"
fleet: { profile: FLEET-A, phones: 100, security: ALL-NS }
steps:
  - operate: { regenerate: CallManager, nodes: [PUB] }
  - operate: { restart: [CallManager, CTIManager, TFTP], nodes: [PUB] }
  - fault: { stop: [TVS], nodes: all }
  - phones: { reset: all }
  - expect:
      # the 51 of PUB ask both members of their group for the ITL: 35 SUB1 and SUB2, 16 SUB2 and PUB
      - count: tvs_requests
        where: { for: itl }
        is: 102
        by: { result: { unreachable: 102 }, node: { SUB1: 35, SUB2: 51, PUB: 16 } }
      # and once more for the configuration, which the same new key signed (R-42: nothing is remembered)
      - { count: tvs_requests, where: { for: config }, is: 102, by: { result: { unreachable: 102 } } }
      - count: trust_lists
        where: { list: itl }
        is: 100
        by: { result: { refused: 51, unchanged: 49 }, rule: { R-39: 51, R-13: 49 } }
      - { count: configurations, is: 100, by: { result: { refused: 51, accepted: 49 } } }
      - { count: trust_failures, is: 102, by: { file: { itl: 51, config: 51 }, reason: { tvs-unusable: 102 } } }
      - { count: alarms, is: 51, by: { code: { 8: 51 } } }
      - { count: phones_locked, is: 51, by: { model: { 7942: 8, 7962: 8, 7975: 5, 8841: 10, 8851: 10, 8861: 5, 8865: 5 } } }
      # K-05: registered with the stored configuration all the same
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 100 }
      - { held: itl, of: start, is: 100 }
      - { held: itl, of: served, is: 49, by: { node: { SUB1: 49 } } }
  - fault: { clear: all }
  - phones: { reset: all }
  - expect:
      # one question each, to the first server of the group, and a yes
      - count: tvs_requests
        is: 51
        by: { for: { itl: 51 }, result: { positive: 51 }, node: { SUB1: 35, SUB2: 16 } }
      - count: trust_lists
        where: { list: itl }
        is: 100
        by: { result: { updated: 51, unchanged: 49 }, rule: { R-26: 51, R-13: 49 } }
      - { count: alarms, is: 51, by: { code: { 1: 51 } } }
      - { count: configurations, is: 100, by: { result: { accepted: 100 } } }
      - { count: phones_locked, is: 0 }
      - { held: itl, of: served, is: 100, by: { node: { PUB: 51, SUB1: 49 } } }
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 100 }
`,
      '127.32.1.1',
    );
    expect(unmet(result)).toEqual([]);
  });

  it('S-03b: the forbidden pair locks every phone; erasing the ITL on the phones cures them (R-63, R-72)', async () => {
    const result = await play(
      `name: S-03b at 100
release: "11.5(1)"
fleet: { profile: FLEET-A, phones: 100, security: ALL-NS }
steps:
  - operate: { regenerate: CallManager, nodes: all }
  - operate: { regenerate: TVS, nodes: all }
  - operate: { restart: [TVS, TFTP, CallManager], nodes: all }
  - phones: { reset: all }
  - expect:
      # R-38, R-39: both members of each group show a certificate that no ITL has: 70 SUB1 and SUB2, 30 SUB2 and PUB
      - count: tvs_requests
        where: { for: itl }
        is: 200
        by: { result: { handshake-failed: 200 }, node: { SUB1: 70, SUB2: 100, PUB: 30 } }
      - { count: tvs_requests, is: 400, by: { for: { itl: 200, config: 200 } } }
      - { count: trust_lists, where: { list: itl }, is: 100, by: { result: { refused: 100 }, rule: { R-39: 100 } } }
      - { count: trust_failures, where: { file: peer }, is: 400, by: { reason: { not-in-itl: 400 } } }
      - { count: alarms, is: 100, by: { code: { 8: 100 } } }
      - count: phones_locked
        is: 100
        by: { model: { 7942: 15, 7962: 15, 7975: 10, 8841: 20, 8851: 20, 8861: 10, 8865: 10 } }
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 100 }
      - { held: itl, of: start, is: 100 }
      - { held: itl, of: served, is: 0 }
  - phones: { erase: itl }
  - expect:
      # R-72: the phones restart; R-16: nothing is installed, so the new ITL is taken on trust
      - { count: status_messages, where: { message: Erasing CTL and ITL files }, is: 100 }
      - { count: trust_lists, where: { list: itl }, is: 100, by: { result: { initial: 100 }, rule: { R-16: 100 } } }
      - { count: tvs_requests, is: 0 }
      - { count: alarms, is: 100, by: { code: { 3: 100 } } }
      - { count: configurations, is: 100, by: { result: { accepted: 100 }, rule: { R-52: 100 } } }
      - { count: phones_locked, is: 0 }
      - { held: itl, of: served, is: 100, by: { node: { PUB: 51, SUB1: 49 } } }
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 100 }
`,
      '127.32.2.1',
    );
    expect(unmet(result)).toEqual([]);
  });

  it('S-23: TFTP nodes out of step, and what a stop of one of them brings to light', async () => {
    const result = await play(
      `name: S-23 at 100
release: "11.5(1)"
fleet: { profile: FLEET-A, phones: 100, security: ALL-NS }
steps:
  - operate: { regenerate: CallManager, nodes: [PUB, SUB1] }
  - operate: { restart: [TFTP], nodes: [PUB] }
  - phones: { reset: all }
  - expect:
      - { count: trust_lists, where: { list: itl }, is: 100, by: { result: { updated: 51, unchanged: 49 } } }
      - { count: tvs_requests, is: 51, by: { for: { itl: 51 }, result: { positive: 51 }, node: { SUB1: 35, SUB2: 16 } } }
      - { count: alarms, is: 51, by: { code: { 1: 51 } } }
      - { count: phones_locked, is: 0 }
  - fault: { stop: [TFTP], nodes: [PUB] }
  - phones: { reset: all }
  - expect:
      # R-12: the 51 of PUB turn to SUB1, whose old signer nobody knows any more; the answer no is final (R-40)
      - count: trust_lists
        where: { list: itl }
        is: 100
        by: { result: { refused: 51, unchanged: 49 }, rule: { R-40: 51, R-13: 49 } }
      - count: tvs_requests
        is: 102
        by: { for: { itl: 51, config: 51 }, result: { negative: 102 }, node: { SUB1: 70, SUB2: 32 } }
      - { count: configurations, is: 100, by: { result: { accepted: 49, refused: 51 } } }
      - { count: alarms, is: 51, by: { code: { 8: 51 } } }
      - { count: phones_locked, is: 51, by: { model: { 7942: 8, 7962: 8, 7975: 5, 8841: 10, 8851: 10, 8861: 5, 8865: 5 } } }
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 100 }
  - operate: { restart: [TFTP], nodes: [SUB1] }
  - phones: { reset: all }
  - expect:
      # SUB1's new file is new to all 100, and TVS vouches for it
      - { count: trust_lists, where: { list: itl }, is: 100, by: { result: { updated: 100 } } }
      - { count: tvs_requests, is: 100, by: { result: { positive: 100 }, node: { SUB1: 70, SUB2: 30 } } }
      - { count: alarms, is: 100, by: { code: { 1: 100 } } }
      - { count: phones_locked, is: 0 }
`,
      '127.32.3.1',
    );
    expect(unmet(result)).toEqual([]);
  });

  it('rollback parameter: a blank ITL by the normal rules, unsigned files, and back on first trust (R-65, R-66, R-17)', async () => {
    const result = await play(
      `name: rollback
release: "12.5(1)"
fleet: { profile: FLEET-A, phones: 100, security: ALL-NS }
steps:
  - operate: { parameter: { rollback: true } }
  - operate: { restart: [TVS, TFTP], nodes: all }
  - phones: { reset: all }
  - expect:
      # signed by ITLRecovery, which every ITL has as SAST (R-22, R-23)
      - { count: trust_lists, where: { list: itl }, is: 100, by: { result: { updated: 100 }, rule: { R-22: 100 } } }
      - { held: itl, of: blank, is: 100, by: { node: { PUB: 51, SUB1: 49 } } }
      # R-50: no TFTP-capable record with a certificate is left, so the unsigned file is asked for, and taken (R-55)
      - { count: configurations, is: 100, by: { result: { accepted: 100 }, form: { plain: 100 }, rule: { R-55: 100 } } }
      - { count: alarms, is: 100, by: { code: { 1: 100 } } }
      - { count: tvs_requests, is: 0 }
      - { count: phones_locked, is: 0 }
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 100 }
  # whatever is regenerated now, a phone with a blank ITL takes the next one
  - operate: { regenerate: CallManager, nodes: all }
  - operate: { regenerate: TVS, nodes: all }
  - operate: { regenerate: ITLRecovery, nodes: [PUB] }
  - operate: { parameter: { rollback: false } }
  - operate: { restart: [TVS, TFTP, CallManager], nodes: all }
  - phones: { reset: all }
  - expect:
      - { count: trust_lists, where: { list: itl }, is: 100, by: { result: { updated: 100 }, rule: { R-17: 100 } } }
      - { held: itl, of: blank, is: 0 }
      - { held: itl, of: served, is: 100 }
      - { count: configurations, is: 100, by: { result: { accepted: 100 }, form: { sgn: 100 }, rule: { R-52: 100 } } }
      - { count: alarms, is: 100, by: { code: { 1: 100 } } }
      - { count: tvs_requests, is: 0 }
      - { count: phones_locked, is: 0 }
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 100 }
`,
      '127.32.4.1',
    );
    expect(unmet(result)).toEqual([]);
  });
});

describe('a few phones over sockets', () => {
  it('K-05 false: locked phones do not register (the picture of 225746)', async () => {
    const result = await play(
      `name: K-05
release: "11.5(1)"
cluster: CL-1
fleet:
  groups:
    - { group: T42, model: "7942", phones: 4, protocol: SCCP, tftp: [PUB], callManagerGroup: [PUB] }
    - { group: M41, model: "8841", phones: 6, protocol: SIP, tftp: [PUB], callManagerGroup: [PUB] }
knobs: { K-05: false }
steps:
  - operate: { regenerate: CallManager, nodes: all }
  - operate: { regenerate: TVS, nodes: all }
  - operate: { restart: [TVS, TFTP, CallManager], nodes: all }
  - phones: { reset: all }
  - expect:
      - { count: phones_locked, is: 10 }
      - { count: phones, is: 10, by: { state: { unregistered: 10 }, mode: { none: 10 } } }
      - { count: registrations, is: 0 }
      - { count: alarms, is: 10, by: { code: { 8: 10 } } }
  - phones: { factory-reset: all }
  - expect:
      - { count: phones_locked, is: 0 }
      - { count: trust_lists, where: { list: itl }, is: 10, by: { result: { initial: 10 } } }
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 10, by: { model: { 7942: 4, 8841: 6 } } }
`,
      '127.32.5.1',
    );
    expect(unmet(result)).toEqual([]);
  });

  it('CallManager stops: phones fail over to the next member of their group (R-82)', async () => {
    const result = await play(
      `name: fail-over
fleet:
  groups:
    - { group: T42, model: "7942", phones: 2, protocol: SCCP, tftp: [PUB, SUB1], callManagerGroup: [SUB1, SUB2] }
    - { group: M41, model: "8841", phones: 2, protocol: SIP, tftp: [PUB, SUB1], callManagerGroup: [SUB1, SUB2] }
steps:
  - phones: { reset: all }
  - expect:
      - { count: registrations, where: { result: accepted }, is: 4, by: { node: { SUB1: 4 } } }
  - fault: { stop: [CallManager], nodes: [SUB1] }
  - expect:
      - { count: registrations, where: { result: accepted }, is: 8, by: { node: { SUB1: 4, SUB2: 4 } } }
      - { count: phones, where: { state: registered }, is: 4 }
  - phones: { reset: all }
  - expect:
      - { count: registrations, where: { result: accepted }, is: 4, by: { node: { SUB2: 4 } } }
      - { count: registrations, where: { result: unreachable, cause: 6 }, is: 4, by: { node: { SUB1: 4 } } }
`,
      '127.32.6.1',
    );
    expect(unmet(result)).toEqual([]);
  });
});
