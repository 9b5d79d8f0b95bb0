import { type ChildProcess, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { datagramSocket } from '../src/net/datagrams.js';
import { tftpFetch } from '../src/net/tftp-client.js';
import { packageRoot } from '../src/package-root.js';
import type { Endpoint } from '../src/phone/world.js';

/** A TFTP server in a process of its own. */
export interface BenchServer extends Endpoint {
  /** CPU that the process and the children it has waited for have used, seconds. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** What the process of our own server tells when it listens. */
export interface OwnServerPorts {
  readonly tftp: number;
  /** Answers every datagram with one as long as a DATA packet of the size that its first two octets name. */
  readonly echo: number;
}

/** Clock ticks a second in /proc/<pid>/stat: the same on every Linux. */
const TICKS = 100;

/** Our server, serving one file of so many octets under any name. */
export async function startOwnServer(
  address: string,
  octets: number,
): Promise<BenchServer & { echo: Endpoint }> {
  const child = fork(join(packageRoot(), 'dist', 'bench', 'tftp-own-server.js'), [address, String(octets)]);
  const [ports] = (await once(child, 'message')) as [OwnServerPorts];
  return { ...server(child, address, ports.tftp), echo: { address, port: ports.echo } };
}

/** tftpd-hpa serving the files of a folder; undefined where it is not installed or may not change its root directory. */
export async function startTftpdHpa(
  address: string,
  folder: string,
  file: string,
): Promise<BenchServer | undefined> {
  const isInstalled = spawnSync('in.tftpd', ['--version'], { stdio: 'ignore' }).error === undefined;
  if (!isInstalled || process.getuid?.() !== 0) return undefined;
  const probe = datagramSocket(address);
  probe.bind({ address, port: 0 });
  const { port } = probe.address();
  await new Promise<void>((resolve) => probe.close(resolve));
  const child = spawn('in.tftpd', ['-L', '--address', `${address}:${port}`, '-s', folder], {
    stdio: 'ignore',
  });
  const hpa = server(child, address, port);
  const ready = await tftpFetch({
    localAddress: address,
    server: hpa,
    file,
    retransmitMs: 100,
    // on a busy machine it takes its time to start
    attempts: 100,
  });
  if (ready.status === 'ok') return hpa;
  await hpa.stop();
  return undefined;
}

function server(child: ChildProcess, address: string, port: number): BenchServer {
  return {
    address,
    port,
    cpuSeconds: () => cpuSeconds(child.pid),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill();
      await exit;
    },
  };
}

/** utime, stime, cutime and cstime of proc(5), counted behind the name in parentheses; NaN elsewhere than on Linux. */
function cpuSeconds(pid: number | undefined): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / TICKS;
  } catch {
    return Number.NaN;
  }
}
