import { StopController, type StopSignal } from './stop.js';

/** Calls `action` when `signal` aborts, at once when it has; the function returned takes the listener back. */
function onAbort(signal: StopSignal, action: () => void): () => void {
  if (signal.aborted) {
    action();
    return () => {};
  }
  signal.addEventListener('abort', action, { once: true });
  return () => signal.removeEventListener('abort', action);
}

/** Settles as `promise` does, or rejects with the signal's reason, whichever comes first; leaves no listener behind. */
export function orAborted<T>(promise: Promise<T>, signal: StopSignal): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    const forget = onAbort(signal, () => reject(signal.reason));
    promise.then(
      (value) => {
        forget();
        resolve(value);
      },
      (error: unknown) => {
        forget();
        reject(error);
      },
    );
  });
}

/**
 * Why something beside the phone's life ends when the other thing is settled. One object for all: an abort without a reason
 * makes an exception with a stack, and phones end such things by the thousand.
 */
export const SETTLED = new DOMException('it was settled', 'AbortError');

/** A controller that aborts with its parent; `unlink` when its work is over, so that the parent forgets it. */
export function childController(parent: StopSignal): {
  readonly controller: StopController;
  readonly unlink: () => void;
} {
  const controller = new StopController();
  return { controller, unlink: onAbort(parent, () => controller.abort(parent.reason)) };
}
