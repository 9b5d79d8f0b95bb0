import type { NodeChoice, Operation, ServiceName } from '../cluster/operation.js';
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

/** Services that an operation stops and starts. */
export interface Outage {
  readonly services: readonly ServiceName[];
  /** Of the operation's cluster by their own names, of a run by their labels. */
  readonly nodes: NodeChoice;
}

/** Those of a restart, all of a node that reboots or leaves. */
export function outageOf(operation: Operation): Outage | undefined {
  switch (operation.op) {
    case 'restart':
      return operation;
    case 'set-tls-min':
    case 'common-criteria':
    case 'fips':
    case 'reboot':
      return { services: PHONE_SERVICES, nodes: operation.nodes };
    case 'rename':
    case 'remove-node':
      return { services: PHONE_SERVICES, nodes: [operation.node] };
    case 'restore':
    case 'rebuild-publisher':
    case 'upgrade':
      return { services: PHONE_SERVICES, nodes: 'all' };
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

/** Labels of the nodes that an operation of a cluster is about; of the home's where none is named. */
export function labelsOf(
  clusters: readonly ShardCluster[],
  cluster: string | undefined,
  choice: NodeChoice,
): string[] {
  const nodes = clusters.find(({ name }, i) => (cluster === undefined ? i === 0 : name === cluster))?.nodes;
  return (nodes ?? [])
    .filter(({ name }) => choice === 'all' || choice.includes(name))
    .map(({ label }) => label);
}
