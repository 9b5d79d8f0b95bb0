import { open, writeFile } from 'node:fs/promises';
import { reasonOf, TrustfleetError, type TrustfleetErrorCode } from '../errors.js';

/** What the exit codes say (contracts.md 1). */
export const EXIT = {
  done: 0,
  /** The answer is no. */
  no: 1,
  badInput: 2,
  environment: 3,
  /** The load generator was the bottleneck. */
  invalidRun: 4,
  interrupted: 130,
  terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Largest file that a command reads whole, octets; signed firmware has a few MiB. */
export const MAX_INPUT_OCTETS = 64 * 1024 * 1024;

const CHUNK_OCTETS = 64 * 1024;

/** Codes that do not blame the input, which is what all others do. */
const CODES: Readonly<Partial<Record<TrustfleetErrorCode, ExitCode>>> = {
  TF_OPERATION_REFUSED: EXIT.no,
  TF_DECRYPT_FAILED: EXIT.no,
  TF_FILE_UNWRITABLE: EXIT.environment,
  TF_PORT_TAKEN: EXIT.environment,
  TF_ADDRESS_UNAVAILABLE: EXIT.environment,
  TF_TOO_MANY_FILES: EXIT.environment,
  TF_WORKER_DIED: EXIT.environment,
  TF_TIMEOUT: EXIT.environment,
  TF_STOPPED: EXIT.interrupted,
};

/** The exit code of a command that ends in `error`; one that nobody raised on purpose counts as the environment's. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof TrustfleetError)) return EXIT.environment;
  if (error.code === 'TF_STOPPED' && error.context.signal === 'SIGTERM') return EXIT.terminated;
  return CODES[error.code] ?? EXIT.badInput;
}

/**
 * Runs a command and sets the exit code from what it returns or throws. With `json` an error is the JSON document on
 * stdout, so that a script always gets one.
 */
export async function runCommand(
  options: { readonly json?: boolean },
  command: () => ExitCode | Promise<ExitCode>,
): Promise<void> {
  try {
    process.exitCode = await command();
  } catch (error) {
    if (options.json === true) printJson(errorJson(error));
    else printError(error);
    process.exitCode = exitCodeOf(error);
  }
}

/** `{ "error": { code, message, offset } }` and whatever else the error knows (contracts.md 1). */
export interface ErrorJson {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly offset: number | null;
    readonly [fact: string]: unknown;
  };
}

export function errorJson(error: unknown): ErrorJson {
  if (!(error instanceof TrustfleetError)) {
    return { error: { code: 'INTERNAL', message: messageOf(error), offset: null } };
  }
  const { offset = null, ...facts } = error.context;
  return { error: { code: error.code, message: error.message, offset, ...facts } };
}

/** Environment variable: with `1` a fault of the program shows its stack. */
const DEBUG_VARIABLE = 'TRUSTFLEET_DEBUG';

/** One line on stderr, whoever is to blame. What was not raised on purpose is our mistake, which the line says. */
export function printError(error: unknown): void {
  if (error instanceof TrustfleetError) {
    const { file, line, column } = error.context;
    const place = [file, line, column].filter((part) => part !== undefined).join(':');
    // messages about a YAML file name the place of every fault themselves
    const named = place === '' || names(error.message, place);
    process.stderr.write(`trustfleet: ${named ? '' : `${place}: `}${error.message} [${error.code}]\n`);
  } else {
    process.stderr.write(`trustfleet: ${faultText(error)}\n`);
  }
}

function faultText(error: unknown): string {
  const stack = error instanceof Error ? error.stack : undefined;
  const isShown = process.env[DEBUG_VARIABLE] === '1' && stack !== undefined;
  const asked = isShown
    ? 'please report it with these lines'
    : `please report it with what it prints with ${DEBUG_VARIABLE}=1`;
  const line = `a fault of trustfleet itself, not of what it was given: ${messageOf(error)} [INTERNAL]; ${asked} and the command`;
  return isShown ? `${line}\n${stack}` : line;
}

/** Whether a place stands in a message as a word of its own. */
function names(message: string, place: string): boolean {
  const literal = place.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?:^|[\\s"'(])${literal}(?:$|[\\s"':,)])`).test(message);
}

/** One JSON document and a newline on stdout. */
export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function print(text: string): void {
  process.stdout.write(lineOf(text));
}

/** On stderr, where stdout has what was asked for. */
export function printAside(text: string): void {
  process.stderr.write(lineOf(text));
}

function lineOf(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

/**
 * Reads a file whole; `-` is stdin.
 *
 * @throws TrustfleetError TF_FILE_UNREADABLE when there is no such file, it may not be read, or it has more than `maxBytes`.
 */
export async function readInput(file: string, maxBytes: number = MAX_INPUT_OCTETS): Promise<Buffer> {
  try {
    return file === '-' ? await readBounded(process.stdin, maxBytes) : await readFileBounded(file, maxBytes);
  } catch (cause) {
    if (cause instanceof TrustfleetError) throw withFile(cause, file);
    throw new TrustfleetError('TF_FILE_UNREADABLE', `cannot be read: ${reasonOf(cause, file)}`, {
      context: { file },
      cause,
    });
  }
}

async function readFileBounded(file: string, maxBytes: number): Promise<Buffer> {
  const handle = await open(file, 'r');
  try {
    // not by its size: devices and pipes have none
    return await readBounded(
      handle.createReadStream({ highWaterMark: CHUNK_OCTETS, autoClose: false }),
      maxBytes,
    );
  } finally {
    await handle.close();
  }
}

async function readBounded(stream: AsyncIterable<Buffer | string>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const octets = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += octets.length;
    if (size > maxBytes) {
      throw new TrustfleetError('TF_FILE_UNREADABLE', `has more than ${maxBytes} octets, that is too large`);
    }
    chunks.push(octets);
  }
  return Buffer.concat(chunks);
}

/**
 * Writes a result; `-` is stdout.
 *
 * @throws TrustfleetError TF_FILE_UNWRITABLE when it cannot be written.
 */
export async function writeOutput(file: string, bytes: Uint8Array): Promise<void> {
  if (file === '-') {
    process.stdout.write(bytes);
    return;
  }
  try {
    await writeFile(file, bytes);
  } catch (cause) {
    throw new TrustfleetError('TF_FILE_UNWRITABLE', `cannot be written: ${reasonOf(cause, file)}`, {
      context: { file },
      cause,
    });
  }
}

/** The same error, knowing in which file it happened. */
export function withFile(error: TrustfleetError, file: string): TrustfleetError {
  return new TrustfleetError(error.code, error.message, {
    context: { ...error.context, file: error.context.file ?? file },
    cause: error.cause,
  });
}

/** Runs `read` on a file's contents and lets its errors name the file. */
export async function inFile<T>(file: string, read: (bytes: Buffer) => T, maxBytes?: number): Promise<T> {
  const bytes = await readInput(file, maxBytes);
  try {
    return read(bytes);
  } catch (error) {
    throw error instanceof TrustfleetError ? withFile(error, file) : error;
  }
}

/** Collects an option that may be given several times. */
export function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
