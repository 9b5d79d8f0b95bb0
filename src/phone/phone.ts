import { setMaxListeners } from 'node:events';
import type { AddressFamily } from '../device/address-family.js';
import type { ModelProfile } from '../device/model.js';
import type { RegistrationMode } from '../device/security.js';
import type { BootOutcome, PhoneState } from '../observe/events.js';
import { typingRefusal } from './decide/enrolment.js';
import { holdsNonBlankList } from './decide/held.js';
import type { PhoneService } from './decide/service.js';
import { STATUS } from './decide/status.js';
import { asksAboutLists } from './decide/tftp-change.js';
import { type Equipment, type Memory, PhoneEquipment } from './equipment.js';
import type { Flash } from './flash.js';
import type { Knobs } from './knobs.js';
import { openService } from './services.js';
import { CAUSE, POWERED_OFF, Session, SUPERSEDED, showRestart } from './session.js';
import type { Standing } from './signalling.js';
import { StopController, type StopSignal } from './stop.js';
import type { LastCause, PhoneWorld } from './world.js';

export interface PhoneOptions {
  /** `SEP001F9E266369`. */
  readonly device: string;
  readonly model: ModelProfile;
  readonly knobs: Knobs;
  /** Changed by the phone as it goes. */
  readonly flash: Flash;
  readonly world: PhoneWorld;
  /** Addresses of the first and second TFTP server, as option 150 has them. */
  readonly tftpServers: readonly string[];
  /** Families that the phone has an address of, as far as CAPF is concerned (T6); default IPv4 alone. */
  readonly addresses?: readonly AddressFamily[];
}

/** The socket that a phone is plugged into, where somebody's signal may cut the power: from power-on to the cut. */
class Mains {
  readonly #phone: Phone;
  readonly #signal: StopSignal;

  constructor(phone: Phone, signal: StopSignal) {
    this.#phone = phone;
    this.#signal = signal;
    // one signal ends thousands of phones: no leak, but more than the ten listeners that Node expects
    if (signal instanceof AbortSignal) setMaxListeners(0, signal);
    signal.addEventListener('abort', this, { once: true });
  }

  handleEvent(): void {
    this.#phone.powerOff(this.#signal.reason);
  }

  unplug(): void {
    this.#signal.removeEventListener('abort', this);
  }
}

/**
 * A desk phone. It does what a phone does from power-on to power-off, meets the world only through its `PhoneWorld`, and
 * ends every boot in exactly one outcome.
 *
 * Every method that starts the phone resolves with the outcome of the boot that it started, or with null when there was
 * none: the phone is off, or something cut the boot short (power-off, another start). `dueMs` is the moment of the world's clock at
 * which the start was due, from which the boot is timed: now, unless whoever starts the phone comes late.
 */
export class Phone {
  readonly #equipment: Equipment;
  #mains: Mains | null = null;
  /** Aborts when the power goes, whatever the phone did meanwhile; made when it is asked for. */
  #life: StopController | null = null;
  /** Null while the phone is off. */
  #session: Session | null = null;

  constructor(options: PhoneOptions) {
    const { device, model, knobs, flash, world } = options;
    const memory: Memory = {
      tftpServers: options.tftpServers,
      addresses: options.addresses ?? ['ipv4'],
      locked: false,
      lastAlarm: 0,
      ctlServer: '',
      itlServer: '',
      wrongStrings: 0,
      stringsShut: false,
    };
    this.#equipment = new PhoneEquipment({ device, model, knobs, flash, world, memory });
  }

  /** `SEP001F9E266369`. */
  get device(): string {
    return this.#equipment.device;
  }

  get flash(): Flash {
    return this.#equipment.flash;
  }

  get model(): ModelProfile {
    return this.#equipment.model;
  }

  get state(): PhoneState {
    if (this.#session === null) return 'off';
    if (this.#session.stage !== 'up') return this.#session.stage;
    return this.#standing === null ? 'unregistered' : 'registered';
  }

  /** `none` unless registered. */
  get mode(): RegistrationMode | 'none' {
    return this.state === 'registered' ? (this.#standing?.mode ?? 'none') : 'none';
  }

  /** The node that the phone is registered with, or empty. */
  get node(): string {
    return this.state === 'registered' ? (this.#standing?.node ?? '') : '';
  }

  /** */
  get locked(): boolean {
    return this.#equipment.memory.locked;
  }

  /** Is a certificate operation pending that waits for its user to type a string? */
  get awaitsString(): boolean {
    return this.#session !== null && this.flash.capfAuthMode === 1;
  }

  get #standing(): Standing | null {
    return this.#session?.standing ?? null;
  }

  get #now(): number {
    return this.#equipment.world.now();
  }

  get #whilePowered(): StopSignal {
    this.#life ??= new StopController();
    return this.#life;
  }

  /**
   * Starts the phone; null when it is on already.
   *
   * @param signal ends the phone's whole life, as a power cut; the promise rejects with its reason when the boot was under way.
   *   Without one whoever owns the phone ends it by `powerOff`
   */
  async powerOn(signal?: StopSignal, dueMs = this.#now): Promise<BootOutcome | null> {
    signal?.throwIfAborted();
    if (this.#session !== null) return null;
    if (signal !== undefined) this.#mains = new Mains(this, signal);
    return this.#start(CAUSE.initialized, null, dueMs);
  }

  /**
   * Everything stops and is closed without a word, as when the plug is pulled.
   *
   * @param reason what a boot that was under way rejects with; left out: it resolves with null
   */
  powerOff(reason: unknown = POWERED_OFF): void {
    this.#mains?.unplug();
    this.#mains = null;
    this.#life?.abort(reason);
    this.#life = null;
    const session = this.#session;
    this.#session = null;
    session?.stop(reason);
    session?.drop();
  }

  /** As the registrar orders it: unregisters on the wire, then boots anew; a phone that is off stays off. */
  async reset(kind: 'reset' | 'restart', dueMs = this.#now): Promise<BootOutcome | null> {
    if (this.state === 'registered') showRestart(this.#equipment.world);
    return this.#startAnew(kind === 'reset' ? CAUSE.reset : CAUSE.restart, dueMs);
  }

  /** The user erases lists on the phone; a model that cannot erase one alone erases both. It restarts. */
  async erase(what: 'ctl' | 'itl' | 'both', dueMs = this.#now): Promise<BootOutcome | null> {
    if (this.#session === null) return null;
    this.#eraseLists(what);
    return this.#startAnew(CAUSE.user, dueMs);
  }

  #eraseLists(what: 'ctl' | 'itl' | 'both'): void {
    const { flash, memory, model, world } = this.#equipment;
    const both = what === 'both' || !model.erasesSingleList;
    if (both || what === 'ctl') flash.ctl = null;
    if (both || what === 'itl') flash.itl = null;
    memory.locked &&= holdsNonBlankList(flash);
    world.count('status_messages', { message: STATUS.erasing });
  }

  /** Lists, configuration and LSC are gone; the MIC stays. */
  async factoryReset(dueMs = this.#now): Promise<BootOutcome | null> {
    if (this.#session === null) return null;
    const { flash, memory } = this.#equipment;
    flash.ctl = null;
    flash.itl = null;
    flash.configuration = null;
    flash.lsc = null;
    flash.enrolmentKey = null;
    flash.capfAuthMode = 0;
    memory.locked = false;
    memory.lastAlarm = 0;
    return this.#startAnew(CAUSE.initialized, dueMs);
  }

  /**
   * The user types the authentication string and presses Update. Resolves when CAPF was asked, with the outcome of the
   * boot that a new LSC led to because the configuration waited for it, else with null. What R-92 does not allow is
   * noted as refused, and nothing else happens.
   */
  async type(string: string): Promise<BootOutcome | null> {
    const session = this.#session;
    if (session === null) return null;
    const { enrolment } = session;
    const isUp = session.stage === 'up';
    const refusal = typingRefusal({
      registered: this.mode === 'none' ? 'no' : this.mode === 'nonsecure' ? 'nonsecure' : 'secure',
      configurationWaits: isUp && enrolment.configurationWaits,
      enrolling: enrolment.isRunning,
      shut: this.#equipment.memory.stringsShut,
    });
    if (refusal !== null) {
      this.#equipment.world.refused({ what: 'capf', ...refusal });
      return null;
    }
    const end = await session.type(string, this.#whilePowered);
    if (end?.result !== 'done' || !enrolment.configurationWaits) return null;
    return this.#startAnew(CAUSE.user, this.#now);
  }

  /** The user opens an HTTPS service. Resolves when it is there, or shows that it is not; a phone that is off has none. */
  async open(service: PhoneService): Promise<void> {
    if (this.#session === null) return;
    const signal = this.#whilePowered;
    try {
      await openService(this.#equipment, service, signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  /** New option 150; counts from the next boot on, which judges what it finds there with the lists and TVS of before. */
  retarget(tftpServers: readonly string[]): void {
    this.#equipment.memory.tftpServers = tftpServers;
  }

  /**
   * Somebody unlocks the phone and types other TFTP servers. It starts anew with them.
   *
   * @param answer to the question about its lists, where the phone asks it.
   */
  async typeTftpServers(
    tftpServers: readonly string[],
    answer: 'keep' | 'erase',
    dueMs = this.#now,
  ): Promise<BootOutcome | null> {
    if (this.#session === null) return null;
    if (asksAboutLists(this.flash, tftpServers) && answer === 'erase') this.#eraseLists('both');
    this.retarget(tftpServers);
    return this.#startAnew(CAUSE.user, dueMs);
  }

  async #startAnew(cause: LastCause, dueMs: number): Promise<BootOutcome | null> {
    if (this.#session === null) return null;
    const standing = this.#session.release();
    this.#session.stop(SUPERSEDED);
    return this.#start(cause, standing, dueMs);
  }

  /** @param leaving registration of the life before, to be ended on the wire first */
  #start(cause: LastCause, leaving: Standing | null, dueMs: number): Promise<BootOutcome | null> {
    return new Promise((resolve, reject) => {
      this.#session = new Session(this.#equipment, { resolve, reject });
      this.#session.begin(cause, leaving, dueMs);
    });
  }
}
