import type { ConsoleOperation } from '../cluster/command-line/commands.js';
import { readCommand } from '../cluster/command-line/read.js';
import type { ClusterPlan, ConsoleLine } from './plan.js';

/**
 * What a line for the console comes to at a cluster. Its questions are answered with yes.
 *
 * @throws TrustfleetError TF_USAGE in the words of the console for a line that is no command.
 */
export function consoleOperation({ line, node }: ConsoleLine, cluster: ClusterPlan): ConsoleOperation {
  const publisher = cluster.nodes[0]?.name ?? '';
  return readCommand(line, { node: node ?? publisher, publisher }).operation;
}
