import { addressBook } from '../address-book.js';
import { type ClusterContext, seconds } from '../context.js';
import { ownsIdentity, servesPhones } from '../identity-owner.js';
import { ctlWarning, emptyNode, hostOf } from '../node.js';
import type { AddedNode } from '../operation.js';
import { checkNodes, MAX_NODES } from '../spec-check.js';
import { startNode } from '../start.js';
import { type ClusterState, nodeOf, publisherOf, withNode } from '../state.js';
import { newIdentities } from './regenerate.js';
import { type OperationResult, refused } from './result.js';

/**
 * OP-19: a subscriber joins. It has certificates of its own, which the stores of all nodes know from now on, and all its
 * services run. Lists name its TVS once TFTP has made them anew (K-13); until phones hold such a list its TVS is unknown to
 * them. No phone uses it before a CallManager group names it.
 */
export async function addNode(
  state: ClusterState,
  spec: AddedNode,
  context: ClusterContext,
): Promise<OperationResult> {
  const address = spec.address ?? nextAddress(state);
  const now = seconds(context.now());
  if (state.nodes.length >= MAX_NODES) throw refused(`cluster ${state.name} has ${MAX_NODES} nodes already`);
  // CAPF is the publisher's (OP-11)
  if (spec.services.includes('CAPF')) {
    throw refused(`${spec.name}: CAPF runs on the publisher only, expected CallManager, TFTP or TVS`);
  }
  checkNodes(
    {
      name: state.name,
      nodes: [
        ...state.nodes.map(({ name, address: taken }) => ({ name, address: taken })),
        { name: spec.name, address },
      ],
    },
    'TF_OPERATION_REFUSED',
  );
  const publisher = publisherOf(state);
  const installed = emptyNode(state.name, publisher.domain, { ...spec, address });
  // from 15SU2 on the minimum is one for the whole cluster
  const node = state.rules.tls13
    ? { ...installed, tls: { ...installed.tls, min: publisher.tls.min } }
    : installed;
  const other = state.nodes.find((one) => hostOf(one) === hostOf(node));
  if (other !== undefined) throw refused(`host name ${hostOf(node)} is that of ${other.name}`);
  const nodes = [...state.nodes, node];
  // nobody but utils ctl and the CTL client writes the CTL on a server (section 1.1)
  const ctlDeletedOn = state.ctl === null ? state.ctlDeletedOn : new Set([...state.ctlDeletedOn, node.name]);
  let joined: ClusterState = { ...state, nodes, ctlDeletedOn, addresses: addressBook(nodes, now) };
  for (const purpose of state.certificates.installed) {
    if (ownsIdentity(joined, node, purpose)) {
      joined = await newIdentities(joined, purpose, [node.name], context);
    }
  }
  return {
    state: withNode(joined, startNode(joined, nodeOf(joined, node.name), now)),
    output: [
      `${node.name}: added as ${hostOf(node)}, ${address}`,
      ...(servesPhones(node) ? ctlWarning(state) : []),
    ],
  };
}

/** The one after the highest that a node has. */
function nextAddress(state: ClusterState): string {
  const numbers = state.nodes.map(({ address }) =>
    address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0),
  );
  const next = Math.max(...numbers) + 1;
  return [24, 16, 8, 0].map((shift) => Math.floor(next / 2 ** shift) % 256).join('.');
}

/**
 * OP-19: a subscriber leaves. Its certificates stay in the trust stores until somebody deletes them, and in the lists until
 * TFTP makes new ones; the CTL has its record until it is updated.
 */
export function removeNode(state: ClusterState, name: string, context: ClusterContext): OperationResult {
  const node = nodeOf(state, name);
  if (node.name === publisherOf(state).name) throw refused(`${name} is the publisher and cannot be removed`);
  const groups = new Map<string, number>();
  for (const { callManagerGroup } of state.devices.values()) {
    if (callManagerGroup.nodes.includes(name)) {
      groups.set(callManagerGroup.name, (groups.get(callManagerGroup.name) ?? 0) + 1);
    }
  }
  if (groups.size > 0) {
    const users = [...groups].map(([group, devices]) => `${group} of ${devices} devices`).join(', ');
    throw refused(`${name} is in use: CallManager group ${users}; take it out of them first`);
  }
  const trunks = [...state.trunks.values()].filter((trunk) => trunk.nodes.includes(name));
  if (trunks.length > 0) {
    const users = trunks.map((trunk) => trunk.name).join(', ');
    throw refused(`${name} is in use: SIP trunk ${users}; take it out of them first`);
  }
  const nodes = state.nodes.filter((other) => other.name !== name);
  if (!nodes.some(({ services }) => services.has('TFTP'))) throw refused(`${name} is the only TFTP node`);
  const { ctlDeletedOn } = state;
  return {
    state: {
      ...state,
      nodes,
      addresses: addressBook(nodes, seconds(context.now())),
      ctlDeletedOn: new Set([...ctlDeletedOn].filter((other) => other !== name)),
    },
    restarted: [{ node: name, services: [...node.services] }],
    output: [`${name}: removed from the cluster`, ...(servesPhones(node) ? ctlWarning(state) : [])],
  };
}
