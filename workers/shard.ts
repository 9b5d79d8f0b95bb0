import type { MessagePort } from 'node:worker_threads';
import { answerCalls } from '../src/fleet/port-calls.js';
import { Shard } from '../src/fleet/shard.js';
import type { NetworkShardTask } from '../src/fleet/shard-messages.js';

/** One Piscina task a shard, for the whole run: ends when the port says `stop`. */
export default function runShard({
  port,
  ...task
}: NetworkShardTask & { readonly port: MessagePort }): Promise<void> {
  return new Promise((resolve) => {
    answerCalls(port, new Shard(task).methods(resolve));
  });
}
