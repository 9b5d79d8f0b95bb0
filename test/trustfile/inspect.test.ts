import { describe, expect, it } from 'vitest';
import {
  buildTrustList,
  certificateRecord,
  DOCUMENT_FIELDS,
  emptyRecord,
  encryptFile,
  hashRecord,
  inspectJson,
  isSound,
  newFileKey,
  RECORD_FIELDS,
  readTrustSources,
  signFile,
} from '../../src/trustfile/index.js';
import { keyPair, makeSigner, seconds } from './fixtures.js';

const signer = makeSigner();
const tftp = makeSigner({ cn: 'tftp', serial: '0001' });
const tvs = makeSigner({ kind: 'P-256', cn: 'tvs' });
const timestamp = seconds('2026-03-12T07:20:01Z');
const records = [
  certificateRecord('SAST', signer.certificate, { dnsName: 'pub', ipAddress: '10.0.0.1' }),
  certificateRecord('CCM+TFTP', tftp.certificate, { dnsName: 'pub', ipAddress: '2001:db8::1' }),
  emptyRecord('CCM+TFTP', { dnsName: '10.0.0.2', ipAddress: '10.0.0.2' }),
  hashRecord('TVS', tvs.certificate),
  emptyRecord(8),
];
const list = buildTrustList({ filename: 'CTLFile.tlv', timestamp, records }, signer);
const signed = signFile(
  Buffer.from('<device/>'),
  { filename: 'SEP0A0B0C0D0E0F.cnf.xml.sgn', timestamp },
  tftp,
);
const listSource = readTrustSources('CTLFile.tlv', list);

/** The digest id is the last octet of element 8. */
function withDigest(bytes: Buffer, id: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[copy.indexOf(Buffer.of(8, 0, 1)) + 3] = id;
  return copy;
}

/** Paths to the single values of an object: `header.digest`. */
function pathsOf(value: object): string[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    inner !== null && typeof inner === 'object' ? pathsOf(inner).map((path) => `${key}.${path}`) : [key],
  );
}

describe('contracts.md 1: inspect --json', () => {
  const inspection = inspectJson(list, { file: 'CTLFile.tlv' });

  it('a list has the fields of the contract', () => {
    expect(Object.keys(inspection)).toEqual([
      'file',
      'bytes',
      'kind',
      'checksums',
      'header',
      'records',
      'signature',
    ]);
    expect(inspection).toMatchObject({ file: 'CTLFile.tlv', bytes: list.length, kind: 'trust-list' });
    expect(inspection.header).toEqual({
      version: '1.2',
      signerVersion: null,
      headerLength: list.readUInt16BE(8),
      signer: {
        subject: 'CN=cucm-pub;OU=Voice;O=Load Lab;L=Auckland;ST=Auckland;C=NZ',
        issuer: 'CN=cucm-pub;OU=Voice;O=Load Lab;L=Auckland;ST=Auckland;C=NZ',
        serial: '24491f10703fea9b',
      },
      digest: 'sha1',
      signatureBytes: 128,
      filename: 'CTLFile.tlv',
      timestamp: '2026-03-12T07:20:01Z',
    });
    expect(inspection.signature).toEqual({ status: 'valid', signedBy: 'SAST record 1 of this file' });
    expect(isSound(inspection)).toBe(true);
  });

  it('a record with its certificate', () => {
    const { certificate } = signer;
    expect(inspection.records[0]).toEqual({
      offset: list.readUInt16BE(8),
      length: expect.any(Number),
      role: 'SAST',
      dnsName: 'pub',
      subject: certificate.subject,
      issuer: certificate.issuer,
      serial: '24491f10703fea9b',
      publicKeyBytes: 140,
      ipAddress: '10.0.0.1',
      certificate: {
        bytes: certificate.der.length,
        sha1: certificate.sha1,
        sha256: certificate.sha256,
        keyType: 'rsa',
        keyBits: 1024,
        notBefore: '2026-01-01T00:00:00Z',
        notAfter: '2031-01-01T00:00:00Z',
      },
    });
  });

  it('records without a certificate, with a hash only, with a role that has no name', () => {
    expect(inspection.records[2]).toEqual({
      offset: expect.any(Number),
      length: 21 + '10.0.0.2'.length,
      role: 'CCM+TFTP',
      dnsName: '10.0.0.2',
      subject: null,
      issuer: null,
      serial: null,
      publicKeyBytes: null,
      ipAddress: '10.0.0.2',
      certificate: null,
    });
    expect(inspection.records[3]).toMatchObject({
      role: 'TVS',
      certificate: null,
      certificateHash: tvs.certificate.sha1,
      certificateHashDigest: 'sha1',
    });
    expect(inspection.records[4]?.role).toBe('8');
  });

  it('has the fields that expectations may name, and no others', () => {
    const encrypted = inspectJson(
      encryptFile(
        Buffer.from('x'),
        { filename: 'a', timestamp },
        tftp,
        newFileKey(makeSigner({ kind: 2048 }).certificate),
      ),
      { file: 'a' },
    );
    const files = [inspection, inspectJson(signed, { file: 'a' }), encrypted];
    const ofFiles = files.flatMap(({ records: _, ...file }) => pathsOf(file));
    const ofRecords = files.flatMap(({ records }) => records.flatMap((record) => pathsOf(record)));
    expect([...new Set(ofFiles)].sort()).toEqual([...DOCUMENT_FIELDS].sort());
    expect([...new Set([...ofRecords, 'certificate'])].sort()).toEqual([...RECORD_FIELDS].sort());
  });

  it('is one JSON document as it stands', () => {
    expect(JSON.parse(JSON.stringify(inspection))).toEqual(inspection);
  });

  it('a signed file has its payload beside', () => {
    const result = inspectJson(signed, { file: 'a', trust: listSource });
    expect(result).toMatchObject({
      kind: 'signed',
      records: [],
      payload: { offset: signed.readUInt16BE(8), bytes: 9 },
      signature: { status: 'valid', signedBy: 'CCM+TFTP record 2 of CTLFile.tlv' },
    });
  });
});

describe('signature.status', () => {
  it('invalid: the signer is known, the octets are not what he signed', () => {
    const bytes = Buffer.from(list);
    bytes.writeUInt8(9, bytes.length - 1);
    const result = inspectJson(bytes, { file: 'a' });
    expect(result.signature).toMatchObject({ status: 'invalid', signedBy: 'SAST record 1 of this file' });
    expect(isSound(result)).toBe(false);
  });

  it('signer-unknown: no SAST record of that name in the file (3.1), no source given', () => {
    const bytes = buildTrustList(
      { filename: 'ITLFile.tlv', timestamp, records: [certificateRecord('CCM+TFTP', signer.certificate)] },
      signer,
    );
    expect(inspectJson(bytes, { file: 'a' }).signature).toMatchObject({
      status: 'signer-unknown',
      signedBy: null,
    });
    expect(inspectJson(bytes, { file: 'a', trust: listSource }).signature).toEqual({
      status: 'valid',
      signedBy: 'SAST record 1 of CTLFile.tlv',
    });
    expect(inspectJson(signed, { file: 'a' }).signature.status).toBe('signer-unknown');
  });

  it.each([0, 4, 255])('unsupported: digest id %i', (id) => {
    const result = inspectJson(withDigest(list, id), { file: 'a' });
    expect(result.header.digest).toBe(`${id}`);
    expect(result.signature).toMatchObject({
      status: 'unsupported',
      reason: expect.stringContaining(`${id}`),
    });
  });

  it('SHA-256 is read: a wrong digest id makes the signature invalid, not unsupported', () => {
    expect(inspectJson(withDigest(list, 2), { file: 'a' })).toMatchObject({
      header: { digest: 'sha256' },
      signature: { status: 'invalid' },
    });
  });

  it('unsupported: a signer with an EC key or one of 3072 bits', () => {
    for (const kind of ['P-256', 3072] as const) {
      const odd = makeSigner({ kind, cn: 'odd' });
      const bytes = buildTrustList(
        { filename: 'CTLFile.tlv', timestamp, records: [certificateRecord('SAST', odd.certificate)] },
        {
          id: {
            subject: odd.certificate.subject,
            issuer: odd.certificate.issuer,
            serial: odd.certificate.serial,
          },
          signature: Buffer.alloc(256, 1),
        },
      );
      expect(inspectJson(bytes, { file: 'a' }).signature).toMatchObject({
        status: 'unsupported',
        signedBy: 'SAST record 1 of this file',
      });
    }
  });

  it('two records of one name: valid when either key fits', () => {
    const twin = makeSigner({ kind: 2048 });
    const bytes = buildTrustList(
      {
        filename: 'CTLFile.tlv',
        timestamp,
        records: [certificateRecord('SAST', signer.certificate), certificateRecord('SAST', twin.certificate)],
      },
      twin,
    );
    expect(inspectJson(bytes, { file: 'a' }).signature).toEqual({
      status: 'valid',
      signedBy: 'SAST record 2 of this file',
    });
  });
});

describe('encrypted files', () => {
  const phone = makeSigner({ kind: 2048 });
  const bytes = encryptFile(
    Buffer.from('<device/>'),
    { filename: 'a.enc.sgn', timestamp },
    tftp,
    newFileKey(phone.certificate),
  );

  it('show what they are encrypted with', () => {
    const result = inspectJson(bytes, { file: 'a', trust: listSource });
    expect(result.encryption).toEqual({ keyBits: 2048, digest: 'sha1' });
    expect(result.plaintext).toBeUndefined();
    expect(isSound(result)).toBe(true);
  });

  it('and with the device key what is in them', () => {
    const result = inspectJson(bytes, { file: 'a', trust: listSource, deviceKey: phone.privateKey });
    expect(result.plaintext).toEqual({
      bytes: 9,
      sha1: expect.stringMatching(/^[0-9a-f]{40}$/),
      digestMatches: true,
    });
  });

  it('a key that does not open them is no error, but not sound either', () => {
    const deviceKey = keyPair(1024).privateKey;
    const result = inspectJson(bytes, { file: 'a', trust: listSource, deviceKey });
    expect(result.plaintext).toMatchObject({ bytes: null, digestMatches: false });
    expect(isSound(result)).toBe(false);
  });
});

describe('sources of trust', () => {
  it('PEM with several certificates, DER, a list', () => {
    const pem = `text before\n${signer.certificate.toPem()}${tftp.certificate.toPem()}`;
    expect(readTrustSources('a.pem', Buffer.from(pem)).length).toBe(2);
    const [der] = readTrustSources('a.cer', signer.certificate.der);
    expect(der && 'certificate' in der && der.certificate.equals(signer.certificate)).toBe(true);
    expect(listSource).toMatchObject([{ name: 'CTLFile.tlv', list: { kind: 'trust-list' } }]);
  });

  it.each([
    [
      'a PEM without certificate',
      Buffer.from('-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n'),
      'TF_USAGE',
    ],
    ['a signed file', signed, 'TF_USAGE'],
    ['rubbish', Buffer.from('hello'), 'TF_TLV_TRUNCATED'],
    ['a broken DER', Buffer.of(0x30, 0x82), 'TF_CERT_MALFORMED'],
  ])('%s is none', (_, bytes, code) => {
    expect(() => readTrustSources('x', bytes)).toThrow(expect.objectContaining({ code }));
  });
});

it('a certificate that cannot be read is malformed, with its offset', () => {
  const bytes = Buffer.from(list);
  const at = bytes.indexOf(signer.certificate.der);
  bytes.writeUInt8(0x31, at);
  expect(() => inspectJson(bytes, { file: 'a' })).toThrow(
    expect.objectContaining({ code: 'TF_CERT_MALFORMED', context: expect.objectContaining({ offset: at }) }),
  );
});
