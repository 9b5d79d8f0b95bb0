import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { play, unmet } from './network-setting.js';

beforeAll(built, BUILD_TIMEOUT_MS);

const PHONES = `fleet:
  groups:
    - { group: T42, model: "7942", phones: 2, protocol: SCCP, tftp: [PUB], callManagerGroup: [PUB] }
    - { group: M41, model: "8841", phones: 2, protocol: SIP, tftp: [PUB], callManagerGroup: [PUB] }`;

describe('two small clusters over sockets', () => {
  it('phones with the blank ITL move, one that was off stays with its old cluster (S-11, R-116, R-117)', async () => {
    const result = await play(
      `name: move
clusters: { source: { profile: CL-1, release: "9.1" }, destination: { profile: CL-1, release: "11.5" } }
${PHONES}
start: { state: healthy, off: { group: M41, index: i in 2-2 } }
steps:
  - operate: { parameter: { rollback: true }, cluster: source }
  - phones: { reset: all }
  - expect:
      - { held: itl, of: blank, is: 3 }
      - { count: trust_lists, where: { list: itl }, is: 3, by: { result: { updated: 3 } } }
  - phones: { retarget: { tftp: destination } }
  - expect:
      # a new option 150 does nothing by itself
      - { count: transfers, is: 0 }
      - { count: phones, where: { state: registered }, is: 3, by: { cluster: { source: 3 } } }
  - phones: { power-on: { group: M41, index: i in 2-2 } }
  - phones: { reset: all }
  - expect:
      - { count: trust_lists, where: { list: itl }, is: 4, by: { result: { updated: 3, refused: 1 }, rule: { R-17: 3, R-40: 1 } } }
      - { count: tvs_requests, where: { for: itl }, is: 1, by: { node: { source/PUB: 1 }, result: { negative: 1 } } }
      - { count: phones_locked, is: 1 }
      - { count: phones, where: { state: registered }, is: 4, by: { cluster: { source: 1, destination: 3 } } }
      - { count: registrations, is: 4, by: { node: { source/PUB: 1, destination/PUB: 3 } } }
      - { held: itl, of: served, is: 3, by: { node: { destination/PUB: 3 } } }
      - { held: itl, of: start, is: 1 }
  - fault: { stop: [CallManager], nodes: [source/PUB] }
  - wait: { until: { count: phones, where: { cluster: destination }, is: 4 }, limit: 60s }
`,
      '127.34.1.1',
    );
    expect(unmet(result)).toEqual([]);
    expect(result.clusters).toEqual([
      { name: 'source', release: '9.1' },
      { name: 'destination', release: '11.5' },
    ]);
  });

  it('secure phones move with certificates exchanged in bulk, and one comes home with lists and LSC of the destination (OP-25)', async () => {
    const result = await play(
      `name: bulk
clusters: { source: { profile: CL-1, release: "11.5(1)", mode: mixed }, destination: { profile: CL-1, release: "12.5", mode: mixed } }
fleet:
  groups:
    - { group: T62, model: "7962", phones: 2, security: encrypted, lsc: own, tftp: PUB, callManagerGroup: PUB }
    - { group: M41, model: "8841", phones: 2, security: authenticated, lsc: none, tftp: PUB, callManagerGroup: PUB }
    - { group: M51, model: "8851", phones: 1, security: encrypted, lsc: destination, holds: destination, tftp: PUB, callManagerGroup: PUB }
start: { state: healthy, off: { group: M51 } }
steps:
  - operate: { bulk-certificates: { with: destination }, cluster: source }
  - operate: { restart: TVS, cluster: source }
  - operate: { restart: CallManager }
    cluster: destination
  - phones: { retarget: { tftp: destination } }
  - phones: { power-on: { group: M51 } }
  - expect:
      - { count: trust_lists, is: 2, by: { result: { unchanged: 2 } } }
  - phones: { reset: { not: { group: M51 } } }
  - expect:
      - { count: trust_lists, where: { list: ctl }, is: 4, by: { result: { updated: 4 }, rule: { R-26: 4 } } }
      - { count: trust_lists, where: { list: itl }, is: 4, by: { result: { updated: 4 }, rule: { R-22: 4 } } }
      - { count: tvs_requests, is: 4, by: { node: { source/PUB: 4 }, result: { positive: 4 } } }
      - { count: registrations, is: 4, by: { certificate: { lsc: 2, mic: 2 }, result: { accepted: 4 } } }
      - { count: phones, where: { state: registered }, is: 5, by: { cluster: { destination: 5 }, mode: { encrypted: 3, authenticated: 2 } } }
      - { artefact: ITLFile.tlv, node: destination/PUB, where: { role: TVS }, field: count, is: 1 }
`,
      '127.34.2.1',
    );
    expect(unmet(result)).toEqual([]);
  });

  it('a token that both clusters have takes phones there and back; typed by hand, the lists can be erased (R-73, R-117)', async () => {
    const result = await play(
      `name: tokens
clusters:
  source: { profile: CL-1, release: "9.1", mode: mixed, tokens: [T1, T2] }
  destination: { profile: CL-1, release: "10.0(1)", mode: mixed, tokens: [T1, T3] }
${PHONES}
steps:
  - phones: { retarget: { tftp: destination } }
  - phones: { reset: all }
  - expect:
      - { count: trust_lists, is: 8, by: { result: { updated: 8 }, rule: { R-22: 8 } } }
      - { count: tvs_requests, is: 0 }
      - { count: phones, where: { state: registered }, is: 4, by: { cluster: { destination: 4 } } }
  - phones: { retarget: { tftp: source/PUB, by: hand }, of: { group: T42 } }
  - expect:
      - { count: trust_lists, is: 4, by: { result: { updated: 4 } } }
      - { count: phones, where: { state: registered, group: T42 }, is: 2, by: { cluster: { source: 2 } } }
  # whoever is still at the destination, by the server that they ask now
  - phones: { retarget: { tftp: source, by: hand, lists: erase }, of: { tftp: destination/PUB } }
  - expect:
      - { count: trust_lists, is: 4, by: { result: { initial: 4 }, model: { 8841: 4 } } }
      - { count: status_messages, where: { message: Erasing CTL and ITL files }, is: 2 }
      - { held: ctl, of: served, is: 4, by: { node: { source/PUB: 4 } } }
`,
      '127.34.3.1',
    );
    expect(unmet(result)).toEqual([]);
  });

  it('the destination signs its ITL with the ITLRecovery.p12 of the source, and phones follow without TVS (OP-23)', async () => {
    const result = await play(
      `name: remotekey
clusters: { source: { profile: CL-1, release: "10.5(2)" }, destination: { profile: CL-1, release: "12.5" } }
${PHONES}
steps:
  - operate: { reset-remotekey: itl, from: source, cluster: destination }
  - phones: { retarget: { tftp: destination } }
  - phones: { reset: all }
  - expect:
      - { count: trust_lists, where: { list: itl }, is: 4, by: { result: { updated: 4 }, rule: { R-22: 4 } } }
      - { count: tvs_requests, is: 0 }
      - { count: phones, where: { state: registered }, is: 4, by: { cluster: { destination: 4 } } }
  - operate: { restart: TFTP, cluster: destination }
  - phones: { reset: all }
  - expect:
      - { count: trust_lists, where: { list: itl }, is: 4, by: { result: { updated: 4 }, rule: { R-22: 4 } } }
      - { count: tvs_requests, is: 0 }
  # a node that joins the second cluster (OP-19)
  - operate: { add-node: { name: SUB1, services: [CallManager, TFTP, TVS] }, cluster: destination }
  - phones: { retarget: { tftp: destination/SUB1 }, of: { group: T42 } }
  - phones: { reset: { tftp: destination/SUB1 } }
  - expect:
      - { held: itl, of: served, where: { group: T42 }, is: 2, by: { node: { destination/SUB1: 2 } } }
      - { count: registrations, where: { group: T42 }, is: 2, by: { node: { destination/PUB: 2 } } }
`,
      '127.34.4.1',
    );
    expect(unmet(result)).toEqual([]);
  });

  it('a secure cluster made non-secure, then the rollback parameter: phones move as 221657 says (OP-25)', async () => {
    const result = await play(
      `name: "221657"
clusters: { source: { profile: CL-1, release: "12.5", mode: mixed }, destination: { profile: CL-1, release: "12.5" } }
fleet:
  groups:
    - { group: M65, model: "8865", phones: 2, security: encrypted, tftp: PUB, callManagerGroup: PUB }
steps:
  - operate: { set-cluster: non-secure-mode, cluster: source }
  - operate: { restart: [TFTP, CallManager], cluster: source }
  - phones: { reset: all }
  - operate: { parameter: { rollback: true }, cluster: source }
  - phones: { reset: all }
  - expect:
      - { held: itl, of: blank, is: 2 }
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 2, by: { cluster: { source: 2 } } }
  # "Continue" keeps the lists
  - phones: { retarget: { tftp: destination, by: hand, lists: keep } }
  - expect:
      # the non-secure CTL decides about the ITL (R-19) and has no signer of configurations (R-50)
      - { count: trust_lists, where: { list: itl }, is: 2, by: { result: { refused: 2 } } }
      - { count: configurations, is: 2, by: { result: { accepted: 2 }, form: { plain: 2 } } }
      - { count: phones_locked, is: 0 }
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 2, by: { cluster: { destination: 2 } } }
`,
      '127.34.5.1',
    );
    expect(unmet(result)).toEqual([]);
  });
});
