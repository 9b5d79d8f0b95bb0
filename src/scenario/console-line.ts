import { type ReadCommand, readCommand } from '../cluster/command-line/read.js';
import { transcript } from '../cluster/command-line/session.js';
import type { ClusterPlan, ConsoleLine } from './plan.js';

/**
 * What a line for the console comes to at a cluster. Its questions are answered with yes.
 *
 * @throws TrustfleetError TF_USAGE in the words of the console for a line that is no command.
 */
export function consoleCommand({ line, node }: ConsoleLine, cluster: ClusterPlan): ReadCommand {
  const publisher = publisherOf(cluster);
  return readCommand(line, { node: node ?? publisher, publisher });
}

/** What the line leaves on its console, which is that of `serve --console`. */
export function consoleLines(
  line: ConsoleLine,
  cluster: ClusterPlan,
  output: readonly string[],
): readonly string[] {
  return transcript(consoleCommand(line, cluster), line.node ?? publisherOf(cluster), output);
}

function publisherOf({ nodes: [publisher] }: ClusterPlan): string {
  return publisher?.name ?? '';
}
