import type { ModelProfile } from '../device/model.js';
import { type Plug, withFaults } from '../net/faulty-world.js';
import type { Firewall } from '../net/firewall.js';
import type { BootOutcome, PhoneState } from '../observe/events.js';
import { isBlank } from '../phone/decide/held.js';
import { emptyFlash, type Factory, type KeyedCertificate } from '../phone/flash.js';
import type { Knobs } from '../phone/knobs.js';
import { Phone } from '../phone/phone.js';
import type { StopSignal } from '../phone/stop.js';
import type { PhoneWorld } from '../phone/world.js';
import type { TrustList } from '../trustfile/index.js';
import type { Device } from './devices.js';
import type { HeldOf } from './laboratory.js';
import type { MicMaker } from './mics.js';
import type { PhoneAction } from './model.js';
import type { Selectable } from './selection.js';
import type { TftpPlace, TftpPlaces } from './tftp-places.js';

/** What all phones of a shard have in common. */
export interface SharedByPhones {
  readonly knobs: Knobs;
  readonly firewall: Firewall;
  readonly places: TftpPlaces;
  readonly mics: MicMaker;
  /** Aborted when the run is over, after which no phone is switched on. */
  readonly stop: StopSignal;
}

/** A phone with what the fleet knows of it. */
export class ShardPhone implements Selectable, Plug, Factory {
  readonly device: Device;
  readonly phone: Phone;
  /** Its plug (`fault: { power: … }`). */
  armedAt: Plug['armedAt'] = null;
  readonly #shared: SharedByPhones;
  #tftp: readonly TftpPlace[];
  /** Lists that it held when the run began (`held: …, of: start`). */
  #ctlAtStart: TrustList | null = null;
  #itlAtStart: TrustList | null = null;

  /** @param bareWorld without the faults of the scenario */
  constructor(device: Device, model: ModelProfile, bareWorld: PhoneWorld, shared: SharedByPhones) {
    const { knobs, firewall, places } = shared;
    this.device = device;
    this.#shared = shared;
    this.#tftp = places.atHome(device.kind.tftp);
    const tftpServers = addressesOf(this.#tftp);
    const world = withFaults(bareWorld, firewall, this);
    const { addresses } = device.kind.ip;
    const flash = emptyFlash(this);
    this.phone = new Phone({ device: device.name, model, knobs, world, tftpServers, flash, addresses });
  }

  get name(): string {
    return this.device.name;
  }

  mic(): KeyedCertificate | null {
    return this.device.kind.mic === null ? null : this.#shared.mics.mic(this.device, this.phone.model);
  }

  pull(): void {
    this.phone.powerOff();
  }

  get state(): PhoneState {
    return this.phone.state;
  }

  get locked(): boolean {
    return this.phone.locked;
  }

  /** Label of the node where it is registered; empty where it is not. */
  get node(): string {
    return this.phone.node;
  }

  /** Label of the TFTP node that it asks first now. */
  get tftpNode(): string {
    return this.#tftp[0]?.label ?? '';
  }

  has(what: 'lsc' | 'mic' | 'ctl' | 'itl'): boolean {
    // making a MIC only to see that there is one would cost a signature
    if (what === 'mic') return this.device.kind.mic !== null;
    return this.phone.flash[what] !== null;
  }

  rememberStart(): void {
    const { ctl, itl } = this.phone.flash;
    this.#ctlAtStart = ctl;
    this.#itlAtStart = itl;
  }

  /**
   * Does the action; null when the phone is off and stays off, or its boot was cut short.
   *
   * @param dueMs moment of the clock that the phone lives by at which the action was due
   */
  do(action: PhoneAction, dueMs: number): Promise<BootOutcome | null> {
    switch (action.action) {
      case 'power-on':
        return this.#powerOn(dueMs);
      case 'power-off':
        this.phone.powerOff();
        return Promise.resolve(null);
      case 'reset':
      case 'restart':
        return this.phone.reset(action.action, dueMs);
      case 'factory-reset':
        return this.phone.factoryReset(dueMs);
      case 'erase':
        return this.phone.erase(action.what, dueMs);
      case 'open':
        return this.phone.open(action.service).then(() => null);
      case 'type':
        return this.phone.type(action.string);
      case 'retarget':
        return this.#retarget(action, dueMs);
    }
  }

  async #powerOn(dueMs: number): Promise<BootOutcome | null> {
    this.#shared.stop.throwIfAborted();
    return this.phone.powerOn(undefined, dueMs);
  }

  #retarget(
    { tftp, by, lists }: Extract<PhoneAction, { action: 'retarget' }>,
    dueMs: number,
  ): Promise<BootOutcome | null> {
    // nobody types anything on a phone that is off
    if (by === 'hand' && this.state === 'off') return Promise.resolve(null);
    this.#tftp = this.#shared.places.choose(tftp, this.device.kind.tftp);
    const servers = addressesOf(this.#tftp);
    if (by === 'hand') return this.phone.typeTftpServers(servers, lists, dueMs);
    this.phone.retarget(servers);
    return Promise.resolve(null);
  }

  /** Whether the list it holds is the one asked for; `served` is what the TFTP node that it asks first serves now. */
  holds(list: 'ctl' | 'itl', of: HeldOf, served: Uint8Array | undefined): boolean {
    const held = this.phone.flash[list];
    if (of === 'none') return held === null;
    if (held === null) return false;
    if (of === 'blank') return list === 'itl' && isBlank(held);
    if (of === 'start') {
      const start = list === 'ctl' ? this.#ctlAtStart : this.#itlAtStart;
      return start !== null && (start === held || Buffer.compare(start.bytes, held.bytes) === 0);
    }
    return served !== undefined && Buffer.compare(served, held.bytes) === 0;
  }
}

/** By the places, which phones of a group share. */
const knownAddresses = new WeakMap<readonly TftpPlace[], readonly string[]>();

function addressesOf(places: readonly TftpPlace[]): readonly string[] {
  let addresses = knownAddresses.get(places);
  if (addresses === undefined) {
    addresses = places.map(({ address }) => address);
    knownAddresses.set(places, addresses);
  }
  return addresses;
}
