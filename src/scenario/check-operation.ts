import { externalRefusal, outOfReach } from '../cluster/external.js';
import type { CertificatePurpose, NodeChoice, ServiceName } from '../cluster/operation.js';
import { MIN_TOKENS } from '../cluster/operations/ctl-client.js';
import { NO_REMOTEKEY_RELEASE } from '../cluster/operations/reset-remotekey.js';
import { missingCapf } from '../cluster/operations/set-cluster.js';
import { PARAMETER_NAMES, parameterOf } from '../cluster/parameters.js';
import { firstRelease, releaseRules } from '../cluster/release-rules.js';
import { DEFAULT_PARAMETERS } from '../cluster/spec.js';
import { isAtLeast, parseRelease, type Release } from '../device/release.js';
import { TrustfleetError } from '../errors.js';
import type { Selection } from '../fleet/model.js';
import { checkMaintenance } from './check-maintenance.js';
import { checkAuthority, checkOther, checkRecoveryOf, checkSource } from './check-source.js';
import { consoleCommand } from './console-line.js';
import type { ClusterNow } from './course.js';
import type { ConsoleLine, NodePlan, PlannedOperation, ScenarioPlan } from './plan.js';
import { nested, type Report } from './problem.js';
import { openConditions } from './reach.js';
import { expectedOneOf } from './suggest.js';

/** `utils ctl …`, `utils itl reset …` and ITLRecovery (cluster-operations.md 1.2, OP-01). */
export const CLI_CTL_RELEASE = firstRelease((rules) => rules.ctlSigner !== null);

/** Regenerating ITLRecovery takes one (OP-12). */
const ITL_RECOVERY_RELEASE = firstRelease((rules) => rules.hasItlRecovery);

/** The CTL client ends here (cluster-operations.md 1.2, OP-02). */
const NO_CTL_CLIENT_RELEASE = firstRelease((rules) => !rules.ctlClient);

/** First release that takes 1.3 for a minimum. */
const TLS_13_RELEASE = firstRelease((rules) => rules.tls13);

/** From here on the cluster resets phones by itself. */
const AUTOMATIC_RESET_RELEASE = firstRelease((rules) => rules.resetsPhones);

/** Services that a node runs only where its profile says so; the others run everywhere. */
const PLACED_SERVICES: readonly ServiceName[] = ['CallManager', 'TFTP', 'TVS', 'CAPF'];

/** What an operation is held against. */
export interface OperationFacts {
  readonly plan: ScenarioPlan;
  /** The cluster that does it. */
  readonly cluster: ClusterNow;
  /** The scenario wants to see the cluster say no, so what the release lacks is no fault. */
  readonly refused: boolean;
  /** Names of strange clusters that phones bring an LSC of. */
  readonly strangers: readonly string[];
  /** Backups that steps before it took. */
  readonly backups: readonly string[];
  /** Tells a selection that no phone can match. */
  readonly checkSelection: (selection: Selection, report: Report) => void;
}

/** A scenario that wants to see the refusal says so with `refused:`; the cluster gives it then. */
export function checkOperation(operation: PlannedOperation, facts: OperationFacts, report: Report): void {
  const { cluster, refused } = facts;
  const { nodes } = cluster;
  const release = parseRelease(cluster.release);
  // what a console line means is known when it is read
  const away = refused || operation.op === 'console' ? undefined : externalRefusal(nodes, operation);
  if (away !== undefined) {
    report([], `found ${away}`);
    return;
  }
  const needsCli = (path: PropertyKey, what: string): void => {
    if (releaseRules(release).ctlSigner === null && !refused)
      report([path], `found in ${cluster.release}, which has ${what} only from ${CLI_CTL_RELEASE} on`);
  };
  switch (operation.op) {
    case 'regenerate':
      checkNodes(operation.nodes, nodes, report);
      if (operation.purpose === 'ITLRecovery' && !releaseRules(release).hasItlRecovery && !refused)
        report(
          ['regenerate'],
          `found ITLRecovery in ${cluster.release}, which has none before ${ITL_RECOVERY_RELEASE}`,
        );
      if (!refused) checkOwners(operation.purpose, operation.nodes, nodes, report);
      return;
    case 'restart':
      checkServices(operation.services, operation.nodes, nodes, report);
      return;
    case 'set-cluster':
      needsCli(operation.op, 'the utils ctl commands');
      if (!refused)
        checkModeChange(operation.mode === 'mixed-mode' ? 'mixed' : 'non-secure', cluster, report);
      return;
    case 'update-ctl':
      needsCli(operation.op, 'the utils ctl commands');
      if (cluster.ctl === 'none' && !refused)
        report([operation.op], `found where ${cluster.name} has no CTL: it never was in mixed mode`);
      return;
    case 'reset-localkey':
      needsCli(operation.op, `utils ${operation.list} reset localkey`);
      return;
    case 'reset-remotekey':
      needsCli(operation.op, 'utils itl reset remotekey');
      if (isAtLeast(release, NO_REMOTEKEY_RELEASE) && !refused)
        report([operation.op], `found in ${cluster.release}, which has it no more: it ended with 14`);
      if (operation.from !== undefined) checkRecoveryOf(operation.from, facts, nested(report, ['from']));
      return;
    case 'bulk-certificates': {
      const others = nested(report, ['bulk-certificates', 'with']);
      operation.with.forEach((name, i) => {
        checkOther(name, facts, operation.with.length > 1 ? nested(others, [i]) : others);
      });
      return;
    }
    case 'ctl-client': {
      // one token is enough where a CTL with two of them is there
      const isFirst = operation.action === 'set-mixed' && cluster.ctl === 'none';
      checkClient(operation.tokens, isFirst, release, refused, report);
      if (operation.action === 'update' && cluster.ctl === 'none' && !refused)
        report([operation.op], `found update where ${cluster.name} has no CTL: it never was in mixed mode`);
      if (operation.action === `set-${cluster.mode}` && !refused)
        report(
          [operation.op],
          `found ${operation.action}, but ${cluster.name} is in ${cluster.mode} mode already`,
        );
      return;
    }
    case 'delete-ctl':
      checkServices(['TFTP'], operation.nodes, nodes, report);
      return;
    case 'parameter':
      checkParameter(operation.name, operation.value, nested(report, ['parameter']));
      if (!refused) checkInteraction(operation.name, operation.value, release, nested(report, ['parameter']));
      return;
    case 'set-tls-min':
      checkNodes(operation.nodes, nodes, report);
      if (releaseRules(release).tls13 && !refused) checkPublisherAlone(operation.nodes, nodes, report);
      if (operation.version === '1.3' && !releaseRules(release).tls13 && !refused)
        report(
          ['set-tls-min'],
          `found 1.3 in ${cluster.release}, which takes it only from ${TLS_13_RELEASE} on`,
        );
      return;
    case 'common-criteria':
    case 'fips':
    case 'csr':
    case 'sign':
    case 'upload':
      checkNodes(operation.nodes, nodes, report);
      if (operation.op === 'sign') checkAuthority(operation.by, nested(report, ['by']));
      return;
    case 'trust-import':
      checkSource(operation.source, facts, nested(report, ['trust-import']));
      return;
    case 'console':
      checkConsole(operation, facts, report);
      return;
    case 'sip-trunk':
      checkServices(['CallManager'], operation.trunk.nodes, nodes, nested(report, ['sip-trunk']));
      return;
    case 'show':
      if (operation.show.item === 'recovery-key')
        report(
          [],
          'a scenario fetches no file; expected it at the console of trustfleet serve. reset-remotekey: itl signs with the key of before',
        );
      return;
    case 'options-ping':
    case 'reboot':
    case 'web-security':
      return;
    case 'rename':
    case 'add-node':
    case 'remove-node':
    case 'backup':
    case 'restore':
    case 'rebuild-publisher':
    case 'upgrade':
      checkMaintenance(operation, cluster, refused, facts.backups, report);
      return;
    case 'capf': {
      const elsewhere = outOfReach(nodes, ['CAPF'], 'all');
      // its own database would have to know, and ours would never hear that the operation is done
      if (elsewhere !== undefined && !refused) {
        report(
          ['capf'],
          `found ${elsewhere}; set the operation at that CAPF, and capf: { operation: … } of a group under fleet, which ` +
            'sends its phones there',
          'key',
        );
        return;
      }
      checkDatabaseSelection(operation.of, facts, nested(report, [operation.op, 'of']));
      return;
    }
    case 'device':
      checkDatabaseSelection(operation.of, facts, nested(report, [operation.op, 'of']));
      return;
    case 'trust-delete':
    case 'install-load':
    case 'utils-capf':
      return;
  }
}

/** The line is a command, of this release, at a node of the cluster. */
function checkConsole(line: ConsoleLine, facts: OperationFacts, report: Report): void {
  if (line.node !== null) {
    const names = facts.cluster.nodes.map(({ name }) => name);
    if (!names.includes(line.node)) {
      report(
        ['node'],
        `found node "${line.node}", which the cluster does not have; ${expectedOneOf(line.node, names)}`,
      );
      return;
    }
  }
  const at: Report = (_, message) => report(['console'], `found "${line.line}": ${message}`);
  try {
    checkOperation(consoleCommand(line, facts.cluster).operation, facts, at);
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    const lines = error.message.split('\n').map((text) => text.trim());
    at([], lines.join('; ').replace('expected:; ', 'expected '));
  }
}

/** What the database knows of a device, and whether CAPF has issued an LSC for it. */
function checkDatabaseSelection(selection: Selection, facts: OperationFacts, report: Report): void {
  const open = openConditions(selection).filter((condition) => condition !== 'has: lsc');
  if (open.length > 0)
    report(
      [],
      `found ${open.join(', ')}, which the database does not know; expected model, group, name, index, tftp, callManagerGroup, mode or has: lsc`,
    );
  else facts.checkSelection(selection, report);
}

/**
 * Tokens in the hands of whoever uses the CTL client, or in the CTL that a mixed cluster starts with.
 *
 * @param first the CTL is made for the first time, which takes two tokens.
 */
export function checkClient(
  tokens: readonly string[],
  first: boolean,
  release: Release,
  refused: boolean,
  report: Report,
): void {
  tokens.forEach((token, i) => {
    if (tokens.indexOf(token) !== i) report(['tokens', i], `found token ${token} twice, expected it once`);
  });
  if (refused) return;
  if (!releaseRules(release).ctlClient)
    report(
      ['tokens'],
      `found tokens in ${release.text}, whose CTL client ended with ${NO_CTL_CLIENT_RELEASE}`,
    );
  else if (first && tokens.length < MIN_TOKENS)
    report(['tokens'], `found ${tokens.length} token, expected ${MIN_TOKENS} or more for mixed mode`);
}

export function checkParameter(name: string, value: string | number | boolean, report: Report): void {
  const parameter = parameterOf(name);
  if (parameter === undefined)
    report([name], `found unknown parameter "${name}", ${expectedOneOf(name, PARAMETER_NAMES)}`, 'key');
  else if (parameter.set(DEFAULT_PARAMETERS, value) === undefined)
    report([name], `found ${JSON.stringify(value)}, expected ${parameter.expected}`);
}

/** Phones are reset by the cluster itself from 10.5 on. */
export function checkInteraction(
  name: string,
  value: string | number | boolean,
  release: Release,
  report: Report,
): void {
  if (name === 'phone-interaction' && value === 'automatic' && !releaseRules(release).resetsPhones)
    report(
      [name],
      `found automatic in ${release.text}, where the administrator resets the phones; expected ${AUTOMATIC_RESET_RELEASE} or later (R-68)`,
    );
}

/** A mode that the cluster has already; a CTL that is gone is made anew by setting mixed mode once more (OP-07, OP-21). */
function checkModeChange(mode: ClusterNow['mode'], cluster: ClusterNow, report: Report): void {
  if (mode === cluster.mode && !(mode === 'mixed' && cluster.ctl !== 'there'))
    report(['set-cluster'], `found ${mode} mode, but ${cluster.name} is in it already`);
  const [publisher] = cluster.nodes;
  const missing = mode === 'mixed' && publisher !== undefined ? missingCapf(publisher) : undefined;
  if (missing !== undefined) report(['set-cluster'], `found mixed-mode, but ${missing}`);
}

function checkNodes(choice: NodeChoice, nodes: readonly NodePlan[], report: Report): readonly NodePlan[] {
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

/** From 15SU2 on the minimum is set on the publisher, for all nodes. */
function checkPublisherAlone(choice: NodeChoice, [publisher]: readonly NodePlan[], report: Report): void {
  if (choice === 'all' || publisher === undefined) return;
  const others = choice.filter((name) => name !== publisher.name);
  if (others.length > 0)
    report(
      ['nodes'],
      `found ${others.join(', ')}, where ${publisher.name}, the publisher, sets the minimum for all nodes (R-111)`,
    );
}

/** Certificates that no subscriber has (OP-11, OP-12). */
const PUBLISHER_ONLY: readonly CertificatePurpose[] = ['CAPF', 'ITLRecovery'];

function checkOwners(
  purpose: CertificatePurpose,
  choice: NodeChoice,
  [publisher]: readonly NodePlan[],
  report: Report,
): void {
  if (choice === 'all' || publisher === undefined || !PUBLISHER_ONLY.includes(purpose)) return;
  const others = choice.filter((name) => name !== publisher.name);
  if (others.length > 0)
    report(
      ['nodes'],
      `found ${purpose} on ${others.join(', ')}, which ${publisher.name}, the publisher, alone has`,
    );
}
