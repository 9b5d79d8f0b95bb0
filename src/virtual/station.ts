import { turnsAway } from '../cluster/serving.js';

/** How a request fares at a station. */
export type Passage =
  /** Turned away at once: too many wait. */
  | { readonly busy: true }
  /** Its service begins and ends at these moments; neither comes for whoever gives up before. */
  | { readonly busy: false; readonly begins: number; readonly ends: number };

/**
 * A service as a queue: `servers` requests are served at a time, first come first served, and of those that are under way or
 * wait at most `limit` are let in. Requests are put in by the time of their arrival, so that what becomes of each is known at
 * once and nothing has to be simulated in between.
 */
export class Station {
  /** When each server is free, milliseconds; the earliest first. Infinity: never again. */
  #free: number[];
  /** When each request that was let in leaves, a heap, the earliest first. */
  readonly #inside: number[] = [];
  readonly #limit: number;
  readonly #leastMs: number;

  /** @param leastMs no request is served in less */
  constructor(servers: number, limit: number = Number.POSITIVE_INFINITY, leastMs = 0) {
    this.#free = new Array<number>(servers).fill(0);
    this.#limit = limit;
    this.#leastMs = leastMs;
  }

  /**
   * The moment before which no request can be answered that arrives from `at` on, when at most `arrivals` do: not before the
   * first server is free and has served it. Where one of them may be turned away, which happens at once, `at` itself.
   */
  earliestAnswer(at: number, arrivals: number): number {
    if (this.#limit !== Number.POSITIVE_INFINITY) {
      this.#letOut(at);
      if (turnsAway(this.#inside.length + arrivals, this.#limit)) return at;
    }
    return Math.max(at, this.#free[0] ?? Number.POSITIVE_INFINITY) + this.#leastMs;
  }

  /** @param giveUpAt when whoever sent it waits no longer: a request that has not begun by then leaves. */
  arrive(at: number, serviceMs: number, giveUpAt: number = Number.POSITIVE_INFINITY): Passage {
    if (this.#limit !== Number.POSITIVE_INFINITY) {
      this.#letOut(at);
      if (turnsAway(this.#inside.length, this.#limit)) return { busy: true };
    }
    const begins = Math.max(at, this.#free[0] ?? Number.POSITIVE_INFINITY);
    const ends = begins + serviceMs;
    const isServed = begins <= giveUpAt;
    if (isServed) replaceLeast(this.#free, ends);
    if (this.#limit !== Number.POSITIVE_INFINITY) pushLeast(this.#inside, isServed ? ends : giveUpAt);
    return { busy: false, begins, ends };
  }

  #letOut(at: number): void {
    while (this.#inside.length > 0 && (this.#inside[0] as number) <= at) popLeast(this.#inside);
  }

  /** So many servers work on nothing any more, those that are free first. */
  leak(servers: number): void {
    for (let left = servers; left > 0; left -= 1) replaceLeast(this.#free, Number.POSITIVE_INFINITY);
  }

  /** All servers are there again; what became of requests until now stands. */
  mend(at: number): void {
    this.#free = this.#free
      .map((free) => (free === Number.POSITIVE_INFINITY ? at : free))
      .sort((a, b) => a - b);
  }
}

function replaceLeast(heap: number[], value: number): void {
  sink(heap, 0, value);
}

function pushLeast(heap: number[], value: number): void {
  let at = heap.length;
  heap.push(value);
  while (at > 0) {
    const parent = (at - 1) >> 1;
    const above = heap[parent] as number;
    if (value >= above) break;
    heap[at] = above;
    at = parent;
  }
  heap[at] = value;
}

function popLeast(heap: number[]): void {
  const last = heap.pop();
  if (last !== undefined && heap.length > 0) sink(heap, 0, last);
}

function sink(heap: number[], from: number, value: number): void {
  const { length } = heap;
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= length) break;
    if (child + 1 < length && (heap[child + 1] as number) < (heap[child] as number)) child += 1;
    if ((heap[child] as number) >= value) break;
    heap[at] = heap[child] as number;
    at = child;
  }
  heap[at] = value;
}
