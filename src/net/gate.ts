interface Waiter {
  /** Lets it in; null once it has given up. */
  enter: (() => void) | null;
}

/** Places in the queue that are empty before the array is cut; cutting at each turn would copy it each time. */
const EMPTY_PLACES = 1024;

/**
 * Lets a bounded number of things happen at once and makes the others wait their turn: nothing is gained beyond some dozens
 * of transfers or handshakes at once, and past some thousands datagrams are lost (speed.md 4.2, 4.3).
 */
export class Gate {
  readonly #width: number;
  #free: number;
  readonly #waiting: Waiter[] = [];
  #next = 0;

  /** @param width things at once */
  constructor(width: number) {
    this.#width = width;
    this.#free = width;
  }

  /** Nothing is under way and nobody waits. */
  get idle(): boolean {
    return this.#free === this.#width;
  }

  /** Runs `work` when there is room. Rejects with the reason of `signal` when it aborts first. */
  async through<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    try {
      // it may have aborted between being let in and running
      signal.throwIfAborted();
      return await work();
    } finally {
      this.#leave();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (): void => {
        waiter.enter = null;
        reject(signal.reason);
      };
      const waiter: Waiter = {
        enter: () => {
          signal.removeEventListener('abort', giveUp);
          resolve();
        },
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(waiter);
    });
  }

  /** Hands the place to whoever waits longest. A loop: at the end of a run thousands have given up in a row. */
  #leave(): void {
    while (this.#next < this.#waiting.length) {
      const enter = this.#waiting[this.#next]?.enter ?? null;
      this.#next += 1;
      if (enter === null) continue;
      if (this.#next > EMPTY_PLACES) this.#forgetEmptyPlaces();
      enter();
      return;
    }
    this.#forgetEmptyPlaces();
    this.#free += 1;
  }

  #forgetEmptyPlaces(): void {
    this.#waiting.splice(0, this.#next);
    this.#next = 0;
  }
}
