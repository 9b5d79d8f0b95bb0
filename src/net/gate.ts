import type { StopSignal } from '../phone/stop.js';
import { deadlines } from './deadlines.js';

/**
 * A place is for work, not for waiting: who has it for so long is waiting for a server that is slow or silent, goes on
 * without it, and lets the next one in.
 */
const PLACE_MS = 250;

/**
 * Lets a bounded number of things begin at once and makes the others wait their turn: nothing is gained beyond some dozens
 * of transfers or handshakes at once, and past some thousands datagrams are lost (speed.md 4.2, 4.3).
 */
export class Gate {
  #free: number;
  #underWay = 0;
  readonly #waiting = new Set<() => void>();

  /** @param width places */
  constructor(width: number) {
    this.#free = width;
  }

  /** Nothing is under way and nobody waits. */
  get idle(): boolean {
    return this.#underWay === 0;
  }

  /** Runs `work` when there is room. Rejects with the reason of `signal` when it aborts first. */
  async through<T>(signal: StopSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    this.#underWay += 1;
    try {
      if (this.#free > 0) this.#free -= 1;
      else await this.#turn(signal);
      let placed = true;
      const leave = (): void => {
        if (placed) this.#leave();
        placed = false;
      };
      const tooLong = deadlines.schedule(PLACE_MS, leave);
      try {
        signal.throwIfAborted();
        return await work();
      } finally {
        deadlines.cancel(tooLong);
        leave();
      }
    } finally {
      this.#underWay -= 1;
    }
  }

  #turn(signal: StopSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        this.#waiting.delete(enter);
        reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.add(enter);
    });
  }

  /** Hands the place to whoever waits longest. */
  #leave(): void {
    for (const enter of this.#waiting) {
      this.#waiting.delete(enter);
      enter();
      return;
    }
    this.#free += 1;
  }
}
