import { DEFAULT_AUTHORITIES } from '../cluster/authorities.js';
import { ownsIdentity } from '../cluster/identity-owner.js';
import type { CertificatePurpose, TrustSource } from '../cluster/operation.js';
import { releaseRules } from '../cluster/release-rules.js';
import { parseRelease } from '../device/release.js';
import type { ClusterPlan, ScenarioPlan } from './plan.js';
import { nested, type Report } from './problem.js';
import { expectedOneOf } from './suggest.js';

/** CAs that can sign for the cluster, by the names that `sign: …, by:` and `trust-import: { authorities }` take. */
const AUTHORITIES = DEFAULT_AUTHORITIES.map(({ name }) => name);

/** Clusters that certificates can come from. */
export interface SourceFacts {
  readonly plan: ScenarioPlan;
  /** The cluster that imports. */
  readonly cluster: ClusterPlan;
  /** Clusters outside the run that phones bring an LSC of: only their CAPF certificate is there to be had. */
  readonly strangers: readonly string[];
  /** The scenario wants to see the cluster say no. */
  readonly refused: boolean;
}

/** Where certificates of an import come from. */
export function checkSource(source: TrustSource, facts: SourceFacts, report: Report): void {
  if ('authorities' in source) {
    source.authorities.forEach((name) => {
      checkAuthority(name, nested(report, ['authorities']));
    });
    return;
  }
  if (!('certificates' in source) || source.cluster === undefined) return;
  const { cluster: from, nodes = 'all' } = source;
  const known = facts.plan.clusters.find(({ name }) => name === from);
  if (known === undefined || facts.plan.clusters.length === 1) {
    checkStranger(from, source.certificates, facts, report);
  } else if (from === facts.cluster.name) {
    report(['from'], `found ${from}, which is the cluster that imports, expected another one`);
  } else {
    const names = known.nodes.map(({ name }) => name);
    const chosen = nodes === 'all' ? names : nodes;
    for (const node of chosen) {
      if (!names.includes(node))
        report(['nodes'], `found node "${node}", which ${from} does not have; ${expectedOneOf(node, names)}`);
    }
    if (facts.refused || chosen.some((node) => !names.includes(node))) return;
    for (const purpose of source.certificates) {
      const owners = ownersOf(purpose, known);
      if (owners.length === 0)
        report(['certificates'], `found ${purpose}, which ${from} does not have in ${known.release}`);
      else if (!chosen.some((node) => owners.includes(node)))
        report(
          ['nodes'],
          `found ${purpose} of ${chosen.join(', ')}, where ${from} has it on ${owners.join(', ')}`,
        );
    }
  }
}

/** Nodes that have a certificate of a purpose from their installation on. */
function ownersOf(purpose: CertificatePurpose, { nodes, release }: ClusterPlan): readonly string[] {
  const cluster = { nodes, rules: releaseRules(parseRelease(release)) };
  return nodes.filter((node) => ownsIdentity(cluster, node, purpose)).map(({ name }) => name);
}

/** A name that has to be another cluster of the run. */
export function checkOther(
  name: string,
  { plan, cluster }: Pick<SourceFacts, 'plan' | 'cluster'>,
  report: Report,
): ClusterPlan | undefined {
  const others = plan.clusters.map((one) => one.name).filter((one) => one !== cluster.name);
  if (others.length === 0) report([], `found "${name}", where the scenario has one cluster only`);
  else if (!others.includes(name)) report([], `found "${name}", ${expectedOneOf(name, others)}`);
  else return plan.clusters.find((one) => one.name === name);
  return undefined;
}

/** Whose `ITLRecovery.p12` a list is reset with (OP-23). */
export function checkRecoveryOf(
  name: string,
  facts: Pick<SourceFacts, 'plan' | 'cluster' | 'refused'>,
  report: Report,
): void {
  const other = checkOther(name, facts, report);
  if (other !== undefined && !facts.refused && ownersOf('ITLRecovery', other).length === 0)
    report([], `found ${name}, which has no ITLRecovery in ${other.release}`);
}

/** A cluster outside the run. */
function checkStranger(
  from: string,
  certificates: readonly string[],
  { plan, cluster, strangers }: SourceFacts,
  report: Report,
): void {
  const others = plan.clusters.filter(({ name }) => plan.clusters.length > 1 && name !== cluster.name);
  const names = [...others.map(({ name }) => name), ...strangers];
  if (!strangers.includes(from)) {
    const hint =
      names.length === 0 ? '; no phone of the fleet has an LSC of another cluster' : `: ${names.join(', ')}`;
    report(
      ['from'],
      `found unknown cluster "${from}", expected ${others.length > 0 ? 'one of the run, or ' : ''}one that a phone's "lsc" names${hint}`,
    );
  } else if (certificates.some((purpose) => purpose !== 'CAPF')) {
    report(
      ['certificates'],
      `found ${certificates.join(', ')} of ${from}, of which there is only the CAPF that issued the phones' LSCs`,
    );
  }
}

/** A CA that is asked to sign, or whose certificate is imported. */
export function checkAuthority(name: string, report: Report): void {
  if (!AUTHORITIES.includes(name))
    report([], `found unknown CA "${name}", ${expectedOneOf(name, AUTHORITIES)}`);
}
