/**
 * One timer for all waits of a worker: keep-alives, refreshes, answers that may not come (speed.md 8: a setTimeout for each
 * phone costs ten times as much as a place in a wheel).
 */
export interface Deadlines {
  /**
   * Calls `callback` once, `ms` milliseconds from now at the earliest and two sweeps later at the latest (unless the event
   * loop is busy). A callback must not throw.
   */
  schedule(ms: number, callback: () => void): Deadline;
  /** Forgets a deadline; one that fired, was cancelled or is undefined is left alone. */
  cancel(deadline: Deadline | undefined): void;
  /** Deadlines that are still to come. */
  readonly size: number;
}

/** What `schedule` hands out, good for `cancel` only. */
export type Deadline = object;

/** Slots of the wheel; with sweeps of 50 ms one turn is 25.6 s, so that a keep-alive of 30 s is looked at twice. */
const SLOTS = 512;

/** Place in the ring of a slot. The slot's own anchor is such a link too, with nothing to call. */
interface Link {
  previous: Link;
  next: Link;
  tick: number;
  callback: (() => void) | undefined;
}

/**
 * A timing wheel of its own, swept every `sweepMs` milliseconds while there is something to wait for. Its timer never keeps
 * the process alive.
 */
export function createDeadlines(sweepMs: number): Deadlines {
  const slots = Array.from({ length: SLOTS }, anchor);
  const slotOf = (tick: number): Link => slots[tick % SLOTS] ?? due;
  const due = anchor();
  let size = 0;
  let sweptTick = 0;
  let timer: NodeJS.Timeout | undefined;
  let running = false;

  function sweep(): void {
    const tick = Math.floor(performance.now() / sweepMs);
    // After a stall longer than a turn every slot is looked at once; `tick` decides what is due.
    for (let at = Math.max(sweptTick + 1, tick - SLOTS + 1); at <= tick; at++) {
      collect(slotOf(at), tick, due);
    }
    sweptTick = tick;
    try {
      while (due.next !== due) {
        const { next } = due;
        const { callback } = next;
        unlink(next);
        size--;
        callback?.();
      }
    } finally {
      // What a callback that threw has left behind is called with the next sweep.
      running = size > 0;
      if (running) {
        timer?.refresh();
      }
    }
  }

  function start(): void {
    running = true;
    sweptTick = Math.floor(performance.now() / sweepMs);
    if (timer === undefined) {
      timer = setTimeout(sweep, sweepMs);
      timer.unref();
    } else {
      timer.refresh();
    }
  }

  return {
    schedule(ms, callback) {
      if (!running) {
        start();
      }
      const wanted = Math.ceil((performance.now() + Math.max(0, ms)) / sweepMs);
      const link = { tick: Math.max(wanted, sweptTick + 1), callback } as Link;
      append(slotOf(link.tick), link);
      size++;
      return link;
    },
    cancel(deadline) {
      const link = deadline as Link | undefined;
      if (link?.callback !== undefined) {
        unlink(link);
        size--;
      }
    },
    get size() {
      return size;
    },
  };
}

/** The wheel of this worker (each thread loads this module for itself). */
export const deadlines: Deadlines = createDeadlines(50);

function anchor(): Link {
  const link = { tick: 0, callback: undefined } as Partial<Link> as Link;
  link.previous = link;
  link.next = link;
  return link;
}

function append(list: Link, link: Link): void {
  link.previous = list.previous;
  link.next = list;
  list.previous.next = link;
  list.previous = link;
}

function unlink(link: Link): void {
  link.previous.next = link.next;
  link.next.previous = link.previous;
  link.callback = undefined;
}

/** Moves what is due from a slot to `due`, where `cancel` still reaches it. */
function collect(slot: Link, tick: number, due: Link): void {
  let link = slot.next;
  while (link !== slot) {
    const { next } = link;
    if (link.tick <= tick) {
      const { callback } = link;
      unlink(link);
      link.callback = callback;
      append(due, link);
    }
    link = next;
  }
}
