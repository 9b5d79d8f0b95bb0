import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { callOver } from '../../src/fleet/port-calls.js';
import { startWorker } from '../../src/fleet/workers.js';
import { packageRoot } from '../../src/package-root.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { within } from '../within.js';

type Methods = {
  hang(nothing: undefined): Promise<never>;
  break(how: 'throw' | 'reject' | 'raise'): void;
  stop(nothing: undefined): void;
};

/** A thread with one task, whose method `break` makes something go wrong that no call asked for. */
const TASK = `
const { workerData } = require('node:worker_threads');
const slip = () => { throw new TypeError('x is not a function'); };
const how = {
  throw: () => setImmediate(slip),
  reject: () => void Promise.resolve().then(slip),
  raise: (TrustfleetError) => setImmediate(() => { throw new TrustfleetError('TF_PORT_TAKEN', 'port 6969 is taken'); }),
};
(async () => {
  const { serveTask } = await import(workerData.calls);
  const { TrustfleetError } = await import(workerData.errors);
  await serveTask(workerData.port, (stopped) => ({
    hang: () => new Promise(() => undefined),
    break: (name) => void how[name](TrustfleetError),
    stop: () => { stopped(); workerData.port.unref(); },
  }));
})();`;

const builtFile = (file: string): string => pathToFileURL(join(packageRoot(), 'dist', 'src', file)).href;

const threads: Worker[] = [];

function thread() {
  const { port1, port2 } = new MessageChannel();
  const worker = new Worker(TASK, {
    eval: true,
    workerData: { port: port2, calls: builtFile('fleet/port-calls.js'), errors: builtFile('errors.js') },
    transferList: [port2],
  });
  threads.push(worker);
  const calls = callOver<Methods>(port1, 'shard 2');
  return { calls, ended: once(worker, 'exit') };
}

beforeAll(built, BUILD_TIMEOUT_MS);
afterEach(() => Promise.all(threads.splice(0).map((worker) => worker.terminate())));

describe('a worker in which nobody catches what goes wrong', () => {
  it.each(['throw', 'reject'] as const)(
    'tells a fault of the program as one, with its own name and the stack: %s',
    async (how) => {
      const { calls } = thread();
      const underWay = calls.call('hang', undefined);
      await calls.call('break', how);
      const error = await within(
        10_000,
        'the fault',
        underWay.catch((reason: unknown) => reason),
      );
      expect(error).toMatchObject({
        name: 'Error',
        message: 'x is not a function, in worker shard 2',
        stack: expect.stringMatching(/^TypeError: x is not a function\n +at .*slip/),
      });
      await expect(calls.call('break', how)).rejects.toBe(error);
      calls.close(new Error('over'));
    },
  );

  it('tells what was raised on purpose with its code', async () => {
    const { calls } = thread();
    const underWay = calls.call('hang', undefined);
    await calls.call('break', 'raise');
    await expect(within(10_000, 'the error', underWay)).rejects.toMatchObject({ code: 'TF_PORT_TAKEN' });
    calls.close(new Error('over'));
  });

  it('still stops when it is told to, closing what it has open', async () => {
    const { calls, ended } = thread();
    const underWay = calls.call('hang', undefined);
    await calls.call('break', 'throw');
    await expect(within(10_000, 'the fault', underWay)).rejects.toThrow('x is not a function');
    await within(10_000, 'the last call', calls.call('stop', undefined));
    calls.close(new Error('over'));
    expect(await within(10_000, 'the end of the thread', ended)).toEqual([0]);
  });

  it('tells a fault of its start, and is gone when it is stopped', async () => {
    const worker = startWorker<Methods>('shard', 'shard 3', {});
    const error = await within(
      30_000,
      'the fault',
      worker.calls.call('hang', undefined).catch((e: unknown) => e),
    );
    expect(error).toMatchObject({ message: expect.stringMatching(/, in worker shard 3$/) });
    expect(error).not.toHaveProperty('code');
    await within(10_000, 'the end of the worker', worker.stop());
  });
});
