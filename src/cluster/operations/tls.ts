import type { TlsVersion } from '../../device/security.js';
import { minimumQuestion } from '../command-line/questions.js';
import { type ClusterContext, seconds } from '../context.js';
import { ownsIdentity } from '../identity-owner.js';
import type { CertificatePurpose, NodeChoice } from '../operation.js';
import type { ReleaseRules } from '../release-rules.js';
import { type ClusterState, type NodeState, publisherOf } from '../state.js';
import type { NodeTls } from '../tls.js';
import { chosenNodes } from './node-choice.js';
import { reboot } from './reboot.js';
import { newIdentities } from './regenerate.js';
import { type OperationResult, refused } from './result.js';
import { outOfService } from './sip-trunk.js';

/**
 * OP-28, `set tls min-version`, and the restart that follows. Until 15SU1 it is set node by node, from 15SU2 on the publisher
 * alone, for all nodes (R-111).
 */
export function setTlsMinimum(
  state: ClusterState,
  version: TlsVersion,
  choice: NodeChoice,
  context: ClusterContext,
): OperationResult {
  const { rules } = state;
  if (!takesMinimum(rules, version)) {
    throw refused(`release ${state.release.text} has no TLS 1.3: expected 15SU2 or later`);
  }
  const publisher = publisherOf(state);
  const elsewhere = notForMinimum(rules, publisher, choice);
  if (elsewhere.length > 0) {
    throw refused(
      `${elsewhere.join(', ')}: from 15SU2 on the minimum is set on the publisher ${publisher.name}, for all nodes (R-111)`,
    );
  }
  const nodes = anyNodes(state, rules.tls13 ? 'all' : choice);
  for (const { name, tls } of nodes) {
    if (tls.commonCriteria && version === '1.3') {
      throw refused(`${name} is in Common Criteria mode, which has no TLS 1.3 (R-112)`);
    }
  }
  // the command is typed once where it is for all nodes
  const typedAt = rules.tls13 ? nodes.filter(({ name }) => name === publisher.name) : nodes;
  const output = typedAt.flatMap(({ name }) => minimumLines(version).map((line) => `${name}: ${line}`));
  const set = rebooted(state, nodes, { min: version }, context);
  const trunks = [...set.state.trunks.values()].flatMap((trunk) => outOfService(set.state, trunk) ?? []);
  return { ...set, output: [...output, ...trunks] };
}

type MinimumRules = Pick<ReleaseRules, 'tls13'>;

/** Can a release have this minimum (R-114)? */
export function takesMinimum({ tls13 }: MinimumRules, version: TlsVersion): boolean {
  return tls13 || version !== '1.3';
}

/** Nodes named that cannot set the minimum: from 15SU2 on the publisher sets it for all (R-111). */
export function notForMinimum(
  { tls13 }: MinimumRules,
  publisher: { readonly name: string },
  choice: NodeChoice,
): readonly string[] {
  return tls13 && choice !== 'all' ? choice.filter((name) => name !== publisher.name) : [];
}

/** Section 3. */
function minimumLines(version: TlsVersion): readonly string[] {
  return [
    ...minimumQuestion(version).slice(0, -1),
    `${minimumQuestion(version).at(-1)} yes`,
    `Successfully set minimum TLS version to ${version}`,
    'The system will reboot in few minutes.',
  ];
}

/** OP-29, `utils fips_common_criteria enable | disable`: Common Criteria mode needs FIPS mode and has no TLS 1.3 (R-112). */
export function setCommonCriteria(
  state: ClusterState,
  enable: boolean,
  choice: NodeChoice,
  context: ClusterContext,
): OperationResult {
  const nodes = anyNodes(state, choice);
  checkChanges('Common Criteria mode', nodes, ({ commonCriteria }) => commonCriteria, enable);
  for (const { name, tls } of enable ? nodes : []) {
    if (!tls.fips) throw refused(`${name} is not in FIPS mode, which Common Criteria mode needs (R-112)`);
    if (tls.min === '1.3') {
      throw refused(`${name} has minimum TLS 1.3, Common Criteria mode ends at 1.2 (R-112)`);
    }
  }
  const output = nodes.map(({ name }) => `${name}: Common Criteria mode ${enable ? 'enabled' : 'disabled'}`);
  return { ...rebooted(state, nodes, { commonCriteria: enable }, context), output };
}

/** What `utils fips enable` makes anew on a node (OP-29); SSH keys are nobody's business here. */
const FIPS_IDENTITIES: readonly CertificatePurpose[] = [
  'CallManager',
  'tomcat',
  'ipsec',
  'TVS',
  'CAPF',
  'ITLRecovery',
];

/** OP-29, `utils fips enable | disable`: all identities of the nodes change at once, the danger of OP-16. */
export async function setFips(
  state: ClusterState,
  enable: boolean,
  choice: NodeChoice,
  context: ClusterContext,
): Promise<OperationResult> {
  const nodes = anyNodes(state, choice);
  checkChanges('FIPS mode', nodes, ({ fips }) => fips, enable);
  const names = nodes.map(({ name }) => name);
  let changed = state;
  if (enable) {
    for (const purpose of FIPS_IDENTITIES) {
      const owners = nodes.filter((node) => ownsIdentity(state, node, purpose));
      changed = await newIdentities(
        changed,
        purpose,
        owners.map(({ name }) => name),
        context,
      );
    }
  } else {
    const first = nodes.find(({ tls }) => tls.commonCriteria);
    if (first !== undefined) {
      throw refused(`${first.name} is in Common Criteria mode, which needs FIPS mode (R-112)`);
    }
  }
  const now = changed.nodes.filter(({ name }) => names.includes(name));
  const output = names.flatMap((name) => [
    `${name}: FIPS mode ${enable ? 'enabled' : 'disabled'}`,
    ...(enable ? [`${name}: all certificates of the node were regenerated`] : []),
    `${name}: The system will reboot in few minutes.`,
  ]);
  return { ...rebooted(changed, now, { fips: enable }, context), output };
}

/** A mode that every one of the nodes has already is refused, as `utils ctl set-cluster` refuses it. */
function checkChanges(
  mode: string,
  nodes: readonly NodeState[],
  isOn: (tls: NodeTls) => boolean,
  enable: boolean,
): void {
  if (nodes.some(({ tls }) => isOn(tls) !== enable)) return;
  const names = nodes.map(({ name }) => name).join(', ');
  throw refused(`${names}: ${enable ? `in ${mode} already` : `not in ${mode}`}`);
}

function anyNodes(state: ClusterState, choice: NodeChoice): readonly NodeState[] {
  return chosenNodes(state, choice, () => true, 'there is no node');
}

function rebooted(
  state: ClusterState,
  nodes: readonly NodeState[],
  change: Partial<NodeTls>,
  context: ClusterContext,
): Omit<OperationResult, 'output'> {
  const names = nodes.map(({ name }) => name);
  const set: ClusterState = {
    ...state,
    nodes: state.nodes.map((node) =>
      names.includes(node.name) ? { ...node, tls: { ...node.tls, ...change } } : node,
    ),
  };
  return reboot(set, nodes, seconds(context.now()));
}
