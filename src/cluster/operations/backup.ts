import { type BackedUpNode, type Backup, storedState } from '../backup.js';
import { type ClusterContext, seconds } from '../context.js';
import { hostOf } from '../node.js';
import { type ClusterState, findNode } from '../state.js';
import { reboot } from './reboot.js';
import { type OperationResult, refused } from './result.js';

/** Backups on the device, as many as a device with the default of 2 and some patience holds (project decision). */
const MAX_BACKUPS = 64;

/** OP-21: everything that is stored, under a name. Nothing stops meanwhile. */
export function takeBackup(
  state: ClusterState,
  given: string | undefined,
  context: ClusterContext,
): OperationResult {
  const name = given ?? timeName(context.now());
  if (!state.backups.has(name) && state.backups.size >= MAX_BACKUPS) {
    throw refused(`the backup device is full: it holds ${MAX_BACKUPS} backups`);
  }
  const backup: Backup = {
    takenAt: seconds(context.now()),
    release: state.release.text,
    nodes: state.nodes.map((node) => ({
      name: node.name,
      host: hostOf(node),
      identities: node.identities,
    })),
    stored: storedState(state),
  };
  return {
    state: { ...state, backups: new Map(state.backups).set(name, backup) },
    output: [`Backup ${name}: ${backup.nodes.map((node) => node.name).join(', ')} completed successfully`],
  };
}

/** As the tar files of a backup begin: `2026-03-12-07-20-01`. */
function timeName(now: Date): string {
  return now.toISOString().slice(0, 19).replace(/[T:]/g, '-');
}

/**
 * OP-21, and the cure of S-03: what was stored when the backup was taken is stored again, old certificates included. The
 * procedure ends with a restart of every node, which is part of it here.
 *
 * A backup fits the release and the hosts that it was taken from.
 */
export function restoreBackup(state: ClusterState, name: string, context: ClusterContext): OperationResult {
  const backup = state.backups.get(name);
  if (backup === undefined) {
    const known = [...state.backups.keys()].join(', ');
    throw refused(
      `no backup "${name}" on the device: ${known === '' ? 'none was taken' : `expected one of ${known}`}`,
    );
  }
  if (backup.release !== state.release.text) {
    throw refused(
      `backup ${name} is of release ${backup.release}, the servers run ${state.release.text}: a restore needs the same release`,
    );
  }
  for (const saved of backup.nodes) checkHost(state, name, saved);
  const added = state.nodes.find((node) => !backup.nodes.some((saved) => saved.name === node.name));
  if (added !== undefined)
    throw refused(`backup ${name} has nothing for ${added.name}, which was added since`);
  const identities = new Map(backup.nodes.map((saved) => [saved.name, saved.identities]));
  const stored: ClusterState = {
    ...state,
    ...backup.stored,
    nodes: state.nodes.map((node) => ({
      ...node,
      identities: identities.get(node.name) ?? node.identities,
      // requests of later keys are of no use to the restored ones
      requests: {},
      signed: {},
    })),
  };
  return {
    ...reboot(stored, stored.nodes, seconds(context.now())),
    output: [
      `Restore of ${name}: ${backup.nodes.map((node) => node.name).join(', ')} completed successfully`,
      'Restart of all nodes: the restored certificates are in use from now on',
    ],
  };
}

function checkHost(state: ClusterState, name: string, saved: BackedUpNode): void {
  const node = findNode(state, saved.name);
  if (node === undefined)
    throw refused(`backup ${name} has ${saved.name}, which is no node of the cluster any more`);
  if (hostOf(node) !== saved.host) {
    throw refused(
      `backup ${name} is of host ${saved.host}, ${saved.name} is ${hostOf(node)} now: a restore needs the same host name and domain`,
    );
  }
}
