import { setTimeout as delay } from 'node:timers/promises';
import type { Operation } from '../cluster/operation.js';
import type { Operated } from '../cluster/operations/result.js';
import { TrustfleetError } from '../errors.js';
import type { HealthReading } from '../observe/health.js';
import type { Sample, Snapshot } from '../observe/sample.js';
import { addSamples, addSnapshots, EMPTY_SNAPSHOT } from '../observe/samples.js';
import type { ClusterMethods, NodeReady } from './cluster-messages.js';
import { concernsClusters, concernsPhones } from './faults.js';
import { type FlashStore, mergeFlash } from './flash-store.js';
import { ShardHandshakes } from './handshake-meter.js';
import type { ActionResult, HandshakeMeter, HeldOf, Laboratory, RefusalRecord } from './laboratory.js';
import type { Fault, Load, PhoneAction, Selection } from './model.js';
import type { LaboratorySpec } from './plan.js';
import {
  interruptedBy,
  type NodeChange,
  SETTLE_LIMIT_MS,
  shardClusters,
  withNodeChange,
} from './shard-clusters.js';
import type { ShardCluster, ShardMethods } from './shard-messages.js';
import type { WorkerTask } from './workers.js';

/** A laboratory over sockets, with what only it can tell. */
export interface NetworkLaboratory extends Laboratory {
  readonly nodes: readonly NodeReady[];
  readonly shards: number;
  logs(): Promise<readonly string[]>;
}

/** The worker of the clusters and those of the shards, as one laboratory. */
export class NetworkWorkers implements NetworkLaboratory {
  readonly phones: number;
  readonly handshakeMeter: HandshakeMeter;
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
    this.handshakeMeter = new ShardHandshakes(
      this.phones,
      cluster.calls,
      shards.map(({ calls }) => calls),
    );
    this.#nodes = nodes;
    this.#cluster = cluster;
    this.#shards = shards;
    this.#clusters = shardClusters(spec.clusters);
    this.#startedAt = startedAt;
    this.#stopAll = stopAll;
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
