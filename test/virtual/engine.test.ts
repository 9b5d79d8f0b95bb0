import { describe, expect, it } from 'vitest';
import { ALONE, Engine, type Goal } from '../../src/virtual/engine.js';
import { Station } from '../../src/virtual/station.js';

const until = (moment: number): Goal => ({
  until: moment,
  carriedOut: () => Number.POSITIVE_INFINITY,
  turnaroundMs: Number.POSITIVE_INFINITY,
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
    const station = engine.openStation(new Station(1));
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
    const station = engine.openStation(new Station(1));
    const answers: unknown[] = [];
    engine.clock.schedule(0, 0, () => {
      engine.send(0, station, 500, 1_000, (passage) => answers.push(passage));
      engine.send(1, station, 500, 100, (passage) => answers.push(`${passage} at ${engine.clock.now}`));
    });
    await engine.run(until(2_000));
    expect(answers).toEqual(['late at 100', { busy: false, begins: 1, ends: 501 }]);
  });

  it('lets others have their turn in a run of many short windows', async () => {
    const engine = new Engine(ALONE, 1);
    const { clock } = engine;
    let events = 0;
    const turnsAt: number[] = [];
    const timer = setInterval(() => turnsAt.push(events), 1);
    // each lies in a window of its own, and keeps the thread busy for a fifth of a millisecond
    const busy = (): void => {
      const began = performance.now();
      while (performance.now() - began < 0.2);
      events += 1;
      if (events < 1_000) clock.schedule(clock.now + 200, 0, busy);
    };
    clock.schedule(0, 0, busy);
    await engine.run(until(1_000_000));
    clearInterval(timer);
    expect(events).toBe(1_000);
    expect(turnsAt.filter((at) => at > 0 && at < 1_000).length).toBeGreaterThan(0);
  });

  it('passes ten days without an event at once', async () => {
    const engine = new Engine(ALONE, 1);
    await engine.run(until(864_000_000));
    expect(engine.clock.now).toBe(864_000_000);
    expect(engine.windows).toBe(0);
  });

  it('passes the time in windows as long as the quickest service needs', async () => {
    const engine = new Engine(ALONE, 1);
    engine.openStation(new Station(1, Number.POSITIVE_INFINITY, 98));
    for (let at = 0; at < 1_000; at += 1) engine.clock.schedule(at, 0, () => undefined);
    await engine.run(until(1_000));
    expect(engine.windows).toBe(10);
  });

  it('hears of no answer in the window in which it was asked for', async () => {
    const engine = new Engine(ALONE, 1);
    const station = engine.openStation(new Station(1, 2, 10));
    const answers: string[] = [];
    for (const [at, ordinal] of [
      [0, 0],
      [1, 1],
      [2, 2],
      [3, 3],
      [40, 4],
    ] as const) {
      engine.clock.schedule(at, ordinal, () =>
        engine.send(ordinal, station, 10, 1_000, (passage) =>
          answers.push(
            `${ordinal} ${passage !== 'late' && passage.busy ? 'busy' : 'served'} at ${engine.clock.now}`,
          ),
        ),
      );
    }
    await engine.run(until(1_000));
    expect(answers).toEqual([
      '2 busy at 4',
      '3 busy at 5',
      '0 served at 12',
      '1 served at 22',
      '4 served at 52',
    ]);
  });
});
