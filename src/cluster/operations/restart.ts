import { serviceTitles } from '../console.js';
import { type ClusterContext, seconds } from '../context.js';
import { runsHere } from '../external.js';
import type { NodeChoice, ServiceName } from '../operation.js';
import { startService } from '../start.js';
import { type ClusterState, nodeOf, publisherOf, withNode } from '../state.js';
import { chosenNodes } from './node-choice.js';
import { type OperationResult, type RestartedServices, refused } from './result.js';

/** OP-17: services take over what is stored (section 1.4). The state is that of after the start; the pause is `net/`'s. */
export function restart(
  state: ClusterState,
  services: readonly ServiceName[],
  nodes: NodeChoice,
  context: ClusterContext,
): OperationResult {
  if (services.length === 0) throw refused('no service to restart: expected e.g. [TFTP, CallManager]');
  const now = seconds(context.now());
  const publisher = publisherOf(state).name;
  const output: string[] = [];
  const restarted: RestartedServices[] = [];
  let changed = state;
  for (const service of services) {
    const chosen = chosenNodes(state, nodes, (node) => runsHere(node, service), `${service} does not run`);
    for (const { name } of chosen) {
      const before = nodeOf(changed, name);
      const after = startService(changed, before, service, now);
      changed = withNode(changed, after);
      restarted.push({ node: name, services: [service] });
      const place = name === publisher ? 'publisher' : 'subscriber';
      output.push(...serviceTitles(service, place).map((title) => `${name}: ${title}[STARTED]`));
      if (after.held.tftp?.itl !== before.held.tftp?.itl) output.push(`${name}: alarm ITLFileRegenerated`);
    }
  }
  return { state: changed, output, restarted };
}
