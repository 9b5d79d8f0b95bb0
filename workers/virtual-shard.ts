import type { MessagePort } from 'node:worker_threads';
import { serveTask } from '../src/fleet/port-calls.js';
import { VirtualShard, type VirtualShardTask } from '../src/fleet/virtual-shard.js';
import { SharedPeers } from '../src/virtual/shared-peers.js';

/** One Piscina task a shard in virtual time, for the whole run: ends when the port says `stop`. */
export default function runVirtualShard({
  port,
  ...task
}: VirtualShardTask & { readonly port: MessagePort }): Promise<void> {
  return serveTask(port, (stopped) =>
    new VirtualShard(task, new SharedPeers(task.windows, task.index)).methods(stopped),
  );
}
