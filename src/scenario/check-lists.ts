import { MIN_TOKENS } from '../cluster/operations/ctl-client.js';
import { hasRemoteReset } from '../cluster/operations/reset-remotekey.js';
import { isInMode, missingCapf } from '../cluster/operations/set-cluster.js';
import { firstRelease, releaseRules } from '../cluster/release-rules.js';
import { parseRelease } from '../device/release.js';
import { checkRecoveryOf, type SourceFacts } from './check-source.js';
import type { ClusterNow } from './course.js';
import type { ClusterPlan, PlannedOperation } from './plan.js';
import { nested, type Report } from './problem.js';

type Planned<O extends PlannedOperation['op']> = Extract<PlannedOperation, { readonly op: O }>;

/** `utils ctl …`, `utils itl reset …` and ITLRecovery (cluster-operations.md 1.2, OP-01). */
export const CLI_CTL_RELEASE = firstRelease((rules) => rules.ctlSigner !== null);

/** The CTL client ends here (cluster-operations.md 1.2, OP-02). */
const NO_CTL_CLIENT_RELEASE = firstRelease((rules) => !rules.ctlClient);

/** Has a release the commands for CTL and ITL, from which mixed mode without tokens comes? */
export function hasListCommands({ release }: Pick<ClusterPlan, 'release'>): boolean {
  return releaseRules(parseRelease(release)).ctlSigner !== null;
}

/** A mode that the cluster has already, or cannot have (OP-01, OP-03). */
export function checkSetCluster(
  { op, mode: written }: Planned<'set-cluster'>,
  cluster: ClusterNow,
  refusal: Report,
): void {
  checkListCommands(op, 'the utils ctl commands', cluster, refusal);
  const mode = written === 'mixed-mode' ? 'mixed' : 'non-secure';
  if (isInMode(cluster, mode, cluster.ctl === 'there'))
    refusal([op], `found ${mode} mode, but ${cluster.name} is in it already`);
  const [publisher] = cluster.nodes;
  const missing = mode === 'mixed' && publisher !== undefined ? missingCapf(publisher) : undefined;
  if (missing !== undefined) refusal([op], `found mixed-mode, but ${missing}`);
}

export function checkUpdateCtl({ op }: Planned<'update-ctl'>, cluster: ClusterNow, refusal: Report): void {
  checkListCommands(op, 'the utils ctl commands', cluster, refusal);
  if (cluster.ctl === 'none')
    refusal([op], `found where ${cluster.name} has no CTL: it never was in mixed mode`);
}

export function checkResetLocalkey(
  { op, list }: Planned<'reset-localkey'>,
  cluster: ClusterPlan,
  refusal: Report,
): void {
  checkListCommands(op, `utils ${list} reset localkey`, cluster, refusal);
}

export function checkResetRemotekey(
  { op, from }: Planned<'reset-remotekey'>,
  facts: SourceFacts,
  report: Report,
  refusal: Report,
): void {
  const { cluster } = facts;
  checkListCommands(op, 'utils itl reset remotekey', cluster, refusal);
  if (!hasRemoteReset(parseRelease(cluster.release)))
    refusal([op], `found in ${cluster.release}, which has it no more: it ended with 14`);
  if (from !== undefined) checkRecoveryOf(from, facts, nested(report, ['from']));
}

function checkListCommands(op: string, what: string, cluster: ClusterPlan, refusal: Report): void {
  if (!hasListCommands(cluster))
    refusal([op], `found in ${cluster.release}, which has ${what} only from ${CLI_CTL_RELEASE} on`);
}

export function checkCtlClient(
  { op, action, tokens }: Planned<'ctl-client'>,
  cluster: ClusterNow,
  report: Report,
  refusal: Report,
): void {
  // one token is enough where a CTL with two of them is there
  const isFirst = action === 'set-mixed' && cluster.ctl === 'none';
  checkTokens(tokens, isFirst, cluster, report, refusal);
  if (action === 'update' && cluster.ctl === 'none')
    refusal([op], `found update where ${cluster.name} has no CTL: it never was in mixed mode`);
  if (action === `set-${cluster.mode}`)
    refusal([op], `found ${action}, but ${cluster.name} is in ${cluster.mode} mode already`);
}

/**
 * Tokens in the hands of whoever uses the CTL client, or in the CTL that a mixed cluster starts with.
 *
 * @param first the CTL is made for the first time, which takes two tokens
 * @param refusal takes what the cluster would refuse
 */
export function checkTokens(
  tokens: readonly string[],
  first: boolean,
  { release: text }: ClusterPlan,
  report: Report,
  refusal: Report = report,
): void {
  const release = parseRelease(text);
  tokens.forEach((token, i) => {
    if (tokens.indexOf(token) !== i) report(['tokens', i], `found token ${token} twice, expected it once`);
  });
  if (!releaseRules(release).ctlClient)
    refusal(
      ['tokens'],
      `found tokens in ${release.text}, whose CTL client ended with ${NO_CTL_CLIENT_RELEASE}`,
    );
  else if (first && tokens.length < MIN_TOKENS)
    refusal(['tokens'], `found ${tokens.length} token, expected ${MIN_TOKENS} or more for mixed mode`);
}
