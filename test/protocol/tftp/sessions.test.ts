import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ClientSession } from '../../../src/protocol/tftp/client-session.js';
import { DataPackets } from '../../../src/protocol/tftp/data-packets.js';
import type { AskedOptions } from '../../../src/protocol/tftp/options.js';
import { decodePacket, encodePacket, opcodeOf, type TftpPacket } from '../../../src/protocol/tftp/packets.js';
import { ServerSession } from '../../../src/protocol/tftp/server-session.js';
import {
  CLIENT_LIMITS,
  type Fate,
  PHONE,
  SERVER,
  SERVER_LIMITS,
  seededRandom,
  simulateTransfer,
} from './simulated-network.js';

const content = (octets: number): Buffer =>
  Buffer.from(Array.from({ length: octets }, (_, i) => (i * 31 + 7) & 0xff));
const faultless: Fate = () => [1];

function clientSession(options: AskedOptions = {}, limits: object = {}): ClientSession {
  return new ClientSession(
    {
      file: 'a.tlv',
      options,
      serverAddress: SERVER.address,
      serverPort: SERVER.requestPort,
      limits: { ...CLIENT_LIMITS, ...limits },
    },
    0,
  );
}

function serverSession(
  file: Uint8Array,
  blockSize = 512,
  oack?: Uint8Array,
  limits: object = {},
): ServerSession {
  return new ServerSession({
    peerAddress: PHONE.address,
    peerPort: PHONE.port,
    packets: new DataPackets(file, blockSize),
    oack,
    limits: { ...SERVER_LIMITS, ...limits },
  });
}

const ack = (block: number): Uint8Array => encodePacket({ kind: 'ack', block });
const data = (block: number, payload: Uint8Array): Uint8Array =>
  encodePacket({ kind: 'data', block, payload });
const read = (datagram: Uint8Array | undefined): TftpPacket | undefined =>
  datagram === undefined ? undefined : decodePacket(datagram);

describe('a transfer from end to end, in virtual time', () => {
  for (const octets of [0, 1, 511, 512, 513, 24_576, 100_000]) {
    for (const asked of [
      {},
      { blksize: 1428, tsize: true, timeout: 5 },
      { blksize: 8192 },
    ] as AskedOptions[]) {
      it(`brings ${octets} octets with ${JSON.stringify(asked)}, each packet once`, () => {
        const file = content(octets);
        const { client, server, sent } = simulateTransfer(file, faultless, asked);
        expect(client.end?.status === 'ok' && Buffer.compare(client.end.bytes, file)).toBe(0);
        expect(server?.end).toEqual({ result: 'ok', detail: '' });
        expect(server?.octets).toBe(octets);
        const blocks = Math.floor(octets / (asked.blksize ?? 512)) + 1;
        expect(sent).toHaveLength(1 + 2 * (blocks + (asked.blksize === undefined ? 0 : 1)));
      });
    }
  }

  it('rolls block numbers over past 65535 blocks', () => {
    const file = content(8 * 65_540 + 3);
    const { client, server } = simulateTransfer(file, faultless, { blksize: 8 });
    expect(client.end?.status === 'ok' && Buffer.compare(client.end.bytes, file)).toBe(0);
    expect(server?.octets).toBe(file.length);
  });

  it('no Sorcerer’s Apprentice: with every datagram doubled each DATA packet is still sent once', () => {
    const file = content(20 * 512);
    const { sent, client } = simulateTransfer(file, () => [1, 2]);
    expect(client.end).toMatchObject({ status: 'ok' });
    const sentData = sent
      .filter(({ from }) => from === 'server')
      .map(({ datagram }) => Buffer.from(datagram).toString('hex'));
    expect(sentData).toHaveLength(21);
    expect(new Set(sentData).size).toBe(21);
  });

  it('a datagram that comes half a second late doubles nothing that follows', () => {
    const file = content(20 * 512);
    let count = 0;
    const { sent, client } = simulateTransfer(file, (_datagram, from) => {
      count += 1;
      return from === 'client' && count === 8 ? [1, 600] : [1];
    });
    expect(client.end).toMatchObject({ status: 'ok' });
    expect(sent.filter(({ from }) => from === 'server')).toHaveLength(21);
  });

  it('brings any file through any network that loses, doubles and reorders, as long as it is let through at last', () => {
    const fates = fc.array(fc.array(fc.integer({ min: 0, max: 1500 }), { maxLength: 3 }), {
      minLength: 1,
      maxLength: 60,
    });
    const asked = fc.constantFrom<AskedOptions>(
      {},
      { blksize: 100 },
      { blksize: 1428, tsize: true },
      { timeout: 2 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 6000 }), fates, asked, (octets, plan, options) => {
        const file = content(octets);
        const left = [...plan];
        const { client, sent } = simulateTransfer(file, () => left.shift() ?? [1], options, {
          attempts: 100,
        });
        if (client.end?.status === 'ok') expect(Buffer.compare(client.end.bytes, file)).toBe(0);
        // the server gives up after 6 tries, which 60 chosen losses can bring about; then the client does, too
        else expect(client.end).toEqual({ status: 'timeout' });
        expect(sent.length).toBeLessThan(1000);
      }),
      { numRuns: 300 },
    );
  });

  it('brings the file at 5 % loss, 5 % duplicates and reordering', () => {
    const file = content(40 * 512);
    for (let seed = 1; seed <= 50; seed += 1) {
      const draw = seededRandom(seed);
      const { client } = simulateTransfer(file, () => {
        const chance = draw();
        if (chance < 0.05) return [];
        return chance < 0.1 ? [1, 3 + draw() * 100] : [1 + draw() * 5];
      });
      expect(client.end?.status === 'ok' && Buffer.compare(client.end.bytes, file)).toBe(0);
    }
  });

  it('a server that never answers is given up after 5 tries, 0.5 s each (phone-config.md 3)', () => {
    const { client, sent, server } = simulateTransfer(content(1), (_datagram, from) =>
      from === 'client' ? [] : [1],
    );
    expect(client.end).toEqual({ status: 'timeout' });
    expect(client.retransmissions).toBe(4);
    expect(client.deadline).toBe(2500);
    expect(sent).toHaveLength(5);
    expect(server).toBeUndefined();
  });

  it('a client that vanishes is given up after 6 tries', () => {
    let count = 0;
    const { server } = simulateTransfer(content(5000), (_datagram, from) => {
      count += from === 'client' ? 1 : 0;
      return from === 'client' && count > 3 ? [] : [1];
    });
    expect(server?.end).toEqual({
      result: 'timeout',
      detail: 'block 3 of 10 not acknowledged after 6 tries',
    });
    expect(server?.octets).toBe(1024);
  });
});

describe('the sending end', () => {
  it('never answers a duplicated or an old ACK, nor one of the future', () => {
    const session = serverSession(content(5000));
    session.start(0);
    expect(read(session.receive(ack(1), PHONE.address, PHONE.port, 1))).toMatchObject({ block: 2 });
    for (const block of [1, 0, 3, 65_535]) {
      expect(session.receive(ack(block), PHONE.address, PHONE.port, 2)).toBeUndefined();
    }
    expect(read(session.receive(ack(2), PHONE.address, PHONE.port, 3))).toMatchObject({ block: 3 });
  });

  it('sends the OACK first and DATA 1 for ACK 0 (RFC 2347)', () => {
    const oack = encodePacket({ kind: 'oack', options: [{ name: 'tsize', value: '1' }] });
    const session = serverSession(content(1), 512, oack);
    expect(session.start(0)).toBe(oack);
    expect(session.receive(ack(1), PHONE.address, PHONE.port, 1)).toBeUndefined();
    expect(read(session.receive(ack(0), PHONE.address, PHONE.port, 1))).toMatchObject({
      kind: 'data',
      block: 1,
    });
    session.receive(ack(1), PHONE.address, PHONE.port, 1);
    expect(session.end).toEqual({ result: 'ok', detail: '' });
  });

  it('ends without an answer when the client sends an ERROR, and says which', () => {
    const session = serverSession(content(1));
    session.start(0);
    const error = encodePacket({ kind: 'error', code: 8, message: 'blksize' });
    expect(session.receive(error, PHONE.address, PHONE.port, 1)).toBeUndefined();
    expect(session.end).toEqual({ result: 'aborted', detail: 'client sent ERROR 8 blksize' });
    expect(session.octets).toBe(0);
  });

  it.each([
    ['DATA', data(1, content(3))],
    ['an unknown opcode', Buffer.from([0, 9, 0, 1])],
    ['half an ACK', Buffer.from([0, 4, 0])],
    ['nothing', Buffer.alloc(0)],
  ])('answers %s with ERROR 4 and ends', (_what, datagram) => {
    const session = serverSession(content(1));
    session.start(0);
    expect(read(session.receive(datagram, PHONE.address, PHONE.port, 1))).toMatchObject({
      kind: 'error',
      code: 4,
    });
    expect(session.end).toMatchObject({ result: 'error' });
    expect(session.receive(datagram, PHONE.address, PHONE.port, 1)).toBeUndefined();
  });

  it.each([
    ['another port', PHONE.address, PHONE.port + 1],
    ['another address', '127.64.0.2', PHONE.port],
  ])('answers %s with ERROR 5 and goes on', (_what, address, port) => {
    const session = serverSession(content(5000));
    session.start(0);
    expect(read(session.receive(ack(1), address, port, 1))).toMatchObject({ kind: 'error', code: 5 });
    expect(read(session.receive(ack(1), PHONE.address, PHONE.port, 2))).toMatchObject({ block: 2 });
  });

  it('only time makes it repeat itself, and progress gives it new tries', () => {
    const session = serverSession(content(5000), 512, undefined, { retransmitMs: 1000, attempts: 5 });
    const first = session.start(0);
    expect(session.expire(999)).toBeUndefined();
    expect(session.expire(1000)).toBe(first);
    expect(session.deadline).toBe(2000);
    session.receive(ack(1), PHONE.address, PHONE.port, 1500);
    expect(session.deadline).toBe(2500);
    for (const now of [2500, 3500, 4500, 5500]) expect(read(session.expire(now))).toMatchObject({ block: 2 });
    expect(session.expire(6500)).toBeUndefined();
    expect(session.end).toMatchObject({ result: 'timeout' });
    expect(session.retransmissions).toBe(5);
  });

  it('does not wait 5 times 255 s for a client that asked for that timeout and vanished', () => {
    const session = serverSession(content(5000), 512, undefined, { retransmitMs: 255_000 });
    session.start(0);
    expect(session.deadline).toBe(30_000);
    expect(session.expire(30_000)).toBeUndefined();
    expect(session.end).toMatchObject({ result: 'timeout' });
  });

  it('ends a transfer that takes too long, however alive its client is', () => {
    const session = serverSession(content(5000), 512, undefined, { transferMs: 1500 });
    session.start(0);
    session.receive(ack(1), PHONE.address, PHONE.port, 1100);
    expect(session.deadline).toBe(1500);
    session.expire(1500);
    expect(session.end).toMatchObject({ result: 'timeout', detail: expect.stringContaining('1500 ms') });
  });
});

describe('the receiving end', () => {
  const from = (session: ClientSession, datagram: Uint8Array, port = SERVER.transferPort, now = 1) =>
    read(session.receive(datagram, SERVER.address, port, now));
  const full = content(512);

  it('acknowledges a repeated block again, an older or later one not at all', () => {
    const session = clientSession();
    expect(from(session, data(1, full))).toEqual({ kind: 'ack', block: 1 });
    expect(from(session, data(2, full))).toEqual({ kind: 'ack', block: 2 });
    expect(from(session, data(2, full))).toEqual({ kind: 'ack', block: 2 });
    expect(from(session, data(1, full))).toBeUndefined();
    expect(from(session, data(4, full))).toBeUndefined();
    expect(session.octets).toBe(1024);
  });

  it('a repeated block is no progress: the deadline stays', () => {
    const session = clientSession();
    from(session, data(1, full), SERVER.transferPort, 100);
    expect(session.deadline).toBe(600);
    from(session, data(1, full), SERVER.transferPort, 400);
    expect(session.deadline).toBe(600);
  });

  it('asks port 69 until the first answer, then stays with the port of that', () => {
    const session = clientSession();
    expect(session.peerPort).toBe(SERVER.requestPort);
    expect(session.expire(500)).toBe(session.request);
    from(session, data(1, full), 40_001);
    expect(session.peerPort).toBe(40_001);
    expect(from(session, data(2, full), 40_002)).toMatchObject({ kind: 'error', code: 5 });
    expect(from(session, data(2, full), 40_001)).toEqual({ kind: 'ack', block: 2 });
  });

  it('repeats the ACK of the last block when the next one does not come', () => {
    const session = clientSession();
    from(session, data(1, full), SERVER.transferPort, 10);
    expect(session.expire(509)).toBeUndefined();
    expect(read(session.expire(510))).toEqual({ kind: 'ack', block: 1 });
    expect(session.retransmissions).toBe(1);
  });

  it('does not begin in the middle: what is left of another transfer hears ERROR 5', () => {
    const session = clientSession();
    for (const stray of [data(2, full), data(0, full), ack(1)]) {
      expect(from(session, stray)).toMatchObject({ kind: 'error', code: 5 });
    }
    expect(session.end).toBeUndefined();
    expect(session.peerPort).toBe(SERVER.requestPort);
  });

  it('believes no other host', () => {
    const session = clientSession();
    const answer = session.receive(data(1, full), '127.10.0.2', SERVER.transferPort, 1);
    expect(read(answer)).toMatchObject({ kind: 'error', code: 5 });
    expect(session.octets).toBe(0);
  });

  it.each<[number, string, object]>([
    [1, 'File not found', { status: 'not-found' }],
    [1, 'anything', { status: 'not-found' }],
    [0, 'Server busy', { status: 'busy' }],
    [0, 'SERVER BUSY', { status: 'busy' }],
    [0, 'Something else', { status: 'error', detail: 'ERROR 0 Something else' }],
    [2, 'Access violation', { status: 'error', detail: 'ERROR 2 Access violation' }],
    [65_535, '', { status: 'error', detail: 'ERROR 65535 ' }],
  ])('ERROR %i "%s" means what contracts.md 3 calls it', (code, message, end) => {
    const session = clientSession();
    expect(from(session, encodePacket({ kind: 'error', code, message }))).toBeUndefined();
    expect(session.end).toEqual(end);
  });

  it('takes the block size of the OACK, and acknowledges a repeated OACK again', () => {
    const session = clientSession({ blksize: 1448, tsize: true });
    const oack = encodePacket({
      kind: 'oack',
      options: [
        { name: 'blksize', value: '1000' },
        { name: 'tsize', value: '1500' },
      ],
    });
    expect(from(session, oack)).toEqual({ kind: 'ack', block: 0 });
    expect(from(session, oack)).toEqual({ kind: 'ack', block: 0 });
    expect(from(session, data(1, content(1000)))).toEqual({ kind: 'ack', block: 1 });
    expect(from(session, oack)).toBeUndefined();
    expect(from(session, data(2, content(500)))).toEqual({ kind: 'ack', block: 2 });
    expect(session.end).toMatchObject({ status: 'ok' });
  });

  it('goes on with blocks of 512 where the server ignores options', () => {
    const session = clientSession({ blksize: 1448 });
    expect(from(session, data(1, content(512)))).toEqual({ kind: 'ack', block: 1 });
    expect(session.end).toBeUndefined();
  });

  it.each([
    [
      'an OACK that nobody asked for',
      {},
      encodePacket({ kind: 'oack', options: [{ name: 'blksize', value: '8' }] }),
      8,
    ],
    [
      'an OACK that grants more',
      { blksize: 512 },
      encodePacket({ kind: 'oack', options: [{ name: 'blksize', value: '513' }] }),
      8,
    ],
    ['an OACK cut off', { blksize: 512 }, Buffer.from('\0\x06blksize\x005'), 8],
    ['a block longer than agreed', {}, data(1, content(513)), 4],
    [
      'a file announced too long',
      { tsize: true },
      encodePacket({ kind: 'oack', options: [{ name: 'tsize', value: '99999' }] }),
      3,
    ],
  ])('ends with an ERROR for %s', (_what, options, datagram, code) => {
    const session = clientSession(options, { maxOctets: 5000 });
    expect(from(session, datagram)).toMatchObject({ kind: 'error', code });
    expect(session.end).toMatchObject({ status: 'error' });
  });

  it.each([
    ['an unknown opcode', Buffer.from([0, 9, 0, 0])],
    ['half a DATA packet', Buffer.from([0, 3, 0])],
    ['an ACK', ack(1)],
    ['nothing', Buffer.alloc(0)],
  ])('ends with ERROR 4 for %s from its server', (_what, datagram) => {
    const session = clientSession();
    from(session, data(1, full));
    expect(from(session, datagram)).toMatchObject({ kind: 'error', code: 4 });
    expect(session.end).toMatchObject({ status: 'error' });
  });

  it('stops a file past its limit with ERROR 3', () => {
    const session = clientSession({}, { maxOctets: 1000 });
    from(session, data(1, full));
    expect(from(session, data(2, full))).toMatchObject({ kind: 'error', code: 3 });
    expect(session.end).toEqual({ status: 'error', detail: 'file longer than 1000 octets' });
  });

  it('a file that is not as long as announced is an error (R-61, size error)', () => {
    const session = clientSession({ tsize: true });
    from(session, encodePacket({ kind: 'oack', options: [{ name: 'tsize', value: '100' }] }));
    expect(from(session, data(1, content(99)))).toEqual({ kind: 'ack', block: 1 });
    expect(session.end).toMatchObject({ status: 'error', detail: expect.stringContaining('100') });
  });

  it('gives up a server that keeps it busy without end', () => {
    const session = clientSession({}, { transferMs: 2000 });
    for (let block = 1; block <= 5; block += 1)
      from(session, data(block, full), SERVER.transferPort, block * 390);
    expect(session.deadline).toBe(2000);
    session.expire(2000);
    expect(session.end).toEqual({ status: 'timeout' });
  });

  it('says goodbye with ERROR 0 when it is aborted, once there is somebody to say it to', () => {
    const alone = clientSession();
    expect(alone.abort()).toBeUndefined();
    const session = clientSession();
    from(session, data(1, full));
    expect(read(session.abort())).toMatchObject({ kind: 'error', code: 0 });
    expect(session.abort()).toBeUndefined();
    expect(from(session, data(2, full))).toBeUndefined();
  });

  it('survives any datagrams from its server', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }), (datagrams) => {
        const session = clientSession({ blksize: 16, tsize: true });
        for (const tail of datagrams) {
          const datagram = Buffer.concat([Buffer.from([0]), tail]);
          const answer = session.receive(datagram, SERVER.address, SERVER.transferPort, 1);
          if (answer !== undefined) expect([4, 5]).toContain(opcodeOf(answer));
        }
      }),
      { numRuns: 500 },
    );
  });
});
