import { Duplex } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { SccpConnection } from '../../src/net/sccp-connection.js';
import { encodeMessage, type SccpMessage, sccp } from '../../src/protocol/sccp/message.js';

/** A stream in the place of a TLS socket; its other end takes what is written, or never does. */
function stream(reads: boolean): { readonly duplex: Duplex; readonly written: Buffer[] } {
  const written: Buffer[] = [];
  const duplex = new Duplex({
    read() {},
    write(octets: Buffer, _encoding, done) {
      written.push(octets);
      if (reads) {
        done();
      }
    },
  });
  return { duplex, written };
}

function listen(duplex: Duplex) {
  const heard: SccpMessage[] = [];
  const ends: string[] = [];
  const connection = new SccpConnection(duplex, {
    message: (message) => heard.push(message),
    closed: ({ detail }) => ends.push(detail),
  });
  return { connection, heard, ends };
}

const KEEP_ALIVE = sccp('KeepAlive', 0, {});

describe('an SCCP connection over any stream', () => {
  // Once for all tests: the wheel of the worker keeps its timer.
  beforeAll(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterAll(() => {
    vi.useRealTimers();
  });

  /** Lets the stream deliver what was pushed. */
  const deliver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

  it('hears messages whatever the segments, and skips unknown ones', async () => {
    const { duplex } = stream(true);
    const { heard, ends } = listen(duplex);
    const octets = Buffer.concat([Buffer.from('0400000000000000cdab0000', 'hex'), encodeMessage(KEEP_ALIVE)]);
    for (const octet of octets) {
      duplex.push(Buffer.of(octet));
    }
    await deliver();
    expect(heard).toEqual([KEEP_ALIVE]);
    expect(ends).toEqual([]);
    duplex.destroy();
  });

  it('writes the messages of one step in one write (sccp.md 15)', () => {
    const { duplex, written } = stream(true);
    const { connection } = listen(duplex);
    connection.send([KEEP_ALIVE, sccp('TimeDateReq', 22, {})]);
    expect(written.map((octets) => octets.length)).toEqual([24]);
    duplex.destroy();
  });

  it('cuts who does not read, at 64 KiB', async () => {
    const { duplex } = stream(false);
    const { connection, ends } = listen(duplex);
    const alarm = sccp('Alarm', 0, { severity: 2, text: 'x', parm1: 0, parm2: 0 });
    for (let sent = 0; sent < 640 && ends.length === 0; sent++) {
      connection.send([alarm]);
    }
    expect(ends).toEqual(['the other end leaves more than 65536 octets unread']);
    await deliver();
    expect(duplex.destroyed).toBe(true);
  });

  it('cuts who trickles a message for more than 10 s, however the octets drip', async () => {
    const { duplex } = stream(true);
    const { ends } = listen(duplex);
    const octets = encodeMessage(sccp('LineStatReq', 22, { lineNumber: 1 }));
    for (let i = 0; i < octets.length - 1 && ends.length === 0; i++) {
      duplex.push(octets.subarray(i, i + 1));
      await deliver();
      vi.advanceTimersByTime(1_000);
    }
    expect(ends).toEqual(['a message is incomplete after 10000 ms']);
    await deliver();
    expect(duplex.destroyed).toBe(true);
  });

  it('does not cut who completes message after message, each cut in the middle', async () => {
    const { duplex } = stream(true);
    const { heard, ends } = listen(duplex);
    const octets = encodeMessage(KEEP_ALIVE);
    const across = Buffer.concat([octets.subarray(6), octets.subarray(0, 6)]);
    duplex.push(octets.subarray(0, 6));
    for (let i = 0; i < 10; i++) {
      await deliver();
      vi.advanceTimersByTime(6_000);
      duplex.push(across);
    }
    await deliver();
    expect(heard).toHaveLength(10);
    expect(ends).toEqual([]);
    duplex.destroy();
  });

  it('gives the other end a second after a FIN', async () => {
    const { duplex } = stream(true);
    const { connection, ends } = listen(duplex);
    connection.close();
    connection.close();
    connection.send([KEEP_ALIVE]);
    await deliver();
    expect(duplex.destroyed).toBe(false);
    vi.advanceTimersByTime(1_200);
    expect(duplex.destroyed).toBe(true);
    await deliver();
    expect(ends).toEqual(['the connection is closed']);
  });

  it('tells of the end once', async () => {
    const { duplex } = stream(true);
    const { ends } = listen(duplex);
    duplex.push(null);
    duplex.destroy(new Error('broken'));
    await deliver();
    expect(ends).toHaveLength(1);
  });
});
