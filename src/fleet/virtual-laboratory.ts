import { availableParallelism } from 'node:os';
import type { Operation } from '../cluster/operation.js';
import { isAboutKnownPhones, joinOutputs } from '../cluster/operations/joined-output.js';
import type { Operated } from '../cluster/operations/result.js';
import type { ModelProfile } from '../device/model.js';
import { TrustfleetError } from '../errors.js';
import type { HealthLimits, HealthReading } from '../observe/health.js';
import { memoryInUse } from '../observe/memory-in-use.js';
import type { Sample, Snapshot } from '../observe/sample.js';
import { addSamples, addSnapshots } from '../observe/samples.js';
import { orAborted } from '../phone/abort.js';
import { BACK_OFF_MS } from '../phone/standby.js';
import { DEFAULT_VIRTUAL } from '../virtual/settings.js';
import { createSharedWindows, type SharedWindows, stopShared } from '../virtual/shared-peers.js';
import { strangeClusters } from './equipment.js';
import { type FlashStore, mergeFlash } from './flash-store.js';
import type { ActionResult, HeldOf, Laboratory, RefusalRecord } from './laboratory.js';
import type { Fault, Load, PhoneAction, Selection } from './model.js';
import type { LaboratorySpec } from './plan.js';
import { mergeRefusals } from './sampled-refusals.js';
import { interruptedBy, SETTLE_LIMIT_MS, shardClusters, withNodeChange } from './shard-clusters.js';
import type { ShardCluster } from './shard-messages.js';
import { splitDevices } from './split-devices.js';
import { testPhonePrimes } from './test-keys.js';
import type { OperateRequest, VirtualShardMethods } from './virtual-messages.js';
import type { VirtualShardTask } from './virtual-shard.js';
import { startWorker, type WorkerTask } from './workers.js';

export interface VirtualLaboratoryOptions {
  readonly models: ReadonlyMap<string, ModelProfile>;
  /** Default: one for each core where the fleet is large enough to be worth it. The results are the same for any number. */
  readonly shards?: number;
  readonly health: HealthLimits;
  /** Keep the phones' logs, to be fetched with `logs`. */
  readonly logs?: boolean;
  readonly signal: AbortSignal;
}

/** A laboratory in virtual time, with what only it can tell. */
export interface VirtualLaboratory extends Laboratory {
  logs(): Promise<readonly string[]>;
  /** Events that have happened, of all shards. */
  events(): Promise<number>;
  /** Octets that this thread and those of all shards hold, after a collection in each. */
  memory(): Promise<number>;
}

/** Date at which every virtual run begins: certificates are the same age in all of them. */
const VIRTUAL_EPOCH_MS = Date.UTC(2026, 0, 1);

/** Made out of sight of the fleet's devices, which it would keep here beside those that the threads have. */
function stopperOf(
  windows: SharedWindows,
  shards: readonly WorkerTask<VirtualShardMethods>[],
): () => Promise<void> {
  return async () => {
    stopShared(windows);
    await Promise.all(shards.map((shard) => shard.stop()));
  };
}

/**
 * Installs the clusters and the phones in virtual time; all phones are off.
 *
 * @throws TrustfleetError TF_WORKER_DIED, TF_PROFILE_INVALID, and the reason of `signal`; nothing is left open then
 */
export async function openVirtualLaboratory(
  spec: LaboratorySpec,
  options: VirtualLaboratoryOptions,
): Promise<VirtualLaboratory> {
  const { models, signal } = options;
  signal.throwIfAborted();
  const usedModels = [...models.values()].filter((model) =>
    spec.devices.some(({ kind }) => kind.model === model.model),
  );
  const split = splitDevices(spec.devices, options.shards ?? shardsFor(spec.devices.length));
  const own = new Set(spec.clusters.map(({ name }) => name));
  const strangers = strangeClusters(spec.devices).filter((name) => !own.has(name));
  const windows = createSharedWindows(split.length);
  const shards = split.map((devices, index) => {
    const name = `shard ${index + 1}`;
    const task: VirtualShardTask = {
      name,
      devices,
      models: usedModels,
      allPhones: spec.devices.length,
      clusters: shardClusters(spec.clusters),
      laboratoryClusters: spec.clusters,
      ports: [],
      keys: spec.keys,
      enrolmentPrimes: [],
      primes: testPhonePrimes(spec.devices),
      knobs: spec.knobs,
      seed: spec.seed,
      scale: spec.scale,
      startedAt: VIRTUAL_EPOCH_MS,
      healthLimits: options.health,
      logs: options.logs ?? false,
      virtual: spec.virtual ?? DEFAULT_VIRTUAL,
      start: spec.start,
      windows,
      index,
      strangers,
    };
    return startWorker<VirtualShardMethods>('virtual-shard', name, task);
  });
  const stopAll = stopperOf(windows, shards);
  try {
    await orAborted(Promise.all(shards.map((shard) => shard.calls.call('ready', undefined))), signal);
    return new Shards(spec, shards, stopAll);
  } catch (error) {
    await stopAll();
    throw error;
  }
}

/** A second shard saves more than the shards' meetings cost with twice as many phones (docs/virtual-time.md, "What it costs"). */
const PHONES_A_SHARD = 40_000;

function shardsFor(phones: number): number {
  return Math.max(1, Math.min(availableParallelism(), Math.floor(phones / PHONES_A_SHARD)));
}

class Shards implements VirtualLaboratory {
  readonly phones: number;
  readonly #shards: readonly WorkerTask<VirtualShardMethods>[];
  readonly #scale: number;
  #clusters: readonly ShardCluster[];
  readonly #stopAll: () => Promise<void>;
  #closed: Promise<void> | undefined;

  constructor(
    spec: LaboratorySpec,
    shards: readonly WorkerTask<VirtualShardMethods>[],
    stopAll: () => Promise<void>,
  ) {
    this.phones = spec.devices.length;
    this.#shards = shards;
    this.#scale = spec.scale;
    this.#clusters = shardClusters(spec.clusters);
    this.#stopAll = stopAll;
  }

  /** As over sockets: a restart is an outage, and the step is over when the phones have found their place. */
  async operate(operation: Operation, cluster?: string): Promise<Operated> {
    const done = await this.#operate(operation, cluster);
    if (operation.op === 'add-node' || operation.op === 'remove-node') {
      const nodes = await this.#first('nodes', undefined);
      const addressOf = (label: string): string => nodes.find(({ name }) => name === label)?.address ?? '';
      this.#clusters = withNodeChange(this.#clusters, operation, cluster, addressOf);
      await this.#each((shard) => shard.calls.call('clusters', this.#clusters));
    }
    return done;
  }

  async #operate(operation: Operation, cluster: string | undefined): Promise<Operated> {
    const request = { operation, cluster };
    const ask = async (): Promise<Operated> => {
      if (isAboutKnownPhones(operation)) return this.#eachItsPart(request);
      if ('devices' in operation) await this.#check(request);
      const all = await this.#each((shard) => shard.calls.call('operate', request));
      return all.find((done) => done !== null) ?? { output: [], resetsPhones: false };
    };
    const services = interruptedBy(operation);
    if (services === undefined) return ask();
    // what is refused has not stopped anything
    const [nodes = []] = await this.#check(request);
    await this.fault({ stop: services, nodes });
    try {
      return await ask();
    } finally {
      // whoever lost its server has looked for it once more when the step is over
      await this.sleep(BACK_OFF_MS.last / this.#scale);
      await this.#settle();
    }
  }

  /** Refused where all shards refuse: one that has none of the phones says so, as a cluster without them would. */
  async #eachItsPart(request: OperateRequest): Promise<Operated> {
    const { operation } = request;
    let asked = request;
    if (operation.op === 'sign') {
      // whoever signs is the same CA for all of them, so it is made where there is nothing to sign as well
      await this.#unlessAllRefuse('check', request);
      asked = { ...request, operation: { ...operation, elsewhere: true } };
    }
    const answers = await this.#unlessAllRefuse('operate', asked);
    const done = answers.filter((answer) => answer !== null);
    return {
      output: joinOutputs(
        request.operation,
        done.map(({ output }) => output),
      ),
      resetsPhones: done.some(({ resetsPhones }) => resetsPhones),
    };
  }

  /** Answers of the shards that did not refuse. */
  async #unlessAllRefuse<M extends 'check' | 'operate'>(
    method: M,
    request: OperateRequest,
  ): Promise<Awaited<ReturnType<VirtualShardMethods[M]>>[]> {
    const answers = await Promise.allSettled(this.#shards.map((shard) => shard.calls.call(method, request)));
    const other = answers.find((answer) => answer.status === 'rejected' && !isRefusal(answer.reason));
    const [refusal] = answers.filter((answer) => answer.status === 'rejected');
    if (other?.status === 'rejected') throw other.reason;
    if (refusal !== undefined && answers.every(({ status }) => status === 'rejected')) throw refusal.reason;
    return answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
  }

  /** What one shard refuses for its devices, none does. */
  async #check(request: OperateRequest): Promise<readonly (readonly string[])[]> {
    const answers = await Promise.allSettled(this.#shards.map((shard) => shard.calls.call('check', request)));
    return answers.map((answer) => {
      if (answer.status === 'rejected') throw answer.reason;
      return answer.value;
    });
  }

  async fault(fault: Fault): Promise<void> {
    await this.#each((shard) => shard.calls.call('fault', fault));
    await this.#settle();
  }

  async act(action: PhoneAction, selection: Selection, load: Load, limitMs: number): Promise<ActionResult> {
    const parts = await this.#each((shard) => shard.calls.call('select', selection));
    const ordinals = Uint32Array.from(parts.flatMap((part) => [...part])).sort();
    const request = { action, ordinals, load, limitMs };
    const [result] = await this.#each((shard) => shard.calls.call('act', request));
    return { addressed: ordinals.length, unfinished: result?.unfinished ?? 0 };
  }

  async resolve(selection: Selection): Promise<readonly string[]> {
    return (await this.#each((shard) => shard.calls.call('resolve', selection))).flat().sort();
  }

  async snapshot(): Promise<Snapshot> {
    return addSnapshots(await this.#each((shard) => shard.calls.call('snapshot', undefined)));
  }

  async held(list: 'ctl' | 'itl', of: HeldOf): Promise<readonly Sample[]> {
    return addSamples(await this.#each((shard) => shard.calls.call('held', { list, of })));
  }

  artefact(node: string, file: string): Promise<Uint8Array | undefined> {
    return this.#first('artefact', { node, file });
  }

  async flash(): Promise<FlashStore> {
    return mergeFlash(await this.#each((shard) => shard.calls.call('flash', undefined)));
  }

  async health(): Promise<readonly HealthReading[]> {
    return (await this.#each((shard) => shard.calls.call('health', undefined))).flat();
  }

  async refusals(): Promise<readonly RefusalRecord[]> {
    return mergeRefusals(await this.#each((shard) => shard.calls.call('refusals', undefined)));
  }

  async logs(): Promise<readonly string[]> {
    return (await this.#each((shard) => shard.calls.call('logs', undefined))).flat();
  }

  async events(): Promise<number> {
    const parts = await this.#each((shard) => shard.calls.call('events', undefined));
    return parts.reduce((sum, part) => sum + part, 0);
  }

  async memory(): Promise<number> {
    const parts = await this.#each((shard) => shard.calls.call('memory', undefined));
    return parts.reduce((sum, part) => sum + part, memoryInUse());
  }

  async sleep(ms: number): Promise<void> {
    await this.#each((shard) => shard.calls.call('sleep', { ms }));
  }

  close(): Promise<void> {
    this.#closed ??= this.#stopAll();
    return this.#closed;
  }

  async #settle(): Promise<void> {
    await this.#each((shard) => shard.calls.call('settle', { limitMs: SETTLE_LIMIT_MS }));
  }

  #first<N extends keyof VirtualShardMethods & string>(
    name: N,
    argument: Parameters<VirtualShardMethods[N]>[0],
  ): Promise<Awaited<ReturnType<VirtualShardMethods[N]>>> {
    const [first] = this.#shards;
    if (first === undefined) throw new TrustfleetError('TF_STOPPED', 'the laboratory has no shards');
    return first.calls.call(name, argument);
  }

  #each<T>(ask: (shard: WorkerTask<VirtualShardMethods>) => Promise<T>): Promise<T[]> {
    return Promise.all(this.#shards.map(ask));
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof TrustfleetError && error.code === 'TF_OPERATION_REFUSED';
}
