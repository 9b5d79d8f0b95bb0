import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import ts from 'typescript';
import { packageRoot } from '../../src/package-root.js';

export type ExampleName = 'run-a-scenario' | 'trust-files' | 'one-phone';

export function exampleText(name: ExampleName): string {
  return readFileSync(join(packageRoot(), 'test', 'library', `${name}.ts`), 'utf8');
}

/** Runs an example as its reader would: a program of its own that imports the built package by its name. */
export async function runExample(
  name: ExampleName,
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2023 };
  const program = ts.transpileModule(exampleText(name), { compilerOptions }).outputText;
  const child = spawn(process.execPath, ['--input-type=module', '-', ...args], { cwd: packageRoot() });
  child.stdin.end(program);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number]>,
  ]);
  return { code, stdout, stderr };
}
