import { orAborted } from './abort.js';
import type { Enrolment } from './enrolment.js';
import type { Equipment } from './equipment.js';
import type { Signalling } from './signalling.js';
import type { StopSignal } from './stop.js';

/** When a phone comes back for a certificate that was not signed yet, where CAPF does not say, seconds. */
const COME_BACK_SECONDS = 300;
/** A CAPF that says 0 is not asked without a pause. */
const SOONEST_SECONDS = 1;

/** Has a boot left anything to do of its certificate operation? */
export function leavesEnrolment({ moment, end }: Enrolment): boolean {
  return moment === 'after-registration' || end?.result === 'later';
}

/**
 * What a boot left to do of its certificate operation. A non-secure phone does it once it is registered (DT-5); one whose
 * certificate was not signed yet comes back for it. Resolves where an LSC that came late makes the phone start anew, because
 * its mode demands it; with null where nothing is left to do.
 *
 * @param report called when nothing is left that the boot's outcome waits for
 */
export async function attendEnrolment(
  { world }: Equipment,
  enrolment: Enrolment,
  signalling: Signalling,
  report: () => void,
  signal: StopSignal,
): Promise<'start-anew' | null> {
  if (enrolment.moment === 'after-registration') {
    // an unregistered phone has its outcome; it will still enrol when a server takes it at last
    if (signalling.standing === null) report();
    await orAborted(signalling.registered, signal);
    await enrolment.run(signal);
  }
  report();
  let { end } = enrolment;
  while (end?.result === 'later') {
    const seconds = Math.max(end.seconds ?? COME_BACK_SECONDS, SOONEST_SECONDS);
    await world.sleep(seconds * 1_000, signal);
    end = await enrolment.run(signal);
    if (end.result === 'done' && enrolment.isSecure) return 'start-anew';
  }
  return null;
}
