import type { Organisation } from '../../pki/cucm-certificates.js';
import type { ClusterContext } from '../context.js';
import { type ClusterState, nodeOf } from '../state.js';
import { newIdentities } from './regenerate.js';
import type { OperationResult } from './result.js';

/**
 * OP-13, `set web-security`: the organisation that certificates name from now on, and a new tomcat certificate that names it.
 * Cisco Tomcat shows it after its restart. On a real cluster each node has an organisation of its own; here all have one.
 */
export async function setWebSecurity(
  state: ClusterState,
  name: string,
  organisation: Organisation,
  context: ClusterContext,
): Promise<OperationResult> {
  const node = nodeOf(state, name);
  return {
    state: await newIdentities({ ...state, organisation }, 'tomcat', [node.name], context),
    output: [
      `${node.name}: Successfully Regenerated Certificate for tomcat.`,
      `${node.name}: Restart Cisco Tomcat with "utils service restart Cisco Tomcat"`,
    ],
  };
}
