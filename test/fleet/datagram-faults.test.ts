import { beforeAll, describe, expect, it } from 'vitest';
import type { NetworkLaboratory } from '../../src/fleet/network-workers.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { openLaboratory, plan } from './network-setting.js';

const SCENARIO = plan(`name: bad-network
release: "11.5(1)"
cluster: CL-1
fleet:
  groups:
    - { group: T42, model: "7942", phones: 8, protocol: SCCP, tftp: [PUB], callManagerGroup: [PUB] }
steps:
  - mark: unused
`);
const ALL = { kind: 'all' } as const;

async function total(laboratory: NetworkLaboratory, name: string, result?: string): Promise<number> {
  const { counters } = await laboratory.snapshot();
  return counters
    .filter((counter) => counter.name === name && (result === undefined || counter.labels.result === result))
    .reduce((sum, { value }) => sum + value, 0);
}

beforeAll(built, BUILD_TIMEOUT_MS);

describe('fault: { datagrams: … } over sockets', () => {
  it('phones get their files through loss, doubles and delay, by repeating; clear mends the network', async () => {
    const laboratory = await openLaboratory(SCENARIO, '127.36.1.1');
    const boot = async (action: 'power-on' | 'reset') => {
      const before = await total(laboratory, 'retransmissions');
      const { unfinished } = await laboratory.act({ action }, ALL, { concurrency: 10 }, 60_000);
      return { unfinished, retransmissions: (await total(laboratory, 'retransmissions')) - before };
    };
    try {
      await laboratory.fault({ datagrams: { drop: 0.03, duplicate: 0.2, delayMs: 2 } });
      const bad = await boot('power-on');
      // more than a thousand datagrams go both ways: some are lost for certain
      expect(bad).toMatchObject({ unfinished: 0 });
      expect(bad.retransmissions).toBeGreaterThan(0);
      expect(await total(laboratory, 'registrations', 'accepted')).toBe(8);
      expect(await total(laboratory, 'transfers', 'ok')).toBeGreaterThanOrEqual(16);

      await laboratory.fault({ clear: 'all' });
      const good = await boot('reset');
      expect(good.unfinished).toBe(0);
      expect(good.retransmissions).toBeLessThan(bad.retransmissions);
    } finally {
      await laboratory.close();
    }
  });

  it('nothing at all arrives where everything is dropped: transfers end in a timeout, HTTP and TCP go on', async () => {
    const laboratory = await openLaboratory(SCENARIO, '127.36.2.1');
    try {
      await laboratory.fault({ datagrams: { drop: 1 } });
      // five tries of half a second a file (phone-config.md 3)
      await laboratory.act({ action: 'power-on' }, ALL, { concurrency: 10 }, 60_000);
      expect(await total(laboratory, 'transfers', 'ok')).toBe(0);
      expect(await total(laboratory, 'transfers', 'timeout')).toBeGreaterThanOrEqual(8);
      // with the lists and the configuration of their flash
      expect(await total(laboratory, 'registrations', 'accepted')).toBe(8);
    } finally {
      await laboratory.close();
    }
  });
});
