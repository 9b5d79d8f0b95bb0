import type { AddedNode } from '../cluster/operation.js';
import { TrustfleetError } from '../errors.js';
import { consoleCommand } from './console-line.js';
import type { ClusterPlan, PlannedOperation, ScenarioPlan } from './plan.js';

/** Whether the publisher has a CTL; `unknown` after operations that may have taken it away. */
export type CtlKnown = 'there' | 'none' | 'unknown';

/** A cluster at one place of the scenario: nodes, release, mode and parameters as the steps before have left them. */
export interface ClusterNow extends ClusterPlan {
  readonly ctl: CtlKnown;
}

/** A backup that a step took, and the cluster as it was then. */
interface Taken {
  readonly name: string;
  readonly cluster: ClusterNow;
}

type PlanNow = Omit<ScenarioPlan, 'clusters'> & { readonly clusters: readonly [ClusterNow, ...ClusterNow[]] };

/** What a step finds: the plan, with its clusters as the operations before have made them. */
export interface Course {
  readonly plan: PlanNow;
  /** The plan with every node that was ever there: phones ask one that has left as long as nobody tells them of another. */
  readonly ever: ScenarioPlan;
  readonly backups: readonly Taken[];
}

/** Before the first step. */
export function courseOf(plan: ScenarioPlan): Course {
  const [home, ...others] = plan.clusters;
  return {
    plan: { ...plan, clusters: [installed(home), ...others.map(installed)] },
    ever: plan,
    backups: [],
  };
}

/** Mixed mode comes with a CTL; a non-secure cluster never had one. */
function installed(cluster: ClusterPlan): ClusterNow {
  return { ...cluster, ctl: cluster.mode === 'mixed' ? 'there' : 'none' };
}

/** Whether operations may reset phones without a step that says so (R-68, OP-31). */
export function mayResetPhones({ plan }: Course): boolean {
  return plan.clusters.some(({ parameters }) => parameters['phone-interaction'] === 'automatic');
}

/** Names of the backups of a cluster. */
export function backupsOf({ backups }: Course, cluster: ClusterPlan): string[] {
  return backups.filter((taken) => taken.cluster.name === cluster.name).map(({ name }) => name);
}

/** @param name of the cluster that does it; null is the phones' home. */
export function afterOperation(course: Course, name: string | null, planned: PlannedOperation): Course {
  const { plan, backups } = course;
  const [home, ...others] = plan.clusters;
  const doer = plan.clusters.find((cluster) => cluster.name === name) ?? home;
  const operation = meant(planned, doer);
  const changed = (cluster: ClusterNow): ClusterNow =>
    cluster === doer ? clusterAfter(cluster, operation, backups) : cluster;
  return {
    plan: { ...plan, clusters: [changed(home), ...others.map(changed)] },
    ever: operation.op === 'add-node' ? withNode(course.ever, doer.name, operation.node) : course.ever,
    backups:
      operation.op === 'backup' && operation.name !== undefined
        ? [{ name: operation.name, cluster: doer }, ...backups]
        : backups,
  };
}

function withNode(plan: ScenarioPlan, cluster: string, { name, services }: AddedNode): ScenarioPlan {
  const joined = (one: ClusterPlan): ClusterPlan =>
    one.name === cluster ? { ...one, nodes: [...one.nodes, { name, services }] } : one;
  const [home, ...others] = plan.clusters;
  return { ...plan, clusters: [joined(home), ...others.map(joined)] };
}

/** A line that is no command has been told of already, and does nothing. */
function meant(planned: PlannedOperation, cluster: ClusterPlan): PlannedOperation {
  if (planned.op !== 'console') return planned;
  try {
    return consoleCommand(planned, cluster).operation;
  } catch (error) {
    if (error instanceof TrustfleetError) return planned;
    throw error;
  }
}

function clusterAfter(
  cluster: ClusterNow,
  operation: PlannedOperation,
  backups: readonly Taken[],
): ClusterNow {
  switch (operation.op) {
    case 'parameter':
      return { ...cluster, parameters: { ...cluster.parameters, [operation.name]: operation.value } };
    case 'add-node': {
      const { name, services } = operation.node;
      return { ...cluster, nodes: [...cluster.nodes, { name, services }] };
    }
    case 'remove-node':
      return { ...cluster, nodes: cluster.nodes.filter((node) => node.name !== operation.node) };
    case 'upgrade':
      return { ...cluster, release: operation.release };
    case 'set-cluster':
      return { ...cluster, mode: operation.mode === 'mixed-mode' ? 'mixed' : 'non-secure', ctl: 'there' };
    case 'ctl-client':
      return { ...cluster, mode: clientMode(cluster, operation.action), ctl: 'there' };
    case 'delete-ctl':
    case 'rebuild-publisher':
      return cluster.ctl === 'none' ? cluster : { ...cluster, ctl: 'unknown' };
    case 'restore': {
      const then = backups.find(
        ({ name, cluster: { name: of } }) => name === operation.name && of === cluster.name,
      );
      if (then === undefined) return cluster;
      const { mode, ctl, parameters } = then.cluster;
      return { ...cluster, mode, ctl, parameters };
    }
    default:
      return cluster;
  }
}

function clientMode(
  { mode }: ClusterNow,
  action: 'set-mixed' | 'set-non-secure' | 'update',
): ClusterNow['mode'] {
  if (action === 'update') return mode;
  return action === 'set-mixed' ? 'mixed' : 'non-secure';
}
