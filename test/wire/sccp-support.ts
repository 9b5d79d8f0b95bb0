import { connect, createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { AdmissionAnswer } from '../../src/net/admission.js';
import { registerSccp, type SccpRegistrationOptions } from '../../src/net/sccp-phone.js';
import {
  type SccpRegistrar,
  type SccpRegistrarEvent,
  type SccpRegistrarOptions,
  startSccpRegistrar,
} from '../../src/net/sccp-registrar.js';
import type { RegistrationAttempt } from '../../src/phone/world.js';
import type { SccpDevice } from '../../src/protocol/sccp/device.js';

/** Servers of these tests listen here; phones have addresses of 127.88.0.0/16. */
export const SERVER = '127.88.255.1';

export const ALICE: AdmissionAnswer = {
  accepted: true,
  lines: [
    { name: '1001', displayName: 'Alice Example' },
    { name: '1002', displayName: 'Zoë Ångström', label: 'Zoë' },
  ],
  speedDials: [{ number: '1003', label: 'Bob Example' }],
};

export function phone(index: number): SccpDevice {
  return {
    name: `SEP001F9E${index.toString(16).toUpperCase().padStart(6, '0')}`,
    deviceType: 404,
    lines: 6,
    load: 'SCCP42.9-4-2SR3-1S',
    sccpVersion: 22,
    address: `127.88.${index >> 8}.${index & 0xff}`,
    model: '7962G',
  };
}

/** What the phone would know from its configuration is not used on the wire. */
export const attempt = {
  server: { address: SERVER, port: 2000 },
  protocol: 'SCCP',
  mode: 'nonsecure',
  transport: 'tcp',
  lastCause: 25,
  tls: null,
} as unknown as RegistrationAttempt;

export async function registrar(
  options: Partial<SccpRegistrarOptions> = {},
): Promise<SccpRegistrar & { readonly events: SccpRegistrarEvent[] }> {
  const events: SccpRegistrarEvent[] = [];
  const started = await startSccpRegistrar({
    address: SERVER,
    port: 0,
    serverName: 'cucm1',
    admit: () => ALICE,
    onEvent: (event) => events.push(event),
    ...options,
  });
  onTestFinished(() => started.close('rst'));
  return Object.assign(started, { events });
}

export function register(port: number, device: SccpDevice, options: Partial<SccpRegistrationOptions> = {}) {
  return registerSccp({
    attempt,
    device,
    target: { address: SERVER, port },
    localAddress: device.address,
    signal: new AbortController().signal,
    ...options,
  });
}

/** The registration, or a failing test. */
export async function registered(
  port: number,
  device: SccpDevice,
  options: Partial<SccpRegistrationOptions> = {},
) {
  const result = await register(port, device, options);
  if (result.result !== 'accepted') {
    throw new Error(`${device.name}: ${result.result}: ${result.detail}`);
  }
  const { registration } = result;
  onTestFinished(() => registration.drop());
  return registration;
}

/** A server of the test's own making. */
export async function server(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const listening: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => listening.listen(0, SERVER, resolve));
  onTestFinished(() => {
    for (const socket of sockets) {
      socket.destroy();
    }
    listening.close();
  });
  const address = listening.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** A client of the test's own making; `closed` settles with what it had read until then. */
export async function client(
  port: number,
): Promise<{ readonly socket: Socket; readonly closed: Promise<Buffer> }> {
  const socket = connect({ host: SERVER, port, localAddress: '127.88.254.1' });
  const read: Buffer[] = [];
  socket.on('data', (octets) => read.push(octets));
  socket.on('error', () => {});
  const closed = new Promise<Buffer>((resolve) => socket.once('close', () => resolve(Buffer.concat(read))));
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  onTestFinished(() => {
    socket.destroy();
  });
  return { socket, closed };
}

/** Waits until `condition` holds; the test's own timeout is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
