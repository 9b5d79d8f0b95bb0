import type { StopSignal } from '../phone/stop.js';
import type { Engine } from './engine.js';

/** Ends a call that nobody waits for any more. */
export type Cancel = () => void;

/** What carries a call out tells it how it ended; only the first word counts. */
export class PendingCall<T> {
  readonly #signal: StopSignal;
  readonly #engine: Engine | null;
  readonly #resolve: (value: T) => void;
  readonly #reject: (error: unknown) => void;
  #cancel: Cancel | undefined;
  #isOver = false;

  /** @param engine its network is not quiet while the call is under way; null for what does not go over the network */
  constructor(
    signal: StopSignal,
    engine: Engine | null,
    resolve: (value: T) => void,
    reject: (error: unknown) => void,
  ) {
    this.#signal = signal;
    this.#engine = engine;
    this.#resolve = resolve;
    this.#reject = reject;
    signal.addEventListener('abort', this, { once: true });
    engine?.begin();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** To be called when the signal aborts before the end. */
  onCancel(cancel: Cancel): void {
    this.#cancel = cancel;
  }

  done(value: T): void {
    if (this.#settle()) this.#resolve(value);
  }

  failed(error: unknown): void {
    if (this.#settle()) this.#reject(error);
  }

  #settle(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#signal.removeEventListener('abort', this);
    this.#engine?.end();
    return true;
  }

  /** The signal aborts. */
  handleEvent(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#engine?.end();
    this.#cancel?.();
    this.#reject(this.#signal.reason);
  }
}

/** A call of a phone: settles as `begin` lets it, or rejects with the reason of `signal` when that aborts before. */
function call<T>(
  signal: StopSignal,
  engine: Engine | null,
  begin: (call: PendingCall<T>) => void,
): Promise<T> {
  if (signal.aborted) return Promise.reject(signal.reason);
  return new Promise<T>((resolve, reject) => begin(new PendingCall(signal, engine, resolve, reject)));
}

/** A call that goes over the network: while it is under way, the network is not quiet. */
export function networkCall<T>(
  engine: Engine,
  signal: StopSignal,
  begin: (call: PendingCall<T>) => void,
): Promise<T> {
  return call(signal, engine, begin);
}

/** Resolves `ms` from now. */
export function later(engine: Engine, ordinal: number, ms: number, signal: StopSignal): Promise<void> {
  const { clock } = engine;
  return call<void>(signal, null, (waiting) => {
    const event = clock.schedule(clock.now + ms, ordinal, () => waiting.done());
    waiting.onCancel(() => clock.cancel(event));
  });
}
