import type { HeldByServices } from './held.js';
import type { AddedNode, CertificatePurpose } from './operation.js';
import type { NodeSpec } from './spec.js';
import { type ClusterState, type NodeState, nodeExternal, servicesOf } from './state.js';
import { DEFAULT_TLS } from './tls.js';

const NOTHING_HELD: HeldByServices = { identities: {}, tftp: null, callManager: null, tvsStores: null };

/** A node as it is installed, without certificates and with nothing started. */
export function emptyNode(
  cluster: string,
  domain: string,
  spec: AddedNode & Pick<NodeSpec, 'address' | 'external'>,
): NodeState {
  return {
    name: spec.name,
    hostName: spec.hostName ?? `${cluster}-${spec.name}`.toLowerCase().replace(/[^a-z0-9-]+/g, '-'),
    domain,
    address: spec.address,
    services: servicesOf(spec.services),
    external: nodeExternal(spec.external),
    identities: {},
    requests: {},
    signed: {},
    tls: DEFAULT_TLS,
    held: NOTHING_HELD,
  };
}

/** Fully qualified name, as it stands in certificates. */
export function hostOf(node: Pick<NodeState, 'hostName' | 'domain'>): string {
  return `${node.hostName}.${node.domain}`;
}

/** Identities that a node has now: those it was installed with, and those made later. */
export function purposesOf(node: NodeState): readonly CertificatePurpose[] {
  return Object.keys(node.identities) as CertificatePurpose[];
}

/** Warning of an operation that leaves an older CTL behind (OP-05). */
export function ctlWarning(state: ClusterState): readonly string[] {
  return state.mode === 'mixed'
    ? ['Run "utils ctl update CTLFile", restart the services, then reset the phones.']
    : [];
}
