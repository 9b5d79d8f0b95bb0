import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DatagramFaults } from '../../src/net/datagram-faults.js';
import { registerSip, requestTokenSip, SipPhoneMemory, standbySip } from '../../src/net/sip-phone.js';
import type { Registration, RegistrationResult } from '../../src/phone/world.js';
import { seeded } from '../protocol/sip/machines.js';
import {
  attempt,
  device,
  haveIpv6,
  PHONE_ADDRESS,
  phone,
  registrar,
  type Started,
  until,
} from './sip-setting.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function start(options: Parameters<typeof registrar>[0] = {}): Promise<Started> {
  const started = await registrar(options);
  open.push({ close: () => started.registrar.close('rst') });
  return started;
}

function accepted(result: RegistrationResult): Registration {
  if (result.result !== 'accepted') throw new Error(`${result.result}: ${result.detail}`);
  const { registration } = result;
  open.unshift({ close: () => registration.drop() });
  return registration;
}

/** A server that does with each connection what the test wants. */
async function listener(onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server: Server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  open.push({
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    },
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

describe.each(['tcp', 'udp'] as const)('a phone over %s', (transport) => {
  it('registers, is known by its device name, and leaves with its cause (sip.md 3)', async () => {
    const { registrar: server, events } = await start();
    const registration = accepted(await registerSip(phone(server.port, { transport })));
    expect(server.registered()).toEqual([
      { deviceName: 'SEP001F9E000001', deviceType: 683, address: PHONE_ADDRESS, transport },
    ]);
    await until(() => events.length >= 3, 'alarm');
    expect(events.map(({ event }) => event)).toEqual(['trust-lists', 'registered', 'alarm']);
    await registration.unregister(22);
    expect(await registration.ended).toEqual({ by: 'unregistered' });
    expect(server.registered()).toEqual([]);
    expect(events.at(-1)).toEqual({
      event: 'unregistered',
      device: 'SEP001F9E000001',
      because: 'asked',
      cause: 22,
    });
  });

  it('refreshes before the granted time ends (sip.md 3.7)', async () => {
    const { registrar: server, events } = await start({ grantSeconds: 2, graceSeconds: 1 });
    const timers = { registerDelta: 1 };
    const registration = accepted(await registerSip(phone(server.port, { transport, timers })));
    let over = false;
    void registration.ended.then(() => {
      over = true;
    });
    // Without a refresh the registrar would have dropped it after 3 s.
    await new Promise((resolve) => setTimeout(resolve, 4_000));
    expect(over).toBe(false);
    expect(server.registered()).toHaveLength(1);
    expect(events.filter(({ event }) => event === 'unregistered')).toEqual([]);
  });

  it.each(['reset', 'restart'] as const)('obeys a %s by NOTIFY (sip.md 5.3)', async (action) => {
    const { registrar: server, events } = await start();
    const registration = accepted(await registerSip(phone(server.port, { transport })));
    expect(server.notify('SEP001F9E000001', action)).toBe(true);
    expect(await registration.ended).toEqual({ by: 'registrar', action });
    // The connection still stands: the phone unregisters before it acts.
    expect(server.registered()).toHaveLength(1);
    await registration.unregister(action === 'reset' ? 22 : 23);
    expect(server.registered()).toEqual([]);
    await until(() => events.some(({ event }) => event === 'notified'));
    expect(events).toContainEqual({ event: 'notified', device: 'SEP001F9E000001', action, status: 200 });
    expect(server.notify('SEP001F9E000001', action)).toBe(false);
  });

  it('a check-version of what it has leaves it alone', async () => {
    const { registrar: server, events } = await start();
    accepted(await registerSip(phone(server.port, { transport })));
    server.notify('SEP001F9E000001', 'check-version', { ConfigVersionStamp: 'stamp-1' });
    await until(() => events.some(({ event }) => event === 'notified'));
    expect(server.registered()).toHaveLength(1);
  });

  it.each([
    ['unknown-device', 'rejected', '', '404 Not Found: Unable to find a device/user in database'],
    ['wrong-protocol', 'rejected', '15', '403 Forbidden: Device type / protocol mismatch, Retry-After 35 s'],
    [
      'wrong-security',
      'rejected',
      '',
      '403 Forbidden: SIP OAuth Registration port Mismatch, Retry-After 35 s',
    ],
  ] as const)('is told %s (sip.md 4.3, R-83)', async (reason, result, cause, detail) => {
    const { registrar: server } = await start({ admit: () => ({ accepted: false, reason, text: '' }) });
    expect(await registerSip(phone(server.port, { transport }))).toEqual({
      result,
      cause,
      tls: 'none',
      detail,
    });
  });

  it('answers a digest challenge', async () => {
    const credentials = (): { user: string; password: string } => ({ user: '1001', password: 'secret' });
    const digest = { realm: 'ccmsipline', nonceSeconds: 600, credentials };
    const { registrar: server } = await start({ digest });
    accepted(await registerSip(phone(server.port, { transport, password: 'secret' })));
    const wrong = await registerSip(phone(server.port, { transport, password: 'wrong', k: 2 }));
    expect(wrong).toMatchObject({ result: 'rejected', detail: '401 Unauthorized' });
  });

  it('finds a closed port unreachable at once (R-83, 6)', async () => {
    const { registrar: server } = await registrar();
    const { port } = server;
    await server.close();
    expect(await registerSip(phone(port, { transport }))).toMatchObject({
      result: 'unreachable',
      cause: '6',
    });
  });

  it('stops when its signal is aborted, and leaves nothing registered', async () => {
    const { registrar: server } = await start();
    const before = new AbortController();
    before.abort(new Error('stop'));
    await expect(
      registerSip({ ...phone(server.port, { transport }), signal: before.signal }),
    ).rejects.toThrow('stop');
    const during = new AbortController();
    const pending = registerSip({ ...phone(server.port, { transport }), signal: during.signal });
    during.abort(new Error('stop now'));
    await expect(pending).rejects.toThrow('stop now');
    await until(() => server.connections === 0);
    expect(server.registered()).toEqual([]);
  });

  it('keeps a heartbeat with a second server, which registers and deregisters nothing (sip.md 3.8)', async () => {
    const { registrar: server } = await start();
    accepted(await registerSip(phone(server.port, { transport })));
    const timers = { keepAliveExpires: 1 };
    const standby = await standbySip(phone(server.port, { transport, timers }));
    expect(standby).toBeDefined();
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(server.registered()).toHaveLength(1);
    standby?.close();
    await standby?.ended;
    expect(server.registered()).toHaveLength(1);
  });

  it('asks for a token', async () => {
    const { registrar: server, events } = await start();
    expect(await requestTokenSip(phone(server.port, { transport }))).toEqual({ granted: true });
    expect(events).toContainEqual({ event: 'token', device: 'SEP001F9E000001', granted: true });
    const { registrar: refusing } = await start({
      admit: () => ({ accepted: false, reason: 'active-elsewhere', text: '' }),
    });
    expect(await requestTokenSip(phone(refusing.port, { transport }))).toEqual({
      granted: false,
      retrySeconds: 35,
    });
  });
});

describe('the end of a TCP connection', () => {
  it.each([
    ['fin', 14],
    ['rst', 12],
  ] as const)('%s of the server: connection lost with cause %i (sccp.md 6)', async (how, cause) => {
    const { registrar: server } = await start();
    const registration = accepted(await registerSip(phone(server.port)));
    server.dropAll(how);
    expect(await registration.ended).toEqual({ by: 'connection-lost', cause });
    await registration.unregister(22);
  });

  it('before the first answer: unreachable, 6', async () => {
    const port = await listener((socket) => socket.once('data', () => socket.end()));
    expect(await registerSip(phone(port))).toMatchObject({ result: 'unreachable', cause: '6' });
  });

  it('dropped like a power cut: the registrar forgets the device with its connection', async () => {
    const { registrar: server, events } = await start();
    const registration = accepted(await registerSip(phone(server.port)));
    registration.drop();
    expect(await registration.ended).toEqual({ by: 'unregistered' });
    await until(() => server.registered().length === 0);
    expect(events.at(-1)).toMatchObject({ event: 'unregistered', because: 'connection-closed' });
  });

  it('a standby connection that breaks has ended', async () => {
    const { registrar: server } = await start();
    const standby = await standbySip(phone(server.port));
    server.dropAll('rst');
    await standby?.ended;
  });
});

describe('servers that are no servers', () => {
  it('silence: unreachable after 64 T1', async () => {
    const port = await listener((socket) => socket.resume());
    const result = await registerSip(phone(port, { timers: { t1Ms: 5 } }));
    expect(result).toEqual({
      result: 'unreachable',
      cause: '6',
      tls: 'none',
      detail: 'REGISTER was not answered',
    });
  });

  it.each([
    ['rubbish', 'hello\r\n\r\n'],
    ['an oversized head', `SIP/2.0 200 OK\r\n${'A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n'.repeat(1_000)}`],
    ['no Content-Length', 'SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP h\r\n\r\n'],
  ])('%s: unreachable', async (_, text) => {
    const port = await listener((socket) => socket.once('data', () => socket.write(text)));
    expect(await registerSip(phone(port))).toMatchObject({ result: 'unreachable', cause: '6' });
  });

  it('one that does not answer refreshes any more: keep-alives timed out', async () => {
    const { registrar: server } = await start({ grantSeconds: 2 });
    const port = await listener((socket) => {
      const relay = new (socket.constructor as new () => Socket)();
      relay.on('error', () => {});
      relay.connect(server.port, '127.0.0.1');
      socket.on('data', (octets) => {
        // Only what belongs to the first registration goes on.
        if (!octets.includes('CSeq: 102 REGISTER')) relay.write(octets);
      });
      relay.on('data', (octets) => socket.write(octets));
      socket.on('close', () => relay.destroy());
    });
    const timers = { registerDelta: 1, t1Ms: 10 };
    const registration = accepted(await registerSip(phone(port, { timers, model: '7962' })));
    expect(await registration.ended).toEqual({ by: 'keep-alive-timeout' });
  });
});

describe('many phones', () => {
  it('300 register at once over TCP, are reset one by one, and come again', async () => {
    const { registrar: server, events } = await start();
    const phones = Array.from({ length: 300 }, (_, index) => ({
      k: index + 1,
      from: `127.77.${2 + (index >> 7)}.${1 + (index & 127)}`,
    }));
    const registrations = await Promise.all(
      phones.map(async (each) => accepted(await registerSip(phone(server.port, each)))),
    );
    expect(server.registered()).toHaveLength(300);
    expect(server.connections).toBe(300);
    for (const { k } of phones) server.notify(device(k).name, 'reset');
    const again = await Promise.all(
      registrations.map(async (registration, index) => {
        expect(await registration.ended).toEqual({ by: 'registrar', action: 'reset' });
        await registration.unregister(22);
        return accepted(await registerSip(phone(server.port, { ...phones[index], lastCause: 22 })));
      }),
    );
    expect(again).toHaveLength(300);
    expect(server.registered()).toHaveLength(300);
    const count = (event: string): number => events.filter((each) => each.event === event).length;
    expect([count('registered'), count('unregistered'), count('rejected')]).toEqual([600, 300, 0]);
  });

  it('30 register over UDP that loses 3 of 10 datagrams each way', async () => {
    const network = new DatagramFaults(seeded(7), { drop: 0.3 });
    const { registrar: server } = await start({ network });
    const timers = { t1Ms: 20, t2Ms: 80 };
    let attempts = 0;
    const registerAnyhow = async (k: number): Promise<Registration> => {
      for (;;) {
        attempts += 1;
        const options = phone(server.port, { transport: 'udp', timers, k, from: `127.77.9.${k}` });
        const result = await registerSip({ ...options, network });
        // A lost 200 behind a 100 that arrived is not asked for again (sip.md 4.1): the phone tries anew.
        if (result.result === 'accepted') return accepted(result);
        expect(result).toMatchObject({ result: 'unreachable', cause: '6' });
      }
    };
    const registrations = await Promise.all(
      Array.from({ length: 30 }, (_, index) => registerAnyhow(index + 1)),
    );
    expect(server.registered()).toHaveLength(30);
    // Repetition carries most of them: without it hardly half of the attempts would succeed.
    expect(attempts).toBeLessThan(90);
    network.apply(undefined);
    await Promise.all(registrations.map((registration) => registration.unregister(22)));
    expect(server.registered()).toEqual([]);
  });
});

describe('DeviceTLInfo', () => {
  it('is sent once a boot, to the first server that can be reached (sip.md 5.1)', async () => {
    const { registrar: server, events } = await start();
    const { registrar: gone } = await registrar();
    await gone.close();
    const memory = new SipPhoneMemory(device(1), seeded());
    const sent = (): number => events.filter(({ event }) => event === 'trust-lists').length;
    const boot = async (port: number, lastCause: 25 | 10 | 14 | 22): Promise<RegistrationResult> =>
      registerSip({ ...phone(port, { lastCause }), memory });
    expect(await boot(gone.port, 25)).toMatchObject({ result: 'unreachable' });
    accepted(await boot(server.port, 10)).drop();
    await until(() => sent() === 1 && server.registered().length === 0);
    accepted(await boot(server.port, 14)).drop();
    await until(() => server.registered().length === 0);
    expect(sent()).toBe(1);
    accepted(await boot(server.port, 22)).drop();
    await until(() => sent() === 2);
  });

  it('is not sent by a 7962, which has no Session-ID either (sip.md 3.1, 5.1)', async () => {
    const { registrar: server, events } = await start();
    await accepted(await registerSip(phone(server.port, { model: '7962' }))).unregister(22);
    expect(events.map(({ event }) => event)).toEqual(['registered', 'unregistered']);
  });
});

describe.skipIf(!haveIpv6)('IPv6', () => {
  it.each(['tcp', 'udp'] as const)('a phone registers at [::1] over %s', async (transport) => {
    const { registrar: server } = await start({ address: '::1' });
    const options = {
      attempt: attempt({ transport, server: '::1' }),
      device: device(1),
      target: { address: '::1', port: server.port },
      localAddress: '::1',
      signal: new AbortController().signal,
    };
    const registration = accepted(await registerSip(options));
    server.notify('SEP001F9E000001', 'reset');
    expect(await registration.ended).toEqual({ by: 'registrar', action: 'reset' });
    await registration.unregister(22);
    expect(server.registered()).toEqual([]);
  });
});
