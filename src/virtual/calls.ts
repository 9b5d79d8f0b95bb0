import type { StopSignal } from '../phone/stop.js';
import type { VirtualEvent } from './clock.js';
import type { Engine } from './engine.js';

/** Ends a call that nobody waits for any more. */
export type Cancel = () => void;

/**
 * A call of a phone: settles with what `begin` hands to `done`, or rejects with the reason of `signal` when that aborts before;
 * then what `begin` returned is called.
 */
export function call<T>(
  signal: StopSignal,
  begin: (done: (value: T) => void, failed: (error: unknown) => void) => Cancel | undefined,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      return;
    }
    let over = false;
    let cancel: Cancel | undefined;
    const onAbort = (): void => {
      if (over) return;
      over = true;
      cancel?.();
      reject(signal.reason);
    };
    const settle = (): boolean => {
      if (over) return false;
      over = true;
      signal.removeEventListener('abort', onAbort);
      return true;
    };
    signal.addEventListener('abort', onAbort, { once: true });
    cancel = begin(
      (value) => {
        if (settle()) resolve(value);
      },
      (error) => {
        if (settle()) reject(error);
      },
    );
  });
}

/** The same for what goes over the network: while it is under way, the network is not quiet. */
export async function networkCall<T>(
  engine: Engine,
  signal: StopSignal,
  begin: (done: (value: T) => void, failed: (error: unknown) => void) => Cancel | undefined,
): Promise<T> {
  engine.begin();
  try {
    return await call(signal, begin);
  } finally {
    engine.end();
  }
}

/** Resolves `ms` from now. */
export function later(engine: Engine, ordinal: number, ms: number, signal: StopSignal): Promise<void> {
  const { clock } = engine;
  return call<void>(signal, (done) => {
    const event: VirtualEvent = clock.schedule(clock.now + ms, ordinal, () => done());
    return () => clock.cancel(event);
  });
}
