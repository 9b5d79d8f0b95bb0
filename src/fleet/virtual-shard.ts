import type { Operation } from '../cluster/operation.js';
import type { Operated } from '../cluster/operations/result.js';
import { TrustfleetError } from '../errors.js';
import type { HealthReading } from '../observe/health.js';
import { createHealthMeter, type HealthMeter } from '../observe/health-meter.js';
import { memoryInUse } from '../observe/memory-in-use.js';
import type { Sample } from '../observe/sample.js';
import { StopController } from '../phone/stop.js';
import { Engine, type Goal, type Peers } from '../virtual/engine.js';
import { VirtualNetwork } from '../virtual/network.js';
import { VirtualServices } from '../virtual/services.js';
import type { VirtualSettings } from '../virtual/settings.js';
import type { SharedWindows } from '../virtual/shared-peers.js';
import { VirtualWorld } from '../virtual/world.js';
import { ClusterHost } from './cluster-host.js';
import type { ClusterHostOptions } from './cluster-host-options.js';
import { ClusterHosts } from './cluster-hosts.js';
import { concernsClusters, concernsPhones } from './faults.js';
import { readFlash } from './flash-store.js';
import { MicMaker } from './mics.js';
import type { Fault } from './model.js';
import { onlineCaAtHand } from './online-ca.js';
import { Orders } from './orders.js';
import { micKinds } from './phone-primes.js';
import type { LaboratoryClusters } from './plan.js';
import { seededRandom } from './random.js';
import { SampledRefusals } from './sampled-refusals.js';
import { ShardFleet } from './shard-fleet.js';
import type { ShardCluster, ShardTask } from './shard-messages.js';
import type { ShardPhone } from './shard-phone.js';
import { testKeys, testLscKeys } from './test-keys.js';
import type { VirtualActRequest, VirtualShardMethods } from './virtual-messages.js';

export interface VirtualShardTask extends ShardTask {
  /** All clusters; every shard has its own replica of each, which answers its phones. */
  readonly laboratoryClusters: LaboratoryClusters;
  readonly virtual: VirtualSettings;
  readonly start: 'healthy' | 'factory';
  /** How the shards meet, and which of them this is. */
  readonly windows: SharedWindows;
  readonly index: number;
  /** Clusters outside the run that phones of any shard bring an LSC of. */
  readonly strangers: readonly string[];
}

/** The network counts as quiet after so long without anything under way, milliseconds. */
const QUIET_MS = 150;

/** Phones of one worker in virtual time, with a replica of the clusters that answers them. */
export class VirtualShard {
  readonly #task: VirtualShardTask;
  #shown: readonly ShardCluster[];
  readonly #engine: Engine;
  readonly #network: VirtualNetwork;
  readonly #fleet: ShardFleet;
  /** By ordinal; those of other shards are not in it. */
  readonly #phones: ShardPhone[] = [];
  /** Labels of nodes by address. */
  readonly #labels = new Map<string, string>();
  readonly #refusals: SampledRefusals;
  readonly #health: HealthMeter;
  readonly #stop = new StopController();
  readonly #clusters: Promise<ClusterHosts<ClusterHost>>;
  /** Steps that gave out orders. */
  #orders = 0;

  constructor(task: VirtualShardTask, peers: Peers) {
    this.#task = task;
    this.#shown = task.clusters;
    this.#refusals = new SampledRefusals(task.allPhones);
    this.#engine = new Engine(peers, task.virtual.delayMs);
    this.#label(task.clusters);
    this.#network = new VirtualNetwork(this.#engine, task.virtual, {
      scale: task.scale,
      epochMs: task.startedAt,
      labels: this.#labels,
    });
    const { clock } = this.#engine;
    this.#health = createHealthMeter({
      worker: task.name,
      limits: task.healthLimits,
      now: () => clock.now / 1_000,
    });
    this.#fleet = new ShardFleet(task, {
      world: (device, model, local) => new VirtualWorld(device, model, this.#network, local),
      verifySignature: (file, key) => this.#network.reading.verify(file, key),
      generateKey: testLscKeys(),
      refused: (record, ordinal) => this.#refusals.add(record, ordinal),
      sinceStart: () => clock.now,
      now: () => clock.now,
      stop: this.#stop.signal,
    });
    for (const phone of this.#fleet.phones) this.#phones[phone.device.ordinal] = phone;
    this.#clusters = this.#install();
    // told to whoever calls `ready`
    this.#clusters.catch(() => undefined);
  }

  /** The calls of virtual-messages.ts. */
  methods(stopped: () => void): VirtualShardMethods {
    const fleet = this.#fleet;
    return {
      ready: async () => {
        await this.#clusters;
      },
      operate: ({ operation, cluster }) => this.#operate(operation, cluster),
      check: async ({ operation, cluster }) => {
        const own = this.#ownOf(operation);
        return own === null ? [] : (await this.#clusters).check(own, cluster);
      },
      fault: (fault) => this.#break(fault),
      select: (selection) => Uint32Array.from(fleet.selected(selection), ({ device }) => device.ordinal),
      act: (request) => this.#act(request),
      settle: ({ limitMs }) => this.#settle(limitMs),
      sleep: ({ ms }) => this.#engine.run(new Time(this.#engine.clock.now + ms)),
      resolve: (selection) => fleet.resolve(selection),
      snapshot: async () => {
        const seen = fleet.snapshot();
        const itls = (await this.#clusters).itlFileStatus(this.#task.devices);
        return { ...seen, gauges: [...seen.gauges, ...itls] };
      },
      held: (request) => this.#held(request),
      flash: () => readFlash(fleet.phones, this.#task.virtual.configurations),
      artefact: async ({ node, file }) => (await this.#clusters).artefact(node, file),
      health: () => this.#readHealth(),
      refusals: () => this.#refusals.take(),
      logs: () => fleet.takeLogs(),
      events: () => this.#engine.clock.ran,
      memory: () => memoryInUse(),
      nodes: async () => (await this.#clusters).nodes().map(({ name, address }) => ({ name, address })),
      clusters: (clusters) => {
        this.#label(clusters);
        this.#shown = clusters;
        fleet.meetClusters(clusters);
      },
      stop: async () => {
        this.#stop.abort(new TrustfleetError('TF_STOPPED', 'the run is over'));
        this.#health.close();
        stopped();
      },
    };
  }

  /** Nodes that have left keep their label: phones may still look for them. */
  #label(clusters: readonly ShardCluster[]): void {
    for (const { nodes } of clusters) {
      for (const { label, address } of nodes) this.#labels.set(address, label);
    }
  }

  async #install(): Promise<ClusterHosts<ClusterHost>> {
    const { laboratoryClusters, devices, models, seed, startedAt, primes, start, strangers, virtual } =
      this.#task;
    const { clock } = this.#engine;
    const roots = new MicMaker(primes.mics, new Date(startedAt), primes.shared).roots(micKinds(devices));
    const known = new Map(models.map((model) => [model.model, model]));
    const options: ClusterHostOptions = {
      seed,
      keys: testKeys(),
      log: SILENT,
      micRoots: roots,
      ipv6: true,
      now: () => new Date(this.#network.date()),
      configurations: virtual.configurations,
      lscs: { shared: true, strangers },
      randomOf: (device) => seededRandom(seed, `issued to ${device} at ${clock.now}`),
      front: (nodes, answers) => new VirtualServices(this.#network, nodes, answers),
      onlineCa: onlineCaAtHand,
    };
    const hosts = await ClusterHosts.start(laboratoryClusters, devices, (cluster, own, neighbours) =>
      ClusterHost.start(cluster, own, known, { ...options, ...neighbours }),
    );
    if (primes.lscs !== null) this.#fleet.takeLscs(await hosts.lscs(devices, primes.lscs));
    if (start === 'healthy') this.#fleet.fill(hosts.images(devices));
    return hosts;
  }

  /** null: it concerns devices of other shards alone. */
  async #operate(operation: Operation, cluster: string | undefined): Promise<Operated | null> {
    const own = this.#ownOf(operation);
    return own === null ? null : (await this.#clusters).operate(own, cluster);
  }

  /** Devices of other shards are theirs; what else an operation does, it does in every replica. */
  #ownOf(operation: Operation): Operation | null {
    if (!('devices' in operation)) return operation;
    const names = new Set(this.#task.devices.map(({ name }) => name));
    const devices = operation.devices.filter((name) => names.has(name));
    // what is about nobody at all is for the cluster to refuse
    if (devices.length === 0 && operation.devices.length > 0) return null;
    return { ...operation, devices, meant: operation.devices.length };
  }

  async #break(fault: Fault): Promise<void> {
    if ('datagrams' in fault) {
      this.#network.datagrams = fault.datagrams;
      return;
    }
    if ('clear' in fault) this.#network.datagrams = undefined;
    if (concernsClusters(fault)) await (await this.#clusters).fault(fault);
    if (concernsPhones(fault)) this.#fleet.break(fault);
  }

  async #act({
    action,
    ordinals,
    load,
    limitMs,
  }: VirtualActRequest): Promise<{ readonly unfinished: number }> {
    const { clock, delayMs } = this.#engine;
    let failure: unknown;
    this.#orders += 1;
    const number = this.#orders;
    const orders = new Orders(number, ordinals, load, limitMs, {
      now: clock.now,
      delayMs,
      begin: (ordinal, at) => {
        const phone = this.#phones[ordinal];
        if (phone === undefined) return;
        const carriedOut = (): void => this.#engine.carriedOut(ordinal, number);
        clock.schedule(at, ordinal, () => {
          phone.do(action, at).then(carriedOut, (error: unknown) => {
            failure ??= error;
            carriedOut();
          });
        });
      },
    });
    await this.#engine.run(orders);
    if (failure !== undefined && !this.#stop.signal.aborted) throw failure;
    return { unfinished: orders.unfinished };
  }

  #settle(limitMs: number): Promise<void> {
    return this.#engine.run(new Quiet(this.#engine.clock.now + limitMs));
  }

  async #held({ list, of }: Parameters<VirtualShardMethods['held']>[0]): Promise<Sample[]> {
    const hosts = await this.#clusters;
    const file = list === 'ctl' ? 'CTLFile.tlv' : 'ITLFile.tlv';
    const served = new Map<string, Uint8Array>();
    for (const { label, tftp } of this.#shown.flatMap(({ nodes }) => nodes)) {
      const bytes = tftp ? hosts.artefact(label, file) : undefined;
      if (bytes !== undefined) served.set(label, bytes);
    }
    return this.#fleet.held(list, of, served);
  }

  /** Nobody waits in virtual time: what counts is the memory. */
  #readHealth(): readonly HealthReading[] {
    return this.#health.readings().filter(({ what }) => what === 'memory');
  }
}

const SILENT = { file: () => undefined, event: () => undefined };

/** A moment is reached. */
class Time implements Goal {
  readonly until: number;
  readonly turnaroundMs = Number.POSITIVE_INFINITY;

  constructor(until: number) {
    this.until = until;
  }

  carriedOut(): number {
    return Number.POSITIVE_INFINITY;
  }

  reached(end: number): boolean {
    return end >= this.until;
  }
}

/** Nothing has been under way for a while. */
class Quiet implements Goal {
  readonly turnaroundMs = Number.POSITIVE_INFINITY;
  #limit: number;
  #since: number | null = null;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get until(): number {
    return Math.min(this.#limit, this.#since === null ? this.#limit : this.#since + QUIET_MS);
  }

  carriedOut(): number {
    return Number.POSITIVE_INFINITY;
  }

  reached(end: number, busy: number): boolean {
    if (busy > 0) this.#since = null;
    else this.#since ??= end;
    return end >= this.until;
  }
}
