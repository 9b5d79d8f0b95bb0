import { setMaxListeners } from 'node:events';
import type { ModelProfile } from '../device/model.js';
import type { RegistrationMode } from '../device/security.js';
import type { BootOutcome, PhoneState } from '../observe/events.js';
import { childController, orAborted } from './abort.js';
import { attendEnrolment, leavesEnrolment } from './attended-enrolment.js';
import { type BootWatcher, boot } from './boot.js';
import type { AddressFamily } from './capf-world.js';
import { typingRefusal } from './decide/enrolment.js';
import { holdsNonBlankList } from './decide/held.js';
import type { PhoneService } from './decide/service.js';
import { STATUS } from './decide/status.js';
import { asksAboutLists } from './decide/tftp-change.js';
import { Enrolment } from './enrolment.js';
import type { Equipment, Memory } from './equipment.js';
import type { Flash } from './flash.js';
import type { Knobs } from './knobs.js';
import { type LifeOwner, RegisteredLife } from './registered-life.js';
import { openService } from './services.js';
import type { Signalling, Standing } from './signalling.js';
import { StopController, type StopSignal } from './stop.js';
import { TvsClient } from './tvs.js';
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

/** Causes that the phone reports (sccp.md 6): initialized, reset, restart, and the user's own doing. */
const CAUSE = { initialized: 25, reset: 22, restart: 23, user: 20 } as const;

const POWERED_OFF = new DOMException('the phone was powered off', 'AbortError');
const SUPERSEDED = new DOMException('the phone was started anew', 'AbortError');

/** From one start to the next: one boot, and the life after it; a registrar's orders lead to further ones. */
class Session implements BootWatcher, LifeOwner {
  readonly controller = new StopController();
  enrolment: Enrolment;
  signalling: Signalling | null = null;
  /** `enrolling`: a certificate operation keeps it from registering (DT-5). */
  stage: 'booting' | 'enrolling' | 'up' = 'booting';
  life: RegisteredLife | null = null;
  /** Ends what is left of the certificate operation; null where nothing is. */
  endEnrolment: (() => Promise<void>) | null = null;
  readonly #again: (session: Session, order: Parameters<LifeOwner['startAnew']>[0]) => void;
  #begun: { resolve(outcome: BootOutcome | null): void; reject(error: unknown): void } | null;

  /**
   * @param begun who waits for the outcome of the first boot
   * @param again what comes of an order
   */
  constructor(
    enrolment: Enrolment,
    begun: { resolve(outcome: BootOutcome | null): void; reject(error: unknown): void },
    again: (session: Session, order: Parameters<LifeOwner['startAnew']>[0]) => void,
  ) {
    this.enrolment = enrolment;
    this.#begun = begun;
    this.#again = again;
  }

  enrolling(isOn: boolean): void {
    this.stage = isOn ? 'enrolling' : 'booting';
  }

  registering(signalling: Signalling): void {
    this.signalling = signalling;
  }

  startAnew(order: Parameters<LifeOwner['startAnew']>[0]): void {
    this.#again(this, order);
  }

  /** The outcome of a boot; whoever waits for the first one hears of it. */
  report(outcome: BootOutcome): void {
    this.#begun?.resolve(outcome);
    this.#begun = null;
  }

  /** @throws `error` itself when nobody waits any more, and it is a fault of the program: not to be swallowed */
  fail(error: unknown): void {
    this.signalling?.drop();
    const begun = this.#begun;
    this.#begun = null;
    const { signal } = this.controller;
    // only the caller's own abort is news to the caller
    if (wasCutShort(signal)) begun?.resolve(null);
    else if (begun !== null) begun.reject(error);
    else if (!signal.aborted) throw error;
  }

  stop(reason: unknown): void {
    this.controller.abort(reason);
    this.life?.stop(reason);
  }
}

interface Power {
  readonly signal: StopSignal;
  /** Its listener. */
  readonly cut: () => void;
  /** Aborts when the power goes, whatever the phone did meanwhile; null as long as nobody needs to hear of it. */
  life: StopController | null;
}

function lifeOf(power: Power): StopSignal {
  power.life ??= new StopController();
  return power.life.signal;
}

/**
 * A desk phone. It does what a phone does from power-on to power-off, meets the world only through its `PhoneWorld`, and
 * ends every boot in exactly one outcome.
 *
 * Every method that starts the phone resolves with the outcome of the boot that it started, or with null when there was
 * none: the phone is off, or something cut the boot short (power-off, another start).
 */
export class Phone {
  readonly device: string;
  readonly flash: Flash;
  readonly #equipment: Equipment;
  #power: Power | null = null;
  #session: Session | null = null;

  constructor(options: PhoneOptions) {
    const { device, model, knobs, flash, world } = options;
    this.device = device;
    this.flash = flash;
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
    const tvs = new TvsClient(device, model, knobs, world);
    this.#equipment = { device, model, knobs, flash, world, tvs, memory };
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
    return this.#session?.signalling?.standing ?? null;
  }

  /**
   * Starts the phone; null when it is on already.
   *
   * @param signal ends the phone's whole life, as a power cut; the promise rejects with its reason when the boot was under way
   */
  async powerOn(signal: StopSignal): Promise<BootOutcome | null> {
    signal.throwIfAborted();
    if (this.#power !== null) return null;
    // one signal ends thousands of phones: no leak, but more than the ten listeners that Node expects
    if (signal instanceof AbortSignal) setMaxListeners(0, signal);
    const cut = (): void => this.#cut(signal.reason);
    signal.addEventListener('abort', cut, { once: true });
    this.#power = { signal, cut, life: null };
    return this.#start(CAUSE.initialized, null);
  }

  /** Everything stops and is closed without a word, as when the plug is pulled. */
  powerOff(): void {
    this.#cut(POWERED_OFF);
  }

  /** As the registrar orders it: unregisters on the wire, then boots anew; a phone that is off stays off. */
  async reset(kind: 'reset' | 'restart'): Promise<BootOutcome | null> {
    if (this.state === 'registered') this.#showRestart();
    return this.#startAnew(kind === 'reset' ? CAUSE.reset : CAUSE.restart);
  }

  /** The user erases lists on the phone; a model that cannot erase one alone erases both. It restarts. */
  async erase(what: 'ctl' | 'itl' | 'both'): Promise<BootOutcome | null> {
    if (this.#power === null) return null;
    this.#eraseLists(what);
    return this.#startAnew(CAUSE.user);
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
  async factoryReset(): Promise<BootOutcome | null> {
    if (this.#power === null) return null;
    const { flash, memory } = this.#equipment;
    flash.ctl = null;
    flash.itl = null;
    flash.configuration = null;
    flash.lsc = null;
    flash.enrolmentKey = null;
    flash.capfAuthMode = 0;
    memory.locked = false;
    memory.lastAlarm = 0;
    return this.#startAnew(CAUSE.initialized);
  }

  /**
   * The user types the authentication string and presses Update. Resolves when CAPF was asked, with the outcome of the
   * boot that a new LSC led to because the configuration waited for it, else with null. What R-92 does not allow is
   * noted as refused, and nothing else happens.
   */
  async type(string: string): Promise<BootOutcome | null> {
    const session = this.#session;
    const power = this.#power;
    if (session === null || power === null) return null;
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
    const { signal } = session.controller;
    try {
      const end = await enrolment.type(string, signal, lifeOf(power));
      if (end.result !== 'done' || !enrolment.configurationWaits) return null;
    } catch (error) {
      if (wasCutShort(signal)) return null;
      throw error;
    }
    return this.#startAnew(CAUSE.user);
  }

  /** The user opens an HTTPS service. Resolves when it is there, or shows that it is not; a phone that is off has none. */
  async open(service: PhoneService): Promise<void> {
    const power = this.#power;
    if (power === null) return;
    const signal = lifeOf(power);
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
  ): Promise<BootOutcome | null> {
    if (this.#power === null) return null;
    if (asksAboutLists(this.flash, tftpServers) && answer === 'erase') this.#eraseLists('both');
    this.retarget(tftpServers);
    return this.#startAnew(CAUSE.user);
  }

  #cut(reason: unknown): void {
    const power = this.#power;
    this.#power = null;
    power?.signal.removeEventListener('abort', power.cut);
    power?.life?.abort(reason);
    const session = this.#session;
    this.#session = null;
    session?.stop(reason);
    session?.signalling?.drop();
  }

  async #startAnew(cause: LastCause): Promise<BootOutcome | null> {
    if (this.#power === null) return null;
    const standing = this.#session?.signalling?.release() ?? null;
    this.#session?.stop(SUPERSEDED);
    return this.#start(cause, standing);
  }

  /** @param leaving registration of the life before, to be ended on the wire first */
  #start(cause: LastCause, leaving: Standing | null): Promise<BootOutcome | null> {
    return new Promise((resolve, reject) => {
      const session = new Session(new Enrolment(this.#equipment), { resolve, reject }, this.#again);
      this.#session = session;
      this.#run(session, cause, leaving);
    });
  }

  #run(session: Session, cause: LastCause, leaving: Standing | null): void {
    this.#boot(session, cause, leaving).catch((error: unknown) => session.fail(error));
  }

  /** Boots and lives on; reports the outcome of the boot. */
  async #boot(session: Session, cause: LastCause, leaving: Standing | null): Promise<void> {
    const { signal } = session.controller;
    session.stage = 'booting';
    session.enrolment = new Enrolment(this.#equipment);
    if (leaving !== null) await leave(leaving, cause, signal);
    const { outcome, signalling } = await boot(this.#equipment, session.enrolment, cause, session, signal);
    signal.throwIfAborted();
    session.stage = 'up';
    session.life = new RegisteredLife(this.#equipment, signalling, session);
    if (leavesEnrolment(session.enrolment)) this.#attend(session, signalling, outcome);
    else session.report(outcome);
    session.life.begin();
  }

  /** What is left of the certificate operation goes on beside the registered life: the phone works meanwhile. */
  #attend(session: Session, signalling: Signalling, outcome: BootOutcome): void {
    const { enrolment } = session;
    const { controller, unlink } = childController(session.controller.signal);
    const report = (): void => session.report(outcome);
    const attended = attendEnrolment(this.#equipment, enrolment, signalling, report, controller.signal);
    let isEnded = false;
    session.endEnrolment = async () => {
      isEnded = true;
      unlink();
      controller.abort(SUPERSEDED);
      await attended.catch(() => undefined);
      // whatever ended it, the boot had its outcome
      report();
    };
    attended
      .then((order) => {
        if (isEnded) return;
        unlink();
        session.endEnrolment = null;
        if (order !== null) session.startAnew(order);
      })
      .catch((error: unknown) => {
        if (!isEnded) session.fail(error);
      });
  }

  /** The life after a boot has ended with an order to start anew. */
  readonly #again = (session: Session, order: 'reset' | 'restart' | 'start-anew'): void => {
    session.life?.stop(SUPERSEDED);
    session.life = null;
    const goOn = (): void => {
      if (session.controller.aborted) return;
      const leaving = session.signalling?.release() ?? null;
      if (order !== 'start-anew') this.#showRestart();
      this.#run(session, order === 'reset' ? CAUSE.reset : CAUSE.restart, leaving);
    };
    const { endEnrolment } = session;
    session.endEnrolment = null;
    if (endEnrolment === null) goOn();
    else endEnrolment().then(goOn);
  };

  #showRestart(): void {
    this.#equipment.world.count('status_messages', { message: STATUS.restartRequested });
  }
}

/** Was the boot ended by the phone's own power-off or another start, which is news to nobody? */
function wasCutShort({ reason }: StopSignal): boolean {
  return reason === POWERED_OFF || reason === SUPERSEDED;
}

/** Unregisters on the wire; a power cut meanwhile closes the connection without waiting for the answer. */
async function leave({ registration }: Standing, cause: LastCause, signal: StopSignal): Promise<void> {
  try {
    await orAborted(registration.unregister(cause), signal);
  } finally {
    registration.drop();
  }
}
