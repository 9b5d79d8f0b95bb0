import { createServer as createTcpServer, type Server, type Socket, connect as tcpConnect } from 'node:net';
import { connect, createServer, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { identityPem } from '../../src/net/secure-contexts.js';
import { askTvs } from '../../src/net/tvs-client.js';
import {
  startTvsServer,
  type TvsServer,
  type TvsServerEvent,
  type TvsServerOptions,
} from '../../src/net/tvs-server.js';
import { decodeTvs, encodeTvs, type TvsMessage, type TvsRequest } from '../../src/protocol/tvs/index.js';
import {
  answerKnown,
  ecIdentity,
  knownSigner,
  oldIdentity,
  PHONE_ADDRESS,
  phoneIdentity,
  question,
  TVS_ADDRESS,
  tvsIdentity,
} from './tvs-support.js';

const CIPHERS = 'DEFAULT:@SECLEVEL=0';
const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(part: Partial<TvsServerOptions> = {}): Promise<{
  readonly server: TvsServer;
  readonly port: number;
  readonly events: TvsServerEvent[];
}> {
  const events: TvsServerEvent[] = [];
  const server = await startTvsServer({
    address: TVS_ADDRESS,
    port: 0,
    identity: tvsIdentity,
    answer: answerKnown,
    onEvent: (event) => events.push(event),
    ...part,
  });
  cleanups.push(() => server.close());
  return { server, port: server.port, events };
}

function listen(server: Server, open: Set<Socket>): Promise<number> {
  cleanups.push(async () => {
    for (const socket of open) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return new Promise((resolve) => {
    server.listen(0, TVS_ADDRESS, () => resolve((server.address() as { port: number }).port));
  });
}

/** A TLS server that treats each connection as it is told. */
function peer(treat: (socket: TLSSocket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createServer(
    { ...identityPem(tvsIdentity), ciphers: CIPHERS, minVersion: 'TLSv1' },
    (socket) => {
      socket.on('error', () => undefined);
      treat(socket);
    },
  );
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
  });
  server.on('tlsClientError', () => undefined);
  return listen(server, open);
}

/** A TCP server without TLS. */
function tcpPeer(treat: (socket: Socket) => void): Promise<number> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    treat(socket);
  });
  return listen(server, open);
}

const request: TvsRequest = {
  command: 'QUERY_REQUEST',
  sessionId: 7,
  deviceName: 'CP-8861-SEP001F9E266369',
  signer: knownSigner,
};

/** A phone by hand: writes pieces, collects what comes until the other side closes. */
function byHand(port: number, write: (socket: TLSSocket) => void): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    // node:tls hands localAddress on to node:net, only its types do not say so
    const options = { host: TVS_ADDRESS, port, localAddress: PHONE_ADDRESS, ciphers: CIPHERS };
    const socket = connect({ ...options, rejectUnauthorized: false });
    cleanups.push(async () => void socket.destroy());
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    socket.once('close', () => resolve(Buffer.concat(chunks)));
    socket.once('secureConnect', () => write(socket));
  });
}

describe('a phone asks TVS (R-38, R-41)', () => {
  it('and gets certificate, roles and time to live', async () => {
    const { port, events } = await serve();
    expect(await askTvs(question(port))).toEqual({
      result: 'positive',
      certificate: Buffer.from(tvsIdentity.certificate.der),
      roles: [0, 2],
      ttlSeconds: 86_400,
    });
    expect(events).toEqual([
      { event: 'answered', client: PHONE_ADDRESS, device: 'CP-8861-SEP001F9E266369', status: 0 },
    ]);
  });

  it('and hears no for a signer that TVS does not know (R-40)', async () => {
    const { port } = await serve();
    expect(await askTvs(question(port, { signer: { ...knownSigner, serial: '01' } }))).toEqual({
      result: 'negative',
    });
  });

  it('with its own session id and names', async () => {
    const seen: TvsRequest[] = [];
    const { port } = await serve({
      answer: (asked) => {
        seen.push(asked);
        return answerKnown(asked);
      },
    });
    await askTvs(question(port, { sessionId: 0xffff_ffff }));
    expect(seen).toEqual([{ ...request, sessionId: 0xffff_ffff }]);
  });

  it('fifty at once, each with an answer of its own', async () => {
    const { port } = await serve();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        askTvs(
          question(port, {
            sessionId: 1001 + index,
            localAddress: `127.91.2.${index + 1}`,
            signer: index % 2 === 0 ? knownSigner : { ...knownSigner, serial: '00' },
          }),
        ),
      ),
    );
    expect(answers.map(({ result }) => result)).toEqual(
      Array.from({ length: 50 }, (_, index) => (index % 2 === 0 ? 'positive' : 'negative')),
    );
  });
});

describe('the judge of the server’s certificate (R-38, R-39)', () => {
  it('sees the DER before a single octet is written, and its no is a failed handshake', async () => {
    const octets: Buffer[] = [];
    const ended = new Promise<void>((resolve) => {
      void peer((socket) => {
        socket.on('data', (chunk: Buffer) => octets.push(chunk));
        socket.once('close', () => resolve());
      }).then(async (port) => {
        let judged: Uint8Array | undefined;
        const answer = await askTvs(
          question(port, {
            judge: (der) => {
              judged = der;
              return { trusted: false, rule: 'R-38', reason: 'not-in-itl' };
            },
          }),
        );
        expect(answer).toEqual({ result: 'handshake-failed', detail: 'not-in-itl (R-38)' });
        expect(Buffer.from(judged ?? [])).toEqual(Buffer.from(tvsIdentity.certificate.der));
      });
    });
    await ended;
    expect(Buffer.concat(octets)).toHaveLength(0);
  });
});

describe('TLS versions (R-107, phone-behaviour.md 13, P-12)', () => {
  it.each([
    [
      'a 7900 phone, TLS 1.0 only, with a 1024-bit SHA-1 certificate on both sides',
      '1.0',
      '1.0',
      oldIdentity,
    ],
    ['TLS 1.1', '1.1', '1.1', oldIdentity],
    ['TLS 1.2', '1.2', '1.2', tvsIdentity],
    ['TLS 1.3', '1.3', '1.3', ecIdentity],
  ] as const)('%s is answered', async (_, min, max, identity) => {
    const { port } = await serve({ identity, tls: { min, max } });
    const answer = await askTvs(question(port, { tls: { min: '1.0', max: '1.3', identity: phoneIdentity } }));
    expect(answer.result).toBe('positive');
    const mirrored = await serve({ identity, tls: { min: '1.0', max: '1.3' } });
    expect((await askTvs(question(mirrored.port, { tls: { min, max, identity: null } }))).result).toBe(
      'positive',
    );
  });

  it('TLS 1.0 against a server from 1.2 on is a failed handshake (G-07)', async () => {
    const { port } = await serve({ tls: { min: '1.2', max: '1.2' } });
    const answer = await askTvs(question(port, { tls: { min: '1.0', max: '1.0', identity: null } }));
    expect(answer).toMatchObject({ result: 'handshake-failed' });
  });
});

describe('the phone’s own certificate (R-38)', () => {
  it('is shown when the server asks, and TVS answers whatever it is', async () => {
    const shown: (string | undefined)[] = [];
    const open = new Set<Socket>();
    const server = createServer(
      { ...identityPem(tvsIdentity), ciphers: CIPHERS, requestCert: true, rejectUnauthorized: false },
      (socket) => {
        open.add(socket);
        shown.push(socket.getPeerX509Certificate()?.subject.match(/CN=(.*)/)?.[1]);
        socket.on('error', () => undefined);
        socket.end(encodeTvs({ command: 'QUERY_RESPONSE', sessionId: 1001, status: 1 }));
      },
    );
    const port = await listen(server, open);
    for (const identity of [phoneIdentity, ecIdentity, null]) {
      const answer = await askTvs(question(port, { tls: { min: '1.2', max: '1.2', identity } }));
      expect(answer.result).toBe('negative');
    }
    expect(shown).toEqual(['phone', 'ec', undefined]);
  });

  it('never makes our TVS refuse', async () => {
    const { port } = await serve();
    for (const identity of [phoneIdentity, ecIdentity, null]) {
      const answer = await askTvs(question(port, { tls: { min: '1.2', max: '1.2', identity } }));
      expect(answer.result).toBe('positive');
    }
  });
});

describe('a server of no use (K-03, tvs.md 9.2)', () => {
  it('TCP refused: unreachable', async () => {
    const { server, port } = await serve();
    await server.close();
    expect(await askTvs(question(port))).toMatchObject({
      result: 'unreachable',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('silent under TCP: timeout of the connection', async () => {
    const port = await tcpPeer(() => undefined);
    expect(await askTvs(question(port, { connectTimeoutMs: 100 }))).toEqual({
      result: 'timeout',
      detail: 'no TLS connection within 100 ms',
    });
  });

  it('closes under TCP: failed handshake', async () => {
    const port = await tcpPeer((socket) => socket.destroy());
    expect((await askTvs(question(port))).result).toBe('handshake-failed');
  });

  it('resets under TCP: failed handshake', async () => {
    const port = await tcpPeer((socket) => void socket.once('data', () => socket.resetAndDestroy()));
    expect((await askTvs(question(port))).result).toBe('handshake-failed');
  });

  it('speaks no TLS: failed handshake', async () => {
    const port = await tcpPeer((socket) => void socket.write('220 mail.example.test ESMTP\r\n'));
    expect((await askTvs(question(port))).result).toBe('handshake-failed');
  });

  it('silent under TLS: timeout of the answer', async () => {
    const port = await peer((socket) => void socket.resume());
    expect(await askTvs(question(port, { answerTimeoutMs: 100 }))).toEqual({
      result: 'timeout',
      detail: 'no answer within 100 ms',
    });
  });

  it('one octet at a time, for ever: the same', async () => {
    const port = await peer((socket) => {
      const octets = encodeTvs({ command: 'QUERY_RESPONSE', sessionId: 1001, status: 1 });
      let at = 0;
      const timer = setInterval(() => socket.write(octets.subarray(at, ++at)), 60);
      socket.once('close', () => clearInterval(timer));
    });
    expect(await askTvs(question(port, { answerTimeoutMs: 200 }))).toMatchObject({
      result: 'timeout',
      detail: 'no answer within 200 ms',
    });
  });

  it('closes without an answer, with and without a reset: timeout with its reason', async () => {
    const polite = await peer((socket) => void socket.once('data', () => socket.end()));
    expect(await askTvs(question(polite))).toEqual({ result: 'timeout', detail: 'closed without an answer' });
    const inside = await peer((socket) => void socket.once('data', () => socket.end(Buffer.of(0x57, 1, 4))));
    expect(await askTvs(question(inside))).toEqual({ result: 'timeout', detail: 'closed without an answer' });
    const rude = await peer((socket) => void socket.once('data', () => socket.destroy()));
    expect((await askTvs(question(rude))).result).toBe('timeout');
  });

  it('half-open: it sends FIN and keeps its side, and the phone leaves', async () => {
    let closed: () => void = () => undefined;
    const left = new Promise<void>((resolve) => {
      closed = resolve;
    });
    const open = new Set<Socket>();
    const server = createServer({ ...identityPem(tvsIdentity), allowHalfOpen: true }, (socket) => {
      open.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', closed);
      socket.once('data', () => socket.end());
      socket.resume();
    });
    const port = await listen(server, open);
    expect((await askTvs(question(port))).result).toBe('timeout');
    for (const socket of open) socket.destroy();
    await left;
  });

  it.each<[string, TvsMessage | Buffer]>([
    ['rubbish', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['another session id', { command: 'QUERY_RESPONSE', sessionId: 1, status: 1 }],
    [
      'a VERIFY_RESPONSE',
      { command: 'VERIFY_RESPONSE', sessionId: 1001, status: 0, roles: [0], ttlSeconds: 1 },
    ],
    ['a request', { ...request, sessionId: 1001 }],
    ['status 0 without certificate', { command: 'QUERY_RESPONSE', sessionId: 1001, status: 0 }],
    ['no status', Buffer.from('570104000000' + '03e9' + '0003' + '080000', 'hex')],
    [
      'a certificate that is none',
      Buffer.from('570104000000' + '03e9' + '000c' + '07000100' + '02000568656c6c6f', 'hex'),
    ],
  ])('answers with %s: timeout at once, with its reason', async (_, message) => {
    const octets = Buffer.isBuffer(message) ? message : encodeTvs(message);
    const port = await peer((socket) => void socket.once('data', () => socket.write(octets)));
    expect(await askTvs(question(port, { answerTimeoutMs: 60_000 }))).toMatchObject({
      result: 'timeout',
      detail: expect.stringMatching(/^no usable answer: ./),
    });
  });

  it('talks before it is asked, and on after its answer: the first message counts', async () => {
    const port = await peer((socket) => {
      const answer = encodeTvs({ command: 'QUERY_RESPONSE', sessionId: 1001, status: 1 });
      socket.write(Buffer.concat([answer, Buffer.alloc(100_000, 0x41)]));
    });
    expect(await askTvs(question(port))).toEqual({ result: 'negative' });
  });

  it('a question that cannot be written is no answer either', async () => {
    const { port } = await serve();
    const signer = { ...knownSigner, issuer: 'x'.repeat(70_000) };
    expect(await askTvs(question(port, { signer }))).toMatchObject({
      result: 'timeout',
      detail: expect.stringContaining('cannot be asked'),
    });
  });

  it('an address that this machine does not have is unreachable, not a crash', async () => {
    const { port } = await serve();
    expect(await askTvs(question(port, { localAddress: '192.0.2.77' }))).toMatchObject({
      result: 'unreachable',
    });
  });
});

describe('an aborted question', () => {
  it.each([
    ['before it starts', 0],
    ['while it connects', 20],
  ])('%s rejects with the reason of its signal', async (_, after) => {
    const port = await tcpPeer(() => undefined);
    const controller = new AbortController();
    if (after === 0) controller.abort(new Error('enough'));
    else setTimeout(() => controller.abort(new Error('enough')), after);
    await expect(askTvs(question(port, { signal: controller.signal }))).rejects.toThrow('enough');
  });

  it('while it waits for the answer leaves no connection', async () => {
    const controller = new AbortController();
    const closed = new Promise<void>((resolve) => {
      void peer((socket) => {
        socket.once('close', () => resolve());
        socket.once('data', () => controller.abort(new Error('enough')));
      }).then((port) =>
        expect(askTvs(question(port, { signal: controller.signal }))).rejects.toThrow('enough'),
      );
    });
    await closed;
  });
});

describe('the TVS server (tvs.md 9.1, 11)', () => {
  it('answers a question cut at any octet', async () => {
    const { port } = await serve();
    const octets = encodeTvs(request);
    for (let at = 0; at <= octets.length; at += 13) {
      const answer = await byHand(port, (socket) => {
        socket.write(octets.subarray(0, at), () => setImmediate(() => socket.write(octets.subarray(at))));
      });
      expect(decodeTvs(answer), `cut at ${at}`).toMatchObject({ sessionId: 7, status: 0 });
    }
  });

  it('answers a question that comes an octet a record', async () => {
    const { port } = await serve();
    const answer = await byHand(port, (socket) => {
      for (const octet of encodeTvs(request)) socket.write(Buffer.of(octet));
    });
    expect(decodeTvs(answer)).toMatchObject({ status: 0, roles: [0, 2] });
  });

  it('answers one question a connection, and the answer is not lost when there is a second one', async () => {
    const { port, events } = await serve();
    const octets = encodeTvs(request);
    const answer = await byHand(port, (socket) => {
      socket.write(Buffer.concat([octets, octets]));
      socket.write(Buffer.alloc(200_000, 0x57));
    });
    expect(decodeTvs(answer)).toMatchObject({ sessionId: 7, status: 0 });
    expect(events.filter(({ event }) => event === 'answered')).toHaveLength(1);
  });

  it.each<[string, Buffer]>([
    ['protocol id 0x55', Buffer.from('55', 'hex')],
    ['version 0', Buffer.from('5700', 'hex')],
    ['command 0', Buffer.from('57010000000000010000', 'hex')],
    ['an empty body', Buffer.from('57010300000000010000', 'hex')],
    ['a response', encodeTvs({ command: 'QUERY_RESPONSE', sessionId: 1, status: 1 })],
    ['a stray octet', Buffer.from('5701030000000001000101', 'hex')],
    [
      'a question without an answer',
      encodeTvs({
        command: 'VERIFY_REQUEST',
        sessionId: 1,
        deviceName: 'CP-8861-SEP001F9E266369',
        certificate: tvsIdentity.certificate.der,
      }),
    ],
  ])('closes without a word on %s', async (_, octets) => {
    const { port, events } = await serve();
    expect(await byHand(port, (socket) => void socket.write(octets))).toHaveLength(0);
    expect(events).toEqual([{ event: 'refused', client: PHONE_ADDRESS, reason: expect.any(String) }]);
    expect((await askTvs(question(port))).result).toBe('positive');
  });

  it('as the reference, refuses QUERY', async () => {
    const { port } = await serve({ strictness: 'reference' });
    expect(await byHand(port, (socket) => void socket.write(encodeTvs(request)))).toHaveLength(0);
  });

  it('closes on who asks nothing in time, inside the handshake and after it', async () => {
    const { port, events } = await serve({ limits: { questionMs: 100, handshakeMs: 100 } });
    expect(await byHand(port, () => undefined)).toHaveLength(0);
    expect(
      await byHand(port, (socket) => void socket.write(encodeTvs(request).subarray(0, 20))),
    ).toHaveLength(0);
    const silent = tcpConnect({ host: TVS_ADDRESS, port });
    cleanups.push(async () => void silent.destroy());
    silent.on('error', () => undefined);
    silent.resume();
    await new Promise((resolve) => silent.once('close', resolve));
    expect(events.map((event) => (event.event === 'refused' ? event.reason : ''))).toEqual([
      'no question in time',
      'no question in time',
      expect.stringContaining('TLS'),
    ]);
  });

  it('goes on when a phone vanishes inside its question', async () => {
    const { port, events } = await serve();
    await byHand(port, (socket) => {
      socket.write(encodeTvs(request).subarray(0, 30), () => setTimeout(() => socket.destroy(), 20));
    });
    expect((await askTvs(question(port))).result).toBe('positive');
    expect(events).toContainEqual({
      event: 'refused',
      client: PHONE_ADDRESS,
      reason: 'closed inside its question',
    });
  });

  it('lets silent phones not disturb others, up to its limit of connections', async () => {
    const { port, events } = await serve({ limits: { connections: 5 } });
    const sockets = Array.from({ length: 4 }, () => tcpConnect({ host: TVS_ADDRESS, port }));
    for (const socket of sockets) {
      socket.on('error', () => undefined);
      cleanups.push(async () => void socket.destroy());
    }
    await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    expect((await askTvs(question(port))).result).toBe('positive');
    const fifth = tcpConnect({ host: TVS_ADDRESS, port });
    cleanups.push(async () => void fifth.destroy());
    await new Promise((resolve) => fifth.once('connect', resolve));
    expect((await askTvs(question(port))).result).toBe('handshake-failed');
    expect(events).toContainEqual(expect.objectContaining({ reason: 'more than 5 connections' }));
  });

  it('survives rubbish in place of TLS', async () => {
    const { port } = await serve();
    const socket = tcpConnect({ host: TVS_ADDRESS, port });
    cleanups.push(async () => void socket.destroy());
    socket.on('error', () => undefined);
    socket.write(Buffer.alloc(1_000, 0x16));
    socket.resume();
    await new Promise((resolve) => socket.once('close', resolve));
    expect((await askTvs(question(port))).result).toBe('positive');
  });

  it('ends open connections when it is closed, and its port is free at once', async () => {
    const { server, port } = await serve();
    const idle = byHand(port, () => {
      void server.close();
    });
    expect(await idle).toHaveLength(0);
    await server.close();
    const again = await startTvsServer({
      address: TVS_ADDRESS,
      port,
      identity: tvsIdentity,
      answer: answerKnown,
    });
    expect(again.port).toBe(port);
    await again.close();
  });

  it('names address and port when the port is taken', async () => {
    const { port } = await serve();
    await expect(
      startTvsServer({ address: TVS_ADDRESS, port, identity: tvsIdentity, answer: answerKnown }),
    ).rejects.toMatchObject({
      code: 'TF_PORT_TAKEN',
      message: expect.stringContaining(`port ${port} of ${TVS_ADDRESS}`),
    });
  });

  it('says when the machine does not have the address', async () => {
    await expect(
      startTvsServer({ address: '192.0.2.1', port: 0, identity: tvsIdentity, answer: answerKnown }),
    ).rejects.toMatchObject({ code: 'TF_ADDRESS_UNAVAILABLE' });
  });
});
