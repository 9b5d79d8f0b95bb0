import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import type { FileRequest, FileService } from '../../src/net/file-service.js';
import { fetchHttpFile, phoneRequest } from '../../src/net/http-files-client.js';
import { type HttpFilesServerOptions, startHttpFilesServer } from '../../src/net/http-files-server.js';

/** Addresses of this file alone, so that parallel tests do not meet. */
const SERVER = '127.202.0.1';
const PHONE = '127.202.1.1';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const content = (octets: number): Buffer =>
  Buffer.from(Array.from({ length: octets }, (_, i) => (i * 7) & 0xff));

async function serve(
  files: Record<string, Uint8Array | 'busy'>,
  options: Partial<HttpFilesServerOptions> = {},
): Promise<{ server: FileService; log: FileRequest[] }> {
  const log: FileRequest[] = [];
  const server = await startHttpFilesServer({
    address: SERVER,
    port: 0,
    read: (name) => files[name],
    onRequest: (request) => log.push(request),
    ...options,
  });
  closing.push(() => server.close());
  return { server, log };
}

/** Everything that the server sends in answer to these octets until it closes, or until `until` stands in it. */
async function raw(server: FileService, octets: string | Buffer, until?: string): Promise<string> {
  const socket = connect({ host: server.address, port: server.port, localAddress: PHONE });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
    if (until !== undefined && text.includes(until)) socket.destroy();
  });
  socket.on('error', () => undefined);
  socket.write(octets);
  await once(socket, 'close');
  return text;
}

/** A server that answers every connection with these pieces, one a turn, then ends it (or not). */
async function answers(
  pieces: readonly (string | Buffer)[],
  end = true,
): Promise<AddressInfo & { server: Server }> {
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined).setNoDelay(true);
    socket.once('data', async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        await new Promise((resolve) => setImmediate(resolve));
      }
      if (end) socket.end();
    });
    closing.push(() => socket.destroy());
  });
  server.listen(0, SERVER);
  await once(server, 'listening');
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return { ...(server.address() as AddressInfo), server };
}

const get = (file: string): string => `GET /${file} HTTP/1.1\r\nHost:${SERVER}:6970\r\n\r\n`;

describe('the server speaks as CUCM does (phone-config.md 4)', () => {
  it('answers with exactly these octets', async () => {
    const { server } = await serve({ 'CTLSEP001F9E266369.tlv': Buffer.from('trust') });
    const answer = await raw(server, get('CTLSEP001F9E266369.tlv'), 'trust');
    expect(answer).toBe(
      'HTTP/1.1 200 OK\r\nContent-length: 5\r\nCache-Control: no-store\r\nContent-type: */*\r\n\r\ntrust',
    );
  });

  it.each([
    ['a file that is not there', get('ITLSEP001F9E266369.tlv'), 404, 'not-found'],
    ['a busy server', get('busy.tlv'), 503, 'busy'],
    ['traversal', get('../etc/passwd'), 400, 'bad-request'],
    ['encoded traversal', get('%2e%2e/%2e%2e/etc/passwd'), 400, 'bad-request'],
    ['an absolute name', get('/etc/passwd'), 400, 'bad-request'],
    ['a backslash', get('a%5Cb'), 400, 'bad-request'],
    ['a NUL', get('a%00b'), 400, 'bad-request'],
    ['broken escapes', get('a%ZZ'), 400, 'bad-request'],
    ['no UTF-8', get('a%ff'), 400, 'bad-request'],
    ['an over-long name', get('x'.repeat(300)), 400, 'bad-request'],
    ['a proxy request', 'GET http://x/a HTTP/1.1\r\nHost: x\r\n\r\n', 400, 'bad-request'],
    ['writing', 'PUT /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc', 405, 'bad-request'],
    ['rubbish', 'rubbish\r\n\r\n', 400, 'bad-request'],
    ['headers without end', `GET /a HTTP/1.1\r\nX: ${'y'.repeat(9000)}`, 431, 'bad-request'],
  ])('%s is answered with its status and logged', async (_what, request, status, result) => {
    const { server, log } = await serve({ 'busy.tlv': 'busy' });
    const answer = await raw(server, request, '\r\n\r\n');
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*\r\nContent-length: 0\r\n`));
    await expect.poll(() => log.map((entry) => entry.result)).toEqual([result]);
    expect(log[0]).toMatchObject({ transport: 'http', octets: 0, client: { address: PHONE } });
  });

  it('names the methods that it has', async () => {
    const { server } = await serve({});
    expect(await raw(server, 'DELETE /a HTTP/1.1\r\n\r\n', '\r\n\r\n')).toContain('\r\nAllow: GET, HEAD\r\n');
  });

  it('keeps the connection for further requests, and closes it for HTTP/1.0', async () => {
    const { server, log } = await serve({ a: Buffer.from('first'), b: Buffer.from('second') });
    const answer = await raw(server, get('a') + get('b'), 'second');
    expect(answer.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
    expect(await raw(server, 'GET /a HTTP/1.0\r\n\r\n')).toContain('first');
    await expect.poll(() => log.map((entry) => entry.file)).toEqual(['a', 'b', 'a']);
  });

  it('answers HEAD with the length and without the file', async () => {
    const { server } = await serve({ a: content(7879) });
    const answer = await raw(server, 'HEAD /a HTTP/1.0\r\n\r\n');
    expect(answer).toMatch(/Content-length: 7879\r\n(.+\r\n)+\r\n$/);
  });

  it('a request that never ends is cut off at its limit', async () => {
    const { server } = await serve({}, { limits: { requestMs: 200 } });
    expect(await raw(server, 'GET /a HTTP/1.1\r\nX: ')).toMatch(/^HTTP\/1.1 408 /);
  });

  it('reading that fails is 500 for the client and a reason in the log', async () => {
    const { server, log } = await serve(
      {},
      {
        read: () => {
          throw new Error('disk on fire');
        },
      },
    );
    expect(await raw(server, get('a'), '\r\n\r\n')).toMatch(/^HTTP\/1.1 500 /);
    await expect.poll(() => log[0]).toMatchObject({ result: 'error', detail: 'disk on fire' });
  });

  it('a client that leaves in the middle of a file is logged as aborted', async () => {
    const { server, log } = await serve({ load: Buffer.alloc(64 << 20) });
    await raw(server, get('load'), '\r\n\r\n');
    await expect.poll(() => log[0]).toMatchObject({ result: 'aborted', octets: 0 });
  });

  it('says which port of which address is taken', async () => {
    const { server } = await serve({});
    await expect(
      startHttpFilesServer({ address: SERVER, port: server.port, read: () => undefined }),
    ).rejects.toMatchObject({ code: 'TF_PORT_TAKEN', message: expect.stringContaining(String(server.port)) });
    await expect(
      startHttpFilesServer({ address: '192.0.2.1', port: 0, read: () => undefined }),
    ).rejects.toMatchObject({ code: 'TF_ADDRESS_UNAVAILABLE' });
  });
});

describe('the client asks as a phone does (phone-config.md 4)', () => {
  it('sends the 64 octets of the example', () => {
    const request = phoneRequest('CTLSEP001F9E266369.tlv', { address: '192.168.10.20', port: 6970 });
    expect(request.toString('latin1')).toBe(
      'GET /CTLSEP001F9E266369.tlv HTTP/1.1\r\nHost:192.168.10.20:6970\r\n\r\n',
    );
    const twelve = phoneRequest('CTLSEP001F9E266369.tlv', { address: '192.168.10.2', port: 6970 });
    expect(twelve.length).toBe(64);
  });

  it('cannot be made to send a header by a file name', () => {
    const request = phoneRequest('a\r\nX: y', { address: '127.0.0.1', port: 1 }).toString('latin1');
    expect(request.split('\r\n')).toHaveLength(4);
  });

  for (const octets of [0, 1, 8192, 100_000, 3_000_000]) {
    it(`brings a file of ${octets} octets whole, from its own address`, async () => {
      const { server, log } = await serve({ 'ITLFile.tlv': content(octets) });
      const result = await fetchHttpFile({ localAddress: PHONE, server, file: 'ITLFile.tlv' });
      expect(result).toMatchObject({ status: 'ok', octets, retransmissions: 0 });
      if (result.status === 'ok') expect(Buffer.compare(result.bytes, content(octets))).toBe(0);
      await expect.poll(() => log[0]).toMatchObject({ result: 'ok', octets, client: { address: PHONE } });
    });
  }

  it('404 is not-found, 503 is busy', async () => {
    const { server } = await serve({ b: 'busy' });
    const fetch = (file: string) => fetchHttpFile({ localAddress: PHONE, server, file });
    expect(await fetch('a')).toMatchObject({ status: 'not-found' });
    expect(await fetch('b')).toMatchObject({ status: 'busy' });
  });

  it('a refused connection is refused', async () => {
    const { port, server } = await answers([]);
    await new Promise((resolve) => server.close(resolve));
    closing.splice(0);
    const result = await fetchHttpFile({ localAddress: PHONE, server: { address: SERVER, port }, file: 'a' });
    expect(result).toEqual({ status: 'refused', octets: 0, retransmissions: 0 });
  });

  it.each([
    ['length missing: until the connection ends', ['HTTP/1.1 200 OK\r\n\r\n', 'abc', 'def'], 'abcdef'],
    ['other spelling of the header', ['HTTP/1.1 200 OK\r\nCONTENT-LENGTH:3\r\n\r\nabc'], 'abc'],
    ['octets behind the file', ['HTTP/1.1 200 OK\r\nContent-length: 3\r\n\r\nabcdef'], 'abc'],
    ['no reason phrase', ['HTTP/1.0 200\r\nContent-length: 3\r\n\r\nabc'], 'abc'],
  ])('takes a file with %s', async (_what, pieces, text) => {
    const server = await answers(pieces);
    const result = await fetchHttpFile({ localAddress: PHONE, server, file: 'a' });
    expect(result.status === 'ok' && Buffer.from(result.bytes).toString()).toBe(text);
  });

  it.each([
    ['no answer', [], /without an answer/],
    ['half a header', ['HTTP/1.1 200'], /cut off after 12 octets/],
    ['half a body', ['HTTP/1.1 200 OK\r\nContent-length: 9\r\n\r\nabc'], /cut off after 3 of 9/],
    ['another protocol', ['SSH-2.0-x\r\n\r\n'], /status line/],
    ['a length that is none', ['HTTP/1.1 200 OK\r\nContent-length: -1\r\n\r\n'], /not a number/],
    ['two lengths', ['HTTP/1.1 200 OK\r\nContent-length: 1\r\nContent-length: 2\r\n\r\n'], /1 and 2/],
    ['chunks', ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'], /Transfer-Encoding/],
    ['a nameless header', ['HTTP/1.1 200 OK\r\n: x\r\n\r\n'], /without a name/],
    ['endless headers', [Buffer.alloc(20_000, 'x')], /headers longer/],
    ['a huge length', ['HTTP/1.1 200 OK\r\nContent-length: 99999999999\r\n\r\n'], /at most 1000/],
    ['a body past the limit', ['HTTP/1.1 200 OK\r\n\r\n', Buffer.alloc(1001)], /longer than 1000/],
    ['another status', ['HTTP/1.1 302 Found\r\nContent-length: 0\r\n\r\n'], /status 302/],
  ])('%s is an error that says so', async (_what, pieces, detail) => {
    const server = await answers(pieces);
    const result = await fetchHttpFile({ localAddress: PHONE, server, file: 'a', maxOctets: 1000 });
    expect(result).toMatchObject({ status: 'error', detail: expect.stringMatching(detail) });
  });

  it('a server that says nothing, or stops in the middle, is a timeout', async () => {
    const limits = { idleMs: 60 };
    const silent = await answers([], false);
    const stuck = await answers(['HTTP/1.1 200 OK\r\nContent-length: 9\r\n\r\nabc'], false);
    for (const server of [silent, stuck]) {
      expect(await fetchHttpFile({ localAddress: PHONE, server, file: 'a', ...limits })).toMatchObject({
        status: 'timeout',
      });
    }
  });

  it('a server that drips for ever is a timeout, too', async () => {
    const server = await answers(
      Array.from({ length: 2_000_000 }, () => 'X'),
      false,
    );
    const result = await fetchHttpFile({
      localAddress: PHONE,
      server,
      file: 'a',
      headerOctets: 1 << 30,
      idleMs: 1000,
      transferMs: 150,
    });
    expect(result).toMatchObject({ status: 'timeout' });
  });

  it('an aborted fetch rejects with the reason', async () => {
    const server = await answers([], false);
    const abort = new AbortController();
    const fetch = () => fetchHttpFile({ localAddress: PHONE, server, file: 'a', signal: abort.signal });
    setTimeout(() => abort.abort(new Error('power cut')), 50);
    await expect(fetch()).rejects.toThrow('power cut');
    await expect(fetch()).rejects.toThrow('power cut');
  });

  it('never asks a DNS, and never throws for a server that cannot be', async () => {
    for (const server of [
      { address: 'cucm.example', port: 6970 },
      { address: SERVER, port: 70_000 },
    ]) {
      const result = await fetchHttpFile({ localAddress: PHONE, server, file: 'a' });
      expect(result).toMatchObject({ status: 'error', detail: expect.stringContaining(server.address) });
    }
  });

  it('an answer means the same however it is split', async () => {
    const whole = Buffer.from(
      'HTTP/1.1 200 OK\r\nContent-length: 12\r\nCache-Control: no-store\r\n\r\nhello, phone',
    );
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(fc.integer({ min: 1, max: whole.length - 1 }), { maxLength: 8 }),
        async (cuts) => {
          const at = [0, ...cuts.sort((a, b) => a - b), whole.length];
          const server = await answers(at.slice(1).map((end, i) => whole.subarray(at[i], end)));
          const result = await fetchHttpFile({ localAddress: PHONE, server, file: 'a' });
          expect(result.status === 'ok' && Buffer.from(result.bytes).toString()).toBe('hello, phone');
        },
      ),
      { numRuns: 25 },
    );
  });
});
