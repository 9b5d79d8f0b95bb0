import { MAX_WRONG_STRINGS, WRONG_STRING_WAIT_MS } from './limits.js';

interface Failures {
  readonly count: number;
  readonly at: number;
}

/**
 * Counts the wrong authentication strings of each device: after 10 in a row none is taken for a while, the right one neither
 * . Times are milliseconds of any monotonic clock. It holds devices that have failed since their last success,
 * so at most as many as are configured.
 */
export class StringGuard {
  readonly #failures = new Map<string, Failures>();
  readonly #waitMs: number;

  /** @param waitMs default 10 minutes; where a compressed clock divides the phone's own wait, as much of it. */
  constructor(waitMs: number = WRONG_STRING_WAIT_MS) {
    this.#waitMs = waitMs;
  }

  /** Must this device still wait? */
  isShut(device: string, now: number): boolean {
    const failures = this.#failures.get(device);
    if (failures === undefined || failures.count < MAX_WRONG_STRINGS) return false;
    if (now - failures.at < this.#waitMs) return true;
    this.#failures.delete(device);
    return false;
  }

  wrong(device: string, now: number): void {
    this.#failures.set(device, { count: (this.#failures.get(device)?.count ?? 0) + 1, at: now });
  }

  right(device: string): void {
    this.#failures.delete(device);
  }
}
