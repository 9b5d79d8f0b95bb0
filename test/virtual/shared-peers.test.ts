import { Worker } from 'node:worker_threads';
import { beforeAll, describe, expect, it } from 'vitest';
import { createSharedWindows, SharedPeers, stopShared } from '../../src/virtual/shared-peers.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';

const report = (next: number, arrivals: readonly number[] = []) => ({ next, busy: 1, waiting: 2, arrivals });

/** Another shard in a thread of its own: it makes so many rounds, and says what it heard of shard 0. */
const OTHER = `
import { parentPort, workerData } from 'node:worker_threads';
const { SharedPeers } = await import(workerData.module);
const peers = new SharedPeers(workerData.windows, 1);
const heard = [];
for (let round = 0; round < workerData.rounds; round += 1) {
  const all = peers.exchange({ next: 100 + round, busy: 0, waiting: 0, arrivals: [round] });
  heard.push(all === null ? null : all[0].next);
}
parentPort.postMessage(heard);
`;

beforeAll(built, BUILD_TIMEOUT_MS);

describe('shards that tell each other what they did', () => {
  it('hear the report of each in the order of the shards', async () => {
    const windows = createSharedWindows(2);
    const heard = other(windows, 2);
    const peers = new SharedPeers(windows, 0);
    expect(peers.exchange(report(7))).toEqual([report(7), { next: 100, busy: 0, waiting: 0, arrivals: [0] }]);
    expect(peers.exchange(report(8))?.[1]).toMatchObject({ next: 101, arrivals: [1] });
    expect(await heard).toEqual([7, 8]);
  });

  it('hear nothing any more once the run is stopped, also while they wait for another', () => {
    const windows = createSharedWindows(2);
    const peers = new SharedPeers(windows, 0);
    expect(peers.stopped).toBe(false);
    stopShared(windows);
    expect(peers.stopped).toBe(true);
    expect(peers.exchange(report(7))).toBeNull();
  });

  it('go on after more rounds than a cell of 32 bits counts', async () => {
    const windows = createSharedWindows(2);
    // both go on from the last round but one that fits; the first cell says that the run is stopped
    new Int32Array(windows.counters).fill(0x7ffffffe, 1);
    const peers = new SharedPeers(windows, 0);
    const heard = other(windows, 3);
    for (let round = 0; round < 3; round += 1)
      expect(peers.exchange(report(round))?.[1]).toMatchObject({ next: 100 + round });
    expect(await heard).toEqual([0, 1, 2]);
  });
});

function other(
  windows: ReturnType<typeof createSharedWindows>,
  rounds: number,
): Promise<readonly (number | null)[]> {
  const module = new URL('../../dist/src/virtual/shared-peers.js', import.meta.url).href;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(OTHER)}`), {
    workerData: { windows, rounds, module },
  });
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
