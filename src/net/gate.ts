/**
 * Lets a bounded number of things happen at once and makes the others wait their turn: nothing is gained beyond some dozens
 * of transfers or handshakes at once, and past some thousands datagrams are lost (speed.md 4.2, 4.3).
 */
export class Gate {
  readonly #width: number;
  #free: number;
  readonly #waiting: (() => void)[] = [];
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
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    try {
      signal.throwIfAborted();
      return await work();
    } finally {
      this.#leave();
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const enter = (): void => {
        signal.removeEventListener('abort', giveUp);
        resolve();
      };
      const giveUp = (): void => {
        const place = this.#waiting.indexOf(enter, this.#next);
        if (place >= 0) this.#waiting[place] = () => this.#leave();
        reject(signal.reason);
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(enter);
    });
  }

  /** Hands the place to whoever waits longest. */
  #leave(): void {
    const enter = this.#waiting[this.#next];
    if (enter === undefined) {
      this.#free += 1;
      return;
    }
    this.#next += 1;
    if (this.#next > 1024) {
      this.#waiting.splice(0, this.#next);
      this.#next = 0;
    }
    enter();
  }
}
