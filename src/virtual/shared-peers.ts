import type { Peers, WindowReport } from './engine.js';

/** Numbers of one shard's report that fit into one round of an exchange; more take more rounds. */
const ROOM = 6 * 4_096;
/** Of each report: the next event, calls under way, events to come, numbers in this round, whether more follow. */
const HEADER = 5;
const REPORT = HEADER + ROOM;

/** Counters of the whole run, before those of each shard. */
const STOPPED = 0;
const ROUNDS = 1;

/** Looks at a peer's counter before this shard sleeps until it changes. */
const SPINS = 2_000;

/** Memory in which the shards of a run tell each other what they did; each writes its own part only. */
export interface SharedWindows {
  readonly shards: number;
  readonly counters: SharedArrayBuffer;
  /** Two reports a shard: one is read while the next one is written. */
  readonly reports: SharedArrayBuffer;
}

export function createSharedWindows(shards: number): SharedWindows {
  return {
    shards,
    counters: new SharedArrayBuffer((ROUNDS + shards) * Int32Array.BYTES_PER_ELEMENT),
    reports: new SharedArrayBuffer(2 * shards * REPORT * Float64Array.BYTES_PER_ELEMENT),
  };
}

/** Ends the run for all shards, also for those that wait for another. */
export function stopShared({ counters }: SharedWindows): void {
  const cells = new Int32Array(counters);
  Atomics.store(cells, STOPPED, 1);
  for (let i = 0; i < cells.length; i += 1) Atomics.notify(cells, i);
}

type HeardReport = { -readonly [K in keyof WindowReport]: WindowReport[K] } & {
  readonly arrivals: number[];
};

/** A shard among others, each in a thread of its own. Waiting blocks the thread. */
export class SharedPeers implements Peers {
  readonly index: number;
  readonly count: number;
  readonly #counters: Int32Array;
  readonly #reports: Float64Array;
  /** One a shard, filled anew in each exchange: there are millions of them. */
  readonly #heard: WindowReport[];
  readonly #others: readonly HeardReport[];
  /** The last one, as this shard's counter has it: 32 bits, of which a long run needs more. */
  #round: number;

  constructor(windows: SharedWindows, index: number) {
    this.index = index;
    this.count = windows.shards;
    this.#counters = new Int32Array(windows.counters);
    this.#round = Atomics.load(this.#counters, ROUNDS + index);
    this.#reports = new Float64Array(windows.reports);
    const heard = Array.from({ length: windows.shards }, (): HeardReport => {
      return { next: 0, busy: 0, waiting: 0, arrivals: [] };
    });
    this.#heard = heard;
    this.#others = heard.filter((_, shard) => shard !== index);
  }

  get stopped(): boolean {
    return Atomics.load(this.#counters, STOPPED) === 1;
  }

  /** The reports are good until the next exchange. */
  exchange(own: WindowReport): readonly WindowReport[] | null {
    const { index, count } = this;
    const reports = this.#reports;
    this.#heard[index] = own;
    for (const report of this.#others) report.arrivals.length = 0;
    for (let from = 0; ; from += ROOM) {
      this.#publish(own, from);
      let isMore = own.arrivals.length > from + ROOM;
      for (let shard = 0; shard < count; shard += 1) {
        if (shard === index) continue;
        if (!this.#await(shard)) return null;
        const at = this.#place(shard);
        const report = this.#heard[shard] as HeardReport;
        report.next = reports[at] as number;
        report.busy = reports[at + 1] as number;
        report.waiting = reports[at + 2] as number;
        const length = reports[at + 3] as number;
        for (let i = 0; i < length; i += 1) report.arrivals.push(reports[at + HEADER + i] as number);
        if (reports[at + 4] === 1) isMore = true;
      }
      if (!isMore) return this.#heard;
    }
  }

  #publish({ next, busy, waiting, arrivals }: WindowReport, from: number): void {
    this.#round = (this.#round + 1) | 0;
    const reports = this.#reports;
    const at = this.#place(this.index);
    const length = Math.max(0, Math.min(ROOM, arrivals.length - from));
    reports[at] = next;
    reports[at + 1] = busy;
    reports[at + 2] = waiting;
    reports[at + 3] = length;
    reports[at + 4] = arrivals.length > from + ROOM ? 1 : 0;
    for (let i = 0; i < length; i += 1) reports[at + HEADER + i] = arrivals[from + i] as number;
    Atomics.store(this.#counters, ROUNDS + this.index, this.#round);
    Atomics.notify(this.#counters, ROUNDS + this.index);
  }

  /** Waits until a shard has told its part of this round; false when the run was stopped. */
  #await(shard: number): boolean {
    const cell = ROUNDS + shard;
    for (let spins = 0; ; spins += 1) {
      const round = Atomics.load(this.#counters, cell);
      // at this round or already at the next, over the end of 32 bits, too
      if (((round - this.#round) | 0) >= 0) return true;
      if (spins < SPINS) continue;
      if (this.stopped) return false;
      Atomics.wait(this.#counters, cell, round, WAIT_MS);
    }
  }

  #place(shard: number): number {
    return (2 * shard + (this.#round & 1)) * REPORT;
  }
}

/** A shard that sleeps looks up this often, in case nobody wakes it, milliseconds. */
const WAIT_MS = 100;
