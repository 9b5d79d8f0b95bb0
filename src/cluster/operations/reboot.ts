import { startNode } from '../start.js';
import type { ClusterState, NodeState } from '../state.js';
import type { RestartedServices } from './result.js';

/** Nodes restarted one after the other, with every service on them (`utils system restart`, OP-28, OP-29). */
export function reboot(
  state: ClusterState,
  nodes: readonly NodeState[],
  now: number,
): { readonly state: ClusterState; readonly restarted: readonly RestartedServices[] } {
  const names = new Set(nodes.map(({ name }) => name));
  return {
    state: {
      ...state,
      nodes: state.nodes.map((node) => (names.has(node.name) ? startNode(state, node, now) : node)),
    },
    restarted: nodes.map((node) => ({ node: node.name, services: [...node.services] })),
  };
}
