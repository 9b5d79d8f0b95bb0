import { type Deadline, deadlines } from './deadlines.js';

/**
 * A deadline of one connection that moves with nearly every message, mostly away. One that moves away stays where it is in the
 * wheel and is set anew when it fires, so that a message costs a comparison.
 */
export class MovingDeadline {
  readonly #callback: () => void;
  readonly #fire = (): void => {
    this.#pending = undefined;
    if (performance.now() >= this.#at) {
      this.#callback();
    } else {
      this.#schedule();
    }
  };
  #at = Number.POSITIVE_INFINITY;
  #pending: Deadline | undefined;
  #pendingAt = Number.POSITIVE_INFINITY;

  /** @param callback called when the time is there; it sets the next one */
  constructor(callback: () => void) {
    this.#callback = callback;
  }

  /** @param at as of performance.now(); undefined for never */
  set(at: number | undefined): void {
    if (at === undefined) {
      deadlines.cancel(this.#pending);
      this.#pending = undefined;
    } else {
      this.#at = at;
      if (this.#pending === undefined || at < this.#pendingAt) {
        deadlines.cancel(this.#pending);
        this.#schedule();
      }
    }
  }

  #schedule(): void {
    this.#pendingAt = this.#at;
    this.#pending = deadlines.schedule(this.#at - performance.now(), this.#fire);
  }
}
