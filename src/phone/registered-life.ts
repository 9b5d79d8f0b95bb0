import { childController, orAborted, SETTLED, untilAborted } from './abort.js';
import type { Equipment } from './equipment.js';
import type { Signalling, Standing } from './signalling.js';
import { awaitBetter, BACK_OFF_MS, CAUSE_FALL_BACK, keepStandby, longer } from './standby.js';
import type { StopSignal } from './stop.js';
import type { LastCause, RegistrationEnd } from './world.js';

/** Lost keep-alives, and a connection that ended in no particular way (sccp.md 6). */
const CAUSE_KEEP_ALIVE = 15;
const CAUSE_ABORTED = 13;

type Ended = RegistrationEnd | { readonly by: 'fall-back'; readonly better: number };

/**
 * What a phone does between two boots: keeps its registration, fails over, falls back, and repeats the registration
 * alone after a back-off when nobody takes it: lists are asked for at starts only. Resolves with the registrar's order to start anew, which finds the
 * registration still standing, or where a phone that nobody knows resets itself; rejects with the reason of an aborted `signal`.
 */
export async function live(
  equipment: Equipment,
  signalling: Signalling,
  signal: StopSignal,
): Promise<'reset' | 'restart' | 'start-anew'> {
  if (isTurnedAway(equipment, signalling)) {
    await equipment.world.sleep(BACK_OFF_MS.first, signal);
    return 'start-anew';
  }
  if (!signalling.canRegister) return untilAborted(signal);
  let cause: LastCause = 10;
  for (;;) {
    const { standing } = signalling;
    if (standing === null) {
      await registerAtLast(equipment, signalling, cause, signal);
      continue;
    }
    const ended = await hold(equipment, signalling, standing, signal);
    if (ended.by === 'registrar') return ended.action;
    if (ended.by === 'fall-back') {
      await orAborted(standing.registration.unregister(CAUSE_FALL_BACK), signal);
      signalling.drop();
      await signalling.registerFrom(ended.better, CAUSE_FALL_BACK, signal);
    } else {
      cause = causeOf(ended);
      signalling.drop();
      equipment.world.log(`lost ${standing.node}: ${ended.by}`);
      await signalling.registerFrom(standing.index + 1, cause, signal);
    }
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

/** Waits beside a registration, with a standby connection and an eye on better members, until something ends it. */
async function hold(
  equipment: Equipment,
  signalling: Signalling,
  standing: Standing,
  signal: StopSignal,
): Promise<Ended> {
  const { controller: attendants, unlink } = childController(signal);
  const standby = keepStandby(equipment, signalling, standing.index, attendants.signal);
  const better = awaitBetter(equipment, signalling, standing.index, attendants.signal).then(
    (index): Ended => ({ by: 'fall-back', better: index }),
  );
  try {
    return await orAborted(Promise.race([standing.registration.ended, standby, better]), signal);
  } finally {
    unlink();
    attendants.abort(SETTLED);
    await Promise.allSettled([standby, better]);
  }
}

function causeOf(end: RegistrationEnd): LastCause {
  if (end.by === 'connection-lost') return end.cause;
  return end.by === 'keep-alive-timeout' ? CAUSE_KEEP_ALIVE : CAUSE_ABORTED;
}
