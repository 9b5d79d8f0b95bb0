import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { type DatagramNetwork, datagramNetwork } from '../../src/net/datagrams.js';
import type { FileRequest, FileService } from '../../src/net/file-service.js';
import { fetchHttpFile } from '../../src/net/http-files-client.js';
import { startHttpFilesServer } from '../../src/net/http-files-server.js';
import { TftpSockets, tftpFetch } from '../../src/net/tftp-client.js';
import { startTftpServer, type TftpServerOptions } from '../../src/net/tftp-server.js';
import { decodePacket, encodePacket, type TftpPacket } from '../../src/protocol/tftp/packets.js';

/** Addresses of this file alone, so that parallel tests do not meet. */
const SERVER = '127.201.0.1';
const PHONE = '127.201.1.1';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const content = (octets: number): Buffer =>
  Buffer.from(Array.from({ length: octets }, (_, i) => (i * 7 + (i >> 8)) & 0xff));

async function serve(
  files: Record<string, Uint8Array | 'busy'>,
  options: Partial<TftpServerOptions> = {},
): Promise<{ server: FileService; log: FileRequest[] }> {
  const log: FileRequest[] = [];
  const server = await startTftpServer({
    address: SERVER,
    port: 0,
    read: (name) => files[name],
    onRequest: (request) => log.push(request),
    ...options,
  });
  closing.push(() => server.close());
  return { server, log };
}

function fetchFrom(server: FileService, file: string, more: object = {}) {
  return tftpFetch({ localAddress: PHONE, server, file, ...more });
}

/** A network on which no transfer gets past block 1. */
const withholdBlock2: DatagramNetwork = {
  send(socket, octets, port, address) {
    if (octets[3] !== 2) datagramNetwork.send(socket, octets, port, address);
  },
  close: datagramNetwork.close,
};

/** A bare UDP socket that speaks TFTP by hand. */
async function peer(address = PHONE): Promise<{
  socket: Socket;
  port: number;
  send(packet: TftpPacket | Uint8Array, port: number, to?: string): void;
  receive(): Promise<{ packet: TftpPacket; from: RemoteInfo }>;
  /** Rejects when a datagram comes within the time. */
  silence(ms: number): Promise<void>;
}> {
  const socket = createSocket('udp4');
  const arrived: { packet: TftpPacket; from: RemoteInfo }[] = [];
  socket.on('message', (datagram, from) => {
    arrived.push({ packet: decodePacket(datagram), from });
    socket.emit('arrived');
  });
  socket.bind({ address, port: 0 });
  await once(socket, 'listening');
  closing.push(() => new Promise<void>((resolve) => socket.close(resolve)));
  return {
    socket,
    port: socket.address().port,
    send: (packet, port, to = SERVER) =>
      socket.send(packet instanceof Uint8Array ? packet : encodePacket(packet), port, to),
    receive: async () => {
      while (arrived.length === 0) await once(socket, 'arrived');
      const [first] = arrived.splice(0, 1);
      if (first === undefined) throw new Error('nothing arrived');
      return first;
    },
    silence: async (ms) => {
      await new Promise((resolve) => setTimeout(resolve, ms));
      expect(arrived).toEqual([]);
    },
  };
}

const rrq = (file: string, options: { name: string; value: string }[] = []): TftpPacket => ({
  kind: 'rrq',
  file,
  mode: 'octet',
  options,
});

describe('fetching over real sockets', () => {
  const sizes = [0, 1, 511, 512, 513, 3 * 8192, 100_000];
  const wants = [
    {},
    { blksize: 1428 },
    { blksize: 8192, tsize: true, timeout: 5 },
    { blksize: 65464 },
    { blksize: 8 },
  ];

  for (const options of wants) {
    it(`brings every file whole with options ${JSON.stringify(options)}`, async () => {
      const files = Object.fromEntries(sizes.map((size) => [`${size}.bin`, content(size)]));
      const { server } = await serve(files);
      for (const size of sizes) {
        const result = await fetchFrom(server, `${size}.bin`, { options });
        expect(result).toMatchObject({ status: 'ok', octets: size, retransmissions: 0 });
        if (result.status === 'ok') expect(Buffer.compare(result.bytes, content(size))).toBe(0);
      }
    });
  }

  it('says not-found for ERROR 1 and busy for ERROR 0 "Server busy" (phone-config.md 3, 9)', async () => {
    const { server, log } = await serve({ 'full.tlv': 'busy' });
    expect(await fetchFrom(server, 'CTLSEP001F9E266369.tlv')).toMatchObject({ status: 'not-found' });
    expect(await fetchFrom(server, 'full.tlv')).toMatchObject({ status: 'busy' });
    expect(log.map((request) => [request.file, request.result])).toEqual([
      ['CTLSEP001F9E266369.tlv', 'not-found'],
      ['full.tlv', 'busy'],
    ]);
  });

  it('logs time, client, transport, name, result and octets of each request (phone-config.md 10)', async () => {
    const { server, log } = await serve({ 'ITLFile.tlv': content(7879) });
    await fetchFrom(server, '/ITLFile.tlv');
    await expect.poll(() => log).toHaveLength(1);
    expect(log[0]).toMatchObject({
      transport: 'tftp',
      file: 'ITLFile.tlv',
      result: 'ok',
      octets: 7879,
      retransmissions: 0,
      detail: '',
      client: { address: PHONE },
    });
    expect(log[0]?.at).toBeGreaterThan(Date.UTC(2020, 0));
  });

  it('takes a fresh port of the phone for each file, or the same one where sockets are reused', async () => {
    const { server, log } = await serve({ 'a.tlv': content(10) });
    await fetchFrom(server, 'a.tlv');
    await fetchFrom(server, 'a.tlv');
    const sockets = new TftpSockets();
    closing.push(() => sockets.close());
    await fetchFrom(server, 'a.tlv', { sockets });
    await fetchFrom(server, 'a.tlv', { sockets });
    await expect.poll(() => log).toHaveLength(4);
    const ports = log.map((request) => request.client.port);
    expect(new Set(ports.slice(0, 2)).size).toBe(2);
    expect(new Set(ports.slice(2)).size).toBe(1);
  });

  it('serves a thousand phones at once, more than it has transfers for, and loses none', async () => {
    const { server, log } = await serve({ 'ITLFile.tlv': content(2000) }, { limits: { transfers: 64 } });
    const results = await Promise.all(
      Array.from({ length: 1000 }, (_, k) =>
        tftpFetch({
          localAddress: `127.201.${2 + (k >> 8)}.${k & 0xff}`,
          server,
          file: 'ITLFile.tlv',
          retransmitMs: 2000,
        }),
      ),
    );
    expect(results.filter((result) => result.status === 'ok')).toHaveLength(1000);
    // the last ACKs are still on their way
    await expect.poll(() => log.filter((request) => request.result === 'ok')).toHaveLength(1000);
  });

  it('tells the next client that it is busy when the queue is full', async () => {
    const { server } = await serve({ 'a.tlv': content(600) }, { limits: { transfers: 1, queued: 1 } });
    const [first, second, third] = [await peer(), await peer(), await peer()];
    first.send(rrq('a.tlv'), server.port);
    await first.receive();
    second.send(rrq('a.tlv'), server.port);
    await second.silence(50);
    third.send(rrq('a.tlv'), server.port);
    expect((await third.receive()).packet).toEqual({ kind: 'error', code: 0, message: 'Server busy' });
  });

  it('is silent to nobody when reading the file fails', async () => {
    const { server, log } = await serve(
      {},
      {
        read: () => {
          throw new Error('disk on fire');
        },
      },
    );
    const result = await fetchFrom(server, 'a.tlv');
    expect(result).toMatchObject({ status: 'error', detail: 'ERROR 0 Internal error' });
    expect(log[0]).toMatchObject({ result: 'error', detail: 'disk on fire' });
  });
});

const hasIpv6 = Object.values(networkInterfaces()).some((list) =>
  list?.some(({ address }) => address === '::1'),
);
if (!hasIpv6) process.stderr.write('skipped: this machine has no ::1 (test/wire/tftp)\n');

describe.runIf(hasIpv6)('over IPv6, where all phones are ::1 (contracts.md 1)', () => {
  it('brings files over TFTP and HTTP, however the address is written', async () => {
    const files: Record<string, Uint8Array> = { 'ITLFile.tlv': content(5000) };
    const options = { address: '::1', port: 0, read: (name: string) => files[name] };
    const tftp = await startTftpServer(options);
    const http = await startHttpFilesServer(options);
    closing.push(() => Promise.all([tftp.close(), http.close()]));
    const fetch = { localAddress: '::1', file: 'ITLFile.tlv' };
    for (const address of ['::1', '0:0:0:0:0:0:0:1']) {
      expect(await tftpFetch({ ...fetch, server: { address, port: tftp.port } })).toMatchObject({
        status: 'ok',
        octets: 5000,
      });
      expect(await fetchHttpFile({ ...fetch, server: { address, port: http.port } })).toMatchObject({
        status: 'ok',
        octets: 5000,
      });
    }
  });
});

describe('transfer ids (RFC 1350 section 4)', () => {
  it('answers a third party with ERROR 5 and goes on with the right peer', async () => {
    const { server } = await serve({ 'a.tlv': content(600) });
    const [phone, stranger] = [await peer(), await peer('127.201.1.2')];
    phone.send(rrq('a.tlv'), server.port);
    const { from } = await phone.receive();
    stranger.send({ kind: 'ack', block: 1 }, from.port);
    expect((await stranger.receive()).packet).toMatchObject({ kind: 'error', code: 5 });
    phone.send({ kind: 'ack', block: 1 }, from.port);
    expect((await phone.receive()).packet).toMatchObject({ kind: 'data', block: 2 });
    phone.send({ kind: 'ack', block: 2 }, from.port);
  });

  it('answers from a port of its own for each transfer, never from the request port', async () => {
    const { server } = await serve({ 'a.tlv': content(1) });
    const [one, two] = [await peer(), await peer()];
    one.send(rrq('a.tlv'), server.port);
    two.send(rrq('a.tlv'), server.port);
    const ports = [(await one.receive()).from.port, (await two.receive()).from.port];
    expect(new Set([...ports, server.port]).size).toBe(3);
  });

  it('ignores a repeated request while its transfer is under way, and serves it again afterwards', async () => {
    const { server, log } = await serve({ 'a.tlv': content(5) });
    const phone = await peer();
    phone.send(rrq('a.tlv'), server.port);
    const { from } = await phone.receive();
    phone.send(rrq('a.tlv'), server.port);
    await phone.silence(60);
    phone.send({ kind: 'ack', block: 1 }, from.port);
    await expect.poll(() => log.length).toBe(1);
    phone.send(rrq('a.tlv'), server.port);
    const again = await phone.receive();
    expect(again.packet).toMatchObject({ kind: 'data', block: 1 });
    phone.send({ kind: 'ack', block: 1 }, again.from.port);
    await expect.poll(() => log.length).toBe(2);
  });

  it('another request from the same port ends the transfer before it and is served at once', async () => {
    const { server, log } = await serve({ 'a.tlv': content(5), 'b.tlv': content(600) });
    const phone = await peer();
    for (const file of ['a.tlv', 'b.tlv', 'a.tlv']) {
      phone.send(rrq(file), server.port);
      expect((await phone.receive()).packet).toMatchObject({ kind: 'data', block: 1 });
    }
    await expect
      .poll(() => log.map(({ file, result }) => [file, result]))
      .toEqual([
        ['a.tlv', 'ok'],
        ['b.tlv', 'aborted'],
      ]);
  });

  it('on the client: a packet from elsewhere hears ERROR 5, and the file arrives all the same', async () => {
    const [listener, transfer, stranger] = [
      await peer(SERVER),
      await peer(SERVER),
      await peer('127.201.0.9'),
    ];
    const pending = tftpFetch({
      localAddress: PHONE,
      server: { address: SERVER, port: listener.port },
      file: 'a',
    });
    const { from } = await listener.receive();
    stranger.send({ kind: 'data', block: 1, payload: Buffer.from('forged') }, from.port, PHONE);
    expect((await stranger.receive()).packet).toMatchObject({ kind: 'error', code: 5 });
    transfer.send({ kind: 'data', block: 1, payload: Buffer.from('true') }, from.port, PHONE);
    expect(await pending).toMatchObject({ status: 'ok', octets: 4 });
    expect((await transfer.receive()).packet).toEqual({ kind: 'ack', block: 1 });
  });
});

describe('peers that fall silent', () => {
  it('a client that vanishes is tried again and given up; its transfer is free for others', async () => {
    const limits = { transfers: 1, retransmitMs: 40, attempts: 3 };
    const { server, log } = await serve({ 'a.tlv': content(5) }, { limits });
    const phone = await peer();
    phone.send(rrq('a.tlv'), server.port);
    for (let i = 0; i < 3; i += 1) {
      expect((await phone.receive()).packet).toMatchObject({ kind: 'data', block: 1 });
    }
    expect(await fetchFrom(server, 'a.tlv')).toMatchObject({ status: 'ok' });
    await expect
      .poll(() => log.find(({ result }) => result === 'timeout'))
      .toMatchObject({ result: 'timeout', retransmissions: 2, octets: 0 });
    await phone.silence(100);
  });

  it('a queued request whose client has given up is dropped', async () => {
    const limits = { transfers: 1, retransmitMs: 80, attempts: 2, queuedMs: 20 };
    const { server, log } = await serve({ 'a.tlv': content(5) }, { limits });
    const [first, second] = [await peer(), await peer()];
    first.send(rrq('a.tlv'), server.port);
    await first.receive();
    second.send(rrq('a.tlv'), server.port);
    await expect.poll(() => log.length).toBe(2);
    expect(log.map((request) => request.result)).toEqual(['timeout', 'timeout']);
    await second.silence(0);
  });

  it('a server that is not there is tried `attempts` times: timeout', async () => {
    const listener = await peer(SERVER);
    const result = await tftpFetch({
      localAddress: PHONE,
      server: { address: SERVER, port: listener.port },
      file: 'CTLSEP001F9E266369.tlv',
      retransmitMs: 30,
      attempts: 3,
    });
    expect(result).toEqual({ status: 'timeout', octets: 0, retransmissions: 2 });
    for (let i = 0; i < 3; i += 1) expect((await listener.receive()).packet).toMatchObject({ kind: 'rrq' });
    await listener.silence(60);
  });

  it('a local address that this machine does not have is an error, not a wait', async () => {
    const server = { address: SERVER, port: 9 };
    const result = await tftpFetch({ localAddress: '192.0.2.7', server, file: 'a' });
    expect(result).toMatchObject({ status: 'error', detail: expect.stringContaining('EADDRNOTAVAIL') });
  });

  it('a name that cannot be sent is an error, not an exception', async () => {
    const result = await tftpFetch({
      localAddress: PHONE,
      server: { address: SERVER, port: 9 },
      file: 'a\0b',
    });
    expect(result).toMatchObject({ status: 'error' });
  });
});

describe('stopping', () => {
  it('an aborted fetch rejects with the reason and tells the server by ERROR 0', async () => {
    const { server, log } = await serve({ 'a.tlv': content(600) }, { network: withholdBlock2 });
    const abort = new AbortController();
    const pending = fetchFrom(server, 'a.tlv', { signal: abort.signal });
    setTimeout(() => abort.abort(new Error('power cut')), 50);
    await expect(pending).rejects.toThrow('power cut');
    await expect
      .poll(() => log[0])
      .toMatchObject({
        result: 'aborted',
        detail: 'client sent ERROR 0 Transfer aborted',
        octets: 512,
      });
  });

  it('a signal aborted before the fetch rejects at once', async () => {
    const { server, log } = await serve({ 'a.tlv': content(1) });
    await expect(fetchFrom(server, 'a.tlv', { signal: AbortSignal.abort(new Error('off')) })).rejects.toThrow(
      'off',
    );
    expect(log).toEqual([]);
  });

  it('closing the server ends transfers under way without a word and frees the port', async () => {
    const { server, log } = await serve({ 'a.tlv': content(600) });
    const phone = await peer();
    phone.send(rrq('a.tlv'), server.port);
    await phone.receive();
    await Promise.all([server.close(), server.close()]);
    expect(log[0]).toMatchObject({ result: 'aborted', detail: 'server stopped' });
    await phone.silence(30);
    const again = await startTftpServer({ address: SERVER, port: server.port, read: () => undefined });
    await again.close();
  });

  it('says which port of which address is taken, and which address is missing', async () => {
    const { server } = await serve({});
    const taken = startTftpServer({ address: SERVER, port: server.port, read: () => undefined });
    await expect(taken).rejects.toMatchObject({
      code: 'TF_PORT_TAKEN',
      message: expect.stringMatching(new RegExp(`${server.port}.*${SERVER}`)),
    });
    const missing = startTftpServer({ address: '192.0.2.1', port: 6969, read: () => undefined });
    await expect(missing).rejects.toBeInstanceOf(TrustfleetError);
    await expect(missing).rejects.toMatchObject({ code: 'TF_ADDRESS_UNAVAILABLE' });
  });
});
