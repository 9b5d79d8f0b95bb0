import { externalRefusal, outOfReach } from '../cluster/external.js';
import type { NodeChoice } from '../cluster/operation.js';
import { TrustfleetError } from '../errors.js';
import type { Selection } from '../fleet/model.js';
import {
  checkCtlClient,
  checkResetLocalkey,
  checkResetRemotekey,
  checkSetCluster,
  checkUpdateCtl,
} from './check-lists.js';
import { checkMaintenance, type Maintenance } from './check-maintenance.js';
import { checkNodes, checkRegenerate, checkServices, checkTlsMinimum } from './check-nodes.js';
import { checkParameter } from './check-parameter.js';
import { checkAuthority, checkOther, checkSource } from './check-source.js';
import { consoleCommand } from './console-line.js';
import type { ClusterNow } from './course.js';
import type { ConsoleLine, PlannedOperation, ScenarioPlan } from './plan.js';
import { nested, type Report } from './problem.js';
import { openConditions } from './reach.js';
import { expectedOneOf } from './suggest.js';

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

/** Where faults of an operation go. */
interface Reports {
  readonly report: Report;
  /** Takes what the cluster would refuse: nobody where the scenario wants to see that. */
  readonly refusal: Report;
}

type Verb = PlannedOperation['op'];
type Planned<V extends Verb> = Extract<PlannedOperation, { readonly op: V }>;
type Check<P> = (operation: P, facts: OperationFacts, reports: Reports) => void;

const nothingToCheck = (): void => undefined;

const checkNodesOf: Check<{ readonly nodes: NodeChoice }> = ({ nodes }, { cluster }, { report }) =>
  checkNodes(nodes, cluster.nodes, report);

const checkMaintenanceOf: Check<Maintenance> = (operation, { cluster, refused, backups }, { report }) =>
  checkMaintenance(operation, cluster, refused, backups, report);

const CHECKS: { readonly [V in Verb]: Check<Planned<V>> } = {
  regenerate: (operation, { cluster }, { report, refusal }) =>
    checkRegenerate(operation, cluster, report, refusal),
  restart: ({ services, nodes }, { cluster }, { report }) =>
    checkServices(services, nodes, cluster.nodes, report),
  'set-cluster': (operation, { cluster }, { refusal }) => checkSetCluster(operation, cluster, refusal),
  'update-ctl': (operation, { cluster }, { refusal }) => checkUpdateCtl(operation, cluster, refusal),
  'delete-ctl': ({ nodes }, { cluster }, { report }) => checkServices(['TFTP'], nodes, cluster.nodes, report),
  'ctl-client': (operation, { cluster }, { report, refusal }) =>
    checkCtlClient(operation, cluster, report, refusal),
  'reset-localkey': (operation, { cluster }, { refusal }) => checkResetLocalkey(operation, cluster, refusal),
  'reset-remotekey': (operation, facts, { report, refusal }) =>
    checkResetRemotekey(operation, facts, report, refusal),
  parameter: ({ name, value }, { cluster }, { report, refusal }) =>
    checkParameter(name, value, cluster, nested(report, ['parameter']), nested(refusal, ['parameter'])),
  'set-tls-min': (operation, { cluster }, { report, refusal }) =>
    checkTlsMinimum(operation, cluster, report, refusal),
  'common-criteria': checkNodesOf,
  fips: checkNodesOf,
  csr: checkNodesOf,
  upload: checkNodesOf,
  sign: (operation, facts, reports) => {
    checkNodesOf(operation, facts, reports);
    checkAuthority(operation.by, nested(reports.report, ['by']));
  },
  'trust-import': ({ source }, facts, { report }) =>
    checkSource(source, facts, nested(report, ['trust-import'])),
  'bulk-certificates': (operation, facts, { report }) =>
    checkOthers(operation.with, facts, nested(report, ['bulk-certificates', 'with'])),
  'sip-trunk': ({ trunk }, { cluster }, { report }) =>
    checkServices(['CallManager'], trunk.nodes, cluster.nodes, nested(report, ['sip-trunk'])),
  capf: (operation, facts, { report }) => checkCapf(operation, facts, report),
  device: (operation, facts, { report }) =>
    checkDatabaseSelection(operation.of, facts, nested(report, ['device', 'of'])),
  console: (line, facts, { report }) => checkConsole(line, facts, report),
  show: (operation, _, { report }) => checkShow(operation, report),
  rename: checkMaintenanceOf,
  'add-node': checkMaintenanceOf,
  'remove-node': checkMaintenanceOf,
  backup: checkMaintenanceOf,
  restore: checkMaintenanceOf,
  'rebuild-publisher': checkMaintenanceOf,
  upgrade: checkMaintenanceOf,
  'options-ping': nothingToCheck,
  reboot: nothingToCheck,
  'web-security': nothingToCheck,
  'trust-delete': nothingToCheck,
  'install-load': nothingToCheck,
  'utils-capf': nothingToCheck,
};

/** A scenario that wants to see the refusal says so with `refused:`; the cluster gives it then. */
export function checkOperation(operation: PlannedOperation, facts: OperationFacts, report: Report): void {
  const { cluster, refused } = facts;
  // what a console line means is known when it is read
  const away = refused || operation.op === 'console' ? undefined : externalRefusal(cluster.nodes, operation);
  if (away !== undefined) {
    report([], `found ${away}`);
    return;
  }
  // the table has the check of just this verb
  const check = CHECKS[operation.op] as Check<PlannedOperation>;
  check(operation, facts, { report, refusal: refused ? () => undefined : report });
}

/** Clusters that exchange their certificates. */
function checkOthers(names: readonly string[], facts: OperationFacts, report: Report): void {
  names.forEach((name, i) => {
    checkOther(name, facts, names.length > 1 ? nested(report, [i]) : report);
  });
}

function checkShow({ show }: Planned<'show'>, report: Report): void {
  if (show.item === 'recovery-key')
    report(
      [],
      'a scenario fetches no file; expected it at the console of trustfleet serve. reset-remotekey: itl signs with the key of before',
    );
}

function checkCapf({ of }: Planned<'capf'>, facts: OperationFacts, report: Report): void {
  const elsewhere = facts.refused ? undefined : outOfReach(facts.cluster.nodes, ['CAPF'], 'all');
  // its own database would have to know, and ours would never hear that the operation is done
  if (elsewhere !== undefined)
    report(
      ['capf'],
      `found ${elsewhere}; set the operation at that CAPF, and capf: { operation: … } of a group under fleet, which ` +
        'sends its phones there',
      'key',
    );
  else checkDatabaseSelection(of, facts, nested(report, ['capf', 'of']));
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
