import type { BootOutcome } from '../observe/events.js';
import { childController, orAborted } from './abort.js';
import { attendEnrolment, leavesEnrolment } from './attended-enrolment.js';
import { type BootWatcher, boot } from './boot.js';
import { STATUS } from './decide/status.js';
import { Enrolment, type EnrolmentEnd } from './enrolment.js';
import type { Equipment } from './equipment.js';
import { type LifeOwner, RegisteredLife } from './registered-life.js';
import type { Signalling, Standing } from './signalling.js';
import { StopController, type StopSignal } from './stop.js';
import type { LastCause, PhoneWorld } from './world.js';

/** Causes that the phone reports (sccp.md 6): initialized, reset, restart, and the user's own doing. */
export const CAUSE = { initialized: 25, reset: 22, restart: 23, user: 20 } as const;

/** Reasons for which a phone stops itself, which are news to nobody. */
export const POWERED_OFF = new DOMException('the phone was powered off', 'AbortError');
export const SUPERSEDED = new DOMException('the phone was started anew', 'AbortError');

/** Who waits for the outcome of the first boot of a session; null: something cut it short. */
export interface Awaited {
  resolve(outcome: BootOutcome | null): void;
  reject(error: unknown): void;
}

type Order = Parameters<LifeOwner['startAnew']>[0];

/**
 * What a phone does from one start by its user or administrator to the next: a boot and the registered life after it, and
 * further ones where the registrar orders them, or a late LSC or R-09 makes the phone start anew by itself.
 */
export class Session implements BootWatcher, LifeOwner {
  readonly #equipment: Equipment;
  readonly #controller = new StopController();
  #awaited: Awaited | null;
  #enrolment: Enrolment;
  #signalling: Signalling | null = null;
  #stage: 'booting' | 'enrolling' | 'up' = 'booting';
  #life: RegisteredLife | null = null;
  /** Ends what is left of the certificate operation; null where nothing is. */
  #endEnrolment: (() => Promise<void>) | null = null;
  /** Ends the operation that the user typed a string for; null where none is under way. */
  #endTyping: (() => Promise<void>) | null = null;

  constructor(equipment: Equipment, awaited: Awaited) {
    this.#equipment = equipment;
    this.#awaited = awaited;
    this.#enrolment = new Enrolment(equipment);
  }

  /** `enrolling`: a certificate operation keeps the phone from registering (DT-5). */
  get stage(): 'booting' | 'enrolling' | 'up' {
    return this.#stage;
  }

  /** The registration that stands, whatever the stage. */
  get standing(): Standing | null {
    return this.#signalling?.standing ?? null;
  }

  /** The certificate operation of the boot under way, or of the last one. */
  get enrolment(): Enrolment {
    return this.#enrolment;
  }

  /**
   * @param leaving registration of the life before, to be ended on the wire first
   * @param dueMs moment of the world's clock from which the boot is timed
   */
  begin(cause: LastCause, leaving: Standing | null, dueMs: number): void {
    this.#boot(cause, leaving, dueMs).catch((error: unknown) => this.fail(error));
  }

  /** Everything under way ends; a registration stays, for whoever comes next to end it. */
  stop(reason: unknown): void {
    this.#controller.abort(reason);
    this.#life?.stop(reason);
  }

  /** The registration, which is the caller's from now on. */
  release(): Standing | null {
    return this.#signalling?.release() ?? null;
  }

  /** Closes the registration without a word. */
  drop(): void {
    this.#signalling?.drop();
  }

  enrolling(isOn: boolean): void {
    this.#stage = isOn ? 'enrolling' : 'booting';
  }

  registering(signalling: Signalling): void {
    this.#signalling = signalling;
  }

  /** The life after a boot has ended with an order to start anew. */
  startAnew(order: Order): void {
    this.#life?.stop(SUPERSEDED);
    this.#life = null;
    const ends = [this.#endEnrolment, this.#endTyping].filter((end) => end !== null);
    this.#endEnrolment = null;
    this.#endTyping = null;
    const dueMs = this.#equipment.world.now();
    if (ends.length === 0) this.#bootAgain(order, dueMs);
    else
      Promise.all(ends.map((end) => end()))
        .then(() => this.#bootAgain(order, dueMs))
        .catch((error: unknown) => this.fail(error));
  }

  /**
   * The certificate operation with a string that the user typed; null where a start or the power cut it short.
   *
   * @param power lasts as long as the phone has power
   */
  async type(string: string, power: StopSignal): Promise<EnrolmentEnd | null> {
    const { controller, unlink } = childController(this.#controller);
    const typed = this.#enrolment.type(string, controller, power);
    const end = async (): Promise<void> => {
      controller.abort(SUPERSEDED);
      await typed.catch(() => undefined);
    };
    this.#endTyping = end;
    try {
      return await typed;
    } catch (error) {
      if (wasCutShort(controller)) return null;
      throw error;
    } finally {
      unlink();
      if (this.#endTyping === end) this.#endTyping = null;
    }
  }

  /** @throws `error` itself when nobody waits any more, and it is a fault of the program: not to be swallowed */
  fail(error: unknown): void {
    this.drop();
    const awaited = this.#awaited;
    this.#awaited = null;
    // only the caller's own abort is news to the caller
    if (wasCutShort(this.#controller)) awaited?.resolve(null);
    else if (awaited !== null) awaited.reject(error);
    else if (!this.#controller.aborted) throw error;
  }

  /** Boots and lives on; reports the outcome of the boot. */
  async #boot(cause: LastCause, leaving: Standing | null, dueMs: number): Promise<void> {
    const signal = this.#controller;
    const { world } = this.#equipment;
    const enrolment = new Enrolment(this.#equipment);
    this.#stage = 'booting';
    this.#enrolment = enrolment;
    if (leaving !== null) await leave(leaving, cause, signal);
    const { outcome, signalling } = await boot(this.#equipment, enrolment, cause, this, signal);
    signal.throwIfAborted();
    world.time('boot_seconds', (world.now() - dueMs) / 1_000);
    this.#stage = 'up';
    this.#life = new RegisteredLife(this.#equipment, signalling, this);
    if (leavesEnrolment(enrolment)) this.#attend(signalling, outcome);
    else this.#report(outcome);
    this.#life.begin();
  }

  #bootAgain(order: Order, dueMs: number): void {
    if (this.#controller.aborted) return;
    const leaving = this.release();
    if (order !== 'start-anew') showRestart(this.#equipment.world);
    this.begin(order === 'reset' ? CAUSE.reset : CAUSE.restart, leaving, dueMs);
  }

  /** What is left of the certificate operation goes on beside the registered life: the phone works meanwhile. */
  #attend(signalling: Signalling, outcome: BootOutcome): void {
    const { controller, unlink } = childController(this.#controller);
    const report = (): void => this.#report(outcome);
    const attended = attendEnrolment(this.#equipment, this.#enrolment, signalling, report, controller.signal);
    let isEnded = false;
    this.#endEnrolment = async () => {
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
        this.#endEnrolment = null;
        if (order !== null) this.startAnew(order);
      })
      .catch((error: unknown) => {
        if (!isEnded) this.fail(error);
      });
  }

  /** The outcome of a boot; whoever waits for the first one hears of it. */
  #report(outcome: BootOutcome): void {
    this.#awaited?.resolve(outcome);
    this.#awaited = null;
  }
}

/** Was the work ended by the phone's own power-off or another start? */
function wasCutShort({ reason }: { readonly reason: unknown }): boolean {
  return reason === POWERED_OFF || reason === SUPERSEDED;
}

/** A phone says so when its registrar has it start again. */
export function showRestart(world: PhoneWorld): void {
  world.count('status_messages', { message: STATUS.restartRequested });
}

/** Unregisters on the wire; a power cut meanwhile closes the connection without waiting for the answer. */
async function leave({ registration }: Standing, cause: LastCause, signal: StopController): Promise<void> {
  try {
    await orAborted(registration.unregister(cause), signal);
  } finally {
    registration.drop();
  }
}
