import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { play, unmet } from './network-setting.js';

const TIMEOUT_MS = 120_000;

beforeAll(built, BUILD_TIMEOUT_MS);

const PHONES = `fleet:
  groups:
    - { group: T42, model: "7942", phones: 2, protocol: SCCP, tftp: [PUB], callManagerGroup: [PUB] }
    - { group: M41, model: "8841", phones: 2, protocol: SIP, tftp: [PUB], callManagerGroup: [PUB] }`;

describe('two small clusters over sockets', () => {
  it(
    'phones with the blank ITL move, one that was off stays with its old cluster (S-11, R-116, R-117)',
    async () => {
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
    },
    TIMEOUT_MS,
  );
});
