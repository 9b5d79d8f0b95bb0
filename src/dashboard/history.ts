import type { Point } from './messages.js';

/** Points that are kept, and drawn when a page is opened late. */
export const MAX_POINTS = 1_200;

/**
 * The points of a run of any length in bounded memory: when it is full, every other point goes and from then on every other
 * one is left out. Totals count from the beginning, so nothing is lost but resolution.
 */
export class History {
  #points: Point[] = [];
  /** One in this many is kept. */
  #oneIn = 1;
  #seen = 0;

  get points(): readonly Point[] {
    return this.#points;
  }

  add(point: Point): void {
    const isKept = this.#seen % this.#oneIn === 0;
    this.#seen += 1;
    if (!isKept) return;
    this.#points.push(point);
    if (this.#points.length < MAX_POINTS) return;
    this.#points = this.#points.filter((_, index) => index % 2 === 0);
    this.#oneIn *= 2;
  }
}
