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
});
