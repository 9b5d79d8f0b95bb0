import { setMaxListeners } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { datagramSocket } from '../src/net/datagrams.js';
import { TftpSockets, tftpFetch } from '../src/net/tftp-client.js';
import { readUdpCounts } from '../src/net/udp-loss.js';
import type { Endpoint } from '../src/phone/world.js';
import { type BenchReport, type BenchRow, benchRow, roundsRow } from './report.js';
import { type BenchServer, startOwnServer, startTftpdHpa } from './tftp-servers.js';
import { tidied } from './tidy.js';

export interface TftpBenchOptions {
  /** Interleaved rounds of everything; the medians are reported. */
  readonly rounds: number;
  /** Measured time of one figure, seconds. */
  readonly seconds: number;
}

/** 5 rounds of 4 figures at 3 block sizes and a storm: under 30 s. */
const TFTP_BENCH_DEFAULTS: TftpBenchOptions = { rounds: 5, seconds: 0.35 };

/** A CTL or ITL of usual size (phone-config.md 8). */
const FILE_OCTETS = 8192;
/** Two names for it: a server takes the same request from the same port for a repetition. */
const FILES = ['CTLFile.tlv', 'ITLFile.tlv'] as const;
const BLOCK_SIZES = [512, 1428, 8192] as const;
/** As in speed.md 4.2, so that the goals there apply. */
const IN_FLIGHT = 32;
const STORM_PHONES = 4000;
/** The storm is over after this time, whatever is still missing. */
const STORM_MS = 10_000;

const OWN = '127.30.0.1';
const HPA = '127.30.0.2';
const slotAddress = (slot: number): string => `127.31.0.${slot + 1}`;

interface Rate {
  /** Transfers per second of the clock. */
  readonly wall: number;
  /** Transfers per second of the client's CPU time. */
  readonly cpu: number;
}

/**
 * Our TFTP server beside tftpd-hpa with the same client in the same run, and our client beside bare datagrams. Goals are
 * those of speed.md: three times tftpd-hpa at 512 octets, 4.5 times at 1428, six times at 8192.
 */
export async function benchTftp(options: TftpBenchOptions = TFTP_BENCH_DEFAULTS): Promise<BenchReport> {
  const folder = mkdtempSync(join(tmpdir(), 'trustfleet-bench-'));
  chmodSync(folder, 0o755);
  for (const file of FILES)
    writeFileSync(join(folder, file), Buffer.alloc(FILE_OCTETS, 'trust'), { mode: 0o644 });
  const servers: BenchServer[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.stop()));
  };
  const tidy = (): void => {
    // tells them at once, and waits for nobody
    void stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return tidied(async () => {
    const own = await startOwnServer(OWN, FILE_OCTETS);
    servers.push(own);
    const hpa = await startTftpdHpa(HPA, folder, FILES[0]);
    if (hpa !== undefined) servers.push(hpa);
    const rows: BenchRow[] = [];
    for (const blockSize of BLOCK_SIZES) {
      const rates = { own: [] as Rate[], hpa: [] as Rate[], fresh: [] as Rate[], bare: [] as Rate[] };
      for (let round = 0; round < options.rounds; round += 1) {
        rates.own.push(await transfers(own, blockSize, options.seconds, 'reused'));
        if (hpa !== undefined) rates.hpa.push(await transfers(hpa, blockSize, options.seconds, 'reused'));
        rates.fresh.push(await transfers(own, blockSize, options.seconds, 'fresh'));
        rates.bare.push(await bareTransfers(own.echo, blockSize, options.seconds));
      }
      const beside = (of: readonly Rate[], limit: readonly Rate[], by: keyof Rate) =>
        of.map((rate, round) => ({ value: rate[by], limit: limit[round]?.[by] }));
      const blocks = `blocks of ${blockSize}`;
      rows.push(
        roundsRow(`server, ${blocks}`, 'transfers/s', beside(rates.own, rates.hpa, 'wall')),
        roundsRow(`client, ${blocks}`, 'transfers/cpu-s', beside(rates.own, rates.bare, 'cpu')),
        roundsRow(
          `client, fresh ports, ${blocks}`,
          'transfers/cpu-s',
          beside(rates.fresh, rates.bare, 'cpu'),
        ),
      );
    }
    rows.push(...(await storm(own)));
    await stop();
    return { name: 'tftp', rows, notes: notes(options, hpa !== undefined) };
  }, tidy);
}

function notes(options: TftpBenchOptions, hasHpa: boolean): string[] {
  return [
    `file of ${FILE_OCTETS} octets, ${IN_FLIGHT} transfers in flight, medians of ${options.rounds} interleaved rounds; noise is half of what lies between them`,
    'server: by the clock, on two processes; other programs on the machine take from both, not always alike',
    hasHpa
      ? 'server: limit is tftpd-hpa (in.tftpd -L) with the same client; goals 3 (512), 4.5 (1428), 6 (8192)'
      : 'server: no limit, since in.tftpd is not installed, did not answer in 10 s, or this user is not root',
    'client: limit is the same number of datagrams of the same sizes between bare sockets, per second of client CPU',
    'fresh ports: a new socket for each file, as phones do it; the other rows reuse sockets',
  ];
}

/** Keeps `IN_FLIGHT` transfers going for so many seconds. */
async function transfers(
  server: Endpoint,
  blockSize: number,
  seconds: number,
  ports: 'reused' | 'fresh',
): Promise<Rate> {
  const sockets = new TftpSockets();
  const options = blockSize === 512 ? {} : { blksize: blockSize };
  const reuse = ports === 'reused' ? { sockets } : {};
  const end = performance.now() + seconds * 1000;
  let done = 0;
  const slot = async (localAddress: string): Promise<void> => {
    for (let turn = 0; performance.now() < end; turn = 1 - turn) {
      const file = turn === 0 ? FILES[0] : FILES[1];
      const result = await tftpFetch({ localAddress, server, file, options, ...reuse });
      if (result.status === 'ok' && result.octets === FILE_OCTETS) done += 1;
    }
  };
  return rate(
    () => done,
    async () => {
      await Promise.all(Array.from({ length: IN_FLIGHT }, (_, index) => slot(slotAddress(index))));
      sockets.close();
    },
  );
}

/**
 * The round trips of such transfers between bare sockets: a request answered by DATA 1 (or by the OACK), an ACK by the next
 * block. Counted in transfers.
 */
async function bareTransfers(echo: Endpoint, blockSize: number, seconds: number): Promise<Rate> {
  const roundTrips = Math.floor(FILE_OCTETS / blockSize) + 1 + (blockSize === 512 ? 0 : 1);
  const octets = Buffer.alloc(4);
  octets.writeUInt16BE(blockSize);
  let done = 0;
  const sockets = Array.from({ length: IN_FLIGHT }, (_, index) => {
    const socket = datagramSocket(slotAddress(index));
    socket.on('message', () => {
      done += 1;
      socket.send(octets, echo.port, echo.address);
    });
    socket.bind({ address: slotAddress(index), port: 0 });
    return socket;
  });
  return rate(
    () => done / roundTrips,
    async () => {
      for (const socket of sockets) socket.send(octets, echo.port, echo.address);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      for (const socket of sockets) socket.close();
    },
  );
}

async function rate(done: () => number, work: () => Promise<void>): Promise<Rate> {
  const cpuBefore = process.cpuUsage();
  const before = performance.now();
  await work();
  const wallSeconds = (performance.now() - before) / 1000;
  const cpu = process.cpuUsage(cpuBefore);
  return { wall: done() / wallSeconds, cpu: done() / ((cpu.user + cpu.system) / 1e6) };
}

/** All phones ask at one instant (speed.md 4.3): nobody's request may be lost in a receive buffer. */
async function storm(server: Endpoint): Promise<BenchRow[]> {
  const before = readUdpCounts();
  const begin = performance.now();
  const signal = AbortSignal.timeout(STORM_MS);
  setMaxListeners(0, signal);
  const results = await Promise.allSettled(
    Array.from({ length: STORM_PHONES }, (_, k) =>
      tftpFetch({
        localAddress: `127.32.${k >> 7}.${(k & 0x7f) + 1}`,
        server,
        file: FILES[0],
        options: { blksize: 1428 },
        attempts: 20,
        signal,
      }),
    ),
  );
  const seconds = (performance.now() - begin) / 1000;
  const served = results.filter(
    ({ status, ...rest }) => status === 'fulfilled' && 'value' in rest && rest.value.status === 'ok',
  );
  const after = readUdpCounts();
  const rows = [
    benchRow(`storm of ${STORM_PHONES} requests, served`, served.length, 'transfers', STORM_PHONES),
  ];
  rows.push(benchRow('storm, until the last file', seconds, 's'));
  if (before !== undefined && after !== undefined) {
    rows.push(benchRow('storm, lost in buffers', after.lostInBuffers - before.lostInBuffers, 'datagrams'));
  }
  return rows;
}
