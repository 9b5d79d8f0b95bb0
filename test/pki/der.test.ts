import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { derLength, derWrap, expectDer, readDer } from '../../src/pki/der.js';

const malformed = expect.objectContaining({ code: 'TF_CERT_MALFORMED' });
const octets = (hex: string): Buffer => Buffer.from(hex, 'hex');

describe('DER elements', () => {
  it('are read back from what derWrap wrote, at any offset', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        fc.uint8Array({ maxLength: 5 }),
        fc.constantFrom(0x02, 0x04, 0x30, 0xa3),
        (content, before, tag) => {
          const bytes = Buffer.concat([before, derWrap(tag, content), Buffer.of(0xff)]);
          const element = readDer(bytes, before.length);
          expect(element.tag).toBe(tag);
          expect(element.start).toBe(before.length);
          expect(bytes.subarray(element.content, element.end)).toEqual(Buffer.from(content));
          expect(element.end).toBe(bytes.length - 1);
        },
      ),
    );
  });

  it.each([
    [0, [0]],
    [127, [127]],
    [128, [0x81, 128]],
    [255, [0x81, 255]],
    [256, [0x82, 1, 0]],
    [65536, [0x83, 1, 0, 0]],
  ])('a length of %i takes the shortest form', (length, expected) => {
    expect(derLength(length)).toEqual(expected);
  });

  it.each([
    ['nothing', ''],
    ['a tag alone', '30'],
    ['an indefinite length', '3080'],
    ['a length of 5 octets', '30850000000001'],
    ['a length cut off', '3082ff'],
    ['content cut off', '3003ffff'],
    ['a length of 4 GB', '3084ffffffff'],
    ['a tag of several octets', '1f8101'],
  ])('%s is refused', (_, hex) => {
    expect(() => readDer(octets(hex), 0)).toThrow(malformed);
  });

  it('end at the limit they are given, not at that of the buffer', () => {
    expect(() => readDer(octets('300200000000'), 0, 3)).toThrow(malformed);
    expect(() => readDer(octets('3000'), 0, 1)).toThrow(malformed);
    expect(readDer(octets('300200000000'), 0, 4).end).toBe(4);
  });

  it('with another tag are refused by name', () => {
    expect(() => expectDer(octets('0400'), 0, 2, 0x30, 'tbsCertificate')).toThrow(
      'tbsCertificate: found tag 0x4, expected 0x30',
    );
  });

  it('of random octets give an element or a TrustfleetError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.nat(20), (bytes, offset) => {
        try {
          expect(readDer(bytes, offset).end).toBeLessThanOrEqual(bytes.length);
        } catch (error) {
          expect(error).toBeInstanceOf(TrustfleetError);
        }
      }),
    );
  });
});
