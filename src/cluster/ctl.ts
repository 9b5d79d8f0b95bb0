import { fileNames } from '../device/name.js';
import { TrustfleetError } from '../errors.js';
import { certificateRecord, emptyRecord, type RecordSpec } from '../trustfile/index.js';
import { type ListFile, writeList } from './list-file.js';
import { type ClusterState, identityOf, type NodeState, publisherOf, servesPhones } from './state.js';

/**
 * Records of the tokenless CTL (section 1.2, trust-files.md 10): SAST, the publisher, CAPF, the other servers, each with its
 * stored certificate. In non-secure mode the servers lose theirs and all else stays.
 */
export function ctlRecords(state: ClusterState): RecordSpec[] {
  const publisher = publisherOf(state);
  const ofPublisher = place(publisher);
  const [first, ...others] = state.nodes
    .filter(servesPhones)
    .map((node) =>
      state.mode === 'mixed'
        ? certificateRecord('CCM+TFTP', identityOf(node, 'CallManager').certificate, place(node))
        : emptyRecord('CCM+TFTP', place(node)),
    );
  return [
    ...state.rules.ctlSast.map((purpose) =>
      certificateRecord('SAST', identityOf(publisher, purpose).certificate, ofPublisher),
    ),
    ...(first === undefined ? [] : [first]),
    ...(publisher.services.has('CAPF')
      ? [certificateRecord('CAPF', identityOf(publisher, 'CAPF').certificate, ofPublisher)]
      : []),
    ...others,
  ];
}

/** DNSNAME is the node's address too: what phones read has no names (contracts.md 1). */
function place(node: NodeState): { readonly dnsName: string; readonly ipAddress: string } {
  return { dnsName: node.address, ipAddress: node.address };
}

/**
 * `CTLFile.tlv` anew, for the mode that the cluster is in, with a new time stamp (section 1.1). Signed by a key of the
 * publisher (section 1.2).
 *
 * @param now seconds since 1970.
 * @throws TrustfleetError TF_OPERATION_REFUSED before 10.0, where there is no `utils ctl`.
 */
export function writeCtl(state: ClusterState, now: number): ListFile {
  const signer = state.rules.ctlSigner;
  if (signer === null) {
    throw new TrustfleetError(
      'TF_OPERATION_REFUSED',
      `release ${state.release.text} has no "utils ctl" commands: expected 10.0 or later`,
    );
  }
  return writeList(
    {
      filename: fileNames.clusterCtl,
      records: ctlRecords(state),
      signer: identityOf(publisherOf(state), signer),
      digest: state.parameters.tftpSignature,
    },
    now,
    state.ctl,
  );
}
