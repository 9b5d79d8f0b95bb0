import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { play, unmet } from './network-setting.js';

beforeAll(built, BUILD_TIMEOUT_MS);

describe('OP-20 over sockets', () => {
  it('a reset ITL does not reach the TFTP node that is down: its phones go on with the list that they have', async () => {
    const result = await play(
      `name: reset
release: "12.5(1)"
fleet: { groups: [ { group: A, model: 8841, phones: 2, security: non-secure, tftp: [PUB, SUB1], callManagerGroup: [SUB1, SUB2] }, { group: B, model: 8841, phones: 3, security: non-secure, tftp: [SUB1, PUB], callManagerGroup: [SUB1, SUB2] } ] }
steps:
  - fault: { stop: [TFTP], nodes: [SUB1] }
  - operate: { reset-localkey: itl }
  - fault: { clear: all }
  - phones: { reset: all }
  - expect:
      - { count: trust_lists, where: { list: itl }, is: 5, by: { result: { updated: 2, unchanged: 3 } } }
`,
      '127.37.2.1',
    );
    expect(unmet(result)).toEqual([]);
    expect(result.steps[2]?.output).toContain('Number of Active TFTP servers in the cluster : 1');
  });
});

describe('OP-19 over sockets', () => {
  it('a new node serves phones once a group names it, its TVS is known with the new ITL; a node that has left does not answer', async () => {
    const result = await play(
      `name: nodes
release: "11.5(1)"
fleet: { groups: [ { group: A, model: 8841, phones: 4, security: non-secure, tftp: [PUB, SUB1], callManagerGroup: [SUB1, SUB2] } ] }
steps:
  - operate: { add-node: { name: SUB3, services: [CallManager, TFTP, TVS] } }
  # its TVS is in no list yet (R-38): the group asks it in vain and then SUB2
  - operate: { device: { of: all, callManagerGroup: [SUB3, SUB2] } }
  - phones: { reset: all }
  - operate: { regenerate: CallManager, nodes: [PUB] }
  - operate: { restart: [TFTP], nodes: [PUB] }
  - phones: { reset: all }
  - expect:
      - count: tvs_requests
        where: { for: itl }
        is: 8
        by: { node: { SUB3: 4, SUB2: 4 }, result: { handshake-failed: 4, positive: 4 } }
      - { count: trust_lists, where: { list: itl }, is: 4, by: { rule: { R-26: 4 } } }
      - { artefact: ITLFile.tlv, node: SUB3, where: { role: TVS }, field: count, is: 4 }
      - { artefact: ITLFile.tlv, node: PUB, where: { role: TVS }, field: count, is: 4 }
      - { count: registrations, where: { result: accepted }, is: 4, by: { node: { SUB3: 4 } } }
  # with the new ITL its TVS is believed
  - operate: { regenerate: CallManager, nodes: [PUB] }
  - operate: { restart: [TFTP], nodes: [PUB] }
  - phones: { reset: all }
  - expect:
      - { count: tvs_requests, where: { for: itl }, is: 4, by: { node: { SUB3: 4 }, result: { positive: 4 } } }
  - operate: { remove-node: SUB3 }
    refused: SUB3 is in use
  - operate: { device: { of: all, callManagerGroup: [SUB2] } }
  - phones: { reset: all }
  - operate: { remove-node: SUB3 }
  - fault: { stop: [TVS], nodes: [SUB2] }
  - phones: { reset: all }
  - expect:
      - { count: registrations, where: { result: accepted }, is: 4, by: { node: { SUB2: 4 } } }
      - { held: itl, of: served, is: 4 }
`,
      '127.37.1.1',
    );
    expect(unmet(result)).toEqual([]);
  });
});
