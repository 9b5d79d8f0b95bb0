import { TrustfleetError } from '../../errors.js';
import { COMMANDS, type Command, type ConsoleOperation, type ConsolePlace } from './commands.js';

/** A line that the console understands. */
export interface ReadCommand {
  readonly operation: ConsoleOperation;
  /** Asked before anything happens, the answer to its last line; empty: nothing is asked. */
  readonly question: readonly string[];
}

/** Longest line of the console, characters. */
export const MAX_LINE = 1024;

/** What Unified CM says of a line that is no command. */
const NO_COMMAND = ['Executed command unsuccessfully', 'No valid command entered'] as const;

/**
 * Reads a line as an administrator types it.
 *
 * @throws TrustfleetError TF_USAGE, its message what the console prints: the line is no command here, has wrong arguments, or
 *   belongs to the publisher.
 */
export function readCommand(line: string, place: ConsolePlace): ReadCommand {
  const text = line.trim().replace(/\s+/g, ' ');
  if (text.length > MAX_LINE) {
    throw wrong([...NO_COMMAND, `the line has ${text.length} characters, expected at most ${MAX_LINE}`]);
  }
  for (const command of COMMANDS) {
    const match = command.pattern.exec(text);
    if (match === null) continue;
    if (command.publisher === true && place.node !== place.publisher) {
      throw wrong([
        'Executed command unsuccessfully',
        `This command runs on the publisher only: go to ${place.publisher}, this is ${place.node}`,
      ]);
    }
    const operation = command.operation(match, place);
    if (operation === undefined) throw wrong(usageLines([command]));
    return { operation, question: command.question?.(match) ?? [] };
  }
  const near = nearest(text);
  throw wrong(near.length > 0 ? usageLines(near) : [...NO_COMMAND, 'Type "help" for the commands there are']);
}

function wrong(lines: readonly string[]): TrustfleetError {
  return new TrustfleetError('TF_USAGE', lines.join('\n'));
}

function usageLines(commands: readonly Command[]): readonly string[] {
  return [...NO_COMMAND, 'expected:', ...commands.map(({ usage }) => `  ${usage}`)];
}

/** Commands that begin with the most words of the line; none where not even the first one fits. */
function nearest(text: string): readonly Command[] {
  const words = text.toLowerCase().split(' ');
  for (let count = words.length; count > 0; count -= 1) {
    const start = words.slice(0, count).join(' ');
    const found = COMMANDS.filter(
      ({ usage }) => usage.toLowerCase() === start || usage.toLowerCase().startsWith(`${start} `),
    );
    if (found.length > 0) return found;
  }
  return [];
}

/** Commands that a line may become, for the tabulator key. */
export function completions(line: string): string[] {
  const start = line.trimStart().toLowerCase();
  return COMMANDS.map(({ usage }) => usage).filter((usage) => usage.toLowerCase().startsWith(start));
}

/** `help`: every command with what it does. */
export function helpLines(): readonly string[] {
  return COMMANDS.flatMap(({ usage, about }) => [usage, `    ${about}`]);
}
