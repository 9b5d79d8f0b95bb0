import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derWrap, readDer } from '../../src/pki/der.js';
import {
  encodeName,
  type NameAttribute,
  readName,
  renderCertutilsName,
  renderCucmName,
} from '../../src/pki/name.js';
import { dottedOid, encodeOid } from '../../src/pki/oid.js';

function read(der: Uint8Array): NameAttribute[] {
  return readName(der, readDer(der, 0));
}

/** A Name of one attribute with any string type. */
function nameOf(oid: string, tag: number, octets: Uint8Array): Buffer {
  return derWrap(0x30, derWrap(0x31, derWrap(0x30, encodeOid(oid), derWrap(tag, octets))));
}

const cn = '2.5.4.3';

describe('readName', () => {
  it.each([
    ['UTF8String', 0x0c, Buffer.from('Zürich'), 'Zürich'],
    ['PrintableString', 0x13, Buffer.from('abc'), 'abc'],
    ['T61String, read as Latin-1', 0x14, Buffer.from('Z\xfcrich', 'latin1'), 'Zürich'],
    ['BMPString', 0x1e, Buffer.from('005a00fc', 'hex'), 'Zü'],
    ['UniversalString', 0x1c, Buffer.from('0000005a0001f4de', 'hex'), 'Z📞'],
    ['UniversalString beyond Unicode', 0x1c, Buffer.from('7fffffff', 'hex'), '\ufffd'],
    ['an empty string', 0x0c, Buffer.alloc(0), ''],
  ])('reads a %s', (_, tag, octets, value) => {
    expect(read(nameOf(cn, tag, octets))).toEqual([{ key: 'CN', value }]);
  });

  it.each([
    ['a BMPString of 3 octets', nameOf(cn, 0x1e, Buffer.alloc(3))],
    ['a UniversalString of 5 octets', nameOf(cn, 0x1c, Buffer.alloc(5))],
    ['an OID without octets', derWrap(0x30, derWrap(0x31, derWrap(0x30, derWrap(6), derWrap(12))))],
    ['a Name of something else', derWrap(0x30, derWrap(0x30))],
    [
      'an OID that does not end',
      derWrap(0x30, derWrap(0x31, derWrap(0x30, derWrap(6, Uint8Array.of(0x55, 0x84)), derWrap(12)))),
    ],
  ])('refuses %s with TF_CERT_MALFORMED', (_, der) => {
    expect(() => read(der)).toThrow(expect.objectContaining({ code: 'TF_CERT_MALFORMED' }));
  });

  it('leaves the octets that it reads as they were', () => {
    const der = nameOf(cn, 0x1e, Buffer.from('005a00fc', 'hex'));
    const before = Buffer.from(der);
    read(der);
    expect(der).toEqual(before);
  });
});

describe('encodeName', () => {
  it('gives back what it was given', () => {
    const printable = fc.stringMatching(/^[A-Za-z0-9 '()+,./:=?-]{1,20}$/);
    const anything = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    const attribute: fc.Arbitrary<NameAttribute> = fc.oneof(
      fc.record({
        key: fc.constantFrom('CN', 'O', 'OU', 'L', 'ST', '1.2.840.113549.1.9.1'),
        value: anything,
      }),
      fc.record({ key: fc.constantFrom('C', 'SERIALNUMBER', 'DC'), value: printable }),
    );
    fc.assert(
      fc.property(fc.array(attribute, { maxLength: 12 }), (attributes) => {
        expect(read(encodeName(attributes))).toEqual(attributes);
      }),
    );
  });

  it.each([
    ['an unknown key', { key: 'FOO', value: 'x' }],
    ['an empty value', { key: 'CN', value: '' }],
    ['an underscore in a country', { key: 'C', value: 'U_' }],
    ['an umlaut in a DC', { key: 'DC', value: 'zürich' }],
  ])('refuses %s with TF_NAME_MALFORMED', (_, attribute) => {
    expect(() => encodeName([attribute])).toThrow(expect.objectContaining({ code: 'TF_NAME_MALFORMED' }));
  });
});

describe('names in trust lists', () => {
  it('CUCM: CN;OU;O;L;ST;C whatever the certificate has, others dropped (trust-files.md 5.1)', () => {
    const attributes = read(
      encodeName([
        { key: 'DC', value: 'test' },
        { key: 'C', value: 'US' },
        { key: 'O', value: 'Alpha' },
        { key: 'CN', value: 'CAPF-2076a1a2' },
        { key: 'ST', value: 'CA' },
      ]),
    );
    expect(renderCucmName(attributes)).toBe('CN=CAPF-2076a1a2;O=Alpha;ST=CA;C=US');
  });

  it('CUCM: a NUL inside a name is written out, since names in the file end at a NUL', () => {
    expect(renderCucmName([{ key: 'CN', value: 'good.test\0.evil.test' }])).toBe(
      'CN=good.test\\00.evil.test',
    );
  });

  it.each([
    ['a comma', 'O', 'Load Lab, Inc.', 'O=Load Lab\\, Inc.'],
    ['a leading #', 'CN', '#1', 'CN=\\#1'],
    ['spaces at both ends', 'CN', ' a ', 'CN=\\ a\\ '],
    ['one space', 'CN', ' ', 'CN=\\ '],
    ['a backslash before the end', 'CN', 'a\\ ', 'CN=a\\\\\\ '],
    ['a NUL', 'CN', 'a\0b', 'CN=a\\00b'],
    ['a serial number, which has no short name there', 'SERIALNUMBER', 'PID:x', '2.5.4.5=PID:x'],
    ['a dotted OID', '1.2.3', 'x', '1.2.3=x'],
  ])('certutils: RFC 4514 text of %s (trust-files.md 5.3)', (_, key, value, text) => {
    expect(renderCertutilsName([{ key, value }])).toBe(text);
  });

  it('certutils: certificate order, joined by a comma', () => {
    expect(
      renderCertutilsName([
        { key: 'C', value: 'US' },
        { key: 'CN', value: 'x' },
      ]),
    ).toBe('C=US,CN=x');
  });
});

describe('OIDs', () => {
  it('go there and back, with arcs of any size', () => {
    for (const oid of ['2.5.4.3', '1.2.840.113549.1.1.11', '0.9.2342.19200300.100.1.25', '2.999.1', '1.39']) {
      expect(dottedOid(encodeOid(oid).subarray(2))).toBe(oid);
    }
    const uuid = '2.25.329800735698586629295641978511506172918';
    expect(dottedOid(encodeOid(uuid).subarray(2))).toBe(uuid);
  });

  it.each(['', '1', '3.1', '1.40', '2.5.04', '2.5.', 'a.b', `1.2${'.1'.repeat(40)}`])(
    '"%s" is none',
    (text) => {
      expect(() => encodeOid(text)).toThrow(expect.objectContaining({ code: 'TF_NAME_MALFORMED' }));
    },
  );
});
