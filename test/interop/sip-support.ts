import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { isLoopback } from '../../src/net/addresses.js';

/** Is the program there? Its arguments must make it end at once. */
export function isInstalled(program: string, args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore', timeout: 10_000 }).error === undefined;
}

/** Why tftpd-hpa cannot serve here, or undefined. */
export const withoutTftpd = [
  isInstalled('in.tftpd', ['--version']) ? undefined : 'in.tftpd is not installed',
  // it changes its root directory
  process.getuid?.() === 0 ? undefined : 'in.tftpd needs root',
  // it asks for addresses of configured families only (AI_ADDRCONFIG), and loopback alone is none
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => !isLoopback(address)))
    ? undefined
    : 'in.tftpd needs a machine with more than a loopback address',
].find((reason) => reason !== undefined);

/** A port of 127.0.0.1 that neither TCP nor UDP uses now; foreign programs cannot be asked for port 0. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const socket = createSocket('udp4');
    const isFree = await new Promise<boolean>((resolve) => {
      socket.once('error', () => resolve(false));
      socket.bind({ port, address: '127.0.0.1', exclusive: true }, () => resolve(true));
    });
    if (isFree) await new Promise<void>((done) => socket.close(() => done()));
    await new Promise((done) => server.close(done));
    if (isFree) return port;
  }
}

export interface Running {
  readonly child: ChildProcess;
  /** Everything it has written so far. */
  output(): string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export function start(program: string, args: readonly string[], cwd: string): Running {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
    child.once('error', () => resolve());
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (octets: Buffer) => {
      text += octets.toString();
    });
  }
  return {
    child,
    output: () => text,
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal);
      await ended;
    },
  };
}
