import type { Goal } from '../virtual/engine.js';
import type { Load } from './model.js';
import { startOf } from './pace.js';

/** What an order needs of its surroundings. */
export interface OrderDesk {
  /** Virtual time, milliseconds. */
  readonly now: number;
  /** One way of the network: orders and the news that they were carried out take it as everything does. */
  readonly delayMs: number;
  /** Lets a phone begin at a moment; one of another shard is that shard's. */
  begin(ordinal: number, at: number): void;
}

/** What it takes to give out an order, milliseconds; as long as a registration, so that neither holds up the other. */
const ORDER_MS = 5;

/**
 * The orders of one `phones:` step, given out at the pace of `load`. Every shard has the same list and hears of each order that
 * was carried out, so all of them come to the same next one.
 */
export class Orders implements Goal {
  readonly until: number;
  /** Two ways of the network, and what it takes to give out an order. */
  readonly turnaroundMs: number;
  readonly #number: number;
  readonly #ordinals: Uint32Array;
  readonly #desk: OrderDesk;
  #next: number;
  #carriedOut = 0;

  /**
   * @param number tells the step from earlier ones, orders of which may be carried out now
   * @param ordinals of the phones addressed, ascending
   */
  constructor(number: number, ordinals: Uint32Array, load: Load, limitMs: number, desk: OrderDesk) {
    this.#number = number;
    this.#ordinals = ordinals;
    this.#desk = desk;
    this.turnaroundMs = 'concurrency' in load ? 2 * desk.delayMs + ORDER_MS : Number.POSITIVE_INFINITY;
    this.until = desk.now + limitMs;
    const count = ordinals.length;
    if ('concurrency' in load) {
      this.#next = Math.min(count, load.concurrency);
      for (let i = 0; i < this.#next; i += 1) this.#begin(i, desk.now);
    } else {
      this.#next = count;
      for (let i = 0; i < count; i += 1) this.#begin(i, desk.now + startOf(load, i));
    }
  }

  get unfinished(): number {
    return this.#ordinals.length - this.#carriedOut;
  }

  carriedOut(at: number, number: number): number {
    if (number !== this.#number) return Number.POSITIVE_INFINITY;
    this.#carriedOut += 1;
    if (this.#next >= this.#ordinals.length) return Number.POSITIVE_INFINITY;
    const start = at + this.turnaroundMs;
    this.#begin(this.#next, start);
    this.#next += 1;
    return start;
  }

  reached(): boolean {
    return this.unfinished === 0;
  }

  #begin(index: number, at: number): void {
    this.#desk.begin(this.#ordinals[index] as number, at);
  }
}
