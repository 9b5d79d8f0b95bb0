import type { ClusterContext } from './context.js';
import type { Operation } from './operation.js';
import { ctlClient } from './operations/ctl-client.js';
import { deleteCtl } from './operations/delete-ctl.js';
import { setParameter } from './operations/parameter.js';
import { regenerate } from './operations/regenerate.js';
import { resetCtl, resetItl } from './operations/reset-localkey.js';
import { restart } from './operations/restart.js';
import { type OperationResult, refused } from './operations/result.js';
import { setCluster, updateCtl } from './operations/set-cluster.js';
import { trustDelete, trustImport } from './operations/trust.js';
import type { ClusterState } from './state.js';

/**
 * What an administrator does to a cluster. The state given stays as it is, so an operation that is refused changes nothing.
 *
 * @throws TrustfleetError TF_OPERATION_REFUSED with what was found and what would have been expected.
 */
export async function operate(
  state: ClusterState,
  operation: Operation,
  context: ClusterContext,
): Promise<OperationResult> {
  switch (operation.op) {
    case 'regenerate':
      return regenerate(state, operation.purpose, operation.nodes, context);
    case 'restart':
      return restart(state, operation.services, operation.nodes, context);
    case 'set-cluster':
      return setCluster(state, operation.mode === 'mixed-mode' ? 'mixed' : 'non-secure', context);
    case 'update-ctl':
      return updateCtl(state, context);
    case 'ctl-client':
      return ctlClient(state, operation, context);
    case 'reset-localkey':
      return operation.list === 'itl' ? resetItl(state, context) : resetCtl(state, context);
    case 'delete-ctl':
      return deleteCtl(state, operation.nodes);
    case 'trust-import':
      return trustImport(state, operation.source, operation.to, context);
    case 'trust-delete':
      return trustDelete(state, operation);
    case 'parameter':
      return setParameter(state, operation.name, operation.value, context);
    default:
      throw refused(`operation ${operation.op} is not known`);
  }
}
