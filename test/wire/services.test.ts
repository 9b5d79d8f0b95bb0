import { createServer as createTcpServer, type Socket, type Server as TcpServer } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TlsVersion } from '../../src/device/security.js';
import { identityPem } from '../../src/net/secure-contexts.js';
import { requestService, type ServiceRequest } from '../../src/net/service-client.js';
import { OLD_PHONE_CIPHERS } from '../../src/net/tls-versions.js';
import {
  startWebServer,
  type WebServer,
  type WebServerEvent,
  type WebServerOptions,
} from '../../src/net/web-server.js';
import { type Party, party } from '../phone/fixtures.js';

const ADDRESS = '127.10.0.1';
const PAGE = Buffer.from('<CiscoIPPhoneMenu/>');

let tomcat: Party;
let server: WebServer | undefined;
let other: TcpServer | TlsServer | undefined;
/** Connections of `other`. */
const taken = new Set<Socket>();
const events: WebServerEvent[] = [];

beforeAll(async () => {
  tomcat = await party('tomcat', { bits: 2048 });
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  const closing = other;
  other = undefined;
  for (const socket of taken) socket.destroy();
  taken.clear();
  if (closing !== undefined) await new Promise<void>((resolve) => closing.close(() => resolve()));
  events.length = 0;
});

async function serve(options: Partial<WebServerOptions> = {}): Promise<number> {
  server = await startWebServer({
    address: ADDRESS,
    port: 0,
    identity: tomcat,
    versions: { min: '1.0', max: '1.2' },
    answer: (target) =>
      target === '/ccmcip/xmldirectory.jsp?l=en'
        ? { status: 200, contentType: 'text/xml', body: PAGE }
        : { status: 404, contentType: 'text/plain', body: new Uint8Array(0) },
    onEvent: (event) => events.push(event),
    ...options,
  });
  return server.port;
}

function ask(port: number, part: Partial<ServiceRequest> = {}) {
  return requestService({
    server: { address: ADDRESS, port },
    path: '/ccmcip/xmldirectory.jsp?l=en',
    tls: { min: '1.0', max: '1.2', identity: null },
    judge: async () => ({ trusted: true }),
    localAddress: '127.64.0.1',
    signal: new AbortController().signal,
    ...part,
  });
}

/** A TLS server of another kind: what it does with a connection once its handshake is done. */
function strange(behave: (text: string) => string | 'close' | 'silence'): Promise<number> {
  const made = createTlsServer({ ...identityPem(tomcat), ciphers: OLD_PHONE_CIPHERS }, (socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk) => {
      const answer = behave(chunk.toString('latin1'));
      if (answer === 'close') socket.destroy();
      else if (answer !== 'silence') socket.end(answer);
    });
  });
  other = made;
  made.on('connection', (socket) => taken.add(socket));
  return new Promise((resolve) =>
    made.listen(0, ADDRESS, () => resolve((made.address() as { port: number }).port)),
  );
}

describe('HTTPS services over sockets (R-49)', () => {
  it('shows its certificate to the judge, then gets the page', async () => {
    const port = await serve();
    const seen: Uint8Array[] = [];
    const answer = await ask(port, {
      judge: async (der) => {
        // nothing was asked yet: the judge comes before the first octet
        expect(events).toEqual([]);
        seen.push(Uint8Array.from(der));
        return { trusted: true };
      },
    });
    expect(answer).toEqual({ result: 'answered', status: 200, body: PAGE });
    expect(Buffer.from(seen[0] ?? [])).toEqual(Buffer.from(tomcat.certificate.der));
    expect(events).toEqual([
      { event: 'answered', client: '127.64.0.1', target: '/ccmcip/xmldirectory.jsp?l=en', status: 200 },
    ]);
  });

  it('asks nothing where the judge says no, and hands on what the judge throws', async () => {
    const port = await serve();
    const refused = await ask(port, {
      judge: async () => ({ trusted: false, rule: 'R-49', reason: 'tvs-negative' }),
    });
    expect(refused).toEqual({ result: 'tls-failed', detail: 'tvs-negative (R-49)' });
    await expect(ask(port, { judge: () => Promise.reject(new Error('a bug')) })).rejects.toThrow('a bug');
    expect(events).toEqual([]);
  });

  it.each<[TlsVersion, TlsVersion, TlsVersion, string]>([
    ['1.0', '1.0', '1.0', 'answered'],
    ['1.2', '1.0', '1.2', 'answered'],
    // G-03, P-11: minimum 1.2 against a 79xx
    ['1.0', '1.2', '1.2', 'tls-failed'],
    ['1.2', '1.3', '1.3', 'tls-failed'],
  ])('a phone with TLS 1.0 to %s at a server that offers %s to %s: %s', async (phone, min, max, result) => {
    const port = await serve({ versions: { min, max } });
    expect(await ask(port, { tls: { min: '1.0', max: phone, identity: null } })).toMatchObject({ result });
  });

  it('other pages are not found, other methods not allowed', async () => {
    const port = await serve();
    expect(await ask(port, { path: '/ccmadmin/' })).toMatchObject({ result: 'answered', status: 404 });
  });

  it.each([
    [
      'closes in place of an answer',
      'close',
      { result: 'error', detail: 'connection closed without an answer' },
    ],
    ['says nothing', 'silence', { result: 'timeout', detail: 'no answer within 300 ms' }],
    ['is no HTTP server', 'SIP/2.0 200 OK\r\n\r\n', { result: 'error' }],
    ['sends endless headers', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(9000)}`, { result: 'error' }],
    [
      'sends a page that no phone takes',
      'HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n',
      { result: 'error' },
    ],
  ] as const)('a server that %s', async (_, behaviour, expected) => {
    const port = await strange(() => behaviour);
    expect(await ask(port, { limits: { answerMs: 300 } })).toMatchObject(expected);
  });

  it('a server that takes TCP and never answers TLS is given up in time; one that is not there refuses', async () => {
    const silent = createTcpServer((socket) => taken.add(socket.on('error', () => undefined)));
    other = silent;
    const port = await new Promise<number>((resolve) =>
      silent.listen(0, ADDRESS, () => resolve((silent.address() as { port: number }).port)),
    );
    expect(await ask(port, { limits: { connectMs: 200 } })).toEqual({
      result: 'tls-failed',
      detail: 'no TLS connection within 200 ms',
    });
    const free = await serve();
    await server?.close();
    expect(await ask(free)).toMatchObject({ result: 'unreachable' });
  });

  it('leaves nothing open when it is aborted', async () => {
    const port = await strange(() => 'silence');
    const controller = new AbortController();
    const asked = ask(port, {
      signal: controller.signal,
      judge: async () => {
        controller.abort(new Error('power off'));
        return { trusted: true };
      },
    });
    await expect(asked).rejects.toThrow('power off');
  });

  it('a client that never ends its request is cut off', async () => {
    const port = await serve({ limits: { requestMs: 200 } });
    const { connect } = await import('node:tls');
    const socket = connect({ host: ADDRESS, port, rejectUnauthorized: false, ciphers: OLD_PHONE_CIPHERS });
    socket.on('error', () => undefined);
    socket.write('GET / HT');
    await new Promise<void>((resolve) => socket.once('close', () => resolve()));
    expect(events).toMatchObject([{ event: 'refused' }]);
  });
});
