import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { ConsoleOperation } from '../cluster/command-line/commands.js';
import { completions } from '../cluster/command-line/read.js';
import {
  type ConsoleFacts,
  type ConsoleSession,
  type ConsoleStep,
  commandOutput,
  consoleStep,
  openConsole,
  promptOf,
} from '../cluster/command-line/session.js';
import { TrustfleetError } from '../errors.js';

export interface ConsoleOptions {
  readonly input: Readable;
  readonly output: Writable;
  /** Whether a person types: a prompt is shown then, and lines can be edited. */
  readonly terminal: boolean;
  /** The node that it is opened on. */
  readonly node: string;
  /** Asked before each line: nodes come and go. */
  readonly facts: () => ConsoleFacts;
  /** @throws TrustfleetError TF_OPERATION_REFUSED with the cluster's own message. */
  readonly operate: (operation: ConsoleOperation) => Promise<readonly string[]>;
  /** Writes the file that `file get` asks for, and says where it is. */
  readonly fetchRecoveryKey: () => Promise<string>;
  readonly signal: AbortSignal;
}

/**
 * The administrator's console: reads lines until `exit`, the end of the input or the signal. A question that the end of the
 * input leaves open counts as no.
 */
export async function runConsole(options: ConsoleOptions): Promise<void> {
  const { input, output, terminal, signal } = options;
  const lines = createInterface({
    input,
    terminal,
    ...(terminal ? { output, completer: (line: string) => [completions(line), line] } : {}),
  });
  const close = (): void => lines.close();
  signal.addEventListener('abort', close, { once: true });
  // a terminal that edits lines keeps Ctrl-C from the program
  lines.on('SIGINT', close);
  let session = openConsole(options.node);
  const wait = (): void => {
    if (terminal) {
      lines.setPrompt(session.pending === null ? promptOf(session) : `${promptOf(session)} `);
      lines.prompt();
    } else if (session.pending !== null) {
      print(output, [promptOf(session)]);
    }
  };
  try {
    wait();
    for await (const line of lines) {
      const step = consoleStep(session, line, options.facts());
      session = step.session;
      print(output, step.output);
      await run(step, session, options);
      if (step.over) break;
      wait();
    }
    if (session.pending !== null) print(output, consoleStep(session, 'n', options.facts()).output);
  } finally {
    signal.removeEventListener('abort', close);
    lines.close();
  }
}

async function run(
  { run: command }: ConsoleStep,
  { node }: ConsoleSession,
  options: ConsoleOptions,
): Promise<void> {
  if (command === null) return;
  try {
    const { operation } = command;
    print(options.output, commandOutput(command, node, await options.operate(operation)));
    if (operation.op === 'show' && operation.show.item === 'recovery-key')
      print(options.output, [await options.fetchRecoveryKey()]);
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    print(options.output, [error.message]);
  }
}

function print(output: Writable, lines: readonly string[]): void {
  for (const line of lines) output.write(`${line}\n`);
}
