import type { ServiceName } from '../cluster/operation.js';
import type { ModelProfile } from '../device/model.js';
import { TrustfleetError } from '../errors.js';
import { FIRED_SERVICES, type FiredService, Firewall, type RefusalRule } from '../net/firewall.js';
import type { Refusal } from '../observe/events.js';
import type { Sample, Snapshot } from '../observe/sample.js';
import { createTally } from '../observe/tally.js';
import { createTimings } from '../observe/timings.js';
import { menuText, trustListMenu } from '../phone/decide/trust-list-menu.js';
import type { StoredConfiguration } from '../phone/flash.js';
import type { StopSignal } from '../phone/stop.js';
import type { LocalWorld, PhoneWorld } from '../phone/world.js';
import { Certificate } from '../pki/certificate.js';
import type { Device } from './devices.js';
import { modelOfDevice } from './equipment.js';
import type { RefusalRecord } from './laboratory.js';
import { TrustLibrary } from './library.js';
import { LocalOfPhone, type Observed, type Scope } from './local-world.js';
import { MicMaker } from './mics.js';
import type { DatagramFault, Fault, PhoneFault, Selection } from './model.js';
import { clusterOfLabel } from './node-label.js';
import { lscPool, pairOf } from './phone-primes.js';
import { selects } from './selection.js';
import type { FlashImage, ShardCluster, ShardTask } from './shard-messages.js';
import { ShardPhone } from './shard-phone.js';
import { TftpPlaces } from './tftp-places.js';
import { WaitingLines } from './waiting-records.js';

function fired(service: ServiceName): FiredService {
  const known = FIRED_SERVICES.find((name) => name === service);
  if (known !== undefined) return known;
  throw new TrustfleetError('TF_OPERATION_REFUSED', `phones do not connect to ${service}: nothing to refuse`);
}

/** What the phones of a shard live in; everything else about them is the same over sockets and in virtual time. */
export interface Surroundings {
  /** The world of one phone without the faults of the scenario. */
  world(device: Device, model: ModelProfile, local: LocalWorld): PhoneWorld;
  readonly verifySignature: PhoneWorld['verifySignature'];
  /** Keys for LSCs, no two phones the same one. */
  readonly generateKey: PhoneWorld['generateKey'];
  /** Takes what a phone was refused; its ordinal within the fleet. */
  refused(record: RefusalRecord, ordinal: number): void;
  /** Milliseconds since the run began, for what is noted. */
  sinceStart(): number;
  /** Milliseconds of the clock that the phones live by. */
  now(): number;
  /** Ends the phones' lives. */
  readonly stop: StopSignal;
}

/** Phones of one worker with what is observed of them. */
export class ShardFleet {
  readonly phones: readonly ShardPhone[];
  readonly #task: ShardTask;
  readonly #around: Surroundings;
  readonly #places: TftpPlaces;
  #nodes: ShardCluster['nodes'];
  readonly #library = new TrustLibrary();
  readonly #tally = createTally();
  readonly #timings = createTimings();
  readonly #scopes = new Map<string, Scope>();
  readonly #firewall: Firewall;
  readonly #logs = new WaitingLines();
  readonly #observed: Observed;

  constructor(task: ShardTask, around: Surroundings) {
    this.#task = task;
    this.#around = around;
    this.#places = new TftpPlaces(task.clusters);
    this.#nodes = task.clusters.flatMap(({ nodes }) => nodes);
    this.#firewall = new Firewall(() => around.now());
    this.#observed = {
      seed: task.seed,
      library: this.#library,
      around,
      refused: (device, refusal) => this.#refused(device, refusal),
      log: task.logs ? (device, line) => this.#log(device, line) : null,
    };
    const models = new Map(task.models.map((model) => [model.model, model]));
    const mics = new MicMaker(task.primes.mics, new Date(task.startedAt), task.primes.shared);
    const { stop } = around;
    const shared = { knobs: task.knobs, firewall: this.#firewall, places: this.#places, mics, stop };
    this.phones = task.devices.map((device) => {
      const { kind } = device;
      const profile = models.get(kind.model);
      if (profile === undefined)
        throw new TrustfleetError('TF_PROFILE_INVALID', `unknown model ${kind.model}`);
      const model = modelOfDevice(profile, kind);
      return new ShardPhone(device, model, around.world(device, model, this.#localWorld(device)), shared);
    });
    // one listener for all: each phone's own would weigh more than the switch
    stop.addEventListener('abort', () => this.#cutPower(stop.reason), { once: true });
  }

  #cutPower(reason: unknown): void {
    for (const { phone } of this.phones) phone.powerOff(reason);
  }

  selected(selection: Selection): ShardPhone[] {
    return this.phones.filter((phone) => selects(selection, phone));
  }

  /** Names of the devices of the database that a selection means. */
  resolve(selection: Selection): string[] {
    return this.selected(selection)
      .filter(({ device }) => device.kind.inDatabase)
      .map(({ device }) => device.name);
  }

  /** Lines of the phones' logs since the last call, and what the menu of each shows of its lists now (R-70). */
  takeLogs(): readonly string[] {
    if (this.#task.logs) {
      // a phone without power shows nothing
      for (const { device, phone } of this.phones.filter(({ state }) => state !== 'off'))
        this.#log(device, `trust list menu (R-70): ${menuText(trustListMenu(phone.flash))}`);
    }
    return this.#logs.take();
  }

  /** Nodes that came or went. */
  meetClusters(clusters: readonly ShardCluster[]): void {
    this.#places.meet(clusters);
    this.#nodes = clusters.flatMap(({ nodes }) => nodes);
  }

  /** Healthy phones: lists and configuration as their first TFTP node serves them, or lists of another cluster. */
  fill(images: readonly FlashImage[]): void {
    const byNode = new Map(images.map((image) => [image.node, image]));
    const byName = this.#byName();
    // where phones share a file they share what was read of it
    const read = new Map<Uint8Array, StoredConfiguration>();
    for (const { configurations } of images) {
      for (const [name, xml] of configurations) {
        const phone = byName.get(name);
        if (phone === undefined) continue;
        const stored = read.get(xml) ?? this.#library.readConfiguration(xml);
        read.set(xml, stored);
        phone.phone.flash.configuration = stored;
      }
    }
    for (const shardPhone of this.phones) {
      const { flash, model } = shardPhone.phone;
      const lists = byNode.get(this.#listsFrom(shardPhone) ?? '');
      flash.ctl = lists?.ctl === undefined ? null : this.#library.readList(lists.ctl);
      flash.itl =
        lists?.itl === undefined || !model.securityByDefault ? null : this.#library.readList(lists.itl);
      shardPhone.rememberStart();
    }
  }

  /** Made when it is asked for, which is before the phones are switched on. */
  #byName(): ReadonlyMap<string, ShardPhone> {
    return new Map(this.phones.map((phone) => [phone.name, phone]));
  }

  /** Label of the TFTP node that a healthy phone has its lists from; undefined: it has none. */
  #listsFrom({ device: { kind }, tftpNode }: ShardPhone): string | undefined {
    if (kind.holds === 'none') return undefined;
    if (kind.holds === 'own') return tftpNode;
    return this.#places.inCluster(kind.holds, kind.tftp)[0]?.label;
  }

  takeLscs(certificates: readonly (readonly [device: string, der: Uint8Array])[]): void {
    const { lscs, shared = false } = this.#task.primes;
    if (lscs === null) return;
    const pool = lscPool(lscs);
    const byName = this.#byName();
    for (const [name, der] of certificates) {
      const phone = byName.get(name);
      if (phone === undefined) continue;
      const certificate = Certificate.fromDer(Buffer.from(der));
      phone.phone.flash.lsc = {
        certificate,
        privateKey: pairOf(pool, phone.device.ordinal, shared).privateKey,
      };
    }
  }

  /** Faults at the phones' edge: rejected connections, and power that goes. */
  break(fault: Exclude<PhoneFault, DatagramFault>): void {
    if ('clear' in fault) {
      this.#firewall.clear();
      for (const phone of this.phones) phone.armedAt = null;
    } else if ('power' in fault) {
      const { at, of } = fault.power;
      for (const phone of this.phones) if (selects(of, phone)) phone.armedAt = at;
    } else {
      this.#firewall.add(this.#ruleOf(fault));
    }
  }

  #ruleOf(fault: Extract<Fault, { refuse: unknown }>): RefusalRule {
    const addresses = this.#nodes
      .filter(({ label }) => fault.nodes === 'all' || fault.nodes.includes(label))
      .flatMap(({ addresses }) => addresses);
    return 'service' in fault
      ? { service: fired(fault.service), addresses, family: fault.refuse, eachPhoneMs: null }
      : { service: fired(fault.refuse), addresses, family: null, eachPhoneMs: fault.eachPhoneMs };
  }

  snapshot(): Snapshot {
    const { counters } = this.#tally.snapshot();
    const at = this.#around.sinceStart();
    return { at, counters, gauges: this.#gauges(), timings: this.#timings.snapshot() };
  }

  /** Gauges are read off the phones, so they cannot drift from what the phones are. */
  #gauges(): Sample[] {
    const gauges = createTally();
    const several = this.#task.clusters.length > 1;
    for (const { device, phone } of this.phones) {
      const scope = gauges.scope({ model: device.kind.model, group: device.kind.group });
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

  held(
    list: 'ctl' | 'itl',
    of: 'served' | 'start' | 'none' | 'blank',
    served: ReadonlyMap<string, Uint8Array>,
  ): Sample[] {
    const samples = new Map<string, { name: string; labels: Record<string, string>; value: number }>();
    for (const phone of this.phones) {
      const { model, group } = phone.device.kind;
      const node = phone.tftpNode;
      if (!phone.holds(list, of, served.get(node))) continue;
      const key = `${group} ${node}`;
      const sample = samples.get(key) ?? { name: 'held', labels: { model, group, node }, value: 0 };
      sample.value += 1;
      samples.set(key, sample);
    }
    return [...samples.values()];
  }

  #localWorld(device: Device): LocalWorld {
    return new LocalOfPhone(device, this.#observed, this.#scope(device));
  }

  #scope({ kind: { model, group } }: Device): Scope {
    const known = this.#scopes.get(group);
    if (known !== undefined) return known;
    const scope = { tally: this.#tally.scope({ model, group }), timing: this.#timings.scope({ model }) };
    this.#scopes.set(group, scope);
    return scope;
  }

  #refused(device: Device, refusal: Refusal): void {
    const { what, rule, reason, detail } = refusal;
    if (this.#task.logs) this.#log(device, `${what} refused by ${rule} (${reason}): ${detail}`);
    const { name: phone, kind } = device;
    const { model, group } = kind;
    const at = Math.round(this.#around.sinceStart());
    this.#around.refused({ at, phone, model, group, ...refusal }, device.ordinal);
  }

  #log(device: Device, line: string): void {
    this.#logs.add(`${(this.#around.sinceStart() / 1000).toFixed(3)} ${device.name} ${line}`);
  }
}
