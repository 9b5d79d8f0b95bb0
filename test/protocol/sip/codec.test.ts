import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../../src/errors.js';
import { SIP_LIMITS } from '../../../src/protocol/sip/limits.js';
import { encodeMessage, headerValue, NO_BODY, type SipMessage } from '../../../src/protocol/sip/message.js';
import { parseDatagram } from '../../../src/protocol/sip/parse.js';
import { SipStream } from '../../../src/protocol/sip/stream.js';
import { haveVectors, octets, vectors, wire } from './vectors.js';

function onlyMessage(stream: SipStream): SipMessage {
  const message = stream.next();
  if (message === undefined) throw new Error('no message');
  expect(stream.next()).toBeUndefined();
  return message;
}

function code(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof TrustfleetError) return error.code;
    throw error;
  }
  return 'nothing thrown';
}

const HEAD = 'OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TCP h;branch=z\r\n';

describe.skipIf(!haveVectors)('reference messages (vectors/sip.json)', () => {
  it('are 27', () => {
    expect(vectors).toHaveLength(27);
  });

  describe.each(vectors)('$name', ({ text }) => {
    const bytes = octets(text);

    it('parses: Content-Length is the length of the body', () => {
      const message = parseDatagram(bytes);
      expect(headerValue(message, 'content-length')).toBe(`${message.body.length}`);
      expect(message.headers.length).toBeGreaterThan(6);
    });

    it('is written again octet by octet, header order kept', () => {
      expect(wire(encodeMessage(parseDatagram(bytes)))).toBe(text);
    });

    it('is the same message from a stream as from a datagram', () => {
      const stream = new SipStream();
      stream.push(bytes);
      expect(onlyMessage(stream)).toEqual(parseDatagram(bytes));
      expect(stream.partial).toBe(false);
    });

    it('comes out of a stream split at every octet, and not before its last octet', () => {
      const expected = parseDatagram(bytes);
      for (let at = 1; at < bytes.length; at += 1) {
        const stream = new SipStream();
        stream.push(bytes.subarray(0, at));
        expect(stream.next()).toBeUndefined();
        expect(stream.partial).toBe(true);
        stream.push(bytes.subarray(at));
        const message = onlyMessage(stream);
        if (
          message.headers.length !== expected.headers.length ||
          !Buffer.from(message.body).equals(expected.body)
        ) {
          expect(message).toEqual(expected);
        }
      }
    });
  });

  it('come out of one stream one after the other, octet by octet, keep-alives between them skipped', () => {
    const stream = new SipStream();
    const found: string[] = [];
    for (const byte of octets(vectors.map(({ text }) => `\r\n\r\n${text}`).join('\r\n'))) {
      stream.push(Uint8Array.of(byte));
      for (let message = stream.next(); message !== undefined; message = stream.next()) {
        found.push(wire(encodeMessage(message)));
      }
    }
    expect(found).toEqual(vectors.map(({ text }) => text));
  });
});

describe('reading', () => {
  it('finds headers in short form and in any case (RFC 3261 7.3.3)', () => {
    const message = parseDatagram(
      octets(
        'SIP/2.0 200 OK\r\nv: SIP/2.0/UDP h\r\nf: <sip:a@b>\r\nT: <sip:a@b>\r\ni: x\r\nCSEQ: 1 A\r\nl: 0\r\n\r\n',
      ),
    );
    expect(headerValue(message, 'via')).toBe('SIP/2.0/UDP h');
    expect(headerValue(message, 'to')).toBe('<sip:a@b>');
    expect(headerValue(message, 'call-id')).toBe('x');
    expect(headerValue(message, 'cseq')).toBe('1 A');
  });

  it('joins folded headers with one space (RFC 3261 7.3.1)', () => {
    const message = parseDatagram(octets(`${HEAD}Subject: a \r\n  b\r\n\tc\r\nContent-Length: 0\r\n\r\n`));
    expect(headerValue(message, 'subject')).toBe('a b c');
  });

  it('takes the rest of a datagram without Content-Length as body, and drops what is behind the body', () => {
    expect(wire(parseDatagram(octets(`${HEAD}\r\nbody`)).body)).toBe('body');
    expect(wire(parseDatagram(octets(`${HEAD}Content-Length: 2\r\n\r\nbody`)).body)).toBe('bo');
  });

  it('keeps bodies that were handed out although more octets arrive', () => {
    const stream = new SipStream();
    const text = `${HEAD}Content-Length: 3\r\n\r\n`;
    stream.push(octets(`${text}ab`));
    stream.next();
    stream.push(octets(`c${text}x`));
    const first = stream.next();
    stream.push(octets(`yz${text}123`));
    const second = stream.next();
    expect(wire(first?.body ?? NO_BODY)).toBe('abc');
    expect(wire(second?.body ?? NO_BODY)).toBe('xyz');
    expect(wire(stream.next()?.body ?? NO_BODY)).toBe('123');
  });

  it.each([
    ['a datagram without an empty line', 'OPTIONS sip:a SIP/2.0\r\nA: b\r\n'],
    ['a first line that is none', 'hello\r\n\r\n'],
    ['another version', 'OPTIONS sip:a SIP/3.0\r\n\r\n'],
    ['a status above 699', 'SIP/2.0 700 Odd\r\n\r\n'],
    ['a header without a colon', `${HEAD}nonsense\r\n\r\n`],
    ['a header name with a space inside', `${HEAD}Bad Name: x\r\n\r\n`],
    ['a bare LF in a header', `${HEAD}A: b\nC: d\r\n\r\n`],
    ['a NUL in a header', `${HEAD}A: b\0\r\n\r\n`],
    ['a Content-Length that is no number', `${HEAD}Content-Length: -1\r\n\r\n`],
    ['two Content-Lengths that disagree', `${HEAD}Content-Length: 1\r\nl: 2\r\n\r\nab`],
    ['a datagram shorter than its Content-Length', `${HEAD}Content-Length: 5\r\n\r\nabcd`],
  ])('refuses %s with TF_SIP_MALFORMED', (_, text) => {
    expect(code(() => parseDatagram(octets(text)))).toBe('TF_SIP_MALFORMED');
  });

  it('refuses a head that is not UTF-8', () => {
    const bytes = Buffer.concat([octets(`${HEAD}A: `), Uint8Array.of(0xff), octets('\r\n\r\n')]);
    expect(code(() => parseDatagram(bytes))).toBe('TF_SIP_MALFORMED');
  });

  it('refuses a stream without Content-Length, its only framing (sip.md 7)', () => {
    const stream = new SipStream();
    stream.push(octets(`${HEAD}\r\n`));
    expect(code(() => stream.next())).toBe('TF_SIP_MALFORMED');
  });
});

describe('limits end in TF_MESSAGE_TOO_LARGE', () => {
  it.each([
    ['head', `${HEAD}${'A: b\r\n'.repeat(3)}${'C: d'.padEnd(SIP_LIMITS.headOctets)}\r\n\r\n`],
    ['one header', `${HEAD}A: ${'x'.repeat(SIP_LIMITS.headerOctets + 1)}\r\n\r\n`],
    ['number of headers', `${HEAD}${'A: b\r\n'.repeat(SIP_LIMITS.headers)}\r\n`],
    ['announced body', `${HEAD}Content-Length: ${SIP_LIMITS.bodyOctets + 1}\r\n\r\n`],
    ['body of a datagram', `${HEAD}\r\n${'x'.repeat(SIP_LIMITS.bodyOctets + 1)}`],
  ])('%s', (_, text) => {
    expect(code(() => parseDatagram(octets(text)))).toBe('TF_MESSAGE_TOO_LARGE');
  });

  it('a head that never ends, on a stream', () => {
    const stream = new SipStream();
    const line = octets('A: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n');
    stream.push(octets(HEAD));
    const found = code(() => {
      for (let sent = 0; sent < 2 * SIP_LIMITS.headOctets; sent += line.length) {
        stream.push(line);
        stream.next();
      }
    });
    expect(found).toBe('TF_MESSAGE_TOO_LARGE');
  });
});

describe('writing', () => {
  it('refuses a line break in a header, which would begin a header of its own', () => {
    const message: SipMessage = {
      kind: 'response',
      status: 200,
      reason: 'OK',
      headers: [{ name: 'Server', value: 'a\r\nExpires: 0' }],
      body: NO_BODY,
    };
    expect(code(() => encodeMessage(message))).toBe('TF_SIP_MALFORMED');
  });

  it('refuses a Content-Length that is not the body’s', () => {
    const message: SipMessage = {
      kind: 'response',
      status: 200,
      reason: 'OK',
      headers: [{ name: 'Content-Length', value: '3' }],
      body: NO_BODY,
    };
    expect(code(() => encodeMessage(message))).toBe('TF_SIP_MALFORMED');
  });
});

const token = fc.stringMatching(/^[A-Za-z][\w.!%*+`'~-]{0,20}$/);
const value = fc
  .string({ unit: 'binary', maxLength: 60 })
  .map((text) => text.replace(/[\r\n\0]/g, ' ').trim())
  .filter((text) => !/^\s|\s$/.test(text));
const header = fc.record({ name: token, value }).filter(({ name }) => !/^(?:l|content-length)$/i.test(name));
const message: fc.Arbitrary<SipMessage> = fc
  .record({
    start: fc.oneof(
      fc.record({
        kind: fc.constant('request' as const),
        method: token,
        uri: fc.stringMatching(/^sip:[\w.@:;=-]{1,40}$/),
      }),
      fc.record({
        kind: fc.constant('response' as const),
        status: fc.integer({ min: 100, max: 699 }),
        reason: fc.stringMatching(/^[\w ,'-]{0,30}$/),
      }),
    ),
    headers: fc.array(header, { maxLength: 20 }),
    body: fc.uint8Array({ maxLength: 300 }),
  })
  .map(({ start, headers, body }) => ({
    ...start,
    headers: [...headers, { name: 'Content-Length', value: `${body.length}` }],
    body,
  }));

describe('properties', () => {
  it('what is written is read back, from a datagram and from a stream cut anywhere', () => {
    fc.assert(
      fc.property(message, fc.array(fc.nat(), { maxLength: 8 }), (sent, cuts) => {
        const bytes = encodeMessage(sent);
        const expected = { ...sent, body: Buffer.from(sent.body) };
        const read = parseDatagram(bytes);
        expect({ ...read, body: Buffer.from(read.body) }).toEqual(expected);

        const stream = new SipStream();
        const places = [...new Set(cuts.map((cut) => cut % bytes.length))].sort((a, b) => a - b);
        let from = 0;
        for (const to of places) {
          stream.push(bytes.subarray(from, to));
          expect(stream.next()).toBeUndefined();
          from = to;
        }
        stream.push(bytes.subarray(from));
        const whole = onlyMessage(stream);
        expect({ ...whole, body: Buffer.from(whole.body) }).toEqual(expected);
      }),
    );
  });
});

describe('the first line', () => {
  it.each(['SIP/2.0 100 \0Trying', 'SIP/2.0 200 O\nK', 'REGISTER sip:a\rb SIP/2.0'])(
    'is refused with a bare CR, LF or NUL: %j',
    (line) => {
      const bytes = Buffer.from(`${line}\r\nContent-Length: 0\r\n\r\n`);
      expect(() => parseDatagram(bytes)).toThrow(/bare CR, LF or NUL/);
    },
  );
});
