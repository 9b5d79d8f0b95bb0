import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrustfleetError, type TrustfleetErrorCode } from '../../src/errors.js';
import {
  buildTrustList,
  certificateRecord,
  emptyRecord,
  hashRecord,
  MAX_TRUST_FILE_OCTETS,
  parseTrustFile,
  scan,
  scanTable,
  signFile,
} from '../../src/trustfile/index.js';
import { makeSigner, seconds } from './fixtures.js';

const signer = makeSigner();
const timestamp = seconds('2026-03-12T07:20:01Z');
const list = buildTrustList(
  {
    filename: 'CTLFile.tlv',
    timestamp,
    records: [
      certificateRecord('SAST', signer.certificate, { dnsName: 'pub', ipAddress: '10.0.0.1' }),
      emptyRecord('CCM+TFTP', { dnsName: '10.0.0.1', ipAddress: '10.0.0.1' }),
      hashRecord('TVS', signer.certificate, { dnsName: ' ' }),
    ],
  },
  signer,
);
const HEADER = list.readUInt16BE(8);
const signed = signFile(Buffer.from('<device/>'), { filename: 'a.xml.sgn', timestamp }, signer);

function codeOf(bytes: Uint8Array): TrustfleetErrorCode | 'none' {
  try {
    parseTrustFile(bytes);
    return 'none';
  } catch (error) {
    expect(error).toBeInstanceOf(TrustfleetError);
    return (error as TrustfleetError).code;
  }
}

function errorOf(bytes: Uint8Array): TrustfleetError {
  try {
    parseTrustFile(bytes);
  } catch (error) {
    if (error instanceof TrustfleetError) return error;
  }
  throw new Error('no TrustfleetError was thrown');
}

/** A copy with octets written over it. */
function patched(bytes: Buffer, at: number, ...octets: number[]): Buffer {
  const copy = Buffer.from(bytes);
  copy.set(octets, at);
  return copy;
}

const element = (tag: number, value: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(tag, value.length >> 8, value.length & 0xff), value]);

/** A header of the given elements behind tags 1 and 2. */
function headerOf(elements: readonly Uint8Array[], rest: Uint8Array = Buffer.alloc(0)): Buffer {
  const body = Buffer.concat(elements);
  const length = 10 + body.length;
  return Buffer.concat([Buffer.of(1, 0, 2, 1, 2, 2, 0, 2, length >> 8, length & 0xff), body, rest]);
}

const ELEMENTS = {
  4: element(4, Buffer.from('CN=a\0')),
  5: element(5, Buffer.of(1, 2)),
  6: element(6, Buffer.from('CN=b\0')),
  8: element(8, Buffer.of(1)),
  10: element(10, Buffer.of(0)),
  11: element(11, Buffer.of(1)),
  12: element(12, Buffer.alloc(128, 1)),
  14: element(14, Buffer.from('ITLFile.tlv\0')),
  15: element(15, Buffer.of(0, 0, 0, 1)),
};
const all = Object.values(ELEMENTS);
const record = (...elements: readonly Uint8Array[]): Buffer => {
  const body = Buffer.concat(elements);
  return Buffer.concat([Buffer.of(1, 0, 2, (body.length + 5) >> 8, (body.length + 5) & 0xff), body]);
};
const FUNCTION = element(4, Buffer.of(0, 2));

describe('trust-files.md 16: what a reader must accept', () => {
  it('any order of header elements after tag 2, with or without containers', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray(all, { minLength: all.length }), (elements) => {
        const file = parseTrustFile(headerOf(elements));
        expect(file.header.filename).toBe('ITLFile.tlv');
        expect(file.header.signer).toEqual({ subject: 'CN=a', issuer: 'CN=b', serial: '0102' });
        expect(file.header.timestamp).toBe(1);
      }),
    );
  });

  it.each([
    ['tag 10', 10],
    ['tag 11', 11],
    ['tag 15, as in firmware', 15],
  ])('a header without %s', (_, tag) => {
    const elements = Object.entries(ELEMENTS).filter(([key]) => Number(key) !== tag);
    expect(codeOf(headerOf(elements.map(([, value]) => value)))).toBe('none');
  });

  it('padding anywhere in the header, a single octet without LENGTH', () => {
    const padding = Buffer.of(13);
    expect(codeOf(headerOf([padding, ...all, padding, padding]))).toBe('none');
    expect(codeOf(headerOf([padding, ...all, element(99, padding)]))).toBe('none');
  });

  it('0x0D as the first octet of a payload belongs to the payload', () => {
    const file = parseTrustFile(signFile(Buffer.of(13, 13, 1), { filename: 'a.sgn', timestamp }, signer));
    expect(file.kind === 'signed' && [...file.payload]).toEqual([13, 13, 1]);
  });

  it('unknown tags in header and records, even twice', () => {
    const unknown = element(200, Buffer.of(1, 2, 3));
    const bytes = headerOf(
      [unknown, ...all, unknown],
      record(unknown, FUNCTION, element(0, Buffer.of(9)), unknown),
    );
    const file = parseTrustFile(bytes);
    expect(file.kind === 'trust-list' && file.records.map(({ role }) => role)).toEqual([2]);
  });

  it('tag 28 before SIGNERID and anywhere else', () => {
    const version = element(28, Buffer.of(1, 1));
    expect(parseTrustFile(headerOf([version, ...all])).header.signerVersion).toEqual({ major: 1, minor: 1 });
    expect(parseTrustFile(headerOf([...all, version])).header.signerVersion).toEqual({ major: 1, minor: 1 });
  });

  it('text without its terminating 0x00, and exactly one stripped', () => {
    const bytes = headerOf(
      all,
      Buffer.concat([
        record(FUNCTION, element(2, Buffer.from('pub'))),
        record(FUNCTION, element(2, Buffer.from('pub\0\0'))),
        record(FUNCTION, element(2, Buffer.from('\0'))),
        record(FUNCTION, element(2, Buffer.alloc(0))),
      ]),
    );
    const file = parseTrustFile(bytes);
    expect(file.kind === 'trust-list' && file.records.map(({ dnsName }) => dnsName)).toEqual([
      'pub',
      'pub\0',
      '',
      '',
    ]);
  });

  it('records of any content, in any order of tags, with IPv4 and IPv6', () => {
    const ipv6 = Buffer.from('20010db8000000000000000000000007', 'hex');
    const bytes = headerOf(
      all,
      Buffer.concat([
        record(element(10, Buffer.of(10, 35, 48, 106)), element(2, Buffer.from('pub\0')), FUNCTION),
        record(FUNCTION, element(10, ipv6)),
        record(FUNCTION),
      ]),
    );
    const file = parseTrustFile(bytes);
    expect(file.kind === 'trust-list' && file.records.map(({ ipAddress }) => ipAddress)).toEqual([
      '10.35.48.106',
      '2001:db8::7',
      null,
    ]);
  });

  it.each(['1.0', '1.1', '1.2', '1.9', '2.0'])('version %s: a newer one is no error', (version) => {
    const [major = 0, minor = 0] = version.split('.').map(Number);
    expect(codeOf(patched(list, 3, major, minor))).toBe('none');
  });

  it('a list without records', () => {
    const file = parseTrustFile(headerOf(all));
    expect(file.kind === 'trust-list' && file.records).toEqual([]);
  });
});

describe('what a file is', () => {
  const named = (name: string, rest: Uint8Array): string =>
    parseTrustFile(
      headerOf(
        [...all.filter((value) => value !== ELEMENTS[14]), element(14, Buffer.from(`${name}\0`))],
        rest,
      ),
    ).kind;

  it.each([
    ['CTLFile.tlv', record(FUNCTION), 'trust-list'],
    ['ITLSEP001122334455.TLV', record(FUNCTION), 'trust-list'],
    ['mylist', record(FUNCTION), 'trust-list'],
    ['mylist', Buffer.from('<device/>'), 'signed'],
    ['mylist', Buffer.alloc(0), 'signed'],
    ['SEP001122334455.cnf.xml.sgn', record(FUNCTION), 'signed'],
    ['term42.default.loads', Buffer.from('load'), 'signed'],
  ])('FILENAME %s', (name, rest, kind) => {
    expect(named(name, rest)).toBe(kind);
  });
});

describe('bad input ends in a typed error that knows where', () => {
  const rows: readonly (readonly [string, Uint8Array, TrustfleetErrorCode, number])[] = [
    ['an empty file', Buffer.alloc(0), 'TF_TLV_TRUNCATED', 0],
    ['nine octets', list.subarray(0, 9), 'TF_TLV_TRUNCATED', 9],
    ['an XML file', Buffer.from('<?xml version="1.0"?>'), 'TF_TLV_MALFORMED', 0],
    ['VERSION of 3 octets', patched(list, 2, 3), 'TF_TLV_MALFORMED', 0],
    ['tag 2 elsewhere', patched(list, 5, 14), 'TF_TLV_MALFORMED', 5],
    ['HeaderLength 9', patched(list, 8, 0, 9), 'TF_TLV_MALFORMED', 8],
    ['a header cut off', list.subarray(0, 100), 'TF_TLV_TRUNCATED', 100],
    ['SIGNERID beyond the header', patched(list, 11, 0xff, 0xff), 'TF_TLV_OVERRUN', 10],
    ['SIGNERNAME beyond SIGNERID', patched(list, 14, 0, 0xf0), 'TF_TLV_OVERRUN', 13],
    [
      'a second FILENAME',
      headerOf([...all, ELEMENTS[14]]),
      'TF_TLV_DUPLICATE',
      10 + Buffer.concat(all).length,
    ],
    ['a header without FILENAME', headerOf(all.filter((e) => e !== ELEMENTS[14])), 'TF_TLV_MISSING', -1],
    ['a header without SIGNATURE', headerOf(all.filter((e) => e !== ELEMENTS[12])), 'TF_TLV_MISSING', -1],
    ['a header without SERIALNUMBER', headerOf(all.filter((e) => e !== ELEMENTS[5])), 'TF_TLV_MISSING', -1],
    ['a header without digest', headerOf(all.filter((e) => e !== ELEMENTS[8])), 'TF_TLV_MISSING', -1],
    [
      'TIMESTAMP of 8 octets',
      headerOf([...all.filter((e) => e !== ELEMENTS[15]), element(15, Buffer.alloc(8))]),
      'TF_TLV_MALFORMED',
      -1,
    ],
    [
      'digest id 4, which is none',
      headerOf([...all.filter((e) => e !== ELEMENTS[8]), element(8, Buffer.of(4))]),
      'TF_TLV_UNSUPPORTED',
      -1,
    ],
    [
      'signature algorithm 1',
      headerOf([...all.filter((e) => e !== ELEMENTS[10]), element(10, Buffer.of(1))]),
      'TF_TLV_UNSUPPORTED',
      -1,
    ],
    [
      'a signature of 3072 bits',
      headerOf([...all.filter((e) => e !== ELEMENTS[12]), element(12, Buffer.alloc(384))]),
      'TF_TLV_UNSUPPORTED',
      -1,
    ],
    ['rubbish behind the last record', Buffer.concat([list, Buffer.of(0)]), 'TF_TLV_TRUNCATED', list.length],
    ['a record cut off', list.subarray(0, list.length - 1), 'TF_TLV_TRUNCATED', list.length - 1],
    ['a record that opens with tag 2', patched(list, HEADER, 2), 'TF_TLV_MALFORMED', HEADER],
    ['RECORDLENGTH 4', patched(list, HEADER + 3, 0, 4), 'TF_TLV_MALFORMED', HEADER],
    ['RECORDLENGTH beyond the file', patched(list, HEADER + 3, 0xff), 'TF_TLV_TRUNCATED', list.length],
    ['DNSNAME beyond its record', patched(list, HEADER + 6, 0xff), 'TF_TLV_OVERRUN', HEADER + 5],
    [
      'two octets of an element at the end of a record',
      headerOf(all, record(FUNCTION, Buffer.of(7, 0))),
      'TF_TLV_OVERRUN',
      -1,
    ],
    ['a second FUNCTION', headerOf(all, record(FUNCTION, FUNCTION)), 'TF_TLV_DUPLICATE', -1],
    [
      'a second RECORDLENGTH',
      headerOf(all, record(FUNCTION, element(1, Buffer.of(0, 9)))),
      'TF_TLV_DUPLICATE',
      -1,
    ],
    ['a record without FUNCTION', headerOf(all, record(element(2, Buffer.of(0)))), 'TF_TLV_MISSING', -1],
    ['FUNCTION of 1 octet', headerOf(all, record(element(4, Buffer.of(0)))), 'TF_TLV_MALFORMED', -1],
    [
      'IPADDRESS of 5 octets',
      headerOf(all, record(FUNCTION, element(10, Buffer.alloc(5)))),
      'TF_TLV_MALFORMED',
      -1,
    ],
    [
      'CERTHASH without HASH ALGORITHM',
      headerOf(all, record(FUNCTION, element(11, Buffer.alloc(20)))),
      'TF_TLV_MISSING',
      -1,
    ],
    [
      'CERTHASH of 19 octets',
      headerOf(all, record(FUNCTION, element(11, Buffer.alloc(19)), element(12, Buffer.of(1)))),
      'TF_TLV_MALFORMED',
      -1,
    ],
    [
      'HASH ALGORITHM 9',
      headerOf(all, record(FUNCTION, element(11, Buffer.alloc(20)), element(12, Buffer.of(9)))),
      'TF_TLV_UNSUPPORTED',
      -1,
    ],
    [
      'a file above the limit',
      Buffer.alloc(MAX_TRUST_FILE_OCTETS + 1),
      'TF_TLV_TOO_LARGE',
      MAX_TRUST_FILE_OCTETS,
    ],
    ['half of an encrypted header', headerOf([...all, element(19, Buffer.alloc(16))]), 'TF_TLV_MISSING', -1],
  ];

  it.each(rows)('%s', (_, bytes, code, offset) => {
    const error = errorOf(bytes);
    expect(error.code).toBe(code);
    expect(error.context.offset).toEqual(expect.any(Number));
    if (offset >= 0) expect(error.context.offset).toBe(offset);
    expect(error.message).toContain(`offset ${error.context.offset}`);
  });

  it('more records than there is room for', () => {
    const bytes = headerOf(all, Buffer.concat(Array.from({ length: 3 }, () => record(FUNCTION))));
    expect(() => scan(bytes, scanTable(2))).toThrow(expect.objectContaining({ code: 'TF_TLV_TOO_LARGE' }));
    expect(scan(bytes, scanTable(3))).toBe('trust-list');
  });

  it('containers within containers end at the second of the same tag, however deep they go', () => {
    const depth = 20_000;
    const nested = Array.from({ length: depth }, (_, index) => {
      const inside = 3 * (depth - index - 1);
      return Buffer.of(3, inside >> 8, inside & 0xff);
    });
    expect(codeOf(headerOf(nested))).toBe('TF_TLV_DUPLICATE');
  });

  it('every truncation of a list but those between two records', () => {
    const file = parseTrustFile(list);
    const boundaries = file.kind === 'trust-list' ? file.records.map(({ offset }) => offset) : [];
    expect(boundaries.length).toBe(3);
    for (let size = 0; size < list.length; size += 1) {
      const code = codeOf(list.subarray(0, size));
      expect([size, code]).toEqual([size, boundaries.includes(size) ? 'none' : 'TF_TLV_TRUNCATED']);
    }
  });

  it('every truncation of a signed file within its header', () => {
    for (let size = 0; size < signed.readUInt16BE(8); size += 1) {
      expect(codeOf(signed.subarray(0, size))).toBe('TF_TLV_TRUNCATED');
    }
  });

  it('any octets at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        codeOf(bytes);
      }),
      { numRuns: 500 },
    );
  });
});

describe('records and certificates are decoded when somebody looks', () => {
  const broken = patched(list, list.indexOf(signer.certificate.der) + 1, 0x83);

  it('a broken certificate does not stop the parser, looking at it names the offset in the file', () => {
    const file = parseTrustFile(broken);
    if (file.kind !== 'trust-list') throw new Error('not a list');
    const [first] = file.records;
    expect(first?.subject).toBe(signer.certificate.subject);
    expect(() => first?.certificate).toThrow(
      expect.objectContaining({
        code: 'TF_CERT_MALFORMED',
        context: expect.objectContaining({ tag: 9, offset: list.indexOf(signer.certificate.der) }),
      }),
    );
  });

  it('the same record gives the same certificate object', () => {
    const file = parseTrustFile(list);
    if (file.kind !== 'trust-list') throw new Error('not a list');
    expect(file.records[0]?.certificate).toBe(file.records[0]?.certificate);
    expect(file.records).toBe(file.records);
  });

  it('a later parse does not disturb an earlier file', () => {
    const file = parseTrustFile(list);
    parseTrustFile(headerOf(all, record(FUNCTION)));
    expect(file.kind === 'trust-list' && file.records.map(({ role }) => role)).toEqual([0, 2, 21]);
  });

  it('the octets are kept, not copied', () => {
    expect(parseTrustFile(list).bytes).toBe(list);
  });
});
