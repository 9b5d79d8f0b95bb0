import { showLines } from './command-line/show.js';
import type { ClusterContext } from './context.js';
import { externalRefusal } from './external.js';
import type { Operation } from './operation.js';
import { restoreBackup, takeBackup } from './operations/backup.js';
import { bulkImport } from './operations/bulk-certificates.js';
import { setCapf } from './operations/capf.js';
import { generateCsr } from './operations/csr.js';
import { ctlClient } from './operations/ctl-client.js';
import { deleteCtl } from './operations/delete-ctl.js';
import { changeDevices } from './operations/device.js';
import { installLoad } from './operations/install-load.js';
import { addNode, removeNode } from './operations/nodes.js';
import { setParameter } from './operations/parameter.js';
import { rebootNodes } from './operations/reboot.js';
import { rebuildPublisher } from './operations/rebuild-publisher.js';
import { regenerate } from './operations/regenerate.js';
import { renameNode } from './operations/rename.js';
import { resetCtl, resetItl } from './operations/reset-localkey.js';
import { resetItlRemotely } from './operations/reset-remotekey.js';
import { restart } from './operations/restart.js';
import { type OperationResult, refused } from './operations/result.js';
import { setCluster, updateCtl } from './operations/set-cluster.js';
import { signRequests } from './operations/sign.js';
import { pingSipTrunk, setSipTrunk } from './operations/sip-trunk.js';
import { setCommonCriteria, setFips, setTlsMinimum } from './operations/tls.js';
import { trustDelete, trustImport } from './operations/trust.js';
import { upgrade } from './operations/upgrade.js';
import { uploadSigned } from './operations/upload.js';
import { utilsCapf } from './operations/utils-capf.js';
import { setWebSecurity } from './operations/web-security.js';
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
  const refusal = externalRefusal(state.nodes, operation);
  if (refusal !== undefined) throw refused(refusal);
  switch (operation.op) {
    case 'regenerate':
      return regenerate(state, operation.purpose, operation.nodes, context);
    case 'restart':
      return restart(state, operation.services, operation.nodes, context);
    case 'set-cluster':
      return setCluster(state, operation.mode === 'mixed-mode' ? 'mixed' : 'non-secure', context);
    case 'update-ctl':
      return updateCtl(state, context);
    case 'set-tls-min':
      return setTlsMinimum(state, operation.version, operation.nodes, context);
    case 'common-criteria':
      return setCommonCriteria(state, operation.enable, operation.nodes, context);
    case 'fips':
      return setFips(state, operation.enable, operation.nodes, context);
    case 'csr':
      return generateCsr(state, operation, context);
    case 'sign':
      return signRequests(state, operation, context);
    case 'upload':
      return uploadSigned(state, operation.purpose, operation.nodes, context);
    case 'capf':
      return setCapf(state, operation, context);
    case 'utils-capf':
      return utilsCapf(state, operation.command);
    case 'device':
      return changeDevices(state, operation, context);
    case 'install-load':
      return installLoad(state, operation.load, operation.image);
    case 'ctl-client':
      return ctlClient(state, operation, context);
    case 'reset-localkey':
      return operation.list === 'itl' ? resetItl(state, context) : resetCtl(state, context);
    case 'reset-remotekey':
      return resetItlRemotely(state, operation.from, context);
    case 'delete-ctl':
      return deleteCtl(state, operation.nodes);
    case 'trust-import':
      return trustImport(state, operation.source, operation.to, context);
    case 'bulk-certificates':
      return bulkImport(state, operation.with, context);
    case 'trust-delete':
      return trustDelete(state, operation);
    case 'rename':
      return renameNode(state, operation, context);
    case 'add-node':
      return addNode(state, operation.node, context);
    case 'remove-node':
      return removeNode(state, operation.node, context);
    case 'backup':
      return takeBackup(state, operation.name, context);
    case 'restore':
      return restoreBackup(state, operation.name, context);
    case 'rebuild-publisher':
      return rebuildPublisher(state, context);
    case 'upgrade':
      return upgrade(state, operation.release, context);
    case 'reboot':
      return rebootNodes(state, operation.nodes, context);
    case 'web-security':
      return setWebSecurity(state, operation.node, operation.organisation, context);
    case 'sip-trunk':
      return setSipTrunk(state, operation.trunk);
    case 'options-ping':
      return pingSipTrunk(state, operation.trunk);
    case 'show':
      return { state, output: showLines(state, operation.node, operation.show, context) };
    case 'parameter':
      return setParameter(state, operation.name, operation.value, context);
  }
}
