import { isAtLeast } from '../../device/release.js';
import { ROLE_CODES } from '../../device/role.js';
import { parseTrustFile, signerIdOf } from '../../trustfile/index.js';
import { CONSOLE } from '../console.js';
import { type ClusterContext, seconds } from '../context.js';
import { withNewCtl } from '../ctl.js';
import type { Identity } from '../identity.js';
import { currentItl } from '../itl.js';
import type { CertificatePurpose } from '../operation.js';
import { type ClusterState, ctlOn, identityOf, type NodeState, publisherOf } from '../state.js';
import { type OperationResult, refused } from './result.js';
import { checkCtlExists } from './set-cluster.js';

/**
 * The **other** SAST of section 1.2: ITLRecovery in 10.0 to 11.5, the publisher's CallManager from 12.0 on.
 *
 * @throws TrustfleetError TF_OPERATION_REFUSED before 10.0, which has no ITLRecovery.
 */
function recoverySigner(state: ClusterState): Identity {
  if (!state.rules.hasItlRecovery) {
    throw refused(`release ${state.release.text} has no ITLRecovery key: expected 10.0 or later`);
  }
  const purpose = state.rules.itlSigner === 'ITLRecovery' ? 'CallManager' : 'ITLRecovery';
  return identityOf(publisherOf(state), purpose);
}

/** An ITLRecovery of 1024 bits beside servers of 2048 (OP-12, 214231). */
function checkRecoverySize(state: ClusterState): void {
  const publisher = publisherOf(state);
  const recovery = identityOf(publisher, 'ITLRecovery').certificate.keyBits;
  const servers = identityOf(publisher, 'CallManager').certificate.keyBits;
  if (recovery >= servers) return;
  throw refused(
    `the ITLRecovery key has ${recovery} bits and that of CallManager ${servers}: regenerate ITLRecovery first`,
  );
}

/**
 * OP-23, `utils itl reset localkey`: the publisher's ITL, signed by the other SAST, on all TFTP nodes at once. At its next
 * start a TFTP service makes its normal list again.
 */
export function resetItl(state: ClusterState, context: ClusterContext): OperationResult {
  const signer = recoverySigner(state);
  checkRecoverySize(state);
  return itlResetWith(state, signer, context);
}

/** The publisher's ITL, signed with a certain key, on all active TFTP nodes at once; one that is down keeps its own (OP-20). */
export function itlResetWith(
  state: ClusterState,
  signer: Identity,
  context: ClusterContext,
): OperationResult {
  const publisher = publisherOf(state);
  const now = seconds(context.now());
  const signing = { signer, digest: state.parameters.tftpSignature, mode: state.mode };
  const itl = currentItl(state, publisher, signing, publisher.held.tftp?.itl ?? null, now);
  const isActive = ({ name }: NodeState): boolean => context.isActive?.(name, 'TFTP') ?? true;
  const nodes = state.nodes.map((node): NodeState => {
    const { tftp } = node.held;
    return tftp === null || !isActive(node)
      ? node
      : { ...node, held: { ...node.held, tftp: { ...tftp, itl } } };
  });
  const servers = nodes.filter((node) => node.held.tftp !== null && isActive(node)).map((node) => node.name);
  const output = isAtLeast(state.release, '15') ? CONSOLE.resetItl15 : CONSOLE.resetItl(servers);
  return { state: { ...state, nodes }, output };
}

/**
 * OP-24, `utils ctl reset localkey`: the CTL with the stored certificates, signed by the other SAST. That one must stand in
 * the CTL as it is, as phones have it: it does not in one that was written in 10.0 or 10.5(1), nor with tokens before 11.5.
 */
export function resetCtl(state: ClusterState, context: ClusterContext): OperationResult {
  const signer = recoverySigner(state);
  checkCtlExists(state);
  if (state.mode !== 'mixed')
    throw refused(`cluster ${state.name} is in non-secure mode, expected mixed mode`);
  const sast = sastOf(state);
  if (!sast.includes(signer.purpose)) {
    throw refused(
      `${signer.purpose} is no SAST of this CTL: found ${[...state.ctlTokens.map(({ name }) => name), ...sast].join(', ')}`,
    );
  }
  return { state: withNewCtl(state, seconds(context.now()), signer), output: CONSOLE.resetCtl };
}

/** Keys of the publisher among the SAST records of its CTL, by name: one that was renewed since keeps its name. */
function sastOf(state: ClusterState): readonly CertificatePurpose[] {
  const publisher = publisherOf(state);
  const file = ctlOn(state, publisher);
  const list = file === null ? undefined : parseTrustFile(file.bytes);
  const subjects = (list?.kind === 'trust-list' ? list.records : [])
    .filter(({ role }) => role === ROLE_CODES.SAST)
    .map(({ subject }) => subject);
  return Object.values(publisher.identities)
    .filter(({ certificate }) => subjects.includes(signerIdOf(certificate).subject))
    .map(({ purpose }) => purpose);
}
