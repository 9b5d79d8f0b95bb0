import { SERVICE_TITLES } from '../console.js';
import { type ClusterContext, seconds } from '../context.js';
import { runsHere } from '../external.js';
import { makeIdentity } from '../identity.js';
import { ownsIdentity } from '../identity-owner.js';
import { purposesOf } from '../node.js';
import type { CertificatePurpose, NodeChoice } from '../operation.js';
import { adoptIdentities, startService } from '../start.js';
import { type ClusterState, nodeOf, withNode } from '../state.js';
import { withOwnCertificate } from '../trust-store.js';
import { chosenNodes } from './node-choice.js';
import type { OperationResult, RestartedServices } from './result.js';

/**
 * OP-09 to OP-14: new self-signed identities in the store. The services go on with what they hold until they are restarted
 * (section 1.4), unless the system restarts them itself (release 14 and later) or K-13 says `at once`. TVS knows the new
 * certificates from now on and the old ones of the same name no more.
 */
export async function regenerate(
  state: ClusterState,
  purpose: CertificatePurpose,
  nodes: NodeChoice,
  context: ClusterContext,
): Promise<OperationResult> {
  const chosen = chosenNodes(
    state,
    nodes,
    (node) => ownsIdentity(state, node, purpose),
    `there is no ${purpose} certificate`,
  );
  const now = seconds(context.now());
  const names = chosen.map(({ name }) => name);
  const changed = await newIdentities(state, purpose, names, context);
  const restarted = systemRestarts(state, purpose, names);
  return {
    state: afterRegeneration(changed, restarted, now),
    restarted,
    output: consoleLines(state, purpose, names, restarted),
  };
}

/** New self-signed identities in the stores of some nodes; nobody uses them yet. */
export async function newIdentities(
  state: ClusterState,
  purpose: CertificatePurpose,
  nodes: readonly string[],
  context: ClusterContext,
): Promise<ClusterState> {
  const { certificates, organisation } = state;
  const made = await Promise.all(
    nodes.map(async (name) => {
      const { hostName, domain } = nodeOf(state, name);
      const owner = { hostName, domain, organisation };
      return { name, identity: await makeIdentity(purpose, owner, certificates, context) };
    }),
  );
  return made.reduce((changed, { name, identity }) => {
    const node = nodeOf(changed, name);
    const former = purpose === 'ITLRecovery' ? node.identities.ITLRecovery : undefined;
    return {
      ...withNode(changed, { ...node, identities: { ...node.identities, [purpose]: identity } }),
      trust: withOwnCertificate(changed.trust, purpose, identity.certificate),
      formerItlRecovery: former ?? changed.formerItlRecovery,
    };
  }, state);
}

/** Everything that a node has as identity made anew, for its host name as it is now (OP-18, OP-21, OP-29). */
export async function renewNode(
  state: ClusterState,
  name: string,
  context: ClusterContext,
): Promise<ClusterState> {
  let changed = state;
  for (const purpose of purposesOf(nodeOf(state, name))) {
    changed = await newIdentities(changed, purpose, [name], context);
  }
  return changed;
}

/** Services that the system itself restarts after a regeneration, from release 14 on: the users of the new certificates. */
function systemRestarts(
  state: ClusterState,
  purpose: CertificatePurpose,
  nodes: readonly string[],
): readonly RestartedServices[] {
  if (state.knobs.identityChangesAt === 'at once' || !state.rules.restartsRegenerated) return [];
  // upgrade guides 14 and 15 (section 1.4); of ITLRecovery's users TVS alone is meant: TFTP waits for its restart (OP-12)
  const service = purpose === 'ITLRecovery' ? 'TVS' : purpose;
  if (service !== 'TVS' && service !== 'CAPF') return [];
  return state.nodes
    .filter((node) => runsHere(node, service) && (purpose === 'ITLRecovery' || nodes.includes(node.name)))
    .map((node) => ({ node: node.name, services: [service] }));
}

/** Services that take over the new identity without being told to. */
function afterRegeneration(
  state: ClusterState,
  restarted: readonly RestartedServices[],
  now: number,
): ClusterState {
  if (state.knobs.identityChangesAt === 'at once') {
    return { ...state, nodes: state.nodes.map((node) => adoptIdentities(state, node, now)) };
  }
  const services = new Map(restarted.map((one) => [one.node, one.services]));
  return {
    ...state,
    nodes: state.nodes.map((node) =>
      (services.get(node.name) ?? []).reduce(
        (started, service) => startService(state, started, service, now),
        node,
      ),
    ),
  };
}

/** Text of `set cert regen`, which cluster-operations.md 3 does not have, and the warning of OP-12. */
function consoleLines(
  state: ClusterState,
  purpose: CertificatePurpose,
  nodes: readonly string[],
  restarted: readonly RestartedServices[],
): string[] {
  const lines = nodes.map((node) => `${node}: Successfully Regenerated Certificate for ${purpose}.`);
  for (const { node, services } of restarted)
    lines.push(...services.map((service) => `${node}: ${SERVICE_TITLES[service]}[STARTED]`));
  // TFTP, too, uses ITLRecovery, and goes on with the old one
  if (restarted.length === 0 || purpose === 'ITLRecovery')
    lines.push(
      `You must restart services related to ${purpose} for the regenerated certificates to become active.`,
    );
  if (purpose === 'ITLRecovery') {
    lines.push('alarm ITLRecoveryCertBackup: take a new backup of the ITLRecovery certificate');
    if (state.mode === 'mixed') {
      lines.push('With a tokenless CTL make sure that it has the updated CallManager certificate first.');
    }
  }
  if (
    state.mode === 'mixed' &&
    (purpose === 'CallManager' || purpose === 'CAPF' || purpose === 'ITLRecovery')
  ) {
    lines.push('Run "utils ctl update CTLFile" before the services are restarted.');
  }
  return lines;
}
