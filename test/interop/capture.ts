import { execFile, spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { isInstalled, type Running, start } from './sip-support.js';

const run = promisify(execFile);

/** Why tshark cannot capture here, or undefined. */
export function withoutCapture(): string | undefined {
  if (!isInstalled('tshark', ['-v'])) return 'tshark is not installed';
  const file = join(tmpdir(), `trial-${process.pid}-${process.hrtime.bigint()}.pcap`);
  const trial = ['-q', '-i', 'lo', '-a', 'duration:1', '-w', file];
  const { status } = spawnSync('tshark', trial, { stdio: 'ignore' });
  rmSync(file, { force: true });
  return status === 0 ? undefined : 'tshark may not capture on lo';
}

/** Nobody listens here: what is sent to it is seen by the capture alone. */
const KNOCKED = { address: '127.88.250.9', port: 9 };

/**
 * A capture on the loopback interface, and what tshark reads in its file.
 * tshark says that it captures before it does, and writes late what it has heard: so a datagram of our own
 * has to be in the file before the work begins, and another one when it has ended.
 */
export class Capture {
  readonly file: string;
  readonly #decode: readonly string[];
  readonly #tshark: Running;
  readonly #source = `from ${process.pid} ${process.hrtime.bigint()}`;
  #ended = false;

  private constructor(folder: string, filter: string, decode: readonly string[]) {
    this.file = join(folder, `${process.hrtime.bigint()}.pcap`);
    this.#decode = decode;
    const both = `(${filter}) or (udp dst port ${KNOCKED.port} and dst host ${KNOCKED.address})`;
    this.#tshark = start('tshark', ['-q', '-i', 'lo', '-f', both, '-F', 'pcap', '-w', this.file], folder);
  }

  /**
   * Begins to capture; it captures when this returns.
   * @param filter what to capture, as pcap-filter(7) has it
   * @param decode further arguments of the tshark that reads: which protocol is on which port, a key log
   */
  static async begin(folder: string, filter: string, decode: readonly string[] = []): Promise<Capture> {
    const capture = new Capture(folder, filter, decode);
    await capture.#knock('begin');
    return capture;
  }

  /** Ends when all that was sent before is in the file; a second call does nothing. */
  async end(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    try {
      await this.#knock('end');
    } finally {
      await this.#tshark.stop('SIGINT');
    }
  }

  /** A row for each packet that a display filter takes, a column for each field. */
  async fields(filter: string, ...names: string[]): Promise<string[][]> {
    const fields = ['-T', 'fields', '-E', 'occurrence=a', ...names.flatMap((name) => ['-e', name])];
    const { stdout } = await run('tshark', ['-r', this.file, ...this.#decode, '-Y', filter, ...fields], {
      maxBuffer: 1 << 24,
    });
    const lines = stdout.split('\n').filter((line) => line !== '');
    return lines.map((line) => line.split('\t'));
  }

  /** All values of one field, in the order of the packets and within each of them. */
  async values(filter: string, name: string): Promise<string[]> {
    return (await this.fields(filter, name)).flatMap(([cell = '']) => cell.split(','));
  }

  async #knock(what: string): Promise<void> {
    const said = Buffer.from(`${what} ${this.#source}`);
    for (let tries = 0; tries < 200; tries += 1) {
      if (this.#tshark.child.exitCode !== null) throw new Error(`tshark ended: ${this.#tshark.output()}`);
      const socket = createSocket('udp4');
      socket.send(said, KNOCKED.port, KNOCKED.address, () => socket.close());
      await once(socket, 'close');
      // a file that is being written may end inside a packet, which tshark does not like
      const heard: string[] = await this.values('udp.dstport == 9', 'udp.payload').catch(() => []);
      if (heard.includes(said.toString('hex'))) return;
      await delay(50);
    }
    throw new Error(`tshark captures nothing: ${this.#tshark.output()}`);
  }
}
