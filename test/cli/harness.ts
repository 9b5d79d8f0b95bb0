import { Command } from 'commander';
import { vi } from 'vitest';
import { runProgram } from '../../src/cli/program.js';

/** What a command printed and how it ended. */
export interface Ran {
  readonly code: number | string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command of the program in this process, with its output caught. */
export async function run(register: (program: Command) => void, ...args: readonly string[]): Promise<Ran> {
  const program = new Command('trustfleet').exitOverride();
  register(program);
  for (const command of program.commands) command.exitOverride();
  return caught(() => program.parseAsync(args, { from: 'user' }));
}

/** Runs the whole program in this process, with its output caught: for what ends before anything starts. */
export function runInside(...args: readonly string[]): Promise<Ran> {
  return caught(() => runProgram(args));
}

async function caught(work: () => Promise<unknown>): Promise<Ran> {
  let stdout = '';
  let stderr = '';
  const out = vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    stdout += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1');
    return true;
  });
  const err = vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    stderr += typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('latin1');
    return true;
  });
  const before = process.exitCode;
  process.exitCode = undefined;
  try {
    await work();
    return { code: process.exitCode ?? 0, stdout, stderr };
  } finally {
    process.exitCode = before;
    out.mockRestore();
    err.mockRestore();
  }
}
