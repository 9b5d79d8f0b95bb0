import { once } from 'node:events';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { networkInterfaces } from 'node:os';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { afterEach } from 'vitest';
import { type EnrolOptions, enrol } from '../../src/net/capf-client.js';
import {
  type CapfDecisions,
  type CapfServerEvent,
  type CapfService,
  type CapfServiceOptions,
  type CapfSessionReport,
  startCapfServer,
} from '../../src/net/capf-server.js';
import { identityPem } from '../../src/net/secure-contexts.js';
import type { CapfAnswer } from '../../src/phone/capf-world.js';
import { encodeCapf } from '../../src/protocol/capf/codec.js';
import type { CapfMessage } from '../../src/protocol/capf/message.js';
import type { CapfOrder } from '../../src/protocol/capf/order.js';
import { capf, DEVICE, issueOwn, keyFor, NOW, trustsOwn } from '../protocol/capf/support.js';

/** Tests of this room keep to addresses of their own. */
export const CAPF_ADDRESS = '127.92.0.1';
export const PHONE_ADDRESS = '127.92.1.1';
export const CIPHERS = 'DEFAULT:@SECLEVEL=0';

export const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);
if (!hasIpv6) process.stderr.write('skipped: this machine has no ::1 (test/wire/capf)\n');

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export interface Served {
  readonly service: CapfService;
  readonly port: number;
  readonly events: CapfServerEvent[];
  readonly reports: CapfSessionReport[];
}

/** A CAPF server with one order for every device, or none where it is undefined. */
export async function serve(
  order: CapfOrder | ((device: string) => CapfOrder | undefined) | undefined,
  part: Partial<CapfServiceOptions> = {},
  decide: Partial<CapfDecisions> = {},
): Promise<Served> {
  const events: CapfServerEvent[] = [];
  const reports: CapfSessionReport[] = [];
  const service = await startCapfServer({
    listen: [{ address: CAPF_ADDRESS, port: 0 }],
    identity: capf,
    decide: {
      order: (device) => (typeof order === 'function' ? order(device) : order),
      trusts: trustsOwn,
      issue: issueOwn,
      report: (report) => reports.push(report),
      ...decide,
    },
    unixMs: () => NOW,
    onEvent: (event) => events.push(event),
    ...part,
  });
  cleanups.push(() => service.close());
  return { service, port: service.port, events, reports };
}

/** A phone with nothing but its name. */
export function phone(port: number, part: Partial<EnrolOptions> = {}): Promise<CapfAnswer> {
  return enrol({
    server: { address: CAPF_ADDRESS, port },
    family: 'ipv4',
    localAddress: PHONE_ADDRESS,
    deviceName: DEVICE,
    credentials: { refusedAs: 'fail' },
    certificates: { lsc: null, mic: null },
    canGenerate: () => true,
    generateKey: (key) => Promise.resolve(keyFor(key)),
    tls: { min: '1.0', max: '1.2', identity: null },
    judge: () => Promise.resolve({ trusted: true }),
    signal: new AbortController().signal,
    ...part,
  });
}

/** One line of what a phone got. */
export function said(answer: CapfAnswer): string {
  if (answer.outcome === 'result') return `${answer.operation} ${answer.result} ${answer.code}`;
  return answer.outcome;
}

/** A TLS server that treats each connection as it is told; `raw` is what lies beneath the last one. */
export function tlsPeer(treat: (socket: TLSSocket, raw: Socket | undefined) => void): Promise<number> {
  const options = { ...identityPem(capf), ciphers: CIPHERS, minVersion: 'TLSv1' } as const;
  let raw: Socket | undefined;
  const server = createServer(options, (socket) => {
    socket.on('error', () => undefined);
    treat(socket, raw);
  });
  server.on('connection', (socket: Socket) => {
    raw = socket;
  });
  server.on('tlsClientError', () => undefined);
  return listening(server);
}

/** A TCP server without TLS. */
export function tcpPeer(treat: (socket: Socket) => void): Promise<number> {
  return listening(createTcpServer(treat));
}

function listening(server: ReturnType<typeof createTcpServer>): Promise<number> {
  const open = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
  });
  cleanups.push(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return new Promise((resolve) => {
    server.listen(0, CAPF_ADDRESS, () => resolve((server.address() as { port: number }).port));
  });
}

/** A TCP server in a thread of its own, so that its reset may arrive before the other end knows that it is connected. */
export async function resettingPeer(): Promise<number> {
  const worker = new Worker(RESETTING, { eval: true, workerData: CAPF_ADDRESS });
  cleanups.push(async () => void (await worker.terminate()));
  const [port] = (await once(worker, 'message')) as [number];
  return port;
}

const RESETTING = `
const { parentPort, workerData } = require('node:worker_threads');
const server = require('node:net').createServer((socket) => socket.resetAndDestroy());
server.listen(0, workerData, () => parentPort.postMessage(server.address().port));
`;

/** A server that says these messages at once, and no more. */
export function saying(...messages: readonly CapfMessage[]): (socket: TLSSocket) => void {
  return (socket) => {
    socket.on('data', () => undefined);
    for (const message of messages) socket.write(encodeCapf(message));
  };
}

/** A phone by hand: does what it is told, collects what comes until the other side closes. */
export function byHand(port: number, treat: (socket: TLSSocket) => void): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    // node:tls hands localAddress on to node:net, only its types do not say so
    const options = { host: CAPF_ADDRESS, port, localAddress: PHONE_ADDRESS, ciphers: CIPHERS };
    const socket = connect({ ...options, rejectUnauthorized: false });
    cleanups.push(async () => void socket.destroy());
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('close', () => resolve(Buffer.concat(chunks)));
    socket.once('secureConnect', () => treat(socket));
  });
}
