import type { MessagePort } from 'node:worker_threads';
import { type ErrorContext, TrustfleetError, type TrustfleetErrorCode } from '../errors.js';

/** Methods that one end of a MessagePort offers to the other: one argument, one result, both clonable. */
export type Methods = Readonly<Record<string, (argument: never) => unknown>>;

type Argument<M extends Methods, N extends keyof M> = Parameters<M[N]>[0];
type Result<M extends Methods, N extends keyof M> = Awaited<ReturnType<M[N]>>;

interface Call {
  readonly kind: 'call';
  readonly id: number;
  readonly method: string;
  readonly argument: unknown;
}

interface Answer {
  readonly kind: 'answer';
  readonly id: number;
  readonly value?: unknown;
  readonly error?: FlatError;
}

/** Something went wrong at the answering end that no call asked for. */
interface Failure {
  readonly kind: 'failure';
  readonly error: FlatError;
}

/** The call that a caller which has failed still lets through: the other end closes what it has open. */
const LAST_CALL = 'stop';

/** An error on its way between threads, which keep neither class nor code of one. */
type FlatError =
  | {
      readonly kind: 'raised';
      readonly code: TrustfleetErrorCode;
      readonly message: string;
      readonly context: ErrorContext;
    }
  /** Nobody raised it on purpose: a fault of the program. */
  | { readonly kind: 'fault'; readonly message: string; readonly stack: string | undefined };

/** The calling end. */
export interface Caller<M extends Methods> {
  call<N extends keyof M & string>(method: N, argument: Argument<M, N>): Promise<Result<M, N>>;
  /** What went wrong at the other end that no call asked for. Every call under way then, and every later one but `stop`, rejects with it. */
  readonly failure: Error | undefined;
  /** Every call under way and every later one rejects with `reason`; the port closes. */
  close(reason: Error): void;
}

/**
 * Answers calls that arrive at `port` until it closes. Errors travel with code, message and context; a fault of the program
 * stays one at the other end, with the stack that it has here.
 */
export function answerCalls<M extends Methods>(port: MessagePort, methods: M): void {
  port.on('message', (call: Call) => {
    const method = methods[call.method] as ((argument: unknown) => unknown) | undefined;
    void Promise.resolve()
      .then(() => {
        if (method === undefined) throw new Error(`no method "${call.method}"`);
        return method(call.argument);
      })
      .then(
        (value): Answer => ({ kind: 'answer', id: call.id, value }),
        (error: unknown): Answer => ({ kind: 'answer', id: call.id, error: flatten(error) }),
      )
      .then((answer) => port.postMessage(answer));
  });
}

/**
 * Answers calls at `port` for as long as the task of a thread lasts, and tells the caller of what nobody catches in this thread
 * meanwhile, as it tells of an error in a call. The thread stays, so that `stop` finds what is to be closed.
 *
 * @param begin makes the methods, one of them `stop`, which calls `stopped` in the end
 */
export function serveTask<M extends Methods>(
  port: MessagePort,
  begin: (stopped: () => void) => M,
): Promise<void> {
  return new Promise((resolve) => {
    const fail = (error: unknown): void => {
      port.postMessage({ kind: 'failure', error: flatten(error) } satisfies Failure);
    };
    // rejections that nobody handles come here, too
    process.on('uncaughtException', fail);
    const stopped = (): void => {
      process.off('uncaughtException', fail);
      resolve();
    };
    try {
      answerCalls(port, begin(stopped));
    } catch (error) {
      fail(error);
      answerCalls(port, { [LAST_CALL]: stopped });
    }
  });
}

function flatten(error: unknown): FlatError {
  if (error instanceof TrustfleetError)
    return { kind: 'raised', code: error.code, message: error.message, context: error.context };
  if (error instanceof Error) return { kind: 'fault', message: error.message, stack: error.stack };
  return { kind: 'fault', message: String(error), stack: undefined };
}

/** @param worker that it comes from; an error that was raised on purpose says itself what it is about */
function unflatten(flat: FlatError, worker: string): Error {
  if (flat.kind === 'raised') return new TrustfleetError(flat.code, flat.message, { context: flat.context });
  const error = new Error(`${flat.message}, in worker ${worker}`);
  // where it happened, and not where the answer arrived
  if (flat.stack !== undefined) error.stack = flat.stack;
  return error;
}

/**
 * The end that calls the methods answered by {@link answerCalls} or {@link serveTask} at the other end of the channel.
 *
 * @param worker name of the other end, which a fault of the program there is told with
 */
export function callOver<M extends Methods>(port: MessagePort, worker: string): Caller<M> {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let next = 0;
  let failure: Error | undefined;
  let isClosed = false;
  const fail = (reason: Error): void => {
    failure ??= reason;
    for (const { reject } of waiting.values()) reject(failure);
    waiting.clear();
  };
  port.on('message', (message: Answer | Failure) => {
    if (message.kind === 'failure') {
      fail(unflatten(message.error, worker));
      return;
    }
    const call = waiting.get(message.id);
    if (call === undefined) return;
    waiting.delete(message.id);
    if (message.error === undefined) call.resolve(message.value as never);
    else call.reject(unflatten(message.error, worker));
  });
  return {
    call(method, argument) {
      if (failure !== undefined && (isClosed || method !== LAST_CALL)) return Promise.reject(failure);
      const id = next;
      next += 1;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        port.postMessage({ kind: 'call', id, method, argument } satisfies Call);
      });
    },
    get failure() {
      return failure;
    },
    close(reason) {
      isClosed = true;
      fail(reason);
      port.close();
    },
  };
}
