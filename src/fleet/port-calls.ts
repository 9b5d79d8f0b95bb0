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
  readonly error?: {
    readonly code: TrustfleetErrorCode;
    readonly message: string;
    readonly context: ErrorContext;
  };
}

/** The calling end. */
export interface Caller<M extends Methods> {
  call<N extends keyof M & string>(method: N, argument: Argument<M, N>): Promise<Result<M, N>>;
  /** Every call under way and every later one rejects with `reason`; the port closes. */
  close(reason: Error): void;
}

/** Answers calls that arrive at `port` until it closes. Errors travel with code, message and context. */
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

function flatten(error: unknown): NonNullable<Answer['error']> {
  if (error instanceof TrustfleetError)
    return { code: error.code, message: error.message, context: error.context };
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: 'TF_WORKER_DIED', message, context: {} };
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
    else
      call.reject(
        new TrustfleetError(answer.error.code, answer.error.message, { context: answer.error.context }),
      );
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
