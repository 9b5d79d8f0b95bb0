import { z } from 'zod';
import type { CertificatePurpose, NodeChoice, ServiceName } from '../cluster/operation.js';
import type { PlannedOperation } from './plan.js';
import { readWith, reportTo } from './problem.js';
import { nameText, oneOrMany } from './values.js';

/** What a verb of `operate:` comes to. */
export interface Operate {
  readonly operations: readonly PlannedOperation[];
  readonly about: string;
  readonly refused: string | undefined;
}

export function operations(
  planned: readonly PlannedOperation[],
  about: string,
  refused: string | undefined,
): Operate {
  return { operations: planned, about, refused };
}

export const PURPOSES = [
  'CallManager',
  'TVS',
  'CAPF',
  'ITLRecovery',
  'tomcat',
  'ipsec',
] as const satisfies readonly CertificatePurpose[];

export const SERVICES = [
  'TFTP',
  'CallManager',
  'TVS',
  'CAPF',
  'CTIManager',
  'HAProxy',
  'Tomcat',
  'DRF',
] as const satisfies readonly ServiceName[];

export const ALL_NODES: NodeChoice = 'all';

/** `all`, one node or a list of nodes. */
export const nodes = z.unknown().transform((value, context): NodeChoice => {
  if (value === 'all') return ALL_NODES;
  return readWith(oneOrMany(nameText), value, reportTo(context)) ?? z.NEVER;
});

export function nodesText(choice: NodeChoice): string {
  return choice === 'all' ? 'on all nodes' : `on ${choice.join(', ')}`;
}
