import { isPublishersAlone } from '../cluster/identity-owner.js';
import type { CertificatePurpose, NodeChoice, ServiceName } from '../cluster/operation.js';
import { notForMinimum, takesMinimum } from '../cluster/operations/tls.js';
import { firstRelease, releaseRules } from '../cluster/release-rules.js';
import { parseRelease } from '../device/release.js';
import type { ClusterPlan, NodePlan, PlannedOperation } from './plan.js';
import type { Report } from './problem.js';
import { expectedOneOf } from './suggest.js';

/** Regenerating ITLRecovery takes one (OP-12). */
const ITL_RECOVERY_RELEASE = firstRelease((rules) => rules.hasItlRecovery);

/** First release that takes 1.3 for a minimum. */
const TLS_13_RELEASE = firstRelease((rules) => rules.tls13);

/** Services that a node runs only where its profile says so; the others run everywhere. */
const PLACED_SERVICES: readonly ServiceName[] = ['CallManager', 'TFTP', 'TVS', 'CAPF'];

/** Nodes by their names; those that are there come back. */
export function checkNodes(
  choice: NodeChoice,
  nodes: readonly NodePlan[],
  report: Report,
): readonly NodePlan[] {
  if (choice === 'all') return nodes;
  const names = nodes.map((node) => node.name);
  choice.forEach((name, i) => {
    if (!names.includes(name))
      report(
        ['nodes', i],
        `found node "${name}", which the cluster does not have; ${expectedOneOf(name, names)}`,
      );
  });
  return nodes.filter((node) => choice.includes(node.name));
}

/** A restart or stop of a service that runs on none of the nodes named does nothing: nobody means that. */
export function checkServices(
  services: readonly ServiceName[],
  choice: NodeChoice,
  nodes: readonly NodePlan[],
  report: Report,
): void {
  const named = checkNodes(choice, nodes, report);
  if (named.length === 0) return;
  for (const service of services) {
    if (!PLACED_SERVICES.includes(service)) continue;
    if (named.some((node) => (node.services as readonly string[]).includes(service))) continue;
    const where = choice === 'all' ? 'no node of the cluster' : choice.join(', ');
    const others = nodes.filter((node) => (node.services as readonly string[]).includes(service));
    const hint = others.length === 0 ? '' : `; it runs on ${others.map((node) => node.name).join(', ')}`;
    report(['nodes'], `found ${service} on ${where}, where it does not run${hint}`);
  }
}

/** @param refusal takes what the cluster would refuse */
export function checkRegenerate(
  { purpose, nodes: choice }: Extract<PlannedOperation, { readonly op: 'regenerate' }>,
  { nodes, release }: ClusterPlan,
  report: Report,
  refusal: Report,
): void {
  checkNodes(choice, nodes, report);
  if (purpose === 'ITLRecovery' && !releaseRules(parseRelease(release)).hasItlRecovery)
    refusal(['regenerate'], `found ITLRecovery in ${release}, which has none before ${ITL_RECOVERY_RELEASE}`);
  checkOwners(purpose, choice, nodes, refusal);
}

function checkOwners(
  purpose: CertificatePurpose,
  choice: NodeChoice,
  [publisher]: readonly NodePlan[],
  report: Report,
): void {
  if (choice === 'all' || publisher === undefined || !isPublishersAlone(purpose)) return;
  const others = choice.filter((name) => name !== publisher.name);
  if (others.length > 0)
    report(
      ['nodes'],
      `found ${purpose} on ${others.join(', ')}, which ${publisher.name}, the publisher, alone has`,
    );
}

/** @param refusal takes what the cluster would refuse */
export function checkTlsMinimum(
  { version, nodes: choice }: Extract<PlannedOperation, { readonly op: 'set-tls-min' }>,
  { nodes, release }: ClusterPlan,
  report: Report,
  refusal: Report,
): void {
  const rules = releaseRules(parseRelease(release));
  const [publisher] = nodes;
  checkNodes(choice, nodes, report);
  const others = publisher === undefined ? [] : notForMinimum(rules, publisher, choice);
  if (others.length > 0)
    refusal(
      ['nodes'],
      `found ${others.join(', ')}, where ${publisher?.name}, the publisher, sets the minimum for all nodes (R-111)`,
    );
  if (!takesMinimum(rules, version))
    refusal(['set-tls-min'], `found ${version} in ${release}, which takes it only from ${TLS_13_RELEASE} on`);
}
