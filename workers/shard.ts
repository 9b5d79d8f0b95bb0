import type { MessagePort } from 'node:worker_threads';
import { serveTask } from '../src/fleet/port-calls.js';
import { Shard } from '../src/fleet/shard.js';
import type { NetworkShardTask } from '../src/fleet/shard-messages.js';

/** One Piscina task a shard, for the whole run: ends when the port says `stop`. */
export default function runShard({
  port,
  ...task
}: NetworkShardTask & { readonly port: MessagePort }): Promise<void> {
  return serveTask(port, (stopped) => new Shard(task).methods(stopped));
}
