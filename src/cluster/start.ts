import { runsHere } from './external.js';
import type { ServiceName } from './operation.js';
import { type ClusterState, ctlOn, type NodeState, SERVICE_IDENTITY, SERVICES } from './state.js';
import { adoptSigners, rebuildItl, startTftp } from './tftp.js';

/**
 * Start of a service on a node: from now on it holds what is stored (cluster-operations.md 1.4).
 *
 * @param now seconds since 1970.
 */
export function startService(
  state: ClusterState,
  node: NodeState,
  service: ServiceName,
  now: number,
): NodeState {
  const { held } = node;
  const identities = { ...held.identities, [service]: node.identities[SERVICE_IDENTITY[service]] };
  switch (service) {
    case 'TFTP': {
      const files = held.tftp?.files ?? new Map();
      return { ...node, held: { ...held, identities, tftp: startTftp(state, node, files, now) } };
    }
    case 'CallManager': {
      const callManager = {
        mode: state.mode,
        ctl: ctlOn(state, node),
        trust: state.trust['CallManager-trust'],
      };
      return { ...node, held: { ...held, identities, callManager } };
    }
    case 'TVS':
      return { ...node, held: { ...held, identities, tvsStores: state.trust } };
    default:
      return { ...node, held: { ...held, identities } };
  }
}

/** Every service of a node that is not elsewhere started, as after a boot. */
export function startNode(state: ClusterState, node: NodeState, now: number): NodeState {
  return SERVICES.filter((service) => runsHere(node, service)).reduce(
    (started, service) => startService(state, started, service, now),
    node,
  );
}

/**
 * K-13 `at once`: TFTP signs with what is stored and rebuilds its ITL. What the ports of the other services show is decided where
 * it is asked (`identityShown`).
 */
export function adoptIdentities(state: ClusterState, node: NodeState, now: number): NodeState {
  const { tftp } = node.held;
  if (tftp === null) return node;
  const adopted = rebuildItl(state, node, adoptSigners(state, node, tftp, now), now);
  return { ...node, held: { ...node.held, tftp: adopted } };
}
