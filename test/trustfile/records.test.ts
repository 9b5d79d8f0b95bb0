import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROLE_CODES, type RoleName } from '../../src/device/role.js';
import { issueCertificate } from '../../src/pki/authority.js';
import {
  blankItlRecord,
  buildTrustList,
  certificateRecord,
  emptyRecord,
  encodeRecord,
  etokenRecord,
  hashRecord,
  ITL_DNS_NAME,
  parseTrustFile,
  type RecordSpec,
  type TrustRecord,
} from '../../src/trustfile/index.js';
import { keyPair, makeSigner } from './fixtures.js';

const signer = makeSigner();
const { certificate } = signer;
const node = { dnsName: 'pub', ipAddress: '10.0.0.1' };

function tagsOf(record: Buffer): number[] {
  const tags: number[] = [];
  for (let at = 0; at < record.length; at += 3 + record.readUInt16BE(at + 1)) tags.push(record.readUInt8(at));
  return tags;
}

function parsed(...records: readonly RecordSpec[]): readonly TrustRecord[] {
  const file = parseTrustFile(buildTrustList({ filename: 'ITLFile.tlv', timestamp: 0, records }, signer));
  if (file.kind !== 'trust-list') throw new Error('not a list');
  return file.records;
}

describe('trust-files.md 4.3: which tags in which order', () => {
  const rows: readonly (readonly [string, RecordSpec, 'cucm' | 'certutils', readonly number[]])[] = [
    [
      'CUCM tokenless CTL',
      certificateRecord('CAPF', certificate, node),
      'cucm',
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    ],
    [
      'CTL client, server records',
      certificateRecord('CAPF', certificate, { ...node, signature: 'omitted' }),
      'cucm',
      [1, 2, 3, 4, 5, 6, 7, 9, 10],
    ],
    ['CTL client, SAST records', etokenRecord(certificate), 'cucm', [1, 2, 3, 4, 5, 6, 7, 9, 10]],
    ['non-secure CTL, CCM+TFTP', emptyRecord('CCM+TFTP', node), 'cucm', [1, 2, 4, 10]],
    [
      'CUCM 8.x ITL, SAST and CCM+TFTP',
      certificateRecord('SAST', certificate, { dnsName: ITL_DNS_NAME }),
      'cucm',
      [1, 2, 3, 4, 5, 6, 7, 8, 9],
    ],
    [
      'CUCM 8.x ITL, TVS and CAPF',
      hashRecord('TVS', certificate, { dnsName: ITL_DNS_NAME }),
      'cucm',
      [1, 2, 3, 4, 5, 6, 7, 8, 11, 12],
    ],
    [
      'certutils tlvfile',
      certificateRecord('SAST', certificate, { names: 'certutils' }),
      'certutils',
      [1, 3, 5, 6, 4, 7, 8, 9],
    ],
    ['blank ITL (R-65)', blankItlRecord('TVS'), 'cucm', [1, 2, 4]],
  ];

  it.each(rows)('%s', (_, record, layout, tags) => {
    expect(tagsOf(encodeRecord(record, layout))).toEqual(tags);
  });
});

describe('trust-files.md 4.2: FUNCTION', () => {
  it.each(Object.entries(ROLE_CODES) as [RoleName, number][])('%s is %i', (name, code) => {
    expect(parsed(emptyRecord(name))[0]?.role).toBe(code);
    expect(encodeRecord(emptyRecord(name), 'cucm').subarray(-2).readUInt16BE(0)).toBe(code);
  });

  it('other values are kept', () => {
    expect(parsed(emptyRecord(8), emptyRecord(0xffff)).map(({ role }) => role)).toEqual([8, 0xffff]);
  });
});

describe('trust-files.md 4.4: the empty record', () => {
  it.each([
    ['10.48.47.153', 33],
    ['127.10.0.1', 31],
    ['', 21],
  ])('DNSNAME "%s": %i octets', (dnsName, octets) => {
    const record = encodeRecord(emptyRecord('CCM+TFTP', { dnsName, ipAddress: '10.48.47.153' }), 'cucm');
    expect(record.length).toBe(octets);
    expect(record.readUInt16BE(3)).toBe(octets);
  });

  it('reads back with nothing but its name and address', () => {
    expect(parsed(emptyRecord('CCM+TFTP', node))[0]).toMatchObject({
      role: 2,
      ...node,
      subject: null,
      issuer: null,
      serial: null,
      publicKey: null,
      signature: null,
      certificate: null,
      certificateHash: null,
    });
  });
});

describe('trust-files.md 4.5: addresses', () => {
  it('an IPv6 address has 16 octets under tag 10 (project convention)', () => {
    const record = encodeRecord(emptyRecord('CCM', { ipAddress: '2001:db8::7' }), 'cucm');
    expect(record.readUInt16BE(record.length - 18)).toBe(16);
    expect(parsed(emptyRecord('CCM', { ipAddress: '2001:db8:0:0::7' }))[0]?.ipAddress).toBe('2001:db8::7');
  });

  it('a name is no address', () => {
    expect(() => encodeRecord(emptyRecord('CCM', { ipAddress: 'pub' }), 'cucm')).toThrow(
      expect.objectContaining({ code: 'TF_USAGE' }),
    );
  });
});

describe('trust-files.md 5: names', () => {
  it('5.1 CUCM: CN;OU;O;L;ST;C whatever the order in the certificate', () => {
    expect(certificateRecord('SAST', certificate).subject).toBe(
      'CN=cucm-pub;OU=Voice;O=Load Lab;L=Auckland;ST=Auckland;C=NZ',
    );
  });

  it('5.3 certutils: RFC 4514 in the order of the certificate', () => {
    expect(certificateRecord('SAST', certificate, { names: 'certutils' }).subject).toBe(
      'C=NZ,O=Load Lab,OU=Voice,CN=cucm-pub,ST=Auckland,L=Auckland',
    );
  });

  it('5.2 eToken: lower-case keys, quoted, cut at the first comma; serial reversed (6)', () => {
    const { publicKey, privateKey } = keyPair(1024);
    const manufacturer = issueCertificate({
      subject: [
        { key: 'O', value: 'Cisco Systems' },
        { key: 'CN', value: 'Cisco Manufacturing CA' },
      ],
      issuer: 'self',
      publicKey,
      signWith: privateKey,
      digest: 'sha1',
      serial: Buffer.of(1),
      notBefore: new Date('2005-01-01T00:00:00Z'),
      notAfter: new Date('2029-01-01T00:00:00Z'),
      extensions: [],
    });
    const token = issueCertificate({
      subject: [
        { key: 'CN', value: 'SAST-ADN0054f509        ' },
        { key: 'OU', value: 'IPCBU' },
        { key: 'O', value: 'Cisco Systems, Inc.' },
      ],
      issuer: manufacturer,
      publicKey,
      signWith: privateKey,
      digest: 'sha1',
      serial: Buffer.from('45daa2af00000027f93c', 'hex'),
      notBefore: new Date('2005-01-01T00:00:00Z'),
      notAfter: new Date('2020-01-01T00:00:00Z'),
      extensions: [],
    });
    const record = etokenRecord(token);
    expect(record.subject).toBe('cn="SAST-ADN0054f509        ";ou=IPCBU;o="Cisco Systems');
    expect(record.subject?.length).toBe(55);
    expect(record.issuer).toBe('cn=Cisco Manufacturing CA;o=Cisco Systems');
    expect(record.serial).toBe('3cf927000000afa2da45');
    expect(record.dnsName).toBe('');
    expect(record.signature).toBeNull();
  });
});

describe('trust-files.md 7: PUBLICKEY and SIGNATURE', () => {
  it.each([
    [1024, 140, 128],
    [2048, 270, 256],
    ['P-256', 65, null],
    ['P-384', 97, null],
    ['P-521', 133, null],
  ] as const)('%s: %i octets', (kind, octets, signature) => {
    const record = parsed(certificateRecord('TVS', makeSigner({ kind }).certificate))[0];
    expect(record?.publicKey?.length).toBe(octets);
    if (signature !== null) expect(record?.signature?.length).toBe(signature);
  });
});

const name = fc.string({ unit: 'grapheme', maxLength: 40 });
const orNull = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(arbitrary, { nil: null });
const octets = fc.uint8Array({ maxLength: 300 });
const hex = fc.uint8Array({ minLength: 1, maxLength: 20 }).map((value) => Buffer.from(value).toString('hex'));

const anyRecord: fc.Arbitrary<RecordSpec> = fc.record({
  role: fc.nat(0xffff),
  dnsName: orNull(name),
  subject: orNull(name),
  issuer: orNull(name),
  serial: orNull(hex),
  publicKey: orNull(octets),
  signature: orNull(octets),
  certificate: fc.constantFrom(null, certificate),
  certificateHash: orNull(
    fc.uint8Array({ minLength: 20, maxLength: 20 }).map((value) => ({ digest: 'sha1' as const, value })),
  ),
  ipAddress: orNull(fc.ipV4()),
});

const plain = (record: RecordSpec) => ({
  role: record.role,
  dnsName: record.dnsName,
  subject: record.subject,
  issuer: record.issuer,
  serial: record.serial,
  publicKey: record.publicKey === null ? null : Buffer.from(record.publicKey).toString('hex'),
  signature: record.signature === null ? null : Buffer.from(record.signature).toString('hex'),
  certificate: record.certificate?.sha1 ?? null,
  hash: record.certificateHash === null ? null : Buffer.from(record.certificateHash.value).toString('hex'),
  ipAddress: record.ipAddress,
});

describe('what was built reads back', () => {
  it('any records, in either layout, and building from what was read gives the same octets', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { maxLength: 8 }),
        fc.constantFrom('cucm' as const, 'certutils' as const),
        fc.constantFrom('sha1' as const, 'sha512' as const),
        fc.nat(0xffffffff),
        (records, layout, digest, timestamp) => {
          const spec = { filename: 'ITLFile.tlv', timestamp, records, layout, digest };
          const bytes = buildTrustList(spec, signer);
          const file = parseTrustFile(bytes);
          if (file.kind !== 'trust-list') throw new Error('not a list');
          expect(file.records.map(plain)).toEqual(records.map(plain));
          expect(file.header).toMatchObject({ timestamp, digest, filename: 'ITLFile.tlv' });
          const { signer: id, signature } = file.header;
          const again = buildTrustList({ ...spec, records: file.records }, { id, signature });
          expect(again.equals(bytes)).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('names that are no UTF-8 keep their octets, and stay different', () => {
    const latin = Buffer.from(encodeRecord(emptyRecord('CCM', { dnsName: 'caf_' }), 'cucm'));
    latin[latin.indexOf('_')] = 0xe9;
    const base = buildTrustList({ filename: 'CTLFile.tlv', timestamp: 0, records: [] }, signer);
    const file = parseTrustFile(Buffer.concat([base, latin]));
    if (file.kind !== 'trust-list' || file.records[0] === undefined) throw new Error('not a list');
    const [record] = file.records;
    expect(record.dnsName).not.toBe('café');
    expect(record.dnsName).toMatch(/^caf/);
    expect(encodeRecord(record, 'cucm').equals(latin)).toBe(true);
  });

  it('a record beyond 65,535 octets is refused', () => {
    const record = { ...emptyRecord('CCM'), subject: 'x'.repeat(40_000), issuer: 'y'.repeat(40_000) };
    expect(() => encodeRecord(record, 'cucm')).toThrow(
      expect.objectContaining({ code: 'TF_TLV_TOO_LARGE', message: expect.stringContaining('65535') }),
    );
    expect(() => encodeRecord({ ...record, subject: 'x'.repeat(70_000) }, 'cucm')).toThrow(
      expect.objectContaining({ code: 'TF_TLV_TOO_LARGE' }),
    );
  });
});
