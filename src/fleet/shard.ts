import type { ServiceFault, ServiceName } from '../cluster/operation.js';
import { TrustfleetError } from '../errors.js';
import { phoneAddress } from '../net/addresses.js';
import { type FiredService, Firewall, type RefusalRule } from '../net/firewall.js';
import { readUdpCounts } from '../net/udp-loss.js';
import { createNetworkContext, createNetworkWorld, type NetworkContext } from '../net/world.js';
import type { Refusal } from '../observe/events.js';
import { createHealthMeter, type HealthMeter } from '../observe/health-meter.js';
import { createTally, type TallyScope } from '../observe/tally.js';
import { createTimings, type TimingScope } from '../observe/timings.js';
import { Certificate } from '../pki/certificate.js';
import { verifySignature } from '../trustfile/index.js';
import type { Device } from './devices.js';
import { modelOfDevice } from './equipment.js';
import type { HealthReading, RefusalRecord, Sample, Snapshot } from './laboratory.js';
import { TrustLibrary } from './library.js';
import { lscKeys } from './lsc-keys.js';
import { MicMaker } from './mics.js';
import type { Fault } from './model.js';
import { clusterOfLabel } from './node-label.js';
import { paced, shareOf } from './pace.js';
import { lscPool } from './phone-primes.js';
import { seededRandom } from './random.js';
import { selects } from './selection.js';
import type { ActRequest, FlashImage, ShardCluster, ShardMethods, ShardTask } from './shard-messages.js';
import { ShardPhone } from './shard-phone.js';
import { TftpPlaces } from './tftp-places.js';

/** Refusals and log lines kept between two calls; the main thread fetches them four times a second. */
const MAX_WAITING_RECORDS = 50_000;

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

function fired(service: ServiceName): FiredService {
  if (service === 'TFTP' || service === 'TVS' || service === 'CallManager' || service === 'CAPF')
    return service;
  throw new TrustfleetError('TF_OPERATION_REFUSED', `phones do not connect to ${service}: nothing to refuse`);
}

/** Phones of one worker, from the first step to the last. */
export class Shard {
  readonly #task: ShardTask;
  readonly #places: TftpPlaces;
  readonly #nodes: ShardCluster['nodes'];
  readonly #phones: readonly ShardPhone[];
  readonly #byName: ReadonlyMap<string, ShardPhone>;
  readonly #library = new TrustLibrary();
  readonly #tally = createTally();
  readonly #timings = createTimings();
  readonly #scopes = new Map<string, { readonly tally: TallyScope; readonly timing: TimingScope }>();
  readonly #network: NetworkContext;
  readonly #firewall = new Firewall();
  readonly #health: HealthMeter;
  readonly #udpAtStart = readUdpCounts();
  readonly #stop = new AbortController();
  readonly #lscKeys = lscKeys();
  #refusals: RefusalRecord[] = [];
  #logs: string[] = [];

  constructor(task: ShardTask) {
    this.#task = task;
    this.#places = new TftpPlaces(task.clusters);
    this.#nodes = task.clusters.flatMap(({ nodes }) => nodes);
    this.#network = createNetworkContext({
      ports: new Map(task.ports),
      nodes: new Map(this.#nodes.map(({ label, address }) => [address, label])),
      scale: task.scale,
    });
    this.#health = createHealthMeter({
      worker: task.name,
      limits: task.healthLimits,
      now: () => this.#sinceStart() / 1000,
    });
    const models = new Map(task.models.map((model) => [model.model, model]));
    const mics = new MicMaker(task.primes.mics, new Date(task.startedAt));
    this.#phones = task.devices.map((device) => {
      const profile = models.get(device.model);
      if (profile === undefined)
        throw new TrustfleetError('TF_PROFILE_INVALID', `unknown model ${device.model}`);
      const model = modelOfDevice(profile, device);
      const network = { ...device, address: phoneAddress(device.ordinal + 1), model };
      return new ShardPhone({
        device,
        model,
        knobs: task.knobs,
        world: createNetworkWorld(network, this.#network, this.#localWorld(device)),
        firewall: this.#firewall,
        places: this.#places,
        mic: () => (device.mic === null ? null : mics.mic(device, model)),
        stop: this.#stop.signal,
      });
    });
    this.#byName = new Map(this.#phones.map((phone) => [phone.device.name, phone]));
  }

  /** The calls of shard-messages.ts. */
  methods(stopped: () => void): ShardMethods {
    return {
      fill: (images) => this.#fill(images),
      lscs: (certificates) => this.#takeLscs(certificates),
      act: (request) => this.#act(request),
      fault: (fault) => this.#break(fault),
      resolve: (selection) =>
        this.#phones.filter((phone) => selects(selection, phone)).map(({ device }) => device.name),
      snapshot: () => this.#snapshot(),
      held: ({ list, of, served }) => this.#held(list, of, new Map(served)),
      health: () => this.#readHealth(),
      refusals: () => {
        const records = this.#refusals;
        this.#refusals = [];
        return records;
      },
      logs: () => {
        const lines = this.#logs;
        this.#logs = [];
        return lines;
      },
      settle: ({ limitMs }) => this.#settle(limitMs),
      stop: async () => {
        for (const phone of this.#phones) phone.phone.powerOff();
        this.#stop.abort(new TrustfleetError('TF_STOPPED', 'the run is over'));
        this.#health.close();
        await socketsClosed();
        stopped();
      },
    };
  }

  /** Healthy phones: lists and configuration as their first TFTP node serves them, or lists of another cluster. */
  #fill(images: readonly FlashImage[]): void {
    const byNode = new Map(images.map((image) => [image.node, image]));
    for (const { configurations } of images) {
      for (const [name, xml] of configurations) {
        const phone = this.#byName.get(name);
        if (phone !== undefined) phone.phone.flash.configuration = this.#library.readConfiguration(xml);
      }
    }
    for (const shardPhone of this.#phones) {
      const { flash, model } = shardPhone.phone;
      const lists = byNode.get(this.#listsFrom(shardPhone) ?? '');
      flash.ctl = lists?.ctl === undefined ? null : this.#library.readList(lists.ctl);
      flash.itl =
        lists?.itl === undefined || !model.securityByDefault ? null : this.#library.readList(lists.itl);
      shardPhone.rememberStart();
    }
  }

  /** Label of the TFTP node that a healthy phone has its lists from; undefined: it has none. */
  #listsFrom({ device, tftpNode }: ShardPhone): string | undefined {
    if (device.holds === 'none') return undefined;
    if (device.holds === 'own') return tftpNode;
    return this.#places.inCluster(device.holds, device.tftp)[0]?.label;
  }

  #takeLscs(certificates: readonly (readonly [device: string, der: Uint8Array])[]): void {
    const { lscs } = this.#task.primes;
    if (lscs === null) return;
    const pool = lscPool(lscs);
    for (const [name, der] of certificates) {
      const phone = this.#byName.get(name);
      if (phone === undefined) continue;
      const certificate = Certificate.fromDer(Buffer.from(der));
      phone.phone.flash.lsc = { certificate, privateKey: pool.pair(phone.device.ordinal).privateKey };
    }
  }

  /** Faults at the phones' edge: rejected connections, and power that goes. */
  #break(fault: Exclude<Fault, ServiceFault>): void {
    if ('clear' in fault) {
      this.#firewall.clear();
      for (const { plug } of this.#phones) plug.armedAt = null;
    } else if ('power' in fault) {
      const { at, of } = fault.power;
      for (const phone of this.#phones) if (selects(of, phone)) phone.plug.armedAt = at;
    } else {
      this.#firewall.add(this.#ruleOf(fault));
    }
  }

  #ruleOf(fault: Extract<Fault, { refuse: unknown }>): RefusalRule {
    const addresses = this.#nodes
      .filter(({ label }) => fault.nodes === 'all' || fault.nodes.includes(label))
      .map(({ address }) => address);
    return 'service' in fault
      ? { service: fired(fault.service), addresses, family: fault.refuse, eachPhoneMs: null }
      : { service: fired(fault.refuse), addresses, family: null, eachPhoneMs: fault.eachPhoneMs };
  }

  async #act({
    action,
    selection,
    load,
    limitMs,
  }: ActRequest): Promise<{ addressed: number; unfinished: number }> {
    const phones = this.#phones.filter((phone) => selects(selection, phone));
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), limitMs);
    const share = shareOf(load, this.#phones.length, this.#task.allPhones);
    let finished = 0;
    const work = paced(
      phones,
      share,
      async (phone, dueMs) => {
        this.#health.action((performance.now() - dueMs) / 1000);
        await phone.do(action);
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

  #snapshot(): Snapshot {
    const { counters } = this.#tally.snapshot();
    return { at: this.#sinceStart(), counters, gauges: this.#gauges(), timings: this.#timings.snapshot() };
  }

  /** Gauges are read off the phones, so they cannot drift from what the phones are. */
  #gauges(): Sample[] {
    const gauges = createTally();
    const several = this.#task.clusters.length > 1;
    for (const { device, phone } of this.#phones) {
      const scope = gauges.scope({ model: device.model, group: device.group });
      const { state, mode } = phone;
      scope.move(
        'phones',
        several ? { state, mode, cluster: clusterOfLabel(phone.node) } : { state, mode },
        1,
      );
      if (phone.locked) scope.move('phones_locked', {}, 1);
      if (phone.awaitsString) scope.move('capf_pending', {}, 1);
    }
    return [...gauges.snapshot().gauges];
  }

  #held(
    list: 'ctl' | 'itl',
    of: 'served' | 'start' | 'none' | 'blank',
    served: ReadonlyMap<string, Uint8Array>,
  ): Sample[] {
    const samples = new Map<string, { name: string; labels: Record<string, string>; value: number }>();
    for (const phone of this.#phones) {
      const { model, group } = phone.device;
      const node = phone.tftpNode;
      if (!phone.holds(list, of, served.get(node))) continue;
      const key = `${group} ${node}`;
      const sample = samples.get(key) ?? { name: 'held', labels: { model, group, node }, value: 0 };
      sample.value += 1;
      samples.set(key, sample);
    }
    return [...samples.values()];
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
    const { transfers, handshakes, registrations, enrolments } = this.#network;
    const gates = [transfers, handshakes, registrations, enrolments];
    const end = performance.now() + limitMs;
    let quietSince = performance.now();
    while (performance.now() < end && !this.#stop.signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, QUIET_LOOK_MS));
      if (!gates.every(({ idle }) => idle)) quietSince = performance.now();
      if (performance.now() - quietSince >= QUIET_MS) return;
    }
  }

  #localWorld(device: Device) {
    const { tally, timing } = this.#scope(device);
    const random = seededRandom(this.#task.seed, device.name);
    return {
      count: tally.count,
      time: timing.time,
      random,
      readTrustFile: (bytes: Uint8Array) => this.#library.readTrustFile(bytes),
      readConfiguration: (bytes: Uint8Array) => this.#library.readConfiguration(bytes),
      verifySignature,
      generateKey: this.#lscKeys,
      refused: (refusal: Refusal) => this.#note(device, refusal),
      log: this.#task.logs ? (line: string) => this.#log(device, line) : () => undefined,
    };
  }

  #scope({ model, group }: Device): { readonly tally: TallyScope; readonly timing: TimingScope } {
    const known = this.#scopes.get(group);
    if (known !== undefined) return known;
    const scope = { tally: this.#tally.scope({ model, group }), timing: this.#timings.scope({ model }) };
    this.#scopes.set(group, scope);
    return scope;
  }

  #note(device: Device, refusal: Refusal): void {
    if (this.#refusals.length >= MAX_WAITING_RECORDS) return;
    const { name: phone, model, group } = device;
    this.#refusals.push({ at: Math.round(this.#sinceStart()), phone, model, group, ...refusal });
  }

  #log(device: Device, line: string): void {
    if (this.#logs.length >= MAX_WAITING_RECORDS) return;
    this.#logs.push(`${(this.#sinceStart() / 1000).toFixed(3)} ${device.name} ${line}`);
  }

  #sinceStart(): number {
    return Date.now() - this.#task.startedAt;
  }
}
