import { TrustfleetError } from '../errors.js';
import { EXIT } from './io.js';

/** npm and timeout hand on a Ctrl-C that the program has had already: within this time it is the same one. */
const ONE_SIGNAL_MS = 1_000;

/** Aborts at the first SIGINT or SIGTERM with a reason that names it; a second one ends the program at once. */
export function stopOnSignal(): { readonly signal: AbortSignal; forget(): void } {
  const controller = new AbortController();
  let stoppedAt = 0;
  const stop = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted && performance.now() - stoppedAt < ONE_SIGNAL_MS) return;
    if (controller.signal.aborted) process.exit(name === 'SIGTERM' ? EXIT.terminated : EXIT.interrupted);
    process.stderr.write(`\n${name}: stopping\n`);
    stoppedAt = performance.now();
    controller.abort(new TrustfleetError('TF_STOPPED', `stopped by ${name}`, { context: { signal: name } }));
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  return {
    signal: controller.signal,
    forget() {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
    },
  };
}
