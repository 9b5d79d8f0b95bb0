import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../../src/errors.js';
import {
  acknowledgement,
  blockOf,
  decodePacket,
  encodePacket,
  errorPacket,
  errorText,
  MAX_ERROR_TEXT,
  opcodeOf,
  type TftpPacket,
  unknownTransfer,
} from '../../../src/protocol/tftp/packets.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

/** One packet of each kind with its octets: RFC 1350 section 5, RFC 2347. */
const VECTORS: readonly (readonly [TftpPacket, Buffer])[] = [
  [
    { kind: 'rrq', file: 'CTLSEP001F9E266369.tlv', mode: 'octet', options: [] },
    Buffer.concat([hex('0001'), Buffer.from('CTLSEP001F9E266369.tlv\0octet\0')]),
  ],
  [
    {
      kind: 'rrq',
      file: 'a',
      mode: 'octet',
      options: [
        { name: 'blksize', value: '1448' },
        { name: 'tsize', value: '0' },
      ],
    },
    Buffer.concat([hex('0001'), Buffer.from('a\0octet\0blksize\x001448\0tsize\x000\0')]),
  ],
  [
    { kind: 'wrq', file: 'b', mode: 'netascii', options: [] },
    Buffer.concat([hex('0002'), Buffer.from('b\0netascii\0')]),
  ],
  [{ kind: 'data', block: 258, payload: hex('aabb') }, hex('0003 0102 aabb')],
  [{ kind: 'data', block: 0, payload: hex('') }, hex('0003 0000')],
  [{ kind: 'ack', block: 65535 }, hex('0004 ffff')],
  [
    { kind: 'error', code: 1, message: 'File not found' },
    Buffer.concat([hex('0005 0001'), Buffer.from('File not found\0')]),
  ],
  [
    { kind: 'oack', options: [{ name: 'blksize', value: '512' }] },
    Buffer.concat([hex('0006'), Buffer.from('blksize\x00512\0')]),
  ],
];

const text = (maxLength: number): fc.Arbitrary<string> =>
  fc.string({ unit: 'grapheme', maxLength }).map((value) => value.replaceAll('\0', ''));
const options = fc.array(fc.record({ name: text(12).filter((name) => name !== ''), value: text(12) }), {
  maxLength: 4,
});
const sixteenBits = fc.integer({ min: 0, max: 0xffff });
const anyPacket: fc.Arbitrary<TftpPacket> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('rrq' as const, 'wrq' as const),
    file: text(40),
    mode: text(8),
    options,
  }),
  fc.record({
    kind: fc.constant('data' as const),
    block: sixteenBits,
    payload: fc.uint8Array({ maxLength: 600 }).map((octets) => Buffer.from(octets)),
  }),
  fc.record({ kind: fc.constant('ack' as const), block: sixteenBits }),
  fc.record({ kind: fc.constant('oack' as const), options }),
  fc.record({
    kind: fc.constant('error' as const),
    code: sixteenBits,
    message: text(100).map((message) => message.replace(/\p{Cc}/gu, '').slice(0, MAX_ERROR_TEXT)),
  }),
);

describe('the octets of TFTP packets (RFC 1350 section 5, RFC 2347)', () => {
  for (const [packet, octets] of VECTORS) {
    it(`${packet.kind} ${JSON.stringify(octets.toString('latin1'))} is read and written`, () => {
      expect(decodePacket(octets)).toEqual(packet);
      expect(Buffer.from(encodePacket(packet))).toEqual(octets);
    });
  }

  it('a 7960 asks with 31 octets for the CTL and 32 for its configuration (phone-config.md 3)', () => {
    const rrq = (file: string): number =>
      encodePacket({ kind: 'rrq', file, mode: 'octet', options: [] }).length;
    expect(rrq('CTLSEP001F9E266369.tlv')).toBe(31);
    expect(rrq('SEP001F9E266369.cnf.xml')).toBe(32);
  });

  it('reads what it writes', () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        const octets = encodePacket(packet);
        fc.pre(octets.length <= 512 || packet.kind === 'data');
        expect(decodePacket(octets)).toEqual(packet);
      }),
    );
  });

  it('reads any octets, or raises TF_TFTP_MALFORMED and nothing else', () => {
    const opcode = fc.constantFrom(0, 1, 2, 3, 4, 5, 6, 7, 255);
    fc.assert(
      fc.property(opcode, fc.uint8Array({ maxLength: 80 }), (code, tail) => {
        try {
          const packet = decodePacket(Buffer.concat([Buffer.from([0, code]), tail]));
          if (packet.kind !== 'error') encodePacket(packet);
        } catch (error) {
          expect(error).toBeInstanceOf(TrustfleetError);
          expect((error as TrustfleetError).code).toBe('TF_TFTP_MALFORMED');
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['nothing', ''],
    ['one octet', '00'],
    ['opcode 0', '0000'],
    ['opcode 7', '0007 0001'],
    ['opcode 256', '0100 6100 6f00'],
    ['a request of an opcode', '0001'],
    ['a name without NUL', '0001 6162'],
    ['no mode', '0001 6100'],
    ['a mode without NUL', '0001 6100 6f63746574'],
    ['a name that is not UTF-8', '0001 ff00 6f6374657400'],
    ['an option without value', '0001 6100 6f6374657400 626c6b73697a6500'],
    ['an option value without NUL', '0001 6100 6f6374657400 626c6b73697a6500 3531'],
    ['an option without name', '0001 6100 6f6374657400 003500'],
    ['DATA without block', '0003 00'],
    ['ACK without block', '0004'],
    ['an ERROR without code', '0005 00'],
  ])('%s is malformed', (_what, octets) => {
    expect(() => decodePacket(hex(octets))).toThrow(expect.objectContaining({ code: 'TF_TFTP_MALFORMED' }));
  });

  it('a request of more than 512 octets is malformed (RFC 2347)', () => {
    const request = (octets: number): Buffer =>
      Buffer.concat([hex('0001'), Buffer.alloc(octets - 9, 'x'), Buffer.from('\0octet\0')]);
    expect(decodePacket(request(512))).toMatchObject({ kind: 'rrq' });
    expect(() => decodePacket(request(513))).toThrow(/513 octets/);
  });

  it('forgives zeros behind a request and a missing NUL behind an error text', () => {
    expect(decodePacket(hex('0001 6100 6f6374657400 00000000'))).toMatchObject({ file: 'a', options: [] });
    expect(decodePacket(Buffer.concat([hex('0005 0000'), Buffer.from('Server busy')]))).toEqual({
      kind: 'error',
      code: 0,
      message: 'Server busy',
    });
  });

  it('an error text is cut and made fit for a log line', () => {
    const nasty = Buffer.concat([hex('0005 0000'), Buffer.from(`a\r\n\x1b[31m${'x'.repeat(1000)}\0`)]);
    expect(errorText(nasty)).toHaveLength(MAX_ERROR_TEXT);
    expect(errorText(nasty)).not.toMatch(/\p{Cc}/u);
    expect(decodePacket(errorPacket(0, 'a\0b\nc'))).toMatchObject({ message: 'a b c' });
  });

  it('refuses to write texts with a NUL and numbers of more than 16 bits', () => {
    const malformed = expect.objectContaining({ code: 'TF_TFTP_MALFORMED' });
    expect(() => encodePacket({ kind: 'rrq', file: 'a\0b', mode: 'octet', options: [] })).toThrow(malformed);
    expect(() => encodePacket({ kind: 'ack', block: 65536 })).toThrow(malformed);
    expect(() => encodePacket({ kind: 'error', code: -1, message: '' })).toThrow(malformed);
    expect(() => encodePacket({ kind: 'data', block: 0.5, payload: hex('') })).toThrow(malformed);
  });

  it('hands out one shared ACK a block number', () => {
    expect(Buffer.from(acknowledgement(513))).toEqual(hex('0004 0201'));
    expect(acknowledgement(513)).toBe(acknowledgement(513));
  });

  it('looks at opcode and block of any datagram without reading past its end', () => {
    expect([opcodeOf(hex('')), opcodeOf(hex('00')), opcodeOf(hex('0004'))]).toEqual([-1, -1, 4]);
    expect([blockOf(hex('000400')), blockOf(hex('0004ffff'))]).toEqual([-1, 65535]);
  });

  it('answers a stray packet with ERROR 5, but never an ERROR with an ERROR', () => {
    expect(decodePacket(unknownTransfer(hex('00040001')) ?? hex(''))).toMatchObject({
      kind: 'error',
      code: 5,
    });
    expect(unknownTransfer(hex('0005000500'))).toBeUndefined();
  });
});
