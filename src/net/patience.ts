import { type Deadline, deadlines } from './deadlines.js';

/** How long one end of a connection waits for the other: one wait at a time. */
export class Patience {
  #wait: Deadline | undefined;

  /** `late` is called after `ms`, unless something else is waited for, or nothing, by then. */
  wait(ms: number, late: () => void): void {
    this.stop();
    const wait = deadlines.schedule(ms, () => {
      // what waits in the kernel comes first: a busy thread must not take for lost what has arrived
      setImmediate(() => {
        if (this.#wait === wait) late();
      });
    });
    this.#wait = wait;
  }

  stop(): void {
    deadlines.cancel(this.#wait);
    this.#wait = undefined;
  }
}
