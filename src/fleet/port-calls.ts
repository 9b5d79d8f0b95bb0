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

function flatten(error: unknown): FlatError {
  if (error instanceof TrustfleetError)
    return { kind: 'raised', code: error.code, message: error.message, context: error.context };
  if (error instanceof Error) return { kind: 'fault', message: error.message, stack: error.stack };
  return { kind: 'fault', message: String(error), stack: undefined };
}

function unflatten(flat: FlatError): Error {
  if (flat.kind === 'raised') return new TrustfleetError(flat.code, flat.message, { context: flat.context });
  const error = new Error(flat.message);
  // where it happened, and not where the answer arrived
  if (flat.stack !== undefined) error.stack = flat.stack;
  return error;
}

/** The end that calls the methods answered by {@link answerCalls} at the other end of the channel. */
export function callOver<M extends Methods>(port: MessagePort): Caller<M> {
  const waiting = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  let next = 0;
  let closed: Error | undefined;
  port.on('message', (answer: Answer) => {
    const call = waiting.get(answer.id);
    if (call === undefined) return;
    waiting.delete(answer.id);
    if (answer.error === undefined) call.resolve(answer.value as never);
    else call.reject(unflatten(answer.error));
  });
  return {
    call(method, argument) {
      if (closed !== undefined) return Promise.reject(closed);
      const id = next;
      next += 1;
      return new Promise((resolve, reject) => {
        waiting.set(id, { resolve, reject });
        port.postMessage({ kind: 'call', id, method, argument } satisfies Call);
      });
    },
    close(reason) {
      closed ??= reason;
      for (const { reject } of waiting.values()) reject(closed);
      waiting.clear();
      port.close();
    },
  };
}
