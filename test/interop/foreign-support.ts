import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';
import type { Ended } from '../program.js';
import { trustfleet } from '../program.js';
import { isInstalled, type Running, start } from './sip-support.js';

const PEERS = join(packageRoot(), 'test', 'interop', 'peers');

/** Why the peers in Python cannot run here, or undefined. */
export const withoutPython = ['python3', 'openssl'].find(
  (program) => !isInstalled(program, [program === 'openssl' ? 'version' : '--version']),
);

/** A certificate of its own with its key, `NAME.pem` and `NAME.key` in a folder; good for CAPF, TVS and a registrar. */
export function certified(folder: string, name: string): string {
  const made = spawnSync(
    'openssl',
    [
      ...[
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '365',
        '-subj',
        `/CN=${name}/O=Foreign/C=US`,
      ],
      ...['-addext', 'basicConstraints=critical,CA:TRUE,pathlen:0'],
      ...['-addext', 'keyUsage=critical,digitalSignature,keyEncipherment,keyCertSign'],
      ...['-keyout', join(folder, `${name}.key`), '-out', join(folder, `${name}.pem`)],
    ],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(made.stderr);
  return join(folder, `${name}.pem`);
}

/** A peer in Python that listens, with what it has said: one JSON document a line. */
export interface Peer {
  readonly events: () => Record<string, unknown>[];
  stop(): Promise<void>;
}

/** Starts a server of `peers/` and waits until it listens. */
export async function peer(script: string, ...args: readonly string[]): Promise<Peer> {
  const running: Running = start('python3', [join(PEERS, script), ...args], PEERS);
  const events = (): Record<string, unknown>[] =>
    running
      .output()
      .split('\n')
      .flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : []));
  while (!events().some(({ event }) => event === 'listening')) {
    if (running.child.exitCode !== null) throw new Error(`${script} ended: ${running.output()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return { events, stop: () => running.stop() };
}

/** Runs a client of `peers/` to its end; what it says. */
export async function client(script: string, ...args: readonly string[]): Promise<Record<string, unknown>> {
  const running = start('python3', [join(PEERS, script), ...args], PEERS);
  await new Promise<void>((resolve) => running.child.once('close', () => resolve()));
  try {
    return JSON.parse(running.output()) as Record<string, unknown>;
  } catch {
    throw new Error(`${script}: ${running.output()}`);
  }
}

interface Counter {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Played extends Ended {
  /** Sum of a counter over the labels given. */
  count(name: string, where?: Readonly<Record<string, string>>): number;
}

/** `trustfleet run` of a scenario in a folder; the text is the file. */
export async function play(
  folder: string,
  name: string,
  text: string,
  ...args: readonly string[]
): Promise<Played> {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, text);
  const out = join(folder, name);
  const ended = await trustfleet('run', file, '--out', out, ...args);
  const { counters } = JSON.parse(readFileSync(join(out, 'summary.json'), 'utf8')) as {
    counters: readonly Counter[];
  };
  return {
    ...ended,
    count: (counter, where = {}) =>
      counters
        .filter((one) => one.name === counter)
        .filter(({ labels }) => Object.entries(where).every(([label, value]) => labels[label] === value))
        .reduce((sum, { value }) => sum + value, 0),
  };
}
