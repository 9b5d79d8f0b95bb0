import { fileNames } from '../device/name.js';
import { ROLE_CODES } from '../device/role.js';
import {
  blankItlRecord,
  certificateRecord,
  hashRecord,
  ITL_DNS_NAME,
  type RecordSpec,
  type WrittenDigest,
} from '../trustfile/index.js';
import type { Identity } from './identity.js';
import { isMadeOf, type ListFile, writeList } from './list-file.js';
import type { ClusterMode } from './spec.js';
import { type ClusterState, certificateOf, identityOf, type NodeState, publisherOf } from './state.js';

/** What a TFTP service brings to its ITL of what it holds; the rest of the list is what is stored. */
export interface ItlSigning {
  readonly signer: Identity;
  readonly digest: WrittenDigest;
  /** Decides between the roles TFTP and CCM+TFTP (cluster-operations.md 1.1). */
  readonly mode: ClusterMode;
}

/** ITL records have no IPADDRESS (trust-files.md 4.3). */
const OPTIONS = { dnsName: ITL_DNS_NAME } as const;

/**
 * Records of a node's ITL: the **stored** certificates of all services, also of those that still hold older ones (section
 * 1.4), and those of external services. The signer comes first, then the order of trust-files.md 10.
 */
function itlRecords(state: ClusterState, node: NodeState, mode: ClusterMode): RecordSpec[] {
  const { itlSigner, hasItlRecovery, itlHashRecords } = state.rules;
  const callManager = identityOf(node, 'CallManager').certificate;
  const publisher = publisherOf(state);
  const sast = [certificateRecord('SAST', callManager, OPTIONS)];
  if (hasItlRecovery) {
    const recovery = certificateRecord('SAST', identityOf(publisher, 'ITLRecovery').certificate, OPTIONS);
    if (itlSigner === 'ITLRecovery') sast.unshift(recovery);
    else sast.push(recovery);
  }
  const written = itlHashRecords ? hashRecord : certificateRecord;
  const record = (role: 'TVS' | 'CAPF', server: NodeState): RecordSpec[] => {
    const certificate = certificateOf(server, role);
    return certificate === undefined ? [] : [written(role, certificate, OPTIONS)];
  };
  return [
    ...sast,
    certificateRecord(mode === 'mixed' ? 'CCM+TFTP' : 'TFTP', callManager, OPTIONS),
    ...state.nodes.filter((other) => other.services.has('TVS')).flatMap((other) => record('TVS', other)),
    ...(publisher.services.has('CAPF') ? record('CAPF', publisher) : []),
  ];
}

/** The blank ITL of R-65: only CAPF keeps its certificate; header and signature are as always. There is no blank CTL. */
function blanked(records: readonly RecordSpec[]): RecordSpec[] {
  return records.map((record) => (record.role === ROLE_CODES.CAPF ? record : blankItlRecord(record.role)));
}

/**
 * The ITL that a TFTP service has now. Where content, signer and digest are those of the one before, its octets stay
 * (section 1.1: R-13 then holds for the phones).
 */
export function currentItl(
  state: ClusterState,
  node: NodeState,
  signing: ItlSigning,
  before: ListFile | null,
  now: number,
): ListFile {
  const records = itlRecords(state, node, signing.mode);
  const parts = {
    filename: fileNames.clusterItl,
    records: state.parameters.rollback ? blanked(records) : records,
    signer: signing.signer,
    digest: signing.digest,
  };
  return before !== null && isMadeOf(before, parts) ? before : writeList(parts, now, before);
}
