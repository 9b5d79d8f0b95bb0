import { createInterface } from 'node:readline/promises';
import { TrustfleetError } from '../errors.js';

export interface Question {
  readonly key: string;
  readonly text: string;
  /** The answer of somebody who presses Enter. */
  readonly otherwise: string;
  /** What is wrong with an answer, which is then asked for again; undefined: nothing. */
  readonly faultOf: (answer: string) => string | undefined;
}

/**
 * Asks on the terminal, one line a question and again while an answer is at fault; without a terminal nobody is asked and nothing comes back.
 *
 * @throws TrustfleetError TF_STOPPED when Ctrl-C is pressed, TF_USAGE when the terminal is closed before the last answer
 */
export async function askOnTerminal(questions: readonly Question[]): Promise<Record<string, string>> {
  const { stdin, stderr } = process;
  if (!stdin.isTTY || !stderr.isTTY || questions.length === 0) return {};
  const terminal = createInterface({ input: stdin, output: stderr });
  let isInterrupted = false;
  terminal.once('SIGINT', () => {
    isInterrupted = true;
    terminal.close();
  });
  // lines that come faster than questions wait here: somebody pastes all answers at once
  const lines = terminal[Symbol.asyncIterator]();
  try {
    const answers: Record<string, string> = {};
    for (const { key, text, otherwise, faultOf } of questions) {
      for (;;) {
        terminal.setPrompt(`${text} [${otherwise}]: `);
        terminal.prompt();
        const { value, done } = await lines.next();
        if (done === true && isInterrupted)
          throw new TrustfleetError('TF_STOPPED', 'nothing was written', { context: { signal: 'SIGINT' } });
        if (done === true)
          throw new TrustfleetError('TF_USAGE', `the answers ended before "${text}"; nothing was written`);
        const answer = value.trim() === '' ? otherwise : value.trim();
        const fault = faultOf(answer);
        answers[key] = answer;
        if (fault === undefined) break;
        stderr.write(`  ${fault}\n`);
      }
    }
    return answers;
  } finally {
    terminal.close();
  }
}
