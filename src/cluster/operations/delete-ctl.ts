import { CONSOLE } from '../console.js';
import { runsHere } from '../external.js';
import type { NodeChoice } from '../operation.js';
import { type ClusterState, ctlOn } from '../state.js';
import { chosenNodes } from './node-choice.js';
import type { OperationResult } from './result.js';

/**
 * OP-31, `file delete tftp CTLFile.tlv` on each of the nodes. Phones keep theirs, and a TFTP service goes on serving
 * what it took over at its start (section 1.4).
 */
export function deleteCtl(state: ClusterState, nodes: NodeChoice): OperationResult {
  const chosen = chosenNodes(
    state,
    nodes,
    (node) => runsHere(node, 'TFTP') && ctlOn(state, node) !== null,
    'there is no CTLFile.tlv',
  );
  return {
    state: withoutCtlOn(
      state,
      chosen.map(({ name }) => name),
    ),
    output: chosen.flatMap(({ name }) => CONSOLE.deleteCtl.map((line) => `${name}: ${line}`)),
  };
}

/** The state once these nodes have no CTLFile.tlv; it is nobody's any more where no TFTP node has one. */
export function withoutCtlOn(state: ClusterState, names: readonly string[]): ClusterState {
  const ctlDeletedOn = new Set([...state.ctlDeletedOn, ...names]);
  const isGone = state.nodes.every((node) => !runsHere(node, 'TFTP') || ctlDeletedOn.has(node.name));
  return isGone
    ? { ...state, ctl: null, ctlDeletedOn: new Set(), ctlTokens: [] }
    : { ...state, ctlDeletedOn };
}
