import { type ClusterContext, seconds } from '../context.js';
import { ctlWarning, hostOf } from '../node.js';
import type { Operation } from '../operation.js';
import { type ClusterState, nodeOf, withNode } from '../state.js';
import { reboot } from './reboot.js';
import { renewNode } from './regenerate.js';
import { type OperationResult, refused } from './result.js';

type RenameOperation = Extract<Operation, { readonly op: 'rename' }>;

/** Labels of RFC 1123, of 63 characters at most. */
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
/** Labels with dots between them; a whole name has 255 octets at most (RFC 1035 2.3.4). */
const DOMAIN = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const MAX_HOST = 255;

/**
 * OP-18: `set network hostname`, `set network domain`. All certificates of the node are made anew under the new name at once,
 * and the node restarts. The old ones stay in the trust stores, where they have another common name. Nothing that phones read
 * has host names in it, so nothing else changes for them.
 */
export async function renameNode(
  state: ClusterState,
  operation: RenameOperation,
  context: ClusterContext,
): Promise<OperationResult> {
  const node = nodeOf(state, operation.node);
  const domain = operation.domain ?? node.domain;
  const hostName =
    operation.hostName ?? (operation.domain === undefined ? `${node.hostName}-new` : node.hostName);
  const host = hostOf({ hostName, domain });
  if (!LABEL.test(hostName)) {
    throw refused(`host name "${hostName}": expected 1 to 63 letters, digits and hyphens`);
  }
  if (!DOMAIN.test(domain) || host.length > MAX_HOST) {
    throw refused(`domain "${domain}": expected a DNS domain such as voice.example`);
  }
  if (host === hostOf(node)) throw refused(`${node.name} is ${host} already`);
  const other = state.nodes.find((one) => one.name !== node.name && hostOf(one) === host);
  if (other !== undefined) throw refused(`host name ${host} is that of ${other.name}`);
  const renamed = withNode(state, { ...node, hostName, domain, requests: {}, signed: {} });
  const changed = await renewNode(renamed, node.name, context);
  return {
    ...reboot(changed, [nodeOf(changed, node.name)], seconds(context.now())),
    output: [
      `${node.name}: host name changed from ${hostOf(node)} to ${host}`,
      `${node.name}: all certificates of the node were regenerated`,
      `${node.name}: The system will reboot in few minutes.`,
      ...ctlWarning(state),
    ],
  };
}
