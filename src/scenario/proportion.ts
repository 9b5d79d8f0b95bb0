import type { Bound, CountExpectation, Figure } from './plan.js';

/**
 * With another number of phones a wait is for the same part of them. A part that is no whole number of phones may be rounded
 * either way, as the groups' are.
 *
 * @param part phones of the run for each one of the file, above 0.
 */
export function inProportion(until: CountExpectation, part: number): CountExpectation {
  const scaled = (figure: Figure, round: (phones: number) => number): Figure =>
    typeof figure === 'number' ? round(figure * part) : figure;
  const { is, atLeast = is, atMost = is } = until.bound;
  // some phones are some phones at any size
  const some = (phones: number): number =>
    phones > 0 && is === undefined ? Math.max(1, Math.floor(phones)) : Math.floor(phones);
  const least = atLeast === undefined ? undefined : scaled(atLeast, some);
  const most = atMost === undefined ? undefined : scaled(atMost, Math.ceil);
  const range: Bound = {
    ...(least === undefined ? {} : { atLeast: least }),
    ...(most === undefined ? {} : { atMost: most }),
  };
  const bound: Bound = least !== undefined && least === most ? { is: least } : range;
  return { ...until, bound, by: [] };
}
