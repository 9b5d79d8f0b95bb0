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
  const ctlDeletedOn = new Set([...state.ctlDeletedOn, ...chosen.map(({ name }) => name)]);
  const isGone = state.nodes.every((node) => !runsHere(node, 'TFTP') || ctlDeletedOn.has(node.name));
  return {
    state: isGone
      ? { ...state, ctl: null, ctlDeletedOn: new Set(), ctlTokens: [] }
      : { ...state, ctlDeletedOn },
    output: chosen.flatMap(({ name }) => CONSOLE.deleteCtl.map((line) => `${name}: ${line}`)),
  };
}
