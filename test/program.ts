import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { packageRoot } from '../src/package-root.js';
import { MAIN } from './built.js';

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  /** From the start to the end, milliseconds. */
  readonly ms: number;
}

/** `trustfleet` as a child process, with everything that it has said so far. */
export class Program {
  stdout = '';
  stderr = '';
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;

  /** @param input of its stdin; without any there is nothing to read */
  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}, input?: string) {
    const started = performance.now();
    this.#child = spawn(process.execPath, [MAIN, ...args], {
      cwd: packageRoot(),
      env: { ...process.env, ...environment },
      stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    this.#child.stdin?.end(input);
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.stdout += chunk.toString();
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.stderr += chunk.toString();
    });
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({
      code,
      signal,
      stdout: this.stdout,
      stderr: this.stderr,
      ms: performance.now() - started,
    }));
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves with the first match in what the program said; rejects when it ends before. */
  async says(pattern: RegExp, on: 'stdout' | 'stderr' = 'stderr'): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this[on]);
      if (match !== null) return match;
      if (!this.running)
        throw new Error(`it ended and never said ${pattern}:\n${this.stdout}\n${this.stderr}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Runs the program to its end. */
export function trustfleet(...args: readonly string[]): Promise<Ended> {
  return new Program(args).ended;
}
