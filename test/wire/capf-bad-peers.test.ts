import { connect as tcpConnect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { decodeCapf, encodeCapf } from '../../src/protocol/capf/codec.js';
import type { CapfMessage } from '../../src/protocol/capf/message.js';
import { CapfStream } from '../../src/protocol/capf/stream.js';
import { anOrder, DEVICE, keyFor, lsc, mic, RSA_1024 } from '../protocol/capf/support.js';
import {
  byHand,
  CAPF_ADDRESS,
  phone,
  resettingPeer,
  said,
  saying,
  serve,
  tcpPeer,
  tlsPeer,
} from './capf-support.js';

/** Every wait of these tests: long enough for a busy machine to say something, short enough to sit out. */
const SHORT = { answerMs: 300, certificateMs: 300 };

function messages(octets: Buffer): CapfMessage[] {
  const stream = new CapfStream();
  stream.push(octets);
  const found: CapfMessage[] = [];
  for (let next = stream.next(); next !== undefined; next = stream.next()) found.push(decodeCapf(next));
  return found;
}

const AUTH_REQUEST = { command: 'AUTH_REQUEST', sessionId: 9, version: 3 } as const;
const ASK = { command: 'KEY_GENERATE_REQUEST', sessionId: 9, keySize: 1024 } as const;

describe('a phone and a server that is none', () => {
  it('TCP that says nothing: TLS fails in time', async () => {
    const port = await tcpPeer(() => undefined);
    expect(await phone(port, { connectTimeoutMs: 300 })).toEqual({
      outcome: 'tls-failed',
      detail: 'no TLS within 300 ms',
      late: true,
    });
  });

  it('TCP that closes at once is a refusal (R-102)', async () => {
    expect(said(await phone(await tcpPeer((socket) => socket.destroy())))).toBe('refused');
  });

  it('TCP that resets at once is one, too, where the reset is there before the phone looks', async () => {
    const answer = phone(await resettingPeer());
    // its connection is under way when this thread stands still
    process.nextTick(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100));
    expect(await answer).toEqual({
      outcome: 'refused',
      detail: expect.stringContaining('connect ECONNRESET') as string,
    });
  });

  it('TCP that talks rubbish is no TLS', async () => {
    const port = await tcpPeer((socket) => socket.write('220 mail.example.test ESMTP\r\n'));
    expect(await phone(port)).toEqual({
      outcome: 'tls-failed',
      detail: 'wrong version number',
      disagreed: false,
    });
  });

  it('TLS that says nothing: lost in time', async () => {
    const port = await tlsPeer(() => undefined);
    expect(await phone(port, { limits: SHORT })).toEqual({
      outcome: 'lost',
      detail: 'no answer in time (wait-auth)',
    });
  });

  it('TLS that closes at once: lost', async () => {
    expect(said(await phone(await tlsPeer((socket) => socket.end())))).toBe('lost');
  });

  it('TLS that resets once it is up: no session, but no refusal either', async () => {
    const port = await tlsPeer((_, raw) => raw?.resetAndDestroy());
    // whether the end of the handshake or the reset is seen first
    expect(['tls-failed', 'lost']).toContain(said(await phone(port)));
  });

  it('TLS that resets after AUTH_REQUEST: lost', async () => {
    const port = await tlsPeer((socket, raw) => {
      socket.once('data', () => raw?.resetAndDestroy());
      socket.write(encodeCapf(AUTH_REQUEST));
    });
    expect(said(await phone(port))).toBe('lost');
  });

  it.each([
    ['HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['another protocol id', encodeCapf(AUTH_REQUEST).fill(0x57, 0, 1)],
    ['an unknown command', Buffer.from('5563000000090000', 'hex')],
    ['a message that does not begin a session', encodeCapf({ command: 'END_SESSION', sessionId: 9 })],
  ])('%s: lost at once', async (_, octets) => {
    const port = await tlsPeer((socket) => void socket.write(octets));
    expect(said(await phone(port, { limits: { answerMs: 60_000 } }))).toBe('lost');
  });

  it('half a message: lost in time', async () => {
    const port = await tlsPeer((socket) => void socket.write(encodeCapf(AUTH_REQUEST).subarray(0, 9)));
    expect(said(await phone(port, { limits: SHORT }))).toBe('lost');
  });

  it('another session id: lost', async () => {
    const port = await tlsPeer(saying(AUTH_REQUEST, { ...ASK, sessionId: 10 }));
    expect(await phone(port)).toEqual({ outcome: 'lost', detail: 'session id 10, expected 9' });
  });

  it('one that asks for keys without end: lost', async () => {
    const port = await tlsPeer(saying(AUTH_REQUEST, ...Array.from({ length: 500 }, () => ASK)));
    expect(await phone(port)).toEqual({ outcome: 'lost', detail: 'more than 101 requests for a key' });
  });

  it('one that closes while the key is made: lost at once', async () => {
    const port = await tlsPeer((socket) => {
      saying(AUTH_REQUEST, ASK)(socket);
      setTimeout(() => socket.end(), 100);
    });
    const generateKey = (): Promise<never> => new Promise(() => undefined);
    expect(said(await phone(port, { generateKey }))).toBe('lost');
  });

  it('one that stops after the key: lost in time', async () => {
    const port = await tlsPeer(saying(AUTH_REQUEST, ASK));
    expect(await phone(port, { limits: SHORT })).toEqual({
      outcome: 'lost',
      detail: 'no answer in time (wait-cert)',
    });
  });

  it('one that forgets END_SESSION: what is done is done (capf.md 8.6)', async () => {
    const port = await tlsPeer((socket) => {
      saying(AUTH_REQUEST, { command: 'DELETE_CERTIFICATE_REQUEST', sessionId: 9 })(socket);
      setTimeout(() => socket.end(), 100);
    });
    expect(said(await phone(port, { certificates: { lsc, mic } }))).toBe('delete success 0');
  });

  it('each octet of the server in a record of its own is read just as well', async () => {
    const port = await tlsPeer((socket) => {
      socket.on('data', () => undefined);
      const all = Buffer.concat([
        encodeCapf(AUTH_REQUEST),
        encodeCapf({ command: 'END_SESSION', sessionId: 9, reason: 0 }),
      ]);
      for (const octet of all) socket.write(Buffer.of(octet));
    });
    expect(said(await phone(port))).toBe('none success 0');
  });

  it('a certificate of 60 kB is no certificate, and is read whole', async () => {
    const certificate = Buffer.alloc(60_000, 0x30);
    const port = await tlsPeer(
      saying(AUTH_REQUEST, ASK, { command: 'STORE_CERTIFICATE_REQUEST', sessionId: 9, certificate }),
    );
    // it comes while the key is being made, which no server may do
    expect(said(await phone(port, { generateKey: () => new Promise(() => undefined) }))).toBe('lost');
  });
});

describe('one write a message (capf.md 3)', () => {
  it('each message of the phone comes in a record of its own', async () => {
    const chunks: Buffer[] = [];
    const port = await tlsPeer((socket) => {
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (chunks.length === 1) socket.write(encodeCapf(ASK));
        if (chunks.length === 3) socket.end(encodeCapf({ command: 'END_SESSION', sessionId: 9, reason: 7 }));
      });
      socket.write(encodeCapf(AUTH_REQUEST));
    });
    // TLS 1.3 shows one record a chunk; a pause keeps the two messages of the phone apart
    const generateKey = async (): Promise<ReturnType<typeof keyFor>> => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return keyFor(RSA_1024);
    };
    const tls = { min: '1.2', max: '1.3', identity: null } as const;
    expect(said(await phone(port, { tls, generateKey }))).toBe('install fail 2');
    expect(chunks.map((chunk) => decodeCapf(chunk).command)).toEqual([
      'AUTH_RESPONSE',
      'REQUEST_IN_PROGRESS',
      'KEY_GENERATE_RESPONSE',
    ]);
  });
});

describe('a server and a phone that is none', () => {
  const session = { answerMs: 300, keyMs: 300, issueMs: 300 };
  const hello = { command: 'AUTH_RESPONSE', sessionId: 1, version: 3, deviceName: DEVICE } as const;

  it('TCP without TLS is closed in time, and others are served meanwhile', async () => {
    const { port, events } = await serve(anOrder(), { limits: { handshakeMs: 300 } });
    const silent = tcpConnect({ host: CAPF_ADDRESS, port });
    const closed = new Promise((resolve) => silent.once('close', resolve));
    silent.on('error', () => undefined);
    silent.resume();
    expect(said(await phone(port))).toBe('install success 0');
    await closed;
    expect(events).toEqual(expect.arrayContaining([expect.objectContaining({ event: 'refused' })]));
  });

  it('TLS that says nothing hears reason 7 in time', async () => {
    const { port, events } = await serve(anOrder(), { limits: { session } });
    const octets = await byHand(port, () => undefined);
    expect(messages(octets).at(-1)).toEqual({ command: 'END_SESSION', sessionId: 1, reason: 7 });
    expect(events).toMatchObject([{ device: '', result: 'op-timed-out' }]);
  });

  it('a phone that never makes its key hears reason 7 in time', async () => {
    const { port, reports } = await serve(anOrder(), { limits: { session } });
    const octets = await byHand(port, (socket) => void socket.write(encodeCapf(hello)));
    expect(messages(octets).map(({ command }) => command)).toEqual([
      'AUTH_REQUEST',
      'KEY_GENERATE_REQUEST',
      'END_SESSION',
    ]);
    expect(reports).toMatchObject([{ device: DEVICE, operation: 'install', result: 'op-timed-out' }]);
  });

  it.each([
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['a session id of its own', encodeCapf({ ...hello, sessionId: 2 })],
    ['a message out of turn', encodeCapf({ command: 'REQUEST_IN_PROGRESS', sessionId: 1 })],
    ['a message of 64 kB in which nothing is known', oversize()],
  ])('%s is answered with reason 7', async (_, octets) => {
    const { port } = await serve(anOrder());
    const answer = messages(await byHand(port, (socket) => void socket.write(octets)));
    expect(answer.at(-1)).toEqual({ command: 'END_SESSION', sessionId: 1, reason: 7 });
  });

  it('octets after the end are dropped: END_SESSION arrives all the same', async () => {
    const { port } = await serve(anOrder({ operation: 'none' }));
    const octets = await byHand(port, (socket) => {
      socket.write(Buffer.concat([encodeCapf(hello), Buffer.alloc(50_000)]));
    });
    expect(messages(octets).at(-1)).toEqual({ command: 'END_SESSION', sessionId: 1, reason: 0 });
  });

  it('each octet of the phone in a record of its own is read just as well', async () => {
    const { port } = await serve(anOrder({ operation: 'none' }));
    const octets = await byHand(port, (socket) => {
      for (const octet of encodeCapf(hello)) socket.write(Buffer.of(octet));
    });
    expect(messages(octets).at(-1)).toEqual({ command: 'END_SESSION', sessionId: 1, reason: 0 });
  });

  it('one that closes in the middle of a message is written down', async () => {
    const { port, events } = await serve(anOrder());
    await byHand(port, (socket) => void socket.end(encodeCapf(hello).subarray(0, 20)));
    await expect.poll(() => events).toMatchObject([{ event: 'ended', result: 'phone-comm-error' }]);
  });

  it('one that keeps its side open after the end holds its place no longer than it may', async () => {
    const limits = { connections: 1, lingerMs: 200 };
    const { port } = await serve(anOrder({ operation: 'none' }), { limits });
    const ended = new Promise((resolve) => {
      void byHand(port, (socket) => {
        socket.allowHalfOpen = true;
        socket.once('end', resolve);
        socket.write(encodeCapf(hello));
      });
    });
    await ended;
    await expect.poll(async () => said(await phone(port)), { timeout: 10_000 }).toBe('none success 0');
  });

  it('session ids count connections from 1', async () => {
    const { port } = await serve(undefined);
    const ids: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      const octets = await byHand(port, (socket) => void socket.once('data', () => socket.end()));
      ids.push(...messages(octets).map(({ sessionId }) => sessionId));
    }
    expect(ids).toEqual([1, 2, 3]);
  });
});

function oversize(): Buffer {
  return encodeCapf({
    command: 'AUTH_RESPONSE',
    sessionId: 1,
    extra: [{ tag: 99, value: Buffer.alloc(65_532) }],
  });
}
