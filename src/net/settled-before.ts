import type { StopSignal } from '../phone/stop.js';

/**
 * What `begin` settles, or the reason of `signal` when it is aborted before.
 *
 * @param link what `begin` works on; destroyed in its place where the signal has aborted already
 * @param begin returns what ends the work; called when the signal aborts
 */
export function settledBefore<T>(
  signal: StopSignal,
  link: { destroy(): unknown },
  begin: (settle: (value: T) => void) => () => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason);
      link.destroy();
      return;
    }
    let stop = (): void => {};
    const onAbort = (): void => {
      reject(signal.reason);
      stop();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    stop = begin((value) => {
      signal.removeEventListener('abort', onAbort);
      resolve(value);
    });
  });
}
