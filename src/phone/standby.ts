import { childController, SETTLED } from './abort.js';
import type { Equipment } from './equipment.js';
import type { Signalling } from './signalling.js';
import { StopController, type StopSignal } from './stop.js';
import type { PhoneWorld, Standby, StandbyListener } from './world.js';

/** pause after every server failed, doubled from the first to the last, milliseconds. */
export const BACK_OFF_MS = { first: 30_000, last: 300_000 } as const;

/** The next pause after one of `ms`. */
export function longer(ms: number): number {
  return Math.min(ms * 2, BACK_OFF_MS.last);
}

/** Cause `fall-back to a higher priority server` (sccp.md 6). */
export const CAUSE_FALL_BACK = 18;

/**
 * keeps a standby connection to the first member after the present one that answers, and opens it again when it is
 * lost. While the connection stands nothing waits but a listener: so do nearly all phones nearly all the time.
 */
export class StandbyKeeper implements StandbyListener {
  readonly #world: PhoneWorld;
  readonly #signalling: Signalling;
  readonly #index: number;
  readonly #owner: { fail(error: unknown): void };
  #search: StopController | null = null;
  #standby: Standby | null = null;
  #isOver = false;

  /**
   * @param index place of the present member
   * @param owner takes a fault of the program
   */
  constructor(
    { world }: Equipment,
    signalling: Signalling,
    index: number,
    owner: { fail(error: unknown): void },
  ) {
    this.#world = world;
    this.#signalling = signalling;
    this.#index = index;
    this.#owner = owner;
  }

  begin(): void {
    this.#look(0);
  }

  /** Closes the connection, or gives up looking for one. */
  stop(): void {
    this.#isOver = true;
    this.#search?.abort(SETTLED);
    this.#standby?.close();
    this.#standby = null;
  }

  #look(pauseMs: number): void {
    const { targets } = this.#signalling;
    const next = targets.flatMap(({ member }, other) => (member && other > this.#index ? [other] : []));
    if (next.length === 0) return;
    const search = new StopController();
    this.#search = search;
    this.#found(next, pauseMs, search.signal).then(
      (standby) => this.#hold(standby),
      (error: unknown) => {
        if (!search.aborted) this.#owner.fail(error);
      },
    );
  }

  async #found(next: readonly number[], pauseMs: number, signal: StopSignal): Promise<Standby> {
    let pause: number = BACK_OFF_MS.first;
    if (pauseMs > 0) {
      await this.#world.sleep(pauseMs, signal);
      pause = longer(pauseMs);
    }
    for (;;) {
      const standby = await firstThatAnswers(this.#world, this.#signalling, next, signal);
      if (standby !== undefined) return standby;
      await this.#world.sleep(pause, signal);
      pause = longer(pause);
    }
  }

  #hold(standby: Standby): void {
    this.#search = null;
    if (this.#isOver) {
      standby.close();
      return;
    }
    this.#standby = standby;
    standby.onEnd(this);
  }

  standbyLost(standby: Standby): void {
    // its own closing is no loss
    if (this.#isOver) return;
    this.#standby = null;
    standby.close();
    this.#look(BACK_OFF_MS.first);
  }
}

async function firstThatAnswers(
  world: PhoneWorld,
  signalling: Signalling,
  order: readonly number[],
  signal: StopSignal,
): Promise<Standby | undefined> {
  for (const index of order) {
    const standby = await open(world, signalling, index, signal);
    if (standby !== undefined) return standby;
  }
  return undefined;
}

function open(
  world: PhoneWorld,
  signalling: Signalling,
  index: number,
  signal: StopSignal,
): Promise<Standby | undefined> {
  const attempt = signalling.attempt(index, CAUSE_FALL_BACK);
  return attempt === null ? Promise.resolve(undefined) : world.standby(attempt, signal);
}

/**
 * watches the members that are better than the present one, of which there is one at least. Resolves with the place of one
 * whose connection was stable for `connectionMonitorDuration` and that gave leave to come (token request).
 */
export async function awaitBetter(
  { world }: Equipment,
  signalling: Signalling,
  index: number,
  signal: StopSignal,
): Promise<number> {
  for (let pause: number = BACK_OFF_MS.first; ; pause = longer(pause)) {
    for (let better = 0; better < index; better += 1) {
      const watched = await open(world, signalling, better, signal);
      if (watched === undefined) continue;
      try {
        if (await hasLeave(world, signalling, better, watched, signal)) return better;
      } finally {
        watched.close();
      }
    }
    await world.sleep(pause, signal);
  }
}

/** A registrar that says 0 is not asked without a pause. */
const SOONEST_RETRY_SECONDS = 1;

/** Stable for long enough, and the token is granted; asked again while the connection stands. */
async function hasLeave(
  world: PhoneWorld,
  signalling: Signalling,
  better: number,
  watched: Standby,
  signal: StopSignal,
): Promise<boolean> {
  const attempt = signalling.attempt(better, CAUSE_FALL_BACK);
  if (attempt === null) return false;
  for (let seconds = signalling.monitorSeconds; ; ) {
    if (!(await stands(world, watched, seconds * 1_000, signal))) return false;
    const answer = await world.requestToken(attempt, signal);
    if (answer.granted) return true;
    seconds = Math.max(answer.retrySeconds, SOONEST_RETRY_SECONDS);
  }
}

/** Does the connection outlast this time? */
async function stands(world: PhoneWorld, watched: Standby, ms: number, signal: StopSignal): Promise<boolean> {
  const { controller, unlink } = childController(signal);
  const slept = world.sleep(ms, controller.signal).then(() => true);
  const lost = watched.ended.then(() => false);
  try {
    return await Promise.race([slept, lost]);
  } finally {
    unlink();
    controller.abort(SETTLED);
    await slept.catch(() => {});
  }
}
