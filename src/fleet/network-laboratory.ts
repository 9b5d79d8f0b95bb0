import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Operation } from '../cluster/operation.js';
import type { Operated } from '../cluster/operations/result.js';
import type { ModelProfile } from '../device/model.js';
import { TrustfleetError } from '../errors.js';
import { type Cidr, checkPhoneAddresses, EMBEDDED_PORTS, isLoopback } from '../net/addresses.js';
import type { HandshakeKind } from '../net/handshake-count.js';
import { localAddressTowards } from '../net/routes.js';
import type { HealthLimits, HealthReading } from '../observe/health.js';
import { openFilesLimit } from '../observe/health-meter.js';
import type { Sample, Snapshot } from '../observe/sample.js';
import { addSamples, addSnapshots, EMPTY_SNAPSHOT } from '../observe/samples.js';
import { orAborted } from '../phone/abort.js';
import type { ClusterMethods, ClusterTask, NodeReady } from './cluster-messages.js';
import { externalRoutes } from './external-routes.js';
import { concernsClusters, concernsPhones } from './faults.js';
import { type FlashStore, mergeFlash } from './flash-store.js';
import type {
  ActionResult,
  BareHandshakes,
  HandshakeMeter,
  HandshakeReading,
  HeldOf,
  Laboratory,
  RefusalRecord,
} from './laboratory.js';
import { BARE_KINDS } from './laboratory.js';
import { MicMaker } from './mics.js';
import type { Fault, Load, PhoneAction, Selection } from './model.js';
import { enrolmentPrimes, micKinds, PhonePrimeSource } from './phone-primes.js';
import type { LaboratorySpec } from './plan.js';
import {
  interruptedBy,
  type NodeChange,
  SETTLE_LIMIT_MS,
  shardClusters,
  withNodeChange,
} from './shard-clusters.js';
import type { NetworkShardTask, ShardCluster, ShardMethods } from './shard-messages.js';
import { splitDevices } from './split-devices.js';

import { startWorker, type WorkerTask } from './workers.js';

export interface NetworkLaboratoryOptions {
  readonly models: ReadonlyMap<string, ModelProfile>;
  /** Shards; the clusters have one more worker of their own. Default: one less than there are cores, at least 1. */
  readonly shards?: number;
  readonly health: HealthLimits;
  /** Keep the phones' logs, to be fetched with `logs`. */
  readonly logs?: boolean;
  /** File that takes the secrets of TLS connections; it must be there and may be written. */
  readonly keylog?: string;
  /** Ranges outside the loopback range that phones may connect to. */
  readonly allowTargets?: readonly Cidr[];
  readonly signal: AbortSignal;
}

/** A laboratory over sockets, with what only it can tell. */
export interface NetworkLaboratory extends Laboratory {
  readonly nodes: readonly NodeReady[];
  readonly shards: number;
  logs(): Promise<readonly string[]>;
}

/** Files of a phone: primary and standby connection, each with both ends in this process (architecture.md). */
const FILES_A_PHONE = 4;
/** Files besides the phones': listeners, transfers under way, the program itself. */
const OTHER_FILES = 600;

/** Handshakes of each kind in one calibration: about a second of two cores, less where a few phones make few of their own. */
const CALIBRATION_HANDSHAKES = { most: 300, aPhone: 30 } as const;
/** Of each shard, before the clock starts: contexts and code are warm then. */
const WARM_UP_HANDSHAKES = 20;

/**
 * Starts a worker for the clusters and the shards and gives the phones what they hold at the beginning; all phones are off.
 *
 * @throws TrustfleetError TF_TOO_MANY_FILES, TF_ADDRESS_UNAVAILABLE, TF_PORT_TAKEN, TF_WORKER_DIED, TF_PROFILE_INVALID, and the
 *   reason of `signal`; nothing is left open then
 */
export async function openNetworkLaboratory(
  spec: LaboratorySpec,
  options: NetworkLaboratoryOptions,
): Promise<NetworkLaboratory> {
  const { models } = options;
  options.signal.throwIfAborted();
  checkPhoneAddresses(spec.devices.length);
  checkOpenFiles(spec.devices.length);
  const usedModels = [...models.values()].filter((model) =>
    spec.devices.some(({ kind }) => kind.model === model.model),
  );
  const external = externalRoutes(spec.clusters);
  const { keylog = null } = options;
  const startedAt = Date.now();
  const source = await PhonePrimeSource.open(spec.devices, options.signal);
  const clusterTask: ClusterTask = {
    clusters: spec.clusters,
    devices: spec.devices,
    models: usedModels,
    seed: spec.seed,
    scale: spec.scale,
    micRoots: new MicMaker(source.mics, new Date(startedAt)).roots(micKinds(spec.devices)),
    keylog,
  };
  const cluster = startWorker<ClusterMethods>('cluster', 'cluster', clusterTask);
  const shards: WorkerTask<ShardMethods>[] = [];
  const failure = new AbortController();
  const signal = AbortSignal.any([options.signal, failure.signal]);
  const stopAll = async (): Promise<void> => {
    await Promise.all(shards.map((shard) => shard.stop()));
    await cluster.stop();
  };
  try {
    // the cluster draws its keys on one core while the other draws the phones'
    const [nodes, primes] = await orAborted(
      Promise.all([cluster.calls.call('ready', undefined), source.all(signal)]),
      signal,
    );
    const clusters = shardClusters(spec.clusters);
    const sources = await sourcesTowards(external.map(([, { address }]) => address));
    const count = options.shards ?? Math.max(1, availableParallelism() - 1);
    for (const [index, devices] of splitDevices(spec.devices, count).entries()) {
      const drawn = spec.keys === 'fresh' ? [] : await orAborted(enrolmentPrimes(devices, signal), signal);
      const name = `shard ${index + 1}`;
      const task: NetworkShardTask = {
        name,
        devices,
        models: usedModels,
        allPhones: spec.devices.length,
        clusters,
        ports: [...EMBEDDED_PORTS],
        external,
        sources,
        keylog,
        allowedTargets: options.allowTargets ?? [],
        primes,
        enrolmentPrimes: drawn,
        keys: spec.keys,
        knobs: spec.knobs,
        seed: spec.seed,
        scale: spec.scale,
        startedAt,
        healthLimits: options.health,
        logs: options.logs ?? false,
      };
      shards.push(startWorker<ShardMethods>('shard', name, task));
    }
    if (primes.lscs !== null) {
      const lscs = await orAborted(cluster.calls.call('lscs', { primes: primes.lscs }), signal);
      await orAborted(Promise.all(shards.map((shard) => shard.calls.call('lscs', lscs))), signal);
    }
    if (spec.start === 'healthy') {
      const images = await orAborted(cluster.calls.call('images', undefined), signal);
      await orAborted(Promise.all(shards.map((shard) => shard.calls.call('fill', images))), signal);
    }
    return new Workers(spec, cluster, shards, nodes, startedAt, stopAll);
  } catch (error) {
    // the phones' primes need not be drawn to the end
    failure.abort(error);
    await stopAll();
    throw error;
  }
}

/** Of the whole process: cluster, shards and main thread. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** Where phones come from towards targets outside the loopback range: there they have no addresses of their own. */
async function sourcesTowards(targets: readonly string[]): Promise<[target: string, source: string][]> {
  const outside = [...new Set(targets)].filter((target) => !isLoopback(target));
  const found = await Promise.all(
    outside.map(async (target) => [target, await localAddressTowards(target)] as const),
  );
  return found.flatMap(([target, source]): [string, string][] =>
    source === undefined ? [] : [[target, source]],
  );
}

/**
 * Threads share the process's descriptors: too many phones is an error before the first of them boots.
 *
 * @throws TrustfleetError TF_TOO_MANY_FILES
 */
export function checkOpenFiles(phones: number): void {
  const limit = openFilesLimit();
  if (limit === null) return;
  const needed = phones * FILES_A_PHONE + OTHER_FILES;
  if (needed <= limit) return;
  const most = Math.max(0, Math.floor((limit - OTHER_FILES) / FILES_A_PHONE));
  throw new TrustfleetError(
    'TF_TOO_MANY_FILES',
    `${phones} phones need ${needed} open files (${FILES_A_PHONE} a phone and ${OTHER_FILES}), the limit is ${limit}: ` +
      `run at most ${most} phones, or raise "ulimit -n"`,
  );
}

class Workers implements NetworkLaboratory {
  readonly phones: number;
  #nodes: readonly NodeReady[];
  readonly #cluster: WorkerTask<ClusterMethods>;
  readonly #shards: readonly WorkerTask<ShardMethods>[];
  #clusters: readonly ShardCluster[];
  readonly #startedAt: number;
  readonly #stopAll: () => Promise<void>;
  readonly #over = new AbortController();
  #closed: Promise<void> | undefined;

  constructor(
    spec: LaboratorySpec,
    cluster: WorkerTask<ClusterMethods>,
    shards: readonly WorkerTask<ShardMethods>[],
    nodes: readonly NodeReady[],
    startedAt: number,
    stopAll: () => Promise<void>,
  ) {
    this.phones = spec.devices.length;
    this.#nodes = nodes;
    this.#cluster = cluster;
    this.#shards = shards;
    this.#clusters = shardClusters(spec.clusters);
    this.#startedAt = startedAt;
    this.#stopAll = stopAll;
  }

  get handshakeMeter(): HandshakeMeter {
    return { read: () => this.#readHandshakes(), calibrate: () => this.#calibrate() };
  }

  get nodes(): readonly NodeReady[] {
    return this.#nodes;
  }

  get shards(): number {
    return this.#shards.length;
  }

  /**
   * A restart is an outage: the services stop, the phones notice and try the other members of their groups, then the
   * services start again. With all nodes restarted at once phones end up waiting, as they do in a real change window.
   */
  async operate(operation: Operation, cluster?: string): Promise<Operated> {
    const done = await this.#operate(operation, cluster);
    if (operation.op === 'add-node' || operation.op === 'remove-node')
      await this.#meetNodes(operation, cluster);
    return done;
  }

  async #operate(operation: Operation, cluster: string | undefined): Promise<Operated> {
    const services = interruptedBy(operation);
    if (services === undefined) return this.#cluster.calls.call('operate', { operation, cluster });
    // what is refused has not stopped anything
    const nodes = await this.#cluster.calls.call('check', { operation, cluster });
    await this.fault({ stop: services, nodes });
    try {
      return await this.#cluster.calls.call('operate', { operation, cluster });
    } finally {
      await this.#settle();
    }
  }

  /** A node came or went: labels, faults, and where phones find files follow. */
  async #meetNodes(operation: NodeChange, cluster: string | undefined): Promise<void> {
    this.#nodes = await this.#cluster.calls.call('ready', undefined);
    this.#clusters = withNodeChange(
      this.#clusters,
      operation,
      cluster,
      (label) => this.#nodes.find(({ name }) => name === label)?.address ?? '',
    );
    await this.#each((shard) => shard.calls.call('clusters', this.#clusters));
  }

  async fault(fault: Fault): Promise<void> {
    if (concernsClusters(fault)) await this.#cluster.calls.call('fault', fault);
    if (concernsPhones(fault)) await this.#each((shard) => shard.calls.call('fault', fault));
    await this.#settle();
  }

  async act(action: PhoneAction, selection: Selection, load: Load, limitMs: number): Promise<ActionResult> {
    const counts = await this.#each((shard) => shard.calls.call('count', selection));
    const among = counts.reduce((sum, count) => sum + count, 0);
    const request = { action, selection, load, among, limitMs };
    const parts = await this.#each((shard) => shard.calls.call('act', request));
    return {
      addressed: parts.reduce((sum, part) => sum + part.addressed, 0),
      unfinished: parts.reduce((sum, part) => sum + part.unfinished, 0),
    };
  }

  async resolve(selection: Selection): Promise<readonly string[]> {
    return (await this.#each((shard) => shard.calls.call('resolve', selection))).flat().sort();
  }

  async snapshot(): Promise<Snapshot> {
    const [parts, itls] = await Promise.all([
      this.#each((shard) => shard.calls.call('snapshot', undefined)),
      this.#cluster.calls.call('itlFileStatus', undefined),
    ]);
    const seen = { ...EMPTY_SNAPSHOT, gauges: itls };
    return { ...addSnapshots([...parts, seen]), at: Date.now() - this.#startedAt };
  }

  async held(list: 'ctl' | 'itl', of: HeldOf): Promise<readonly Sample[]> {
    const file = list === 'ctl' ? 'CTLFile.tlv' : 'ITLFile.tlv';
    const served: [string, Uint8Array][] = [];
    for (const { label } of this.#clusters.flatMap(({ nodes }) => nodes.filter(({ tftp }) => tftp))) {
      const bytes = await this.artefact(label, file);
      if (bytes !== undefined) served.push([label, bytes]);
    }
    return addSamples(await this.#each((shard) => shard.calls.call('held', { list, of, served })));
  }

  artefact(node: string, file: string): Promise<Uint8Array | undefined> {
    return this.#cluster.calls.call('artefact', { node, file });
  }

  async flash(): Promise<FlashStore> {
    return mergeFlash(await this.#each((shard) => shard.calls.call('flash', undefined)));
  }

  async health(): Promise<readonly HealthReading[]> {
    return (await this.#each((shard) => shard.calls.call('health', undefined))).flat();
  }

  async refusals(): Promise<readonly RefusalRecord[]> {
    const all = (await this.#each((shard) => shard.calls.call('refusals', undefined))).flat();
    return all.sort((a, b) => a.at - b.at);
  }

  async logs(): Promise<readonly string[]> {
    return (await this.#each((shard) => shard.calls.call('logs', undefined))).flat();
  }

  async #readHandshakes(): Promise<HandshakeReading> {
    const parts = await this.#each((shard) => shard.calls.call('handshakes', undefined));
    const sum = (kind: HandshakeKind): number => parts.reduce((total, part) => total + part[kind], 0);
    return {
      handshakes: { 'server-auth': sum('server-auth'), mutual: sum('mutual') },
      cpuSeconds: cpuSeconds(),
      at: performance.now(),
    };
  }

  async #calibrate(): Promise<readonly BareHandshakes[]> {
    const targets = await this.#cluster.calls.call('openBare', undefined);
    try {
      const made: BareHandshakes[] = [];
      const { most, aPhone } = CALIBRATION_HANDSHAKES;
      const handshakes = Math.min(most, aPhone * this.phones);
      for (const kind of BARE_KINDS) {
        const server = targets[kind === 'server-auth' ? 'server-auth' : 'mutual'];
        const count = Math.ceil(handshakes / this.#shards.length);
        const shake = (n: number): Promise<number[]> =>
          this.#each((shard) => shard.calls.call('shakeHands', { kind, ...server, count: n }));
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
      await this.#cluster.calls.call('closeBare', undefined);
    }
  }

  sleep(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.#over.signal });
  }

  close(): Promise<void> {
    this.#over.abort(new TrustfleetError('TF_STOPPED', 'the laboratory is closed'));
    this.#closed ??= this.#stopAll();
    return this.#closed;
  }

  /**
   * A restarted CallManager has cut its connections, and phones fail over as real ones do. The step is over when they
   * have found their place, so that the next step's counters are its own.
   */
  async #settle(): Promise<void> {
    await this.#each((shard) => shard.calls.call('settle', { limitMs: SETTLE_LIMIT_MS }));
  }

  #each<T>(ask: (shard: WorkerTask<ShardMethods>) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#shards.map(ask));
  }
}
