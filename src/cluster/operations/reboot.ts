import { type ClusterContext, seconds } from '../context.js';
import type { NodeChoice } from '../operation.js';
import { startNode } from '../start.js';
import type { ClusterState, NodeState } from '../state.js';
import { chosenNodes } from './node-choice.js';
import type { OperationResult, RestartedServices } from './result.js';

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

/** `utils system restart` on each of the nodes. */
export function rebootNodes(
  state: ClusterState,
  choice: NodeChoice,
  context: ClusterContext,
): OperationResult {
  const nodes = chosenNodes(state, choice, () => true, 'there is no node');
  return {
    ...reboot(state, nodes, seconds(context.now())),
    output: nodes.map(({ name }) => `${name}: The system is restarted`),
  };
}
