import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOctets, addressText } from '../../src/trustfile/address.js';
import { decodeText, encodeText, printable } from '../../src/trustfile/text.js';

describe('text of a trust file', () => {
  it('any octets decode and encode to themselves', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
        const stored = Buffer.concat([octets, Buffer.of(0)]);
        expect(encodeText(decodeText(stored, 0, stored.length)).equals(stored)).toBe(true);
      }),
    );
  });

  it('any text encodes and decodes to itself', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const stored = encodeText(text);
        expect(decodeText(stored, 0, stored.length)).toBe(text);
      }),
    );
  });

  it('a genuine U+FFFD is no sign of damage', () => {
    const stored = encodeText('a\ufffdb');
    expect(decodeText(stored, 0, stored.length)).toBe('a\ufffdb');
  });

  it('control characters are shown by their octets', () => {
    expect(printable('a\u001b[2J\nb\u0085')).toBe('a\\x1b[2J\\x0ab\\x85');
    expect(printable('Zürich')).toBe('Zürich');
  });
});

describe('addresses', () => {
  it.each([
    ['10.35.48.106', '0a23306a', '10.35.48.106'],
    ['::', '00000000000000000000000000000000', '::'],
    ['::1', '00000000000000000000000000000001', '::1'],
    ['2001:DB8::7', '20010db8000000000000000000000007', '2001:db8::7'],
    ['2001:db8:0:1:1:1:1:1', '20010db8000000010001000100010001', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '20010000000000010000000000000001', '2001:0:0:1::1'],
    ['::ffff:10.0.0.1', '00000000000000000000ffff0a000001', '::ffff:a00:1'],
    ['fe80::', 'fe800000000000000000000000000000', 'fe80::'],
  ])('%s', (text, hex, canonical) => {
    expect(Buffer.from(addressOctets(text)).toString('hex')).toBe(hex);
    expect(addressText(Buffer.from(hex, 'hex'))).toBe(canonical);
  });

  it.each([
    '',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.1.2',
    ' 10.0.0.1',
    '1:2:3',
    ':::',
    '1::2::3',
    '12345::',
    '::g',
    '1:2:3:4:5:6:7:8::',
  ])('"%s" is none', (text) => {
    expect(() => addressOctets(text)).toThrow(expect.objectContaining({ code: 'TF_USAGE' }));
  });

  it('any address', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ minLength: 4, maxLength: 4 }),
          fc.uint8Array({ minLength: 16, maxLength: 16 }),
        ),
        (octets) => {
          expect([...addressOctets(addressText(octets))]).toEqual([...octets]);
        },
      ),
    );
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(addressOctets(text).length).toBe(16);
      }),
    );
  });
});
