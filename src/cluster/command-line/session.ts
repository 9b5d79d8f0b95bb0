import { TrustfleetError } from '../../errors.js';
import { helpLines, type ReadCommand, readCommand } from './read.js';

/** A console between two lines; plain data. */
export interface ConsoleSession {
  /** The node that it is open on. */
  readonly node: string;
  /** A command whose question waits for its answer. */
  readonly pending: ReadCommand | null;
}

/** What the console knows of its cluster. */
export interface ConsoleFacts {
  /** The first is the publisher. */
  readonly nodes: readonly string[];
}

/** What comes of a line. */
export interface ConsoleStep {
  readonly session: ConsoleSession;
  readonly output: readonly string[];
  /** To be done now; its output is shown with `commandOutput`. */
  readonly run: ReadCommand | null;
  readonly over: boolean;
}

/** What the console shows when it waits for a command. */
export const PROMPT = 'admin:';

export function openConsole(node: string): ConsoleSession {
  return { node, pending: null };
}

/** One line: a command, the answer to a question, or one of the console's own words: help, node, exit, quit. */
export function consoleStep(session: ConsoleSession, line: string, facts: ConsoleFacts): ConsoleStep {
  const { pending, node } = session;
  if (pending !== null) {
    const idle = { ...session, pending: null };
    if (/^y(?:es)?$/i.test(line.trim())) return { session: idle, output: [], run: pending, over: false };
    return print(idle, ['Operation cancelled, nothing has changed.']);
  }
  const [word = '', ...rest] = line.trim().split(/\s+/);
  switch (word.toLowerCase()) {
    case '':
      return print(session, []);
    case 'exit':
    case 'quit':
      return { session, output: [], run: null, over: true };
    case 'help':
      return print(session, [...helpLines(), ...OWN_WORDS]);
    case 'node':
      return goTo(session, rest.join(' '), facts);
    default:
  }
  try {
    const command = readCommand(line, { node, publisher: facts.nodes[0] ?? node });
    if (command.question.length === 0) return { session, output: [], run: command, over: false };
    return {
      session: { ...session, pending: command },
      output: command.question.slice(0, -1),
      run: null,
      over: false,
    };
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return print(session, error.message.split('\n'));
  }
}

/** What `help` tells of words that a real console does not have. */
const OWN_WORDS = [
  'node [NAME]',
  '    the console of another node, as if you had logged in there',
  'exit',
  '    ends the console',
] as const;

function goTo(session: ConsoleSession, name: string, { nodes }: ConsoleFacts): ConsoleStep {
  const found = nodes.find((node) => node.toLowerCase() === name.toLowerCase());
  if (found !== undefined) return print({ ...session, node: found }, [`console of ${found}`]);
  const known = `nodes: ${nodes.join(', ')}`;
  return print(session, [name === '' ? `console of ${session.node}; ${known}` : `no node ${name}; ${known}`]);
}

function print(session: ConsoleSession, output: readonly string[]): ConsoleStep {
  return { session, output, run: null, over: false };
}

/** What is shown while the console waits for the next line: its prompt, or the question. */
export function promptOf({ pending }: ConsoleSession): string {
  return pending?.question.at(-1) ?? PROMPT;
}

/** What stands on a console when a command has run to its end: what it asked, then what it printed. */
export function transcript(command: ReadCommand, node: string, output: readonly string[]): readonly string[] {
  return [...command.question, ...commandOutput(command, node, output)];
}

/** Output of an operation as the console of a node shows it: no name of the node in front, no question asked before. */
export function commandOutput(
  { question }: ReadCommand,
  node: string,
  output: readonly string[],
): readonly string[] {
  const own = `${node}: `;
  const lines = output.map((line) => (line.startsWith(own) ? line.slice(own.length) : line));
  let asked = 0;
  while (asked < question.length && lines[asked]?.startsWith(question[asked] ?? '') === true) asked += 1;
  return lines.slice(asked);
}
