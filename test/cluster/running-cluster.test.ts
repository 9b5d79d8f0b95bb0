import { describe, expect, it } from 'vitest';
import { RunningCluster } from '../../src/cluster/running-cluster.js';
import { cluster } from './lab.js';

describe('operations of one cluster', () => {
  it('run one after the other, and a refused one holds up nobody', async () => {
    const made = await cluster('12.5(1)');
    const running = new RunningCluster(made.state, made.lab.context);
    const now = (_: unknown, adopt: () => void): Promise<void> => Promise.resolve(adopt());
    const [first, refused, second] = await Promise.allSettled([
      running.operate({ op: 'parameter', name: 'serving-count', value: 7 }, now),
      running.operate({ op: 'parameter', name: 'serving-count', value: 0 }, now),
      running.operate({ op: 'parameter', name: 'certificate-validity', value: 11 }, now),
    ]);
    expect([first?.status, refused?.status, second?.status]).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(running.state.parameters).toMatchObject({ servingCount: 7, lscDays: 11 });
  });
});
