import { describe, expect, it } from 'vitest';
import { ServingGate } from '../../src/net/serving-gate.js';

/** Requests by their numbers; `served` is whose service has begun, in this order. */
function gateWith(objects: number, servingCount: number) {
  const gate = new ServingGate({ objects, servingCount });
  const served: number[] = [];
  const visitors = Array.from({ length: 10 }, (_, k) => ({ begin: () => served.push(k) }));
  const visitor = (k: number) => {
    const one = visitors[k];
    if (one === undefined) throw new Error(`no visitor ${k}`);
    return one;
  };
  return {
    gate,
    served,
    enter: (...numbers: number[]) => numbers.map((k) => gate.enter(visitor(k))),
    leave: (k: number) => gate.leave(visitor(k)),
  };
}

describe('the gate before the files of a node (222878)', () => {
  it('serves five at a time, lets more wait, and turns away whoever comes beyond the serving count', () => {
    const { enter, leave, served } = gateWith(5, 7);
    expect(enter(0, 1, 2, 3, 4, 5, 6, 7)).toEqual([true, true, true, true, true, true, true, false]);
    expect(served).toEqual([0, 1, 2, 3, 4]);
    leave(3);
    expect(served).toEqual([0, 1, 2, 3, 4, 5]);
    expect(enter(7, 8)).toEqual([true, false]);
  });

  it('forgets whoever leaves while he waits, and hears of a leave once', () => {
    const { enter, leave, served } = gateWith(1, 4);
    enter(0, 1, 2);
    leave(1);
    leave(1);
    leave(0);
    leave(0);
    expect(served).toEqual([0, 2]);
  });

  it('serves thousands that are done as they begin one after the other, not one within the other', () => {
    const gate = new ServingGate({ objects: 1, servingCount: Number.POSITIVE_INFINITY });
    const first = { begin: () => undefined };
    gate.enter(first);
    let done = 0;
    for (let k = 0; k < 50_000; k += 1) {
      const visitor = {
        begin: () => {
          done += 1;
          gate.leave(visitor);
        },
      };
      gate.enter(visitor);
    }
    gate.leave(first);
    expect(done).toBe(50_000);
  });

  it('has an object less for each that leaked, and all of them once it is mended', () => {
    const { gate, enter, leave, served } = gateWith(2, 9);
    gate.leak(1);
    enter(0, 1);
    expect(served).toEqual([0]);
    gate.leak(1);
    leave(0);
    expect(served).toEqual([0]);
    gate.mend();
    expect(served).toEqual([0, 1]);
  });
});
