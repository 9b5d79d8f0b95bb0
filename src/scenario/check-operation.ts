import type { NodeChoice, Operation, ServiceName } from '../cluster/operation.js';
import { isAtLeast, parseRelease } from '../device/release.js';
import type { NodePlan, ScenarioPlan } from './plan.js';
import { nested, type Report } from './problem.js';
import { expectedOneOf } from './suggest.js';

/** `utils ctl …` and ITLRecovery (cluster-operations.md 1.2, OP-01). */
export const CLI_CTL_RELEASE = '10.0';

/** Services that a node runs only where its profile says so; the others run everywhere. */
const PLACED_SERVICES: readonly ServiceName[] = ['CallManager', 'TFTP', 'TVS', 'CAPF'];

/** Parameters that do something (OP-22, OP-30, the licence of OP-01), with the values that they take. */
const PARAMETERS: Readonly<Record<string, readonly unknown[]>> = {
  rollback: [true, false],
  'tftp-signature': ['SHA-1', 'SHA-512'],
  'export-control': [true, false],
};

/** Parameters of contracts.md 4 that belong to operations which are not played yet. */
const LATER_PARAMETERS: readonly string[] = [
  'enable-ipv6',
  'tftp-encryption',
  'auto-registration',
  'serving-count',
  'phone-interaction',
];

/** A scenario that wants to see the refusal says so with `refused:`; the cluster gives it then. */
export function checkOperation(
  operation: Operation,
  refused: boolean,
  plan: ScenarioPlan,
  report: Report,
): void {
  const release = parseRelease(plan.release);
  const hasCli = isAtLeast(release, CLI_CTL_RELEASE);
  switch (operation.op) {
    case 'regenerate':
      checkNodes(operation.nodes, plan.cluster.nodes, report);
      if (operation.purpose === 'ITLRecovery' && !hasCli && !refused)
        report(
          ['regenerate'],
          `found ITLRecovery in ${plan.release}, which has none before ${CLI_CTL_RELEASE}`,
        );
      return;
    case 'restart':
      checkServices(operation.services, operation.nodes, plan.cluster.nodes, report);
      return;
    case 'set-cluster':
    case 'update-ctl':
      if (!hasCli && !refused)
        report(
          [operation.op],
          `found in ${plan.release}, which has the utils ctl commands only from ${CLI_CTL_RELEASE} on`,
        );
      return;
    case 'parameter':
      checkParameter(operation.name, operation.value, nested(report, ['parameter']));
      return;
  }
}

export function checkParameter(name: string, value: string | number | boolean, report: Report): void {
  const values = Object.hasOwn(PARAMETERS, name) ? PARAMETERS[name] : undefined;
  if (LATER_PARAMETERS.includes(name)) {
    report([name], `parameter "${name}" is not supported yet`, 'key');
  } else if (values === undefined) {
    report(
      [name],
      `found unknown parameter "${name}", ${expectedOneOf(name, Object.keys(PARAMETERS))}`,
      'key',
    );
  } else if (!values.includes(value)) {
    report([name], `found ${JSON.stringify(value)}, expected ${values.join(' or ')}`);
  }
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
