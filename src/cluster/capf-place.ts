import { isExternal, runsHere, type ServingNode } from './external.js';

/** A node that has a CAPF which cannot be there. */
export interface StrayCapf {
  /** Place of the node in its list. */
  readonly node: number;
  readonly message: string;
}

/**
 * CAPF works on the publisher, the first node, alone (OP-11): its certificate and its address are what lists and configurations
 * name. A real one elsewhere may stand at any node where no list and no configuration comes from here.
 */
export function strayCapf(nodes: readonly ServingNode[]): StrayCapf[] {
  const [publisher, ...subscribers] = nodes;
  const files = nodes.find((node) => runsHere(node, 'TFTP'));
  return subscribers.flatMap((node, i): StrayCapf[] => {
    if (![...node.services].includes('CAPF')) return [];
    const external = isExternal(node, 'CAPF');
    if (external && files === undefined) return [];
    const what = external
      ? `an external CAPF at ${node.name}, which no file of ${files?.name} would name`
      : `CAPF on ${node.name}`;
    const message = `found ${what}: CAPF runs on the publisher only (OP-11), expected it on ${publisher?.name}, the first node`;
    return [{ node: i + 1, message }];
  });
}
