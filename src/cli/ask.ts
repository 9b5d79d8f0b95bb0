import { createInterface } from 'node:readline/promises';
import { TrustfleetError } from '../errors.js';

export interface Question {
  readonly key: string;
  readonly text: string;
  /** The answer of somebody who presses Enter. */
  readonly otherwise: string;
}

/**
 * Asks on the terminal, one line a question; without a terminal nobody is asked and nothing comes back.
 *
 * @throws TrustfleetError TF_STOPPED when the terminal is closed or Ctrl-C is pressed
 */
export async function askOnTerminal(questions: readonly Question[]): Promise<Record<string, string>> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY || questions.length === 0) return {};
  const terminal = createInterface({ input: stdin, output: stderr });
  const closed = new Promise<never>((_, reject) => {
    terminal.once('close', () =>
      reject(new TrustfleetError('TF_STOPPED', 'nothing was written', { context: { signal: 'SIGINT' } })),
    );
  });
  closed.catch(() => undefined);
  try {
    const answers: Record<string, string> = {};
    for (const { key, text, otherwise } of questions) {
      const answer = await Promise.race([terminal.question(`${text} [${otherwise}]: `), closed]);
      answers[key] = answer.trim() === '' ? otherwise : answer.trim();
    }
    return answers;
  } finally {
    terminal.close();
  }
}
