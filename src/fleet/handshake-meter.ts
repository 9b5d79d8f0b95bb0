import type { HandshakeKind } from '../net/handshake-count.js';
import type { ClusterMethods } from './cluster-messages.js';
import type { BareHandshakes, HandshakeMeter, HandshakeReading } from './laboratory.js';
import { BARE_KINDS } from './laboratory.js';
import type { Caller } from './port-calls.js';
import type { ShardMethods } from './shard-messages.js';

/** Handshakes of each kind in one calibration: about a second of two cores, less where a few phones make few of their own. */
const CALIBRATION_HANDSHAKES = { most: 300, aPhone: 30 } as const;
/** Of each shard, before the clock starts: contexts and code are warm then. */
const WARM_UP_HANDSHAKES = 20;

/** Handshakes of a run's phones, and bare ones in the same threads to hold them against. */
export class ShardHandshakes implements HandshakeMeter {
  readonly #phones: number;
  readonly #cluster: Caller<ClusterMethods>;
  readonly #shards: readonly Caller<ShardMethods>[];

  constructor(phones: number, cluster: Caller<ClusterMethods>, shards: readonly Caller<ShardMethods>[]) {
    this.#phones = phones;
    this.#cluster = cluster;
    this.#shards = shards;
  }

  async read(): Promise<HandshakeReading> {
    const parts = await this.#each((shard) => shard.call('handshakes', undefined));
    const sum = (kind: HandshakeKind): number => parts.reduce((total, part) => total + part[kind], 0);
    return {
      handshakes: { 'server-auth': sum('server-auth'), mutual: sum('mutual') },
      cpuSeconds: cpuSeconds(),
      at: performance.now(),
    };
  }

  async calibrate(): Promise<readonly BareHandshakes[]> {
    const targets = await this.#cluster.call('openBare', undefined);
    try {
      const made: BareHandshakes[] = [];
      const { most, aPhone } = CALIBRATION_HANDSHAKES;
      const handshakes = Math.min(most, aPhone * this.#phones);
      for (const kind of BARE_KINDS) {
        const server = targets[kind === 'server-auth' ? 'server-auth' : 'mutual'];
        const count = Math.ceil(handshakes / this.#shards.length);
        const shake = (n: number): Promise<number[]> =>
          this.#each((shard) => shard.call('shakeHands', { kind, ...server, count: n }));
        await shake(WARM_UP_HANDSHAKES);
        const began = { at: performance.now(), cpu: cpuSeconds() };
        const counts = await shake(count);
        made.push({
          kind,
          count: counts.reduce((sum, part) => sum + part, 0),
          seconds: (performance.now() - began.at) / 1000,
          cpuSeconds: cpuSeconds() - began.cpu,
        });
      }
      return made;
    } finally {
      await this.#cluster.call('closeBare', undefined);
    }
  }

  #each<T>(ask: (shard: Caller<ShardMethods>) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#shards.map(ask));
  }
}

/** Of the whole process: cluster, shards and main thread. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
