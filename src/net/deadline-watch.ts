import { type Deadline, deadlines } from './deadlines.js';

/**
 * Wakes a session when its deadline has passed, however often the deadline moved meanwhile: a packet only writes a number,
 * and one place in the wheel a session is renewed at most once an interval (speed.md 8: no timer a packet).
 */
export class DeadlineWatch {
  readonly #session: { readonly deadline: number };
  readonly #wake: () => void;
  #place: Deadline | undefined;
  #isRunning = false;

  /**
   * @param session its `deadline` is in milliseconds of performance.now()
   * @param wake called after a deadline has passed; the watch goes on until `stop`
   */
  constructor(session: { readonly deadline: number }, wake: () => void) {
    this.#session = session;
    this.#wake = wake;
  }

  start(): void {
    this.#isRunning = true;
    this.#wait();
  }

  stop(): void {
    this.#isRunning = false;
    deadlines.cancel(this.#place);
  }

  #wait(): void {
    this.#place = deadlines.schedule(this.#session.deadline - performance.now(), () => {
      if (performance.now() < this.#session.deadline) this.#wait();
      // Timers run before the datagrams that wait in the kernel are read: these come first, so that a busy thread does not
      // take for lost what has arrived.
      else setImmediate(() => this.#late());
    });
  }

  #late(): void {
    if (!this.#isRunning) return;
    if (performance.now() >= this.#session.deadline) this.#wake();
    if (this.#isRunning) this.#wait();
  }
}
