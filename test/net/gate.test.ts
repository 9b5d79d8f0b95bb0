import { describe, expect, it } from 'vitest';
import { Gate } from '../../src/net/gate.js';

const never = new AbortController().signal;

function pending() {
  let finish: () => void = () => undefined;
  const promise = new Promise<void>((resolve) => {
    finish = resolve;
  });
  return { promise, finish: () => finish() };
}

describe('the gate before the network', () => {
  it('lets so many in and the others in their turn', async () => {
    const gate = new Gate(2);
    const order: number[] = [];
    const works = [pending(), pending(), pending(), pending()];
    const done = works.map((work, i) =>
      gate.through(never, () => {
        order.push(i);
        return work.promise;
      }),
    );
    await Promise.resolve();
    expect(order).toEqual([0, 1]);
    works[1]?.finish();
    await done[1];
    await Promise.resolve();
    expect(order).toEqual([0, 1, 2]);
    expect(gate.idle).toBe(false);
    for (const work of works) work.finish();
    await Promise.all(done);
    expect(order).toEqual([0, 1, 2, 3]);
    expect(gate.idle).toBe(true);
  });

  it('does not let a silent server hold a place for ever', async () => {
    const gate = new Gate(1);
    const silent = pending();
    const first = gate.through(never, () => silent.promise);
    let entered = false;
    await gate.through(never, async () => {
      entered = true;
    });
    expect(entered).toBe(true);
    expect(gate.idle).toBe(false);
    silent.finish();
    await first;
    // the place came back once, not twice
    const blocker = pending();
    const holding = gate.through(never, () => blocker.promise);
    let second = false;
    const waiting = gate.through(never, async () => {
      second = true;
    });
    await Promise.resolve();
    expect(second).toBe(false);
    blocker.finish();
    await Promise.all([holding, waiting]);
  });

  it('forgets who gives up while waiting, and hands on a place after a failure', async () => {
    const gate = new Gate(1);
    const work = pending();
    const first = gate.through(never, () => work.promise);
    const stop = new AbortController();
    const second = gate.through(stop.signal, async () => 'never');
    stop.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    work.finish();
    await first;
    await expect(gate.through(never, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await gate.through(never, async () => 'next')).toBe('next');
    expect(gate.idle).toBe(true);
  });
});
