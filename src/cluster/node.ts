import type { HeldByServices } from './held.js';
import type { AddedNode, CertificatePurpose } from './operation.js';
import type { NodeSpec } from './spec.js';
import { type ClusterState, ctlOn, type NodeState, nodeExternal, publisherOf, servicesOf } from './state.js';
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

/**
 * Warning of an operation that leaves an older CTL behind (OP-05), or a publisher without one (OP-21): what makes the next one
 * in this cluster. `utils ctl update CTLFile` would take the tokens off, and changes only a CTL that is there.
 */
export function ctlWarning(state: ClusterState): readonly string[] {
  if (state.mode !== 'mixed') return [];
  const { ctlClient, ctlSigner } = state.rules;
  const isGone = ctlOn(state, publisherOf(state)) === null;
  const hasTokens = ctlClient && (state.ctlTokens.length > 0 || ctlSigner === null);
  const step = hasTokens
    ? `${isGone ? 'Make the CTL again' : 'Update the CTL'} with the CTL client and its tokens`
    : `Run "utils ctl ${isGone ? 'set-cluster mixed-mode", which makes the CTL again' : 'update CTLFile"'}`;
  return [`${step}, restart the services, then reset the phones.`];
}
