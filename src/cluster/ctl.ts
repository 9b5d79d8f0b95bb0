import { fileNames } from '../device/name.js';
import { TrustfleetError } from '../errors.js';
import {
  certificateRecord,
  emptyRecord,
  etokenRecord,
  type RecordOptions,
  type RecordSpec,
  type Signer,
} from '../trustfile/index.js';
import { writeList } from './list-file.js';
import { type ClusterState, identityOf, type NodeState, publisherOf, servesPhones } from './state.js';

/**
 * Records of the CTL (section 1.2, trust-files.md 10): SAST, the publisher, CAPF, the other servers, each with its stored
 * certificate. In non-secure mode the servers lose theirs and all else stays. With tokens there is no SIGNATURE in any
 * record, as the CTL client writes it (trust-files.md 4.3).
 */
export function ctlRecords(state: ClusterState): RecordSpec[] {
  const publisher = publisherOf(state);
  const { ctlTokens, rules } = state;
  const signature = ctlTokens.length === 0 ? ('included' as const) : ('omitted' as const);
  const of = (node: NodeState): RecordOptions => ({ ...place(node), signature });
  const [first, ...others] = state.nodes
    .filter(servesPhones)
    .map((node) =>
      state.mode === 'mixed'
        ? certificateRecord('CCM+TFTP', identityOf(node, 'CallManager').certificate, of(node))
        : emptyRecord('CCM+TFTP', place(node)),
    );
  return [
    ...ctlTokens.map(({ certificate }) => etokenRecord(certificate)),
    ...(ctlTokens.length === 0 ? rules.ctlSast : rules.ctlTokenSast).map((purpose) =>
      certificateRecord('SAST', identityOf(publisher, purpose).certificate, of(publisher)),
    ),
    ...(first === undefined ? [] : [first]),
    ...(publisher.services.has('CAPF')
      ? [certificateRecord('CAPF', identityOf(publisher, 'CAPF').certificate, of(publisher))]
      : []),
    ...others,
  ];
}

/** DNSNAME is the node's address too: what phones read has no names (contracts.md 1). */
function place(node: NodeState): { readonly dnsName: string; readonly ipAddress: string } {
  return { dnsName: node.address, ipAddress: node.address };
}

/**
 * The state with `CTLFile.tlv` anew on all TFTP nodes, for its mode and its tokens, with a new time stamp (section 1.1).
 *
 * @param now seconds since 1970.
 * @param signer who signs it; left out: the key of the publisher that section 1.2 names, or for a CTL with tokens the one
 *   that signed the CTL before (OP-03: the simulator has the token's key).
 * @throws TrustfleetError TF_OPERATION_REFUSED before 10.0 without tokens, where there is no `utils ctl`.
 */
export function withNewCtl(state: ClusterState, now: number, signer?: Signer): ClusterState {
  const ctl = writeList(
    {
      filename: fileNames.clusterCtl,
      records: ctlRecords(state),
      signer: signer ?? usualSigner(state),
      digest: state.parameters.tftpSignature,
    },
    now,
    state.ctl,
  );
  return { ...state, ctl, ctlDeletedOn: new Set() };
}

function usualSigner(state: ClusterState): Signer {
  if (state.ctlTokens.length > 0 && state.ctl !== null) return state.ctl.signer;
  const purpose = state.rules.ctlSigner;
  if (purpose === null) {
    throw new TrustfleetError(
      'TF_OPERATION_REFUSED',
      `release ${state.release.text} has no "utils ctl" commands: expected 10.0 or later`,
    );
  }
  return identityOf(publisherOf(state), purpose);
}
