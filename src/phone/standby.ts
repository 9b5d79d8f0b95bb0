import { childController, orAborted, SETTLED, untilAborted } from './abort.js';
import type { Equipment } from './equipment.js';
import type { Signalling } from './signalling.js';
import type { StopSignal } from './stop.js';
import type { PhoneWorld, Standby } from './world.js';

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
 * lost. Works until `signal` aborts.
 */
export async function keepStandby(
  { world }: Equipment,
  signalling: Signalling,
  index: number,
  signal: StopSignal,
): Promise<never> {
  let pause: number = BACK_OFF_MS.first;
  const next = signalling.targets.flatMap(({ member }, other) => (member && other > index ? [other] : []));
  if (next.length === 0) return untilAborted(signal);
  for (;;) {
    const standby = await firstThatAnswers(world, signalling, next, signal);
    if (standby !== undefined) {
      pause = BACK_OFF_MS.first;
      try {
        await orAborted(standby.ended, signal);
      } finally {
        standby.close();
      }
    }
    await world.sleep(pause, signal);
    pause = longer(pause);
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

async function open(
  world: PhoneWorld,
  signalling: Signalling,
  index: number,
  signal: StopSignal,
): Promise<Standby | undefined> {
  const attempt = signalling.attempt(index, CAUSE_FALL_BACK);
  return attempt === null ? undefined : world.standby(attempt, signal);
}

/**
 * watches the members that are better than the present one. Resolves with the place of one whose connection was
 * stable for `connectionMonitorDuration` and that gave leave to come (token request).
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
    seconds = answer.retrySeconds;
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
