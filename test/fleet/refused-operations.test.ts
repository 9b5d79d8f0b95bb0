import { beforeAll, describe, expect, it } from 'vitest';
import { readScenario } from '../../src/scenario/read.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { play, unmet } from './network-setting.js';
import { playVirtual } from './virtual-setting.js';

/** A node that leaves is down meanwhile, but not where it cannot leave. */
const REFUSED_OUTAGE = `name: refused outage
release: "11.5(1)"
fleet: { groups: [ { group: A, model: 8841, phones: 2, security: non-secure, tftp: [SUB1], callManagerGroup: [SUB2, SUB1] } ] }
start: { state: healthy, off: all }
steps:
  - operate: { regenerate: CallManager, nodes: [SUB1] }
  - fault: { stop: [CallManager], nodes: [SUB2] }
  - operate: { remove-node: SUB2 }
    refused: SUB2 is in use
  - operate: { remove-node: SUB1 }
    refused: SUB1 is in use
  - phones: { power-on: all }
  - expect:
      # SUB2 is still down, SUB1 is up again
      - { count: registrations, where: { result: accepted }, is: 2, by: { node: { SUB1: 2 } } }
      # with the ITL that it served before
      - { count: trust_lists, where: { list: itl }, is: 2, by: { result: { unchanged: 2 } } }
`;

/** Each of these would restart nodes. */
const REFUSED_QUIETLY = `name: refused quietly
release: "12.5(1)"
fleet: { groups: [ { group: A, model: 8841, phones: 2, security: non-secure } ] }
steps:
  - mark: before
  - operate: { set-tls-min: "1.3" }
    refused: 15SU2
  - operate: { common-criteria: true }
    refused: FIPS
  - operate: { restore: friday }
    refused: no backup
  - operate: { remove-node: SUB1 }
    refused: in use
  - operate: { console: utils fips disable }
    refused: not in FIPS mode
  - expect:
      - { count: registrations, is: 0 }
      - { count: phones, where: { state: registered }, is: 2 }
`;

beforeAll(built, BUILD_TIMEOUT_MS);

describe('an operation that the cluster refuses', () => {
  it.each([
    ['over sockets', () => play(REFUSED_OUTAGE, '127.33.9.1')],
    ['in virtual time', () => playVirtual(readScenario(REFUSED_OUTAGE, 'refused.yaml'))],
  ])(
    'changes nothing: a service that a fault had stopped stays down, others go on as they were, %s',
    async (_, played) => {
      expect(unmet(await played())).toEqual([]);
    },
  );

  it.each([
    ['over sockets', () => play(REFUSED_QUIETLY, '127.33.10.1')],
    ['in virtual time', () => playVirtual(readScenario(REFUSED_QUIETLY, 'quietly.yaml'))],
  ])('stops nothing on the way: no phone loses its registration, %s', async (_, played) => {
    expect(unmet(await played())).toEqual([]);
  });

  it('for a device of one thread changes those of no other, and the console counts the devices of all', async () => {
    const scenario = readScenario(
      `name: three threads
fleet: { profile: FLEET-A, phones: 30, security: ALL-NS }
steps:
  - operate: { device: { of: { index: i = 1 }, user: ldap } }
  - operate: { capf: { of: all, operation: install, key: rsa-1024, template: T } }
    refused: synchronised from LDAP
  - phones: { reset: all }
  - expect: [ { count: capf_sessions, is: 0 } ]
  - operate: { capf: { of: all, operation: install, key: rsa-1024 } }
`,
      'threads.yaml',
    );
    for (const shards of [1, 3]) {
      const result = await playVirtual(scenario, {}, shards);
      expect(unmet(result)).toEqual([]);
      expect(result.steps.at(-1)?.output).toEqual([
        'Certificate Operation install by null-string for 30 devices',
      ]);
    }
  });
});
