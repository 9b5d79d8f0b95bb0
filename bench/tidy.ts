const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Does `work` and tidies up behind it, also where a signal ends the program meanwhile: what it has started and written to
 * elsewhere does not outlive it. The program then ends by that signal, as it does by default.
 */
export async function tidied<T>(work: () => Promise<T>, tidy: () => void): Promise<T> {
  const forget = (): void => {
    for (const signal of SIGNALS) process.off(signal, onSignal);
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    forget();
    tidy();
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.once(signal, onSignal);
  try {
    return await work();
  } finally {
    forget();
    tidy();
  }
}
