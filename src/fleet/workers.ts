import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { TrustfleetError } from '../errors.js';
import { workerFile } from '../package-root.js';
import { type Caller, callOver, type Methods } from './port-calls.js';

/** A long-running Piscina task and the way to talk to it. */
export interface WorkerTask<M extends Methods> {
  readonly name: string;
  /** Rejected with TF_WORKER_DIED when the task ends before it was stopped, and with what nobody caught in its thread. */
  readonly calls: Caller<M>;
  /** Ends the task: `stop` is called, then the thread is gone. */
  stop(): Promise<void>;
}

/** Packets and messages die young: with room for more of them the collector runs a quarter as often. */
const YOUNG_GENERATION_MIB = 64;

/**
 * Sockets and keys live as long as the phones do. Until a thread's old generation has grown to this nothing looks for dead
 * ones among them; V8's own start of some MiB costs a secure boot of 1,000 phones a tenth of its CPU time in marking.
 */
const OLD_GENERATION_MIB = 512;

/** How long a worker may take to close its sockets before its thread is ended. */
const STOP_LIMIT_MS = 10_000;

type WorkerFile = 'shard' | 'cluster' | 'virtual-shard';

/**
 * Threads of virtual time whose run is over, for the next one of this process: they have their modules loaded and their code
 * compiled, which takes longer than many a scenario. They keep no process alive. Threads with sockets end with their run.
 */
const idleThreads: Piscina[] = [];

function threadFor(file: WorkerFile, filename: string): Piscina {
  const idle = file === 'virtual-shard' ? idleThreads.pop() : undefined;
  if (idle !== undefined) return idle;
  // read when a thread's heap is made
  setFlagsFromString(`--initial-old-space-size=${OLD_GENERATION_MIB}`);
  return new Piscina({
    filename,
    minThreads: 1,
    maxThreads: 1,
    atomics: 'disabled',
    resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB },
  });
}

/**
 * Starts `workers/<file>.js` as one task of a pool of one thread. The task gets `data` and, as `port`, its end of a channel;
 * it ends when the port says `stop` and all its sockets are closed. Atomics are off: with them a thread without a task blocks
 * its event loop, and aborting a task would kill its thread.
 *
 * @throws TrustfleetError TF_WORKER_DIED when the built worker file is missing.
 */
export function startWorker<M extends Methods & { stop: (nothing: undefined) => unknown }>(
  file: WorkerFile,
  name: string,
  data: object,
): WorkerTask<M> {
  const filename = workerFile(file);
  if (!existsSync(filename)) {
    throw new TrustfleetError('TF_WORKER_DIED', `${filename} is missing: run "npm run build" first`, {
      context: { file: filename },
    });
  }
  const pool = threadFor(file, filename);
  const { port1, port2 }: { port1: MessagePort; port2: MessagePort } = new MessageChannel();
  const calls = callOver<M>(port1, name);
  let stopping = false;
  const task: Promise<unknown> = pool.run({ ...data, port: port2 }, { transferList: [port2] });
  const fail = (cause: unknown): void => {
    if (stopping) return;
    const message = cause instanceof Error ? cause.message : 'it ended without being asked to';
    calls.close(new TrustfleetError('TF_WORKER_DIED', `worker ${name} died: ${message}`, { cause }));
  };
  task.then(() => fail(undefined), fail);
  pool.on('error', fail);
  return {
    name,
    calls,
    async stop() {
      if (stopping) return;
      stopping = true;
      const limit = new Promise<false>((resolve) => setTimeout(resolve, STOP_LIMIT_MS, false).unref());
      // the task resolves once everything it opened is closed
      const ended = Promise.all([calls.call('stop', undefined as never), task]).then(
        () => true,
        () => false,
      );
      const isClean = await Promise.race([ended, limit]);
      const isGood = isClean && calls.failure === undefined;
      calls.close(new TrustfleetError('TF_STOPPED', `worker ${name} is stopped`));
      pool.off('error', fail);
      if (isGood && file === 'virtual-shard') idleThreads.push(pool);
      else await pool.destroy();
    },
  };
}
