import { TrustfleetError } from '../errors.js';
import { phoneAddress } from '../net/addresses.js';
import { targetGuard, withAllowedTargets } from '../net/allowed-targets.js';
import { shakeHands } from '../net/bare-handshakes.js';
import { DatagramFaults } from '../net/datagram-faults.js';
import { handshakeCounts } from '../net/handshake-count.js';
import { type KeylogFile, openKeylogFile } from '../net/tls-keylog.js';
import { readUdpCounts } from '../net/udp-loss.js';
import { createNetworkContext, createNetworkWorld, type NetworkContext } from '../net/world.js';
import type { HealthReading } from '../observe/health.js';
import { createHealthMeter, type HealthMeter } from '../observe/health-meter.js';
import { verifySignature } from '../trustfile/index.js';
import { bareClients, HANDSHAKES_A_CONTEXT, overlaps } from './bare-clients.js';
import { readFlash } from './flash-store.js';
import { lscKeys, phoneKeySource } from './lsc-keys.js';
import type { PhoneFault } from './model.js';
import { paced, shareOf } from './pace.js';
import { seededRandom } from './random.js';
import { ShardFleet } from './shard-fleet.js';
import type {
  ActRequest,
  NetworkShardTask,
  ShakeHandsRequest,
  ShardCluster,
  ShardMethods,
} from './shard-messages.js';
import { WaitingRefusals } from './waiting-records.js';

/** The network counts as quiet after so long without anything under way. */
const QUIET_MS = 150;
const QUIET_LOOK_MS = 25;

/** How long sockets may take to close; a FIN of ours waits a second for its answer. */
const CLOSE_LIMIT_MS = 3_000;
const CLOSE_LOOK_MS = 20;

/** Resolves when this thread has no socket open: ending a thread with requests under way makes Node spin for ever. */
async function socketsClosed(): Promise<void> {
  const end = performance.now() + CLOSE_LIMIT_MS;
  const open = (): boolean => process.getActiveResourcesInfo().some((name) => /^(TCP|UDP|TLS)/i.test(name));
  while (open() && performance.now() < end)
    await new Promise((resolve) => setTimeout(resolve, CLOSE_LOOK_MS));
}

/** Phones of one worker over real sockets, from the first step to the last. */
export class Shard {
  readonly #task: NetworkShardTask;
  readonly #fleet: ShardFleet;
  readonly #network: NetworkContext;
  readonly #datagrams: DatagramFaults;
  /** Labels of nodes by address. */
  readonly #labels = new Map<string, string>();
  readonly #keylog: KeylogFile | null;
  readonly #refusals = new WaitingRefusals();
  readonly #health: HealthMeter;
  readonly #udpAtStart = readUdpCounts();
  readonly #stop = new AbortController();

  constructor(task: NetworkShardTask) {
    this.#task = task;
    this.#label(task.clusters);
    this.#datagrams = new DatagramFaults(seededRandom(task.seed, `datagrams ${task.name}`));
    this.#keylog = task.keylog === null ? null : openKeylogFile(task.keylog);
    this.#network = createNetworkContext({
      ports: new Map(task.ports),
      external: new Map(task.external),
      sources: new Map(task.sources),
      ...(this.#keylog === null ? {} : { keylog: this.#keylog.sink }),
      nodes: this.#labels,
      scale: task.scale,
      // where nothing is wrong sockets stay connected, so that phones notice a closed port
      datagrams: () => (this.#datagrams.isActive ? this.#datagrams : undefined),
    });
    this.#health = createHealthMeter({
      worker: task.name,
      limits: task.healthLimits,
      now: () => this.#sinceStart() / 1000,
    });
    const isAllowed = targetGuard(task.allowedTargets);
    this.#fleet = new ShardFleet(task, {
      world: (device, model, local) =>
        withAllowedTargets(
          createNetworkWorld(
            { name: device.name, address: phoneAddress(device.ordinal + 1), model },
            this.#network,
            local,
          ),
          isAllowed,
        ),
      verifySignature,
      generateKey: lscKeys(phoneKeySource(task.keys, task.enrolmentPrimes)),
      refused: (record) => this.#refusals.add(record),
      sinceStart: () => this.#sinceStart(),
      now: () => performance.now(),
      stop: this.#stop.signal,
    });
  }

  /** The calls of shard-messages.ts. */
  methods(stopped: () => void): ShardMethods {
    const fleet = this.#fleet;
    return {
      fill: (images) => fleet.fill(images),
      lscs: (certificates) => fleet.takeLscs(certificates),
      count: (selection) => fleet.selected(selection).length,
      act: (request) => this.#act(request),
      fault: (fault) => this.#break(fault),
      resolve: (selection) => fleet.resolve(selection),
      snapshot: () => fleet.snapshot(),
      flash: () => readFlash(fleet.phones, 'each'),
      held: ({ list, of, served }) => fleet.held(list, of, new Map(served)),
      handshakes: handshakeCounts,
      shakeHands: (request) => this.#shakeHands(request),
      health: () => this.#readHealth(),
      refusals: () => this.#refusals.take(),
      logs: () => fleet.takeLogs(),
      clusters: (clusters) => {
        this.#label(clusters);
        fleet.meetClusters(clusters);
      },
      settle: ({ limitMs }) => this.#settle(limitMs),
      stop: async () => {
        for (const { phone } of fleet.phones) phone.powerOff();
        this.#datagrams.stop();
        this.#stop.abort(new TrustfleetError('TF_STOPPED', 'the run is over'));
        this.#health.close();
        await socketsClosed();
        this.#keylog?.close();
        stopped();
      },
    };
  }

  /** Nodes that have left keep their label: phones may still look for them. */
  #label(clusters: readonly ShardCluster[]): void {
    for (const { nodes } of clusters) {
      for (const { label, addresses } of nodes)
        for (const address of addresses) this.#labels.set(address, label);
    }
  }

  #break(fault: PhoneFault): void {
    if ('datagrams' in fault) {
      this.#datagrams.apply(fault.datagrams);
      return;
    }
    if ('clear' in fault) this.#datagrams.apply(undefined);
    this.#fleet.break(fault);
  }

  async #act({
    action,
    selection,
    load,
    among,
    limitMs,
  }: ActRequest): Promise<{ addressed: number; unfinished: number }> {
    const phones = this.#fleet.selected(selection);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), limitMs);
    const share = shareOf(load, phones.length, among);
    let finished = 0;
    const work = paced(
      phones,
      share,
      async (phone, dueMs) => {
        this.#health.action((performance.now() - dueMs) / 1000);
        await phone.do(action, dueMs);
        finished += 1;
      },
      AbortSignal.any([limit.signal, this.#stop.signal]),
    );
    const expired = new Promise<void>((resolve) =>
      limit.signal.addEventListener('abort', () => resolve(), { once: true }),
    );
    try {
      await Promise.race([work, expired]);
    } finally {
      clearTimeout(timer);
    }
    return { addressed: phones.length, unfinished: phones.length - finished };
  }

  /** As the phones would: each from its own address, with the versions of its model, as often as one context serves. */
  async #shakeHands({ kind, target, versions, count }: ShakeHandsRequest): Promise<number> {
    const clients = this.#fleet.phones
      .filter(({ phone }) => overlaps(phone.model.tls, versions))
      .slice(0, Math.ceil(count / HANDSHAKES_A_CONTEXT))
      .map(({ device, phone }) => ({ address: phoneAddress(device.ordinal + 1), model: phone.model }));
    if (clients.length === 0) return 0;
    await shakeHands(target, await bareClients(kind, clients), count);
    return count;
  }

  #readHealth(): readonly HealthReading[] {
    const now = readUdpCounts();
    if (now !== undefined && this.#udpAtStart !== undefined) {
      this.#health.datagrams(
        now.received - this.#udpAtStart.received,
        now.lostInBuffers - this.#udpAtStart.lostInBuffers,
      );
    }
    return this.#health.readings();
  }

  async #settle(limitMs: number): Promise<void> {
    const { transfers, handshakes, registrations, enrolments, services } = this.#network;
    const gates = [transfers, handshakes, registrations, enrolments, services];
    const end = performance.now() + limitMs;
    let quietSince = performance.now();
    while (performance.now() < end && !this.#stop.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, QUIET_LOOK_MS));
      if (!gates.every(({ idle }) => idle)) quietSince = performance.now();
      if (performance.now() - quietSince >= QUIET_MS) return;
    }
  }

  #sinceStart(): number {
    return Date.now() - this.#task.startedAt;
  }
}
