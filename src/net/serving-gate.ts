import { objectsLeft, turnsAway } from '../cluster/serving.js';

/** A request that was let in. */
export interface Visitor {
  /** Its service begins; `leave` ends it, from within already if need be. Must not throw. */
  begin(): void;
}

export interface ServingLimits {
  /** Requests in service at a time. */
  readonly objects: number;
  /** Requests that are let in at a time, those in service included. */
  readonly servingCount: number;
}

/** What stands before the files of one TFTP service, whichever way a request comes: first come, first served. */
export class ServingGate {
  readonly #limits: ServingLimits;
  readonly #inService = new Set<Visitor>();
  /** In the order in which they came. */
  readonly #waiting = new Set<Visitor>();
  #leaked = 0;
  #isCalling = false;

  constructor(limits: ServingLimits) {
    this.#limits = limits;
  }

  /** Lets a request in, and begins its service where an object is free; false: the server is busy. */
  enter(visitor: Visitor): boolean {
    if (turnsAway(this.#inService.size + this.#waiting.size, this.#limits.servingCount)) return false;
    this.#waiting.add(visitor);
    this.#callWaiting();
    return true;
  }

  /** A request is done with, or whoever sent it has gone. */
  leave(visitor: Visitor): void {
    if (!this.#waiting.delete(visitor) && !this.#inService.delete(visitor)) return;
    this.#callWaiting();
  }

  /** So many objects are never released again. */
  leak(objects: number): void {
    this.#leaked += objects;
  }

  /** All objects are there again. */
  mend(): void {
    this.#leaked = 0;
    this.#callWaiting();
  }

  /** Does not call itself: whoever leaves as his service begins is followed by the next turn of the loop. */
  #callWaiting(): void {
    if (this.#isCalling) return;
    this.#isCalling = true;
    for (const visitor of this.#waiting) {
      if (this.#inService.size >= objectsLeft(this.#limits.objects, this.#leaked)) break;
      this.#waiting.delete(visitor);
      this.#inService.add(visitor);
      visitor.begin();
    }
    this.#isCalling = false;
  }
}
