import type { ClusterContext } from '../context.js';
import type { CertificatePurpose } from '../operation.js';
import type { ClusterState } from '../state.js';
import { type TrustStoreName, withUploadedCertificate } from '../trust-store.js';
import { type OperationResult, refused } from './result.js';

/** What is exported, and where an import puts it (OP-25). */
const IMPORTED_TO: readonly (readonly [CertificatePurpose, readonly TrustStoreName[]])[] = [
  ['tomcat', ['tomcat-trust']],
  ['CAPF', ['CallManager-trust']],
  ['CallManager', ['Phone-SAST-trust', 'CallManager-trust']],
  ['ITLRecovery', ['Phone-SAST-trust', 'CallManager-trust']],
];

/**
 * OP-25, Bulk Certificate Management: imports what the other clusters have exported and one of them has consolidated. TVS
 * takes it over at its restart, CallManager too. Certificates that another cluster does not have (no ITLRecovery before
 * 10.0, a tomcat that was never made here) are not in its export.
 *
 * @param clusters names of the others that take part.
 */
export function bulkImport(
  state: ClusterState,
  clusters: readonly string[],
  context: ClusterContext,
): OperationResult {
  if (clusters.length === 0) throw refused('no other cluster to exchange certificates with');
  const now = context.now();
  const output: string[] = [];
  let { trust } = state;
  for (const name of clusters) {
    const other = name === state.name ? undefined : context.cluster?.(name);
    if (other === undefined) throw refused(`no cluster ${name} to exchange certificates with`);
    for (const [purpose, stores] of IMPORTED_TO) {
      for (const { certificate } of other.nodes.flatMap(({ identities }) => identities[purpose] ?? [])) {
        const title = certificate.commonName.trim();
        if (certificate.notAfter < now) {
          throw refused(
            `${purpose} certificate ${title} of ${name} expired at ${certificate.notAfter.toISOString()}: import refused`,
          );
        }
        const imported = withUploadedCertificate(trust, stores, { certificate, purpose, origin: 'imported' });
        trust = imported.stores;
        output.push(
          ...stores.map((store) =>
            imported.kept.includes(store)
              ? `${store}: ${title} of ${name} is older than the one that is there, which stays`
              : `${store}: ${title} of ${name} imported`,
          ),
        );
      }
    }
  }
  return { state: { ...state, trust }, output };
}
