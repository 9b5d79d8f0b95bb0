import { compareReleases, parseRelease } from '../device/release.js';
import type { ClusterPlan, PlannedOperation } from './plan.js';
import type { Report } from './problem.js';
import { expectedOneOf } from './suggest.js';

/** Operations on whole nodes and on the cluster as a whole. */
export type Maintenance = Extract<
  PlannedOperation,
  {
    readonly op:
      | 'rename'
      | 'add-node'
      | 'remove-node'
      | 'backup'
      | 'restore'
      | 'rebuild-publisher'
      | 'upgrade';
  }
>;

/** Most characters of a backup's name (project decision). */
const MAX_NAME = 64;

/**
 * What none of these operations could do at its place in the scenario.
 *
 * @param backups names of the backups taken before.
 */
export function checkMaintenance(
  operation: Maintenance,
  cluster: ClusterPlan,
  refused: boolean,
  backups: readonly string[],
  report: Report,
): void {
  const names = cluster.nodes.map(({ name }) => name);
  const isNode = (key: string, name: string): boolean => {
    if (names.includes(name)) return true;
    report([key], `found node "${name}", which the cluster does not have; ${expectedOneOf(name, names)}`);
    return false;
  };
  switch (operation.op) {
    case 'rename':
      isNode('rename', operation.node);
      return;
    case 'add-node': {
      const { name, services } = operation.node;
      if (refused) return;
      if (names.includes(name))
        report(['add-node', 'name'], `found node "${name}", which the cluster has already`);
      if (services.includes('CAPF'))
        report(['add-node', 'services'], 'found CAPF, which runs on the publisher only (OP-11)');
      return;
    }
    case 'remove-node':
      if (isNode('remove-node', operation.node) && operation.node === names[0] && !refused)
        report(['remove-node'], `found ${operation.node}, the publisher, which cannot be removed`);
      return;
    case 'backup':
      if (operation.name !== undefined && operation.name.length > MAX_NAME)
        report(
          ['backup'],
          `found a name of ${operation.name.length} characters, expected at most ${MAX_NAME}`,
        );
      return;
    case 'restore':
      if (!refused && !backups.includes(operation.name))
        report(
          ['restore'],
          backups.length === 0
            ? `found "${operation.name}", but no step before it takes a backup`
            : `found "${operation.name}", which no step before it has taken; ${expectedOneOf(operation.name, backups)}`,
        );
      return;
    case 'rebuild-publisher':
      if (!refused && names.length === 1)
        report([operation.op], 'found in a cluster without subscriber, whose database would be lost');
      return;
    case 'upgrade':
      if (!refused && compareReleases(parseRelease(operation.release), parseRelease(cluster.release)) <= 0)
        report(['upgrade'], `found ${operation.release}, expected a release after ${cluster.release}`);
  }
}
