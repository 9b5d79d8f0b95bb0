import type { LastCause } from '../phone/world.js';

/** A connection that a phone keeps open. It knows its neighbours in `Links`, which alone sets them. */
export interface Link {
  readonly ordinal: number;
  previous: Link | null;
  next: Link | null;
  /** The service is gone, and the phone hears of it now. */
  lost(cause: LastCause): void;
}

/**
 * The connections of a service in the order in which they were made: a chain through the links themselves, as a `Set` of
 * thousands weighs several times as much.
 */
export class Links implements Iterable<Link> {
  #first: Link | null = null;
  #last: Link | null = null;

  /** @param link in no chain yet */
  add(link: Link): void {
    link.previous = this.#last;
    if (this.#last === null) this.#first = link;
    else this.#last.next = link;
    this.#last = link;
  }

  /** Harmless for one that is in the chain no more. */
  delete(link: Link): void {
    const { previous, next } = link;
    if (previous === null && this.#first !== link) return;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    link.previous = null;
    link.next = null;
  }

  *[Symbol.iterator](): Generator<Link> {
    for (let link = this.#first; link !== null; link = link.next) yield link;
  }
}
