import type { FeatureService } from '../cluster/spec.js';
import type { Device } from './devices.js';

interface Place {
  readonly name: string;
  readonly services: readonly FeatureService[];
}

/** Those of `wanted` that run a service, the publisher where none does. */
export function presentNodes(
  wanted: readonly string[],
  nodes: readonly Place[],
  service: 'TFTP' | 'CallManager',
): string[] {
  const found = wanted.filter((name) =>
    nodes.some((node) => node.name === name && node.services.includes(service)),
  );
  return found.length > 0 ? found : nodes.slice(0, 1).map(({ name }) => name);
}

/** A fleet written for other nodes than a cluster has uses those there are, the publisher where none is left. */
export function atNodes(devices: readonly Device[], nodes: readonly Place[]): Device[] {
  return devices.map((device) => ({
    ...device,
    tftp: presentNodes(device.tftp, nodes, 'TFTP'),
    callManagerGroup: {
      name: device.callManagerGroup.name,
      nodes: presentNodes(device.callManagerGroup.nodes, nodes, 'CallManager'),
    },
  }));
}
