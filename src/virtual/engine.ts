import { VirtualClock } from './clock.js';
import type { Passage, Station } from './station.js';

/** Of an {@link Arrival}: no station but the desk that gives out orders; an order has been carried out. */
const ORDERS = -1;

/** A request on its way to a station, or the news that an order was carried out. */
interface Arrival {
  readonly at: number;
  readonly ordinal: number;
  readonly sequence: number;
  readonly station: number;
  readonly serviceMs: number;
  /** When whoever sent it stops waiting. */
  readonly giveUpAt: number;
  /** null: a phone of another shard sent it. */
  readonly answered: ((passage: Passage | 'late') => void) | null;
}

/** What one shard has to tell the others at the end of a window. */
export interface WindowReport {
  /** When its next event happens. */
  readonly next: number;
  /** Calls of its phones that are under way. */
  readonly busy: number;
  /** Events that are to happen. */
  readonly waiting: number;
  /** Six numbers an arrival. */
  readonly arrivals: readonly number[];
}

/** The shards of a run as one of them meets them at the end of each window. */
export interface Peers {
  readonly index: number;
  readonly count: number;
  /** Gives one's own report and waits for those of all, in the order of the shards; null once the run is to end at once. */
  exchange(own: WindowReport): readonly WindowReport[] | null;
  /** True once the run is to end at once. */
  readonly stopped: boolean;
}

/** One shard alone. */
export const ALONE: Peers = { index: 0, count: 1, exchange: (own) => [own], stopped: false };

/** What time passes for. */
export interface Goal {
  /** It passes no further. */
  readonly until: number;
  /** One of the orders of a step, by its number, was carried out; returns when the next one reaches a phone, Infinity where there is none. */
  carriedOut(at: number, order: number): number;
  /** The least time from the news that an order was carried out to the next one's reaching a phone; Infinity without orders. */
  readonly turnaroundMs: number;
  /** Asked after each window, with the calls under way and the moment of the next event in all shards. */
  reached(end: number, busy: number, next: number): boolean;
}

const FIELDS = 6;

/** How long events run before whoever else has something to do on this thread gets his turn, milliseconds. */
const SLICE_MS = 25;
/** Moments between two looks at the clock on the wall. */
const MOMENTS_A_LOOK = 64;
/** No phone waits for an answer for less: who gives up, at a server without an end to its queue, does so in a later window. */
const LEAST_LIMIT_MS = 100;

/**
 * Lets virtual time pass in windows that no message crosses: what a phone sends at one moment can touch another phone at the
 * earliest when a server has served it, two ways of the network counted, so that all that happens within that time may happen
 * in each shard by itself. After a window the shards tell each other what was sent, and each works out alike, in the order of
 * arrival, what became of it: all have the same stations.
 */
export class Engine {
  readonly clock = new VirtualClock();
  readonly #peers: Peers;
  readonly #delayMs: number;
  readonly #stations: Station[] = [];
  #outbox: Arrival[] = [];
  #sequence = 0;
  #busy = 0;
  #next = Number.POSITIVE_INFINITY;
  /** Events that are to happen in all shards. */
  #waiting = 0;
  #windows = 0;

  /** @param delayMs one way between a phone and a server, above 0 */
  constructor(peers: Peers, delayMs: number) {
    this.#peers = peers;
    this.#delayMs = delayMs;
  }

  get delayMs(): number {
    return this.#delayMs;
  }

  get windows(): number {
    return this.#windows;
  }

  /**
   * A new station; every shard makes the same ones in the same order.
   *
   * @param index of an old station that it takes the place of: its service was started anew, and nobody waits there.
   */
  openStation(station: Station, index: number = this.#stations.length): number {
    this.#stations[index] = station;
    return index;
  }

  /** So many servers of a station are lost. */
  leakStation(index: number, servers: number): void {
    this.#stations[index]?.leak(servers);
  }

  /** A station has all its servers again. */
  mendStation(index: number): void {
    this.#stations[index]?.mend(this.clock.now);
  }

  /** Calls that are under way keep the network from being quiet. */
  begin(): void {
    this.#busy += 1;
  }

  end(): void {
    this.#busy -= 1;
  }

  /**
   * Sends a request.
   *
   * @param answered called when the answer is there, or `limitMs` from now.
   */
  send(
    ordinal: number,
    station: number,
    serviceMs: number,
    limitMs: number,
    answered: (passage: Passage | 'late') => void,
  ): void {
    const { now } = this.clock;
    this.#put(now + this.#delayMs, ordinal, station, serviceMs, now + limitMs, answered);
  }

  /** Tells the desk that gives out orders that one was carried out. */
  carriedOut(ordinal: number, order: number): void {
    const at = this.clock.now;
    this.#put(at, ordinal, ORDERS, order, at, null);
  }

  #put(
    at: number,
    ordinal: number,
    station: number,
    serviceMs: number,
    giveUpAt: number,
    answered: Arrival['answered'],
  ): void {
    const sequence = this.#sequence;
    this.#outbox.push({ at, ordinal, sequence, station, serviceMs, giveUpAt, answered });
    this.#sequence += 1;
  }

  /** Lets time pass until the goal is reached. Every shard must be given the same goals in the same order. */
  async run(goal: Goal): Promise<void> {
    const { clock } = this;
    let end = clock.now;
    while (this.#meet(goal)) {
      if (this.#peers.stopped) return;
      if (goal.reached(end, this.#agreedBusy, this.#next)) {
        clock.advance(end);
        return;
      }
      if (this.#next >= goal.until) {
        clock.advance(Math.max(end, Math.min(goal.until, Number.MAX_SAFE_INTEGER)));
        return;
      }
      end = Math.min(this.#windowEnd(goal), goal.until);
      if (clock.next < end) await this.#events(end);
      this.#windows += 1;
    }
  }

  #agreedBusy = 0;

  /** The moment before which nothing that a phone does from the next event on can touch another one. */
  #windowEnd({ turnaroundMs }: Goal): number {
    const next = this.#next;
    let end = next + Math.min(turnaroundMs, LEAST_LIMIT_MS);
    // a phone sends one request at a time, and only when something happens to it
    for (const station of this.#stations)
      end = Math.min(end, station.earliestAnswer(next + this.#delayMs, this.#waiting) + this.#delayMs);
    return end;
  }

  /** The end of a window; false: the run is to end at once. */
  #meet(goal: Goal): boolean {
    const own = this.#outbox;
    this.#outbox = [];
    const { index, count } = this.#peers;
    const arrivals = count === 1 ? NOTHING_SENT : flatten(own);
    const { next: first, waiting: before } = this.clock;
    const reports = this.#peers.exchange({ next: first, busy: this.#busy, waiting: before, arrivals });
    if (reports === null) return false;
    let next = Number.POSITIVE_INFINITY;
    let busy = 0;
    let waiting = 0;
    for (let shard = 0; shard < count; shard += 1) {
      const report = reports[shard] as WindowReport;
      next = Math.min(next, report.next);
      busy += report.busy;
      waiting += report.waiting;
      if (shard !== index) readArrivals(report.arrivals, own);
    }
    if (own.length > 1) own.sort(inOrder);
    for (const arrival of own) next = Math.min(next, this.#arrive(arrival, goal));
    this.#next = next;
    this.#agreedBusy = busy;
    // each arrival becomes one event of the phone that sent it, or of the one that is ordered next
    this.#waiting = waiting + own.length;
    return true;
  }

  /** When what comes of it happens. */
  #arrive(arrival: Arrival, goal: Goal): number {
    const { at, ordinal, station, serviceMs, giveUpAt, answered } = arrival;
    if (station === ORDERS) return goal.carriedOut(at, serviceMs);
    const passage = (this.#stations[station] as Station).arrive(at, serviceMs, giveUpAt);
    const back = (passage.busy ? at : passage.ends) + this.#delayMs;
    const late = back > giveUpAt;
    const then = late ? giveUpAt : back;
    if (answered !== null) this.clock.schedule(then, ordinal, () => answered(late ? 'late' : passage));
    return then;
  }

  /** Lets everything happen that is due before `end`, each moment with all that follows from it at once. */
  #events(end: number): Promise<void> {
    const { clock } = this;
    return new Promise((resolve) => {
      const moment = (): void => {
        if (clock.next >= end) {
          resolve();
          return;
        }
        clock.runNext();
        // promises that were settled come first; they are through when the next tick is
        queueMicrotask(further);
      };
      const further = (): void => {
        this.#moments += 1;
        if (this.#moments % MOMENTS_A_LOOK === 0 && performance.now() - this.#sliceBegan > SLICE_MS) {
          setImmediate(() => {
            this.#sliceBegan = performance.now();
            moment();
          });
        } else process.nextTick(moment);
      };
      moment();
    });
  }

  /** Over all windows: most of them are shorter than what stands between two looks at the clock. */
  #moments = 0;
  #sliceBegan = performance.now();
}

const NOTHING_SENT: readonly number[] = [];

function flatten(arrivals: readonly Arrival[]): number[] {
  const flat: number[] = [];
  for (const { at, ordinal, sequence, station, serviceMs, giveUpAt } of arrivals)
    flat.push(at, ordinal, sequence, station, serviceMs, giveUpAt);
  return flat;
}

function readArrivals(flat: readonly number[], into: Arrival[]): void {
  for (let i = 0; i < flat.length; i += FIELDS) {
    into.push({
      at: flat[i] as number,
      ordinal: flat[i + 1] as number,
      sequence: flat[i + 2] as number,
      station: flat[i + 3] as number,
      serviceMs: flat[i + 4] as number,
      giveUpAt: flat[i + 5] as number,
      answered: null,
    });
  }
}

function inOrder(a: Arrival, b: Arrival): number {
  return a.at - b.at || a.ordinal - b.ordinal || a.sequence - b.sequence;
}
