import type { Operation, ServiceName } from '../cluster/operation.js';
import { addressesOf, tftpAddress } from './external-routes.js';
import { nodeLabel } from './node-label.js';
import type { LaboratoryClusters } from './plan.js';
import type { ShardCluster } from './shard-messages.js';

/** Services that phones talk to. */
const PHONE_SERVICES: readonly ServiceName[] = ['TFTP', 'TVS', 'CallManager', 'CAPF', 'Tomcat'];

/** How long phones may take to find their way after services were restarted, milliseconds. */
export const SETTLE_LIMIT_MS = 30_000;

/** The clusters of a run as phones meet them. */
export function shardClusters(clusters: LaboratoryClusters): ShardCluster[] {
  return clusters.map(({ name, nodes }) => ({
    name,
    nodes: nodes.map((node) => ({
      name: node.name,
      label: nodeLabel(clusters, name, node.name),
      address: tftpAddress(node),
      addresses: addressesOf(node),
      tftp: node.services.includes('TFTP'),
    })),
  }));
}

/** Services that an operation stops and starts on some nodes: those of a restart, all of a node that reboots or leaves. */
export function interruptedBy(operation: Operation): readonly ServiceName[] | undefined {
  switch (operation.op) {
    case 'restart':
      return operation.services;
    case 'set-tls-min':
    case 'common-criteria':
    case 'fips':
    case 'reboot':
    case 'rename':
    case 'remove-node':
    case 'restore':
    case 'rebuild-publisher':
    case 'upgrade':
      return PHONE_SERVICES;
    default:
      return undefined;
  }
}

/** A node that comes or goes with an operation. */
export type NodeChange = Extract<Operation, { readonly op: 'add-node' | 'remove-node' }>;

/**
 * The clusters with a node more or less.
 *
 * @param cluster the one it belongs to; the phones' home when left out
 * @param addressOf address of the node with this label
 */
export function withNodeChange(
  clusters: readonly ShardCluster[],
  operation: NodeChange,
  cluster: string | undefined,
  addressOf: (label: string) => string,
): ShardCluster[] {
  const changed = (nodes: ShardCluster['nodes'], of: string): ShardCluster['nodes'] => {
    if (operation.op === 'remove-node') return nodes.filter(({ name }) => name !== operation.node);
    const { name, services } = operation.node;
    const label = nodeLabel(clusters, of, name);
    const address = addressOf(label);
    return [...nodes, { name, label, address, addresses: [address], tftp: services.includes('TFTP') }];
  };
  return clusters.map((one, i) =>
    (cluster === undefined ? i === 0 : one.name === cluster)
      ? { ...one, nodes: changed(one.nodes, one.name) }
      : one,
  );
}
