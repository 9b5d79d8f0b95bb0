import { compareReleases, isAtLeast, parseRelease, type Release } from '../../device/release.js';
import { type ClusterContext, seconds } from '../context.js';
import { ownsIdentity } from '../identity-owner.js';
import { ctlWarning } from '../node.js';
import { makeTokenKey } from '../oauth.js';
import { releaseRules } from '../release-rules.js';
import { type ClusterState, publisherOf } from '../state.js';
import { reboot } from './reboot.js';
import { newIdentities } from './regenerate.js';
import { type OperationResult, refused } from './result.js';

/** Upgrades into this span make a new ITLRecovery, one for the cluster (OP-31, CSCvv13565, FN70613). */
const RECOVERY_LOST = { from: '12.5', before: '12.5(1)SU3' } as const;

/**
 * OP-31: all nodes run another release and restart. Certificates and the CTL are carried over, lists follow the rules of the
 * new release from now on. The way back is a restore, or a switch of partitions, which is none of a cluster that lives on.
 *
 * @throws TrustfleetError TF_OPERATION_REFUSED for a release that is no later one, TF_PROFILE_INVALID for a text that is none.
 */
export async function upgrade(
  state: ClusterState,
  text: string,
  context: ClusterContext,
): Promise<OperationResult> {
  const release = parseRelease(text);
  if (compareReleases(release, state.release) <= 0) {
    throw refused(`upgrade from ${state.release.text} to ${release.text}: expected a later release`);
  }
  const rules = releaseRules(release);
  const tokenKey = state.tokenKey ?? (rules.sipOauth ? await makeTokenKey(context) : null);
  const switched: ClusterState = { ...state, release, rules, tokenKey };
  const publisher = publisherOf(switched);
  const recovers =
    ownsIdentity(switched, publisher, 'ITLRecovery') &&
    (publisher.identities.ITLRecovery === undefined || losesRecovery(state.release, release));
  const changed = recovers
    ? await newIdentities(switched, 'ITLRecovery', [publisher.name], context)
    : switched;
  return {
    ...reboot(changed, changed.nodes, seconds(context.now())),
    output: [
      `Upgrade from ${state.release.text} to ${release.text}: all nodes switched to the new version and restarted`,
      ...(recovers ? [`${publisher.name}: the ITLRecovery certificate is new`, ...ctlWarning(changed)] : []),
    ],
  };
}

function losesRecovery(from: Release, to: Release): boolean {
  return (
    !isAtLeast(from, RECOVERY_LOST.from) &&
    isAtLeast(to, RECOVERY_LOST.from) &&
    !isAtLeast(to, RECOVERY_LOST.before)
  );
}
