import type { FeatureService } from '../cluster/spec.js';
import type { Device, DeviceKind } from './devices.js';

interface Place {
  readonly name: string;
  readonly services: readonly FeatureService[];
}

/** Those of `wanted` that run a service, the publisher where none does. */
function presentNodes(
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
  const kinds = new Map<DeviceKind, DeviceKind>();
  return devices.map((device) => {
    const kind = kinds.get(device.kind) ?? kindAtNodes(device.kind, nodes);
    kinds.set(device.kind, kind);
    return { ...device, kind };
  });
}

function kindAtNodes(kind: DeviceKind, nodes: readonly Place[]): DeviceKind {
  const { name, nodes: members } = kind.callManagerGroup;
  return {
    ...kind,
    tftp: presentNodes(kind.tftp, nodes, 'TFTP'),
    callManagerGroup: { name, nodes: presentNodes(members, nodes, 'CallManager') },
  };
}
