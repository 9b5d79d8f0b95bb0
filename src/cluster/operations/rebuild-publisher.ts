import { type ClusterContext, seconds } from '../context.js';
import { ctlWarning } from '../node.js';
import { type ClusterState, ctlOn, nodeOf, publisherOf } from '../state.js';
import { withoutIdentities } from '../trust-store.js';
import { withoutCtlOn } from './delete-ctl.js';
import { reboot } from './reboot.js';
import { renewNode } from './regenerate.js';
import { type OperationResult, refused } from './result.js';

/**
 * OP-21, `utils disaster_recovery prepare restore pub_from_sub`: the publisher is installed anew and its database comes from a
 * subscriber. Its certificates do not come back, nor do its TFTP files (221069): new identities, its old CAPF is nobody's any
 * more, and it has no CTL until one is made. At the end of the procedure every node restarts, which is part of it here.
 */
export async function rebuildPublisher(
  state: ClusterState,
  context: ClusterContext,
): Promise<OperationResult> {
  const publisher = publisherOf(state);
  if (state.nodes.length === 1) {
    throw refused(
      `cluster ${state.name} has no subscriber to take the database from: expected a backup to restore`,
    );
  }
  const lost = Object.values(publisher.identities).map(({ certificate }) => certificate);
  const hadCtl = ctlOn(state, publisher) !== null;
  const bare: ClusterState = {
    ...(hadCtl ? withoutCtlOn(state, [publisher.name]) : state),
    trust: withoutIdentities(state.trust, lost),
    nodes: state.nodes.map((node) =>
      node.name === publisher.name ? { ...node, requests: {}, signed: {} } : node,
    ),
  };
  const changed = await renewNode(bare, publisher.name, context);
  return {
    ...reboot(changed, changed.nodes, seconds(context.now())),
    output: [
      `${publisher.name}: installed anew, database restored from ${nodeOf(changed, changed.nodes[1]?.name ?? '').name}`,
      `${publisher.name}: all certificates of the node are new; LSCs of the old CAPF have to be issued again`,
      ...(hadCtl ? [`${publisher.name}: there is no CTLFile.tlv`] : []),
      'Restart of all nodes: the new certificates are in use from now on',
      ...ctlWarning(changed),
    ],
  };
}
