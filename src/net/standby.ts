import type { Standby, StandbyListener } from '../phone/world.js';

/** A standby connection that is up until `ended` settles. */
export function standbyUntil(ended: Promise<void>, close: () => void): Standby {
  const standby: Standby = {
    ended,
    onEnd(listener: StandbyListener) {
      void ended.then(() => listener.standbyLost(standby));
    },
    close,
  };
  return standby;
}
