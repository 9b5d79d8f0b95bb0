import { createSocket } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { registerSip } from '../../src/net/sip-phone.js';
import { phone, registrar, type Started, until } from './sip-setting.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function start(limits: NonNullable<Parameters<typeof registrar>[0]>['limits'] = {}): Promise<Started> {
  const started = await registrar({ limits });
  open.push({ close: () => started.registrar.close('rst') });
  return started;
}

interface Peer {
  readonly socket: Socket;
  readonly closed: Promise<void>;
}

function peer(port: number): Promise<Peer> {
  const socket = connect({ host: '127.0.0.1', port });
  open.unshift({ close: () => socket.destroy() });
  socket.on('error', () => {});
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  // A connection that is refused may be closed before it was told open.
  return new Promise((resolve) => {
    for (const event of ['connect', 'close']) socket.once(event, () => resolve({ socket, closed }));
  });
}

/** Registers a phone, to show that nobody else is disturbed. */
async function phoneStillRegisters({ registrar: server }: Started): Promise<void> {
  const result = await registerSip(phone(server.port));
  if (result.result !== 'accepted') throw new Error(result.detail);
  await result.registration.unregister(22);
}

const OPTIONS =
  'OPTIONS sip:h SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\nTo: <sip:h>\r\n' +
  'Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n';

function cuts(started: Started): readonly string[] {
  return started.events.flatMap((event) => (event.event === 'cut' ? [event.text] : []));
}

describe('peers of the registrar that are no phones are cut in bounded time', () => {
  it.each([
    ['rubbish', 'hello\r\n\r\n', /first line/],
    ['a head without end', 'OPTIONS sip:h SIP/2.0\r\n'.padEnd(20_000, 'A: aaaaaaaaa\r\n'), /at most 16384/],
    ['an announced body of a gigabyte', OPTIONS.replace('Length: 0', 'Length: 999999999'), /body/],
    ['binary', '\u0016\u0003\u0001\u0002\0\r\n\r\n', /first line/],
  ])('%s', async (_, text, reason) => {
    const started = await start();
    const { socket, closed } = await peer(started.registrar.port);
    socket.write(text);
    await closed;
    await until(() => started.registrar.connections === 0);
    expect(cuts(started)).toEqual([expect.stringMatching(reason)]);
    await phoneStillRegisters(started);
  });

  it('silence', async () => {
    const started = await start({ waitingMs: 100 });
    const { closed } = await peer(started.registrar.port);
    await closed;
    expect(cuts(started)).toEqual(['nothing complete came for 100 ms']);
    await phoneStillRegisters(started);
  });

  it('keep-alives alone do not make a phone', async () => {
    const started = await start({ waitingMs: 200 });
    const { socket, closed } = await peer(started.registrar.port);
    const beat = setInterval(() => socket.write('\r\n\r\n'), 20);
    await closed;
    clearInterval(beat);
    expect(cuts(started)).toEqual(['nothing complete came for 200 ms']);
  });

  it('a message that trickles', async () => {
    const started = await start({ partialMs: 200 });
    const { socket, closed } = await peer(started.registrar.port);
    let at = 0;
    const trickle = setInterval(() => {
      socket.write(OPTIONS.charAt(at % 100));
      at += 1;
    }, 10);
    await closed;
    clearInterval(trickle);
    expect(cuts(started)).toEqual(['a message is incomplete after 200 ms']);
    await phoneStillRegisters(started);
  });

  it('a flood', async () => {
    const started = await start({ messagesASecond: 200 });
    const { socket, closed } = await peer(started.registrar.port);
    socket.resume();
    socket.write(OPTIONS.repeat(1_000));
    await closed;
    expect(cuts(started)).toEqual(['more than 200 messages in a second']);
    await phoneStillRegisters(started);
  });

  it('one that never reads its answers', async () => {
    const started = await start({ messagesASecond: 1_000_000, unsentOctets: 65_536 });
    const { socket, closed } = await peer(started.registrar.port);
    socket.pause();
    const asking = setInterval(() => socket.write(OPTIONS.repeat(500)), 1);
    await until(() => cuts(started).length > 0, 'cut');
    clearInterval(asking);
    expect(cuts(started)).toEqual(['the other end leaves more than 65536 octets unread']);
    socket.resume();
    await closed;
    await phoneStillRegisters(started);
  });

  it('too many at once: the rest is refused, those that stand are left alone', async () => {
    const started = await start({ connections: 3 });
    const kept = await Promise.all([1, 2, 3].map(() => peer(started.registrar.port)));
    await until(() => started.registrar.connections === 3);
    await (await peer(started.registrar.port)).closed;
    expect(started.registrar.connections).toBe(3);
    expect(kept.every(({ socket }) => !socket.destroyed)).toBe(true);
  });

  it('one that closes its half of the connection is answered and gone', async () => {
    const started = await start();
    const { socket, closed } = await peer(started.registrar.port);
    let heard = '';
    socket.on('data', (octets) => {
      heard += octets.toString();
    });
    socket.end(OPTIONS);
    await closed;
    expect(heard).toMatch(/^SIP\/2\.0 200 OK/);
    await until(() => started.registrar.connections === 0);
    expect(cuts(started)).toEqual([]);
  });
});

describe('datagrams', () => {
  it('that are no SIP are dropped and told once, those that cannot be answered are dropped', async () => {
    const started = await start();
    const socket = createSocket('udp4');
    await new Promise<void>((done) => socket.bind(0, '127.0.0.1', done));
    open.unshift({ close: () => new Promise<void>((done) => socket.close(() => done())) });
    const send = (text: string): void => socket.send(text, started.registrar.port, '127.0.0.1');
    const answers: string[] = [];
    socket.on('message', (octets) => answers.push(octets.toString()));
    for (let count = 0; count < 20; count += 1) send('rubbish');
    send('\r\n\r\n');
    send(OPTIONS.replace(/Via:[^\r]*\r\n/, ''));
    send(OPTIONS.replace('TCP h', 'UDP h'));
    await until(() => answers.length > 0, 'answer');
    expect(answers).toEqual([
      expect.stringMatching(
        /^SIP\/2\.0 200 OK\r\nVia: SIP\/2\.0\/UDP h;branch=z9hG4bK1;received=127\.0\.0\.1\r\n/,
      ),
    ]);
    expect(started.events.filter(({ event }) => event === 'malformed')).toHaveLength(1);
    await phoneStillRegisters(started);
  });
});

describe('the port', () => {
  it('that is taken is named', async () => {
    const { registrar: server } = await start();
    await expect(registrar({ port: server.port })).rejects.toMatchObject({ code: 'TF_PORT_TAKEN' });
  });

  it('at an address that this machine does not have', async () => {
    await expect(registrar({ address: '192.0.2.1' })).rejects.toMatchObject({
      code: 'TF_ADDRESS_UNAVAILABLE',
    });
  });
});
