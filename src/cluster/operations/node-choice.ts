import type { NodeChoice } from '../operation.js';
import { type ClusterState, type NodeState, nodeOf } from '../state.js';
import { refused } from './result.js';

/**
 * Nodes that an operation is about: of those named, or of all, the ones that `fits` says it concerns.
 *
 * @param what for the refusal, e.g. `TFTP does not run`.
 * @throws TrustfleetError TF_OPERATION_REFUSED for an unknown node, or when it concerns none of them.
 */
export function chosenNodes(
  state: ClusterState,
  nodes: NodeChoice,
  fits: (node: NodeState) => boolean,
  what: string,
): NodeState[] {
  const named = nodes === 'all' ? state.nodes : [...new Set(nodes)].map((name) => nodeOf(state, name));
  const chosen = named.filter(fits);
  if (chosen.length > 0) return chosen;
  const possible = state.nodes.filter(fits).map((node) => node.name);
  const where = nodes === 'all' ? 'any node' : nodes.join(', ');
  throw refused(
    `${what} on ${where}${possible.length === 0 ? '' : `: expected one of ${possible.join(', ')}`}`,
  );
}
