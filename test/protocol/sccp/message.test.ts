import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpv6, parseIpv4, parseIpv6 } from '../../../src/protocol/sccp/address.js';
import { HEADER_LENGTH, MAX_LENGTH_FIELD } from '../../../src/protocol/sccp/limits.js';
import {
  decodeMessage,
  encodeMessage,
  MESSAGES,
  type SccpMessage,
  type SkippedMessage,
  sccp,
} from '../../../src/protocol/sccp/message.js';
import { MessageStream } from '../../../src/protocol/sccp/stream.js';
import { shownText, wireText } from '../../../src/protocol/sccp/text.js';
import { anyMessage, anyOf, TYPES } from './arbitraries.js';

function readAll(segments: readonly Buffer[]): (SccpMessage | SkippedMessage)[] {
  const stream = new MessageStream();
  return segments.flatMap((segment) => {
    const messages: (SccpMessage | SkippedMessage)[] = [];
    stream.push(segment);
    for (let message = stream.next(); message !== undefined; message = stream.next()) {
      messages.push(message);
    }
    return messages;
  });
}

describe('the table of messages (sccp.md 2)', () => {
  it('has each id once, and the generators know every message', () => {
    const ids = Object.values(MESSAGES).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(TYPES.sort()).toEqual(Object.keys(MESSAGES).sort());
  });

  it.each(TYPES)('%s comes out of its octets as it went in, with every header version', (type) => {
    fc.assert(
      fc.property(anyOf(type), (message) => {
        const octets = encodeMessage(message);
        expect(octets.readUInt32LE(0)).toBe(octets.length - 8);
        expect(decodeMessage(octets)).toEqual(message);
      }),
      { numRuns: 40 },
    );
  });

  // sccp.md 2: lengths of the fixed messages, and of those that depend on the version.
  it.each([
    ['RegisterAck', 24],
    ['RegisterReject', 36],
    ['SetLamp', 16],
    ['SpeedDialStat', 72],
    ['LineStat', 116],
    ['ConfigStat', 116],
    ['DefineTimeDate', 40],
    ['Version', 20],
    ['Reset', 8],
    ['SelectSoftKeys', 20],
    ['DisplayPromptStatus', 48],
    ['ClearPromptStatus', 12],
    ['UnregisterAck', 8],
    ['RegisterTokenReject', 8],
    ['Alarm', 96],
    ['Unregister', 8],
    ['RegisterTokenReq', 52],
    ['MediaPathEvent', 12],
  ] as const)('%s has length %i', (type, length) => {
    fc.assert(
      fc.property(anyOf(type), (message) => encodeMessage(message).readUInt32LE(0) === length),
      { numRuns: 5 },
    );
  });

  it.each([
    ['ForwardStat', 17, 96],
    ['ForwardStat', 18, 100],
    ['ServerRes', 16, 284],
    ['ServerRes', 17, 364],
  ] as const)('%s of header version %i has length %i', (type, version, length) => {
    const [message] = fc.sample(anyOf(type), 1);
    const servers = Array.from({ length: 5 }, () => ({ name: '', port: 0, address: '10.0.0.1' }));
    const body = type === 'ServerRes' ? { servers } : message?.body;
    expect(encodeMessage({ type, version, body } as SccpMessage).readUInt32LE(0)).toBe(length);
  });

  it('reads the long ForwardStat and ServerRes below their versions (sccp.md 15)', () => {
    const [forward] = fc.sample(anyOf('ForwardStat'), 1);
    const octets = encodeMessage({ ...forward, version: 22 } as SccpMessage);
    octets.writeUInt32LE(0, 4);
    const message = decodeMessage(octets) as SccpMessage;
    expect(message.body).toEqual(forward?.body);
    expect(message.version).toBe(0);
  });

  it('fills the dynamic messages up to a multiple of four, and reads them without', () => {
    fc.assert(
      fc.property(anyOf('LineStatV2'), fc.integer({ min: 0, max: 3 }), (message, missing) => {
        const octets = encodeMessage(message);
        expect(octets.length % 4).toBe(0);
        const bodyLength = octets.length - HEADER_LENGTH - missing;
        const short = encodeMessage({ ...message, bodyLength });
        const { body } = decodeMessage(short) as SccpMessage<'LineStatV2'>;
        expect(body.directoryNumber).toBe((message.body as typeof body).directoryNumber);
      }),
    );
  });
});

describe('bodies that are longer or shorter than their layout (sccp.md 1)', () => {
  it('read as zeros, or as if the rest were not there, and mean the same when written again', () => {
    fc.assert(
      fc.property(anyMessage, fc.nat(300), (message, bodyLength) => {
        const octets = encodeMessage({ ...message, bodyLength });
        expect(octets).toHaveLength(HEADER_LENGTH + bodyLength);
        let decoded: SccpMessage;
        try {
          decoded = decodeMessage(octets) as SccpMessage;
        } catch {
          // A count whose first octets are cut off, or that of a narrow list read as a wide one, may be too large.
          return;
        }
        expect(decodeMessage(encodeMessage(decoded))).toEqual(decoded);
      }),
    );
  });
});

describe('the stream reader', () => {
  it('finds the same messages wherever the stream is cut, and holds no more than one', () => {
    fc.assert(
      fc.property(
        fc.array(anyMessage, { minLength: 1, maxLength: 6 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }),
        (messages, cuts) => {
          const octets = Buffer.concat(messages.map(encodeMessage));
          const at = [
            0,
            ...cuts.map((cut) => Math.floor(cut * octets.length)).sort((a, b) => a - b),
            octets.length,
          ];
          const segments = at.slice(1).map((to, i) => octets.subarray(at[i], to));
          expect(readAll(segments)).toEqual(messages);
        },
      ),
    );
  });

  it('names its states, keeps what is incomplete and nothing more', () => {
    const stream = new MessageStream();
    const octets = encodeMessage(sccp('LineStatReq', 22, { lineNumber: 1 }));
    expect(stream.state).toBe('header');
    stream.push(octets.subarray(0, 5));
    expect(stream.next()).toBeUndefined();
    expect([stream.state, stream.pending]).toEqual(['header', 5]);
    stream.push(octets.subarray(5, 13));
    expect(stream.next()).toBeUndefined();
    expect([stream.state, stream.pending]).toEqual(['body', 13]);
    stream.push(Buffer.concat([octets.subarray(13), octets.subarray(0, 14)]));
    expect(stream.next()?.type).toBe('LineStatReq');
    expect(stream.next()).toBeUndefined();
    expect([stream.state, stream.pending]).toEqual(['body', 14]);
  });

  it('fails for good, with the same error', () => {
    const stream = new MessageStream();
    stream.push(Buffer.from('030000000000000000000000', 'hex'));
    expect(() => stream.next()).toThrow(expect.objectContaining({ code: 'TF_SCCP_MALFORMED' }));
    stream.push(encodeMessage(sccp('KeepAlive', 0, {})));
    expect(() => stream.next()).toThrow(/length field is 3/);
    expect(stream.state).toBe('failed');
  });

  it('refuses a length one above its maximum, and reads the maximum', () => {
    const octets = Buffer.alloc(HEADER_LENGTH + MAX_LENGTH_FIELD - 4);
    octets.writeUInt32LE(MAX_LENGTH_FIELD, 0);
    octets.writeUInt32LE(0x44, 8);
    expect(readAll([octets])).toEqual([{ type: 'skipped', id: 0x44, version: 0, why: 'unknown-id' }]);
    octets.writeUInt32LE(MAX_LENGTH_FIELD + 1, 0);
    expect(() => readAll([octets])).toThrow(expect.objectContaining({ code: 'TF_MESSAGE_TOO_LARGE' }));
  });
});

describe('what cannot be read or written', () => {
  it.each([
    ['19 capabilities', '080000000000000010000000', '13000000'],
    ['57 buttons', '100000000000000097000000', `${'00000000'}39000000${'39000000'}`],
    ['33 soft keys', '100000000000000008010000', `${'00000000'}21000000${'21000000'}`],
    ['17 soft-key sets', '100000000000000009010000', `${'00000000'}11000000${'11000000'}`],
  ])('%s', (_name, header, body) => {
    expect(() => decodeMessage(Buffer.from(header + body, 'hex'))).toThrow(
      expect.objectContaining({ code: 'TF_SCCP_MALFORMED' }),
    );
  });

  it('an XMLAlarm of more than 2048 octets', () => {
    expect(() => decodeMessage(encodeMessage(sccp('XMLAlarm', 0, { xml: 'x'.repeat(2_048) })))).toThrow(
      expect.objectContaining({ code: 'TF_MESSAGE_TOO_LARGE' }),
    );
  });

  it.each([
    ['a text longer than its field', sccp('RegisterReject', 0, { text: 'x'.repeat(33) })],
    ['a text that is not one octet a character', sccp('RegisterReject', 0, { text: '漢' })],
    ['a NUL within a text', sccp('RegisterReject', 0, { text: 'a\0b' })],
    ['a header version that does not exist', sccp('KeepAlive', 12, {})],
    ['four servers', sccp('ServerRes', 22, { servers: [] })],
    [
      '19 capabilities',
      sccp('CapabilitiesRes', 22, {
        capabilities: Array.from({ length: 19 }, () => ({
          payload: 4,
          maxFramesPerPacket: 40,
          parameters: '0000000000000000',
        })),
      }),
    ],
    ['a body of 4 kB', { ...sccp('KeepAlive', 0, {}), bodyLength: 4_093 }],
  ])('%s is a typed error', (_name, message) => {
    expect(() => encodeMessage(message)).toThrow(expect.objectContaining({ name: 'TrustfleetError' }));
  });

  it.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '1.2.3.-4', '01.2.3.4', 'a.b.c.d'])(
    '"%s" is no IPv4 address',
    (text) => {
      expect(() => parseIpv4(text)).toThrow(expect.objectContaining({ code: 'TF_SCCP_MALFORMED' }));
    },
  );

  it.each(['', ':', '1:2:3', ':::', '1::2::3', '1:2:3:4:5:6:7:8:9', '1:2:3:4:5:6:7::8', '12345::', 'g::'])(
    '"%s" is no IPv6 address',
    (text) => {
      expect(() => parseIpv6(text)).toThrow(expect.objectContaining({ code: 'TF_SCCP_MALFORMED' }));
    },
  );
});

describe('texts and addresses', () => {
  const people = fc
    .array(fc.constantFrom('a', 'é', '漢', '\u{1f4de}', '\0', '\u0080'))
    .map((all) => all.join(''));

  it('IPv6 addresses come back as RFC 5952 writes them', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (octets) => {
        expect(parseIpv6(formatIpv6(octets))).toEqual(octets);
      }),
    );
    expect(formatIpv6(parseIpv6('2001:DB8:0:0:1:0:0:1'))).toBe('2001:db8::1:0:0:1');
    expect(formatIpv6(parseIpv6('2001:db8:0:1:1:1:1:1'))).toBe('2001:db8:0:1:1:1:1:1');
  });

  it('any text of a person fits its field, in whole characters', () => {
    fc.assert(
      fc.property(people, fc.boolean(), fc.nat(48), (text, utf8, octets) => {
        const wire = wireText(text, utf8, octets);
        expect(wire.length).toBeLessThanOrEqual(octets);
        expect(Array.from(wire, (c) => c.charCodeAt(0)).every((code) => code >= 1 && code <= 0xff)).toBe(
          true,
        );
        if (utf8) {
          expect(text.replaceAll('\0', '').startsWith(Buffer.from(wire, 'latin1').toString('utf8'))).toBe(
            true,
          );
        }
      }),
    );
  });

  it('phrase references are shown by name', () => {
    expect(shownText('\u0080\u0013')).toBe('Your current options');
    expect(shownText('Zo\u00eb')).toBe('Zo\u00eb');
    expect(shownText(wireText('Zoë', true, 40))).toBe('Zoë');
  });
});
