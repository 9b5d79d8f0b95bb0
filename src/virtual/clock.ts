/** Something that happens at a moment of virtual time. */
export interface VirtualEvent {
  /** Milliseconds. */
  readonly at: number;
  /** Of the phone it belongs to; -1 for the laboratory's own. */
  readonly ordinal: number;
  readonly sequence: number;
  /** null: it was cancelled. */
  run: (() => void) | null;
}

/**
 * The clock of a virtual run and what is to happen when: a binary heap by time, then phone, then order of scheduling, so that
 * the order of events is the same in every split of the fleet. Times are milliseconds since the run began.
 */
export class VirtualClock {
  readonly #heap: VirtualEvent[] = [];
  #now = 0;
  #sequence = 0;
  #ran = 0;
  #waiting = 0;

  get now(): number {
    return this.#now;
  }

  /** Events that have happened. */
  get ran(): number {
    return this.#ran;
  }

  /** Events that are to happen. */
  get waiting(): number {
    return this.#waiting;
  }

  /** When the next event happens; Infinity where none is waiting. */
  get next(): number {
    const heap = this.#heap;
    while (heap.length > 0 && (heap[0] as VirtualEvent).run === null) this.#pop();
    return heap[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** `at` is not before now; what is, happens now. */
  schedule(at: number, ordinal: number, run: () => void): VirtualEvent {
    const event: VirtualEvent = { at: Math.max(at, this.#now), ordinal, sequence: this.#sequence, run };
    this.#sequence += 1;
    this.#waiting += 1;
    this.#push(event);
    return event;
  }

  /** It will not happen; harmless for one that has. */
  cancel(event: VirtualEvent): void {
    if (event.run === null) return;
    event.run = null;
    this.#waiting -= 1;
  }

  /** Goes to the next moment at which something happens and lets all of it happen. */
  runNext(): void {
    const at = this.next;
    if (at === Number.POSITIVE_INFINITY) return;
    this.#now = at;
    while (this.next === at) {
      const event = this.#pop();
      const { run } = event;
      event.run = null;
      this.#ran += 1;
      this.#waiting -= 1;
      run?.();
    }
  }

  /** Lets time pass; nothing may be due before. */
  advance(to: number): void {
    this.#now = Math.max(this.#now, to);
  }

  #push(event: VirtualEvent): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(event);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as VirtualEvent;
      if (!comesBefore(event, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = event;
  }

  #pop(): VirtualEvent {
    const heap = this.#heap;
    const first = heap[0] as VirtualEvent;
    const last = heap.pop() as VirtualEvent;
    const length = heap.length;
    if (length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= length) break;
      if (child + 1 < length && comesBefore(heap[child + 1] as VirtualEvent, heap[child] as VirtualEvent)) {
        child += 1;
      }
      if (!comesBefore(heap[child] as VirtualEvent, last)) break;
      heap[at] = heap[child] as VirtualEvent;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function comesBefore(a: VirtualEvent, b: VirtualEvent): boolean {
  if (a.at !== b.at) return a.at < b.at;
  if (a.ordinal !== b.ordinal) return a.ordinal < b.ordinal;
  return a.sequence < b.sequence;
}
