import type { Bound, CountExpectation, Figure } from './plan.js';

/**
 * Whether what all phones of the file are waited for says when one of them, alone, has come so far: 1,000 of 1,000 have registered
 * when each has, but of 150 nobody knows whether it is one.
 */
export function saysOfEachPhone({ bound }: CountExpectation, filePhones: number): boolean {
  return [bound.is, bound.atLeast, bound.atMost].every(
    (figure) => typeof figure !== 'number' || figure % filePhones === 0,
  );
}

/**
 * With another number of phones a wait is for the same part of them. A part that is no whole number of phones may be rounded
 * either way, as the groups' are.
 *
 * @param part phones of the run for each one of the file, above 0.
 */
export function inProportion(until: CountExpectation, part: number): CountExpectation {
  const scaled = (figure: Figure, round: (phones: number) => number): Figure =>
    // 49 of 49 phones are 0.9999999999999999 of one
    typeof figure === 'number' ? round(Number((figure * part).toFixed(6))) : figure;
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
