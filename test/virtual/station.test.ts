import { describe, expect, it } from 'vitest';
import { Station } from '../../src/virtual/station.js';

describe('a station', () => {
  it('serves as many at a time as it has servers, the others in their order', () => {
    const station = new Station(2);
    const passages = [0, 0, 0, 0].map((at) => station.arrive(at, 10));
    expect(passages).toEqual([
      { busy: false, begins: 0, ends: 10 },
      { busy: false, begins: 0, ends: 10 },
      { busy: false, begins: 10, ends: 20 },
      { busy: false, begins: 10, ends: 20 },
    ]);
  });

  it('gives a server that is free first to whoever comes next', () => {
    const station = new Station(2);
    station.arrive(0, 100);
    station.arrive(0, 10);
    expect(station.arrive(5, 10)).toEqual({ busy: false, begins: 10, ends: 20 });
    expect(station.arrive(30, 10)).toEqual({ busy: false, begins: 30, ends: 40 });
  });

  it('turns away whoever finds its limit reached, those in service counted (222878)', () => {
    const station = new Station(5, 1_500);
    const busy = Array.from({ length: 4_000 }, () => station.arrive(0, 10)).filter((one) => one.busy);
    expect(busy).toHaveLength(2_500);
    // five have left when the next one comes
    expect(station.arrive(10, 10).busy).toBe(false);
  });

  it('answers nobody before a server is free and has served him', () => {
    const station = new Station(2, Number.POSITIVE_INFINITY, 5);
    expect(station.earliestAnswer(10, 1_000)).toBe(15);
    station.arrive(10, 100);
    expect(station.earliestAnswer(10, 1_000)).toBe(15);
    station.arrive(10, 40);
    expect(station.earliestAnswer(10, 1_000)).toBe(55);
    expect(station.earliestAnswer(60, 1_000)).toBe(65);
  });

  it('may answer at once as long as it may have to turn somebody away', () => {
    const station = new Station(1, 3, 5);
    station.arrive(0, 100);
    expect(station.earliestAnswer(0, 1)).toBe(105);
    expect(station.earliestAnswer(0, 2)).toBe(0);
    // the one inside has left
    expect(station.earliestAnswer(100, 2)).toBe(105);
  });

  it('does nothing for whoever gives up while he waits, and lets another in for him', () => {
    const station = new Station(1, 2);
    station.arrive(0, 100);
    expect(station.arrive(0, 100, 50)).toMatchObject({ busy: false, begins: 100 });
    expect(station.arrive(49, 10).busy).toBe(true);
    expect(station.arrive(50, 10, 500)).toEqual({ busy: false, begins: 100, ends: 110 });
  });

  it('serves with what is left of its servers, with none nobody, until they are back (222878)', () => {
    const station = new Station(2, 3);
    station.leak(1);
    expect([0, 0].map((at) => station.arrive(at, 10))).toMatchObject([{ ends: 10 }, { ends: 20 }]);
    station.leak(5);
    expect(station.arrive(30, 10, 40)).toMatchObject({ begins: Number.POSITIVE_INFINITY });
    station.mend(50);
    expect([60, 60, 60].map((at) => station.arrive(at, 10))).toMatchObject([
      { ends: 70 },
      { ends: 70 },
      { ends: 80 },
    ]);
  });
});
