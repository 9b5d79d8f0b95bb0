import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildTrustList, type GivenSignature, parseTrustFile, signFile } from '../../src/trustfile/index.js';
import { hasVectors, makeSigner, seconds, vectorJson } from './fixtures.js';

const TIMESTAMP = seconds('2026-03-12T07:20:01Z');

/** Header tags in file order, containers entered, padding included. */
function headerTags(bytes: Buffer): number[] {
  const tags: number[] = [];
  const end = bytes.readUInt16BE(8);
  for (let at = 0; at < end; ) {
    const tag = bytes.readUInt8(at);
    tags.push(tag);
    const container = [3, 7, 9, 16, 17, 21].includes(tag);
    at += tag === 13 ? 1 : 3 + (container ? 0 : bytes.readUInt16BE(at + 1));
  }
  return tags;
}

const withoutPadding = (tags: readonly number[]): number[] => tags.filter((tag) => tag !== 13);

const given = (octets: number): GivenSignature => ({
  id: { subject: 'CN=a', issuer: 'CN=b', serial: '0102' },
  signature: Buffer.alloc(octets, 7),
});

describe('trust-files.md 2.2: order of the header', () => {
  const list = { filename: 'CTLFile.tlv', timestamp: TIMESTAMP, records: [] };

  it('CUCM CTL/ITL', () => {
    expect(withoutPadding(headerTags(buildTrustList(list, given(256))))).toEqual([
      1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 15,
    ]);
  });

  it('certutils tlvfile: tag 28 behind tag 2, issuer before serial', () => {
    const bytes = buildTrustList({ ...list, layout: 'certutils' }, given(256));
    expect(withoutPadding(headerTags(bytes))).toEqual([1, 2, 28, 3, 4, 6, 5, 7, 8, 9, 10, 11, 12, 14, 15]);
    expect(parseTrustFile(bytes).header.signerVersion).toEqual({ major: 1, minor: 0 });
  });

  it('certutils sgnfile: no tag 28', () => {
    const bytes = signFile(
      Buffer.from('<device/>'),
      { filename: 'a.sgn', timestamp: TIMESTAMP, layout: 'certutils' },
      given(256),
    );
    expect(withoutPadding(headerTags(bytes))).toEqual([1, 2, 3, 4, 6, 5, 7, 8, 9, 10, 11, 12, 14, 15]);
  });

  it('Cisco firmware: no TIMESTAMP', () => {
    const bytes = signFile(
      Buffer.from('load'),
      { filename: 'a.loads', timestamp: null, version: { major: 1, minor: 1 } },
      given(256),
    );
    expect(withoutPadding(headerTags(bytes))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14]);
    const { header, kind } = parseTrustFile(bytes);
    expect(kind).toBe('signed');
    expect(header.timestamp).toBeNull();
    expect(header.version).toEqual({ major: 1, minor: 1 });
  });
});

describe('trust-files.md 2.3: codes', () => {
  it.each([
    ['sha1', 1],
    ['sha512', 3],
  ] as const)('%s is digest id %i', (digest, id) => {
    const bytes = buildTrustList({ filename: 'CTLFile.tlv', timestamp: 0, records: [], digest }, given(256));
    expect(bytes[bytes.indexOf(Buffer.of(8, 0, 1)) + 3]).toBe(id);
    expect(parseTrustFile(bytes).header.digest).toBe(digest);
  });

  it('SHA-256, digest id 2, is read though never written', () => {
    const bytes = buildTrustList({ filename: 'CTLFile.tlv', timestamp: 0, records: [] }, given(256));
    bytes[bytes.indexOf(Buffer.of(8, 0, 1)) + 3] = 2;
    expect(parseTrustFile(bytes).header.digest).toBe('sha256');
  });

  it.each([
    [0, 512],
    [1, 1024],
    [2, 2048],
    [3, 4096],
  ])('modulus code %i is RSA-%i', (code, bits) => {
    const bytes = buildTrustList({ filename: 'CTLFile.tlv', timestamp: 0, records: [] }, given(bits / 8));
    expect(bytes[bytes.indexOf(Buffer.of(11, 0, 1)) + 3]).toBe(code);
    const { header } = parseTrustFile(bytes);
    expect(header.signerKeyBits).toBe(bits);
    expect(header.signature.length).toBe(bits / 8);
  });

  it('RSA-3072 has no code: neither written nor read', () => {
    const list = { filename: 'CTLFile.tlv', timestamp: 0, records: [] };
    expect(() => buildTrustList(list, given(384))).toThrow(
      expect.objectContaining({ code: 'TF_CERT_UNSUPPORTED', message: expect.stringContaining('3072') }),
    );
    expect(() => buildTrustList(list, makeSigner({ kind: 3072 }))).toThrow(
      expect.objectContaining({ code: 'TF_CERT_UNSUPPORTED' }),
    );
  });

  it('the modulus code is informative: an unknown one does not stop the reader (16)', () => {
    const bytes = buildTrustList({ filename: 'CTLFile.tlv', timestamp: 0, records: [] }, given(256));
    bytes[bytes.indexOf(Buffer.of(11, 0, 1)) + 3] = 9;
    expect(parseTrustFile(bytes).header.signerKeyBits).toBe(2048);
  });
});

describe('trust-files.md 2.4: padding', () => {
  it.each([
    ['real CTL', 55, 8, 55, 311, 1, 312],
    ['eToken CTL', 56, 10, 42, 301, 3, 304],
    ['tokenless CTL', 62, 16, 62, 333, 3, 336],
    ['ITL 8.x', 76, 10, 15, 294, 2, 296],
  ])('%s', (_, subject, serial, issuer, unpadded, padding, headerLength) => {
    const id = {
      subject: 's'.repeat(subject - 1),
      issuer: 'i'.repeat(issuer - 1),
      serial: '01'.repeat(serial),
    };
    const bytes = buildTrustList(
      { filename: 'CTLFile.tlv', timestamp: 0, records: [] },
      { id, signature: Buffer.alloc(128, 1) },
    );
    expect(bytes.length).toBe(headerLength);
    expect([...bytes.subarray(unpadded)]).toEqual(new Array(padding).fill(13));
  });

  it('is 461 + 3 with the 256 octets of an RSA-2048 signer', () => {
    const id = { subject: 's'.repeat(61), issuer: 'i'.repeat(61), serial: '01'.repeat(16) };
    const list = { filename: 'CTLFile.tlv', timestamp: 0, records: [] };
    expect(buildTrustList(list, { id, signature: Buffer.alloc(256, 1) }).length).toBe(464);
  });

  it('HeaderLength is a multiple of 4 with 0 to 3 octets of padding, whatever the names are', () => {
    fc.assert(
      fc.property(
        fc.string({ maxLength: 60 }),
        fc.string({ maxLength: 60 }),
        fc.uint8Array({ minLength: 1, maxLength: 20 }),
        fc.constantFrom(64, 128, 256, 512),
        fc.constantFrom('cucm' as const, 'certutils' as const),
        (subject, issuer, serial, octets, layout) => {
          const id = { subject, issuer, serial: Buffer.from(serial).toString('hex') };
          const bytes = buildTrustList(
            { filename: 'ITLFile.tlv', timestamp: 1, records: [], layout },
            { id, signature: Buffer.alloc(octets, 1) },
          );
          const { header } = parseTrustFile(bytes);
          expect(header.headerLength % 4).toBe(0);
          expect(header.headerLength).toBe(bytes.length);
          expect(headerTags(bytes).filter((tag) => tag === 13).length).toBeLessThan(4);
          expect(header.signer).toEqual(id);
        },
      ),
    );
  });
});

describe('trust-files.md 11: signed files', () => {
  it('the worked example: HeaderLength 456, then the XML', () => {
    const id = {
      subject: 'CN=cucm-d-pub,O=Load Lab,OU=Voice,L=Auckland,C=NZ',
      issuer: 'CN=cucm-d-pub,O=Load Lab,OU=Voice,L=Auckland,C=NZ',
      serial: '01'.repeat(16),
    };
    const payload = Buffer.from('<?xml version="1.0"?>');
    const bytes = signFile(
      payload,
      { filename: 'SEP001122334455.cnf.xml.sgn', timestamp: TIMESTAMP },
      { id, signature: Buffer.alloc(256, 1) },
    );
    const file = parseTrustFile(bytes);
    expect(bytes.readUInt16BE(11)).toBe(125);
    expect(file.header.headerLength).toBe(456);
    expect(file.kind).toBe('signed');
    expect(file.kind === 'signed' && Buffer.from(file.payload).equals(payload)).toBe(true);
  });

  const dummy: GivenSignature = {
    id: {
      subject: 'CN=someSigner;OU=someOrgUnit;O=someOrg',
      issuer: 'CN=someCA;OU=someOrgUnit;O=someOrg',
      serial: '1234567890abcdef',
    },
    signature: Buffer.alloc(256, 1),
  };

  it('firmware: 385 and the characters of its name, rounded up to a multiple of 4', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-zA-Z0-9._-]{1,40}$/), (name) => {
        const bytes = signFile(
          Buffer.alloc(3),
          { filename: name, timestamp: null, version: { major: 1, minor: 1 } },
          dummy,
        );
        expect(bytes.readUInt16BE(8)).toBe(Math.ceil((385 + name.length) / 4) * 4);
      }),
    );
  });

  it.skipIf(!hasVectors)(
    'firmware: the headers of all 124 files seen have the length that we give them',
    () => {
      const { files } = vectorJson<{ files: { name: string; headerLength: number; paddingBytes: number }[] }>(
        'trust-firmware-signed-headers.json',
      );
      expect(files.length).toBe(124);
      for (const { name, headerLength, paddingBytes } of files) {
        const bytes = signFile(
          Buffer.alloc(0),
          { filename: name, timestamp: null, version: { major: 1, minor: 1 } },
          dummy,
        );
        expect([name, bytes.length]).toEqual([name, headerLength]);
        expect(headerTags(bytes).filter((tag) => tag === 13).length).toBe(paddingBytes);
      }
    },
  );
});
