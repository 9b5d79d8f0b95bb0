import { isAtLeast, type Release } from '../../device/release.js';
import type { ClusterContext } from '../context.js';
import type { Identity } from '../identity.js';
import { type ClusterState, identityOf, publisherOf } from '../state.js';
import { itlResetWith } from './reset-localkey.js';
import { type OperationResult, refused } from './result.js';

/** First release without the command (OP-23). */
const NO_REMOTEKEY_RELEASE = '15';

/** Has this release `utils itl reset remotekey`? */
export function hasRemoteReset(release: Release): boolean {
  return !isAtLeast(release, NO_REMOTEKEY_RELEASE);
}

/**
 * OP-23, `utils itl reset remotekey`: the publisher's ITL, signed with the key of an `ITLRecovery.p12` that somebody has saved,
 * on all TFTP nodes at once. Phones that have that ITLRecovery as SAST in their lists accept it: those of a cluster whose
 * ITLRecovery was renewed (the p12 from before), and those that came from the other cluster that the p12 is of (OP-25).
 *
 * @param from the other cluster of the run; undefined: this cluster, before its ITLRecovery was last regenerated.
 * @throws TrustfleetError TF_OPERATION_REFUSED from release 15 on, and where there is no such key.
 */
export function resetItlRemotely(
  state: ClusterState,
  from: string | undefined,
  context: ClusterContext,
): OperationResult {
  if (!hasRemoteReset(state.release))
    throw refused(`release ${state.release.text} has no "utils itl reset remotekey": it ended with 14`);
  return itlResetWith(state, savedRecovery(state, from, context), context);
}

function savedRecovery(state: ClusterState, from: string | undefined, context: ClusterContext): Identity {
  if (!state.rules.hasItlRecovery)
    throw refused(`release ${state.release.text} has no ITLRecovery key: expected 10.0 or later`);
  if (from === undefined) return state.formerItlRecovery ?? identityOf(publisherOf(state), 'ITLRecovery');
  const other = context.cluster?.(from);
  if (other === undefined) throw refused(`no cluster ${from} to have an ITLRecovery.p12 of`);
  const saved = other.nodes[0]?.identities.ITLRecovery;
  if (saved === undefined) throw refused(`cluster ${from} has no ITLRecovery`);
  return saved;
}
