import type { Point } from './messages.js';

/** Points that are kept, by the server for pages that are opened late and by each page. */
export const MAX_POINTS = 1_200;

/**
 * The points of a run of any length in bounded memory: when it is full, every other point goes and from then on every other
 * one is left out. Totals count from the beginning, so nothing is lost but resolution. The latest point is always there: it
 * says how things stand.
 */
export class History {
  #points: Point[] = [];
  /** One in this many is kept. */
  #oneIn = 1;
  #seen = 0;
  /** The latest point is there only until the next one comes. */
  #isLatestExtra = false;

  constructor(points: readonly Point[] = []) {
    for (const point of points) this.add(point);
  }

  get points(): readonly Point[] {
    return this.#points;
  }

  add(point: Point): void {
    if (this.#isLatestExtra) this.#points.pop();
    this.#isLatestExtra = this.#seen % this.#oneIn !== 0;
    this.#seen += 1;
    this.#points.push(point);
    if (this.#points.length < MAX_POINTS) return;
    this.#points = this.#points.filter((kept, index) => index % 2 === 0 || kept === point);
    this.#isLatestExtra = true;
    this.#oneIn *= 2;
  }
}
