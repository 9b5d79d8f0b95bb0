import { availableParallelism } from 'node:os';
import type { ModelProfile } from '../device/model.js';
import { TrustfleetError } from '../errors.js';
import { type Cidr, checkPhoneAddresses, EMBEDDED_PORTS, isLoopback } from '../net/addresses.js';
import { localAddressTowards } from '../net/routes.js';
import type { HealthLimits } from '../observe/health.js';
import { openFilesLimit } from '../observe/health-meter.js';
import { orAborted } from '../phone/abort.js';
import type { ClusterMethods, ClusterTask } from './cluster-messages.js';
import { externalRoutes } from './external-routes.js';
import { MicMaker } from './mics.js';
import { type NetworkLaboratory, NetworkWorkers } from './network-workers.js';
import { enrolmentPrimes, micKinds, PhonePrimeSource } from './phone-primes.js';
import type { LaboratorySpec } from './plan.js';
import { shardClusters } from './shard-clusters.js';
import type { NetworkShardTask, ShardMethods } from './shard-messages.js';
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

/** Files of a phone: primary and standby connection, each with both ends in this process (architecture.md). */
const FILES_A_PHONE = 4;
/** Files besides the phones': listeners, transfers under way, the program itself. */
const OTHER_FILES = 600;

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
    return new NetworkWorkers(spec, cluster, shards, nodes, startedAt, stopAll);
  } catch (error) {
    // the phones' primes need not be drawn to the end
    failure.abort(error);
    await stopAll();
    throw error;
  }
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
