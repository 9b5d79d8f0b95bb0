import { orAborted, SETTLED } from './abort.js';
import type { Equipment } from './equipment.js';
import type { Signalling, Standing } from './signalling.js';
import { awaitBetter, BACK_OFF_MS, CAUSE_FALL_BACK, longer, StandbyKeeper } from './standby.js';
import { StopController, type StopSignal } from './stop.js';
import type { LastCause, Registration, RegistrationEnd, RegistrationListener } from './world.js';

/** Lost keep-alives, and a connection that ended in no particular way (sccp.md 6). */
const CAUSE_KEEP_ALIVE = 15;
const CAUSE_ABORTED = 13;

type Ended = RegistrationEnd | { readonly by: 'fall-back'; readonly better: number };

/** Whom a phone's life between two boots belongs to. */
export interface LifeOwner {
  /** It is over: the registrar ordered a start, which finds the registration still standing, or the phone resets itself. */
  startAnew(order: 'reset' | 'restart' | 'start-anew'): void;
  /** A fault of the program. */
  fail(error: unknown): void;
}

/**
 * What a phone does between two boots: keeps its registration, fails over, falls back, and repeats the registration
 * alone after a back-off when nobody takes it: lists are asked for at starts only. It ends with an order to start
 * anew, or when it is stopped.
 *
 * A registered phone has nothing under way: its registration and its standby connection tell it when they are lost.
 */
export class RegisteredLife implements RegistrationListener {
  readonly #equipment: Equipment;
  readonly #signalling: Signalling;
  readonly #owner: LifeOwner;
  /** Of what is under way; null while a registration stands and no better member is watched. */
  #work: StopController | null = null;
  #standby: StandbyKeeper | null = null;
  #cause: LastCause = 10;
  #isOver = false;

  constructor(equipment: Equipment, signalling: Signalling, owner: LifeOwner) {
    this.#equipment = equipment;
    this.#signalling = signalling;
    this.#owner = owner;
  }

  begin(): void {
    const { world } = this.#equipment;
    if (isTurnedAway(this.#equipment, this.#signalling)) {
      this.#do(async (signal) => {
        await world.sleep(BACK_OFF_MS.first, signal);
        this.#end('start-anew');
      });
    } else if (this.#signalling.canRegister) this.#goOn();
  }

  /** Harmless when it is over. */
  stop(reason: unknown): void {
    this.#isOver = true;
    this.#standby?.stop();
    this.#standby = null;
    this.#work?.abort(reason);
    this.#work = null;
  }

  #end(order: 'reset' | 'restart' | 'start-anew'): void {
    this.stop(SETTLED);
    this.#owner.startAnew(order);
  }

  #goOn(): void {
    if (this.#isOver) return;
    const { standing } = this.#signalling;
    if (standing !== null) this.#hold(standing);
    else {
      this.#do(async (signal) => {
        await registerAtLast(this.#equipment, this.#signalling, this.#cause, signal);
        this.#goOn();
      });
    }
  }

  /** Rests beside a registration, with a standby connection and an eye on better members, until something ends it. */
  #hold(standing: Standing): void {
    const standby = new StandbyKeeper(this.#equipment, this.#signalling, standing.index, this.#owner);
    this.#standby = standby;
    this.#work = null;
    if (standing.index > 0) {
      this.#do(async (signal) => {
        const better = await awaitBetter(this.#equipment, this.#signalling, standing.index, signal);
        this.#leave(standing, { by: 'fall-back', better });
      });
    }
    standby.begin();
    standing.registration.onEnd(this);
  }

  registrationEnded(end: RegistrationEnd, registration: Registration): void {
    const { standing } = this.#signalling;
    // one that the phone has left, or given away, ends by its own doing
    if (standing?.registration === registration) this.#leave(standing, end);
  }

  #leave(standing: Standing, end: Ended): void {
    if (this.#standby === null) return;
    this.#standby.stop();
    this.#standby = null;
    this.#work?.abort(SETTLED);
    this.#after(standing, end);
  }

  #after(standing: Standing, end: Ended): void {
    const { world } = this.#equipment;
    if (end.by === 'registrar') {
      this.#end(end.action);
      return;
    }
    this.#do(async (signal) => {
      if (end.by === 'fall-back') {
        await orAborted(standing.registration.unregister(CAUSE_FALL_BACK), signal);
        this.#signalling.drop();
        await this.#signalling.registerFrom(end.better, CAUSE_FALL_BACK, signal);
      } else {
        this.#cause = causeOf(end);
        this.#signalling.drop();
        world.log(`lost ${standing.node}: ${end.by}`);
        await this.#signalling.registerFrom(standing.index + 1, this.#cause, signal);
      }
      this.#goOn();
    });
  }

  /** Begins what takes time; whatever was under way before has ended. */
  #do(work: (signal: StopSignal) => Promise<void>): void {
    if (this.#isOver) return;
    const controller = new StopController();
    this.#work = controller;
    work(controller.signal).catch((error: unknown) => {
      if (!controller.aborted) this.#owner.fail(error);
    });
  }
}

/** a phone that the cluster does not know and does not take resets and tries again, without end. */
function isTurnedAway({ flash }: Equipment, { standing }: Signalling): boolean {
  return standing === null && flash.configuration?.isDefault !== undefined;
}

/** 30 s, doubled up to 5 min, from the top of the group each time. */
async function registerAtLast(
  { world }: Equipment,
  signalling: Signalling,
  cause: LastCause,
  signal: StopSignal,
): Promise<void> {
  for (let pause: number = BACK_OFF_MS.first; ; pause = longer(pause)) {
    await world.sleep(pause, signal);
    if (await signalling.registerFrom(0, cause, signal)) return;
  }
}

function causeOf(end: RegistrationEnd): LastCause {
  if (end.by === 'connection-lost') return end.cause;
  return end.by === 'keep-alive-timeout' ? CAUSE_KEEP_ALIVE : CAUSE_ABORTED;
}
