import { describe, expect, it } from 'vitest';
import { ALONE, Engine, type Goal } from '../../src/virtual/engine.js';

const until = (moment: number): Goal => ({
  until: moment,
  carriedOut: () => Number.POSITIVE_INFINITY,
  reached: (end) => end >= moment,
});

describe('the engine of virtual time', () => {
  it('lets promises go on between two moments', async () => {
    const engine = new Engine(ALONE, 1);
    const { clock } = engine;
    const seen: string[] = [];
    const sleep = (ms: number): Promise<void> =>
      new Promise((resolve) => {
        clock.schedule(clock.now + ms, 0, resolve);
      });
    void (async () => {
      for (let i = 0; i < 3; i += 1) {
        await sleep(10);
        await null;
        seen.push(`long ${clock.now}`);
      }
    })();
    clock.schedule(15, 1, () => seen.push(`short ${clock.now}`));
    await engine.run(until(100));
    expect(seen).toEqual(['long 10', 'short 15', 'long 20', 'long 30']);
    expect(clock.now).toBe(100);
  });

  it('takes a request to a station and back over the network', async () => {
    const engine = new Engine(ALONE, 2);
    const station = engine.addStation(1);
    const answers: number[] = [];
    engine.clock.schedule(0, 0, () => {
      for (const ordinal of [0, 1]) {
        engine.send(ordinal, station, 10, 1_000, () => answers.push(engine.clock.now));
      }
    });
    await engine.run(until(1_000));
    // 2 ms there, 10 ms each, 2 ms back
    expect(answers).toEqual([14, 24]);
  });

  it('tells who waits too long that it is late', async () => {
    const engine = new Engine(ALONE, 1);
    const station = engine.addStation(1);
    const answers: unknown[] = [];
    engine.clock.schedule(0, 0, () => {
      engine.send(0, station, 500, 1_000, (passage) => answers.push(passage));
      engine.send(1, station, 500, 100, (passage) => answers.push(`${passage} at ${engine.clock.now}`));
    });
    await engine.run(until(2_000));
    expect(answers).toEqual(['late at 100', { busy: false, begins: 1, ends: 501 }]);
  });

  it('passes ten days without an event at once', async () => {
    const engine = new Engine(ALONE, 1);
    await engine.run(until(864_000_000));
    expect(engine.clock.now).toBe(864_000_000);
    expect(engine.windows).toBe(0);
  });
});
