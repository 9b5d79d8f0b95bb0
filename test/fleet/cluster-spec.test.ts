import { describe, expect, it } from 'vitest';
import { clusterSpec } from '../../src/fleet/cluster-spec.js';
import { loadModels } from '../../src/fleet/profiles.js';
import { laboratorySpec } from '../../src/scenario/laboratory-spec.js';
import { readScenario } from '../../src/scenario/read.js';

describe('clusters of one machine', () => {
  const models = loadModels();
  const plan = readScenario(
    `name: x
clusters: { source: CL-3, destination: CL-1 }
fleet:
  set: [ { for: all, ip: { mode: two-stack }, capf: { addresses: [ipv6, ipv4] } } ]
steps: [ { wait: 1s } ]`,
    'x.yaml',
  );
  const { clusters, devices } = laboratorySpec(plan, models);
  const [source, destination] = clusters;

  it('share [::1]: node after node has the next hundred ports (contracts.md 1)', () => {
    const first = clusterSpec(source, devices.slice(0, 1), models, []);
    expect(first.devices[0]?.capfAddresses).toEqual(['::1', '127.10.0.1']);
    if (destination === undefined) throw new Error('two clusters');
    const second = clusterSpec(destination, devices.slice(0, 1), models, [], source.nodes.length);
    // three nodes come before
    expect(second.devices[0]?.capfAddresses).toEqual([{ address: '::1', port: 4104 }, '127.10.1.1']);
  });
});
