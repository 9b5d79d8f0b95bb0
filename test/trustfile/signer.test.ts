import { createPublicKey } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ROLE_CODES } from '../../src/device/role.js';
import {
  buildTrustList,
  certificateRecord,
  comparableSerial,
  emptyRecord,
  findSigner,
  findSigners,
  hashRecord,
  namesCertificate,
  parseTrustFile,
  type RecordSpec,
  recordKey,
  sameSigner,
  scan,
  scanTable,
  signerIdOf,
  signFile,
  type TrustList,
  verifyScanned,
  verifySignature,
} from '../../src/trustfile/index.js';
import { keyPair, makeSigner } from './fixtures.js';

const signer = makeSigner();
const other = makeSigner({ cn: 'cucm-sub', serial: '0102030405060708' });

function list(records: readonly RecordSpec[], by = signer): TrustList {
  const file = parseTrustFile(buildTrustList({ filename: 'ITLFile.tlv', timestamp: 0, records }, by));
  if (file.kind !== 'trust-list') throw new Error('not a list');
  return file;
}

describe('R-21: the signer is issuer, serial and subject as stored', () => {
  const id = signerIdOf(signer.certificate);

  it('is found by the role that is needed (R-23)', () => {
    const { records } = list([
      certificateRecord('SAST', other.certificate),
      certificateRecord('CCM+TFTP', signer.certificate),
      certificateRecord('SAST', signer.certificate),
    ]);
    expect(findSigner(records, id)).toBe(records[1]);
    expect(findSigner(records, id, [ROLE_CODES.SAST])).toBe(records[2]);
    expect(findSigner(records, id, [ROLE_CODES.TFTP, ROLE_CODES['CCM+TFTP']])).toBe(records[1]);
    expect(findSigner(records, id, [ROLE_CODES.TVS])).toBeUndefined();
    expect(findSigners(records, id)).toEqual([records[1], records[2]]);
  });

  it.each([
    ['another serial', { serial: '24491f10703fea9c' }],
    ['another issuer', { issuer: 'CN=x' }],
    ['another subject', { subject: 'CN=x' }],
    ['the same names in another rendering', signerIdOf(signer.certificate, 'certutils')],
  ])('%s is another signer', (_, change) => {
    expect(sameSigner({ ...id, ...change }, id)).toBe(false);
  });

  it('an empty record is nobody', () => {
    expect(findSigner(list([emptyRecord('SAST')]).records, id)).toBeUndefined();
    expect(sameSigner({ subject: '', issuer: '', serial: '' }, emptyRecord('SAST'))).toBe(false);
  });

  it('serials compare without their leading zero octets (6)', () => {
    expect(sameSigner({ ...id, serial: `0000${id.serial}` }, id)).toBe(true);
    expect(comparableSerial('00')).toBe('00');
    expect(comparableSerial('0000')).toBe('00');
    expect(comparableSerial('0a00')).toBe('0a00');
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.nat(4), (octets, zeros) => {
        const serial = Buffer.from(octets).toString('hex');
        expect(comparableSerial('00'.repeat(zeros) + serial)).toBe(comparableSerial(serial));
        expect(BigInt(`0x${comparableSerial(serial)}`)).toBe(BigInt(`0x${serial}`));
      }),
    );
  });

  it('a certificate is known by any rendering of its names', () => {
    for (const style of ['cucm', 'certutils', 'etoken'] as const) {
      expect(namesCertificate(signerIdOf(signer.certificate, style), signer.certificate)).toBe(true);
      expect(namesCertificate(signerIdOf(other.certificate, style), signer.certificate)).toBe(false);
    }
  });
});

describe('keys of records', () => {
  it('come from the certificate, or from PUBLICKEY of a hash-only record', () => {
    const file = list([
      certificateRecord('SAST', signer.certificate),
      hashRecord('SAST', signer.certificate),
      emptyRecord('SAST'),
      hashRecord('TVS', makeSigner({ kind: 'P-256' }).certificate),
    ]);
    const [whole, hashed, empty, ec] = file.records.map((record) => recordKey(record));
    if (whole === undefined || hashed === undefined) throw new Error('no key');
    expect(verifySignature(file, whole)).toBe(true);
    expect(verifySignature(file, hashed)).toBe(true);
    expect(empty).toBeUndefined();
    expect(ec).toBeUndefined();
  });

  it('a PUBLICKEY that is no key is a typed error', () => {
    const record = { ...hashRecord('SAST', signer.certificate), publicKey: Buffer.of(0x30, 1, 2, 3) };
    const [parsed] = list([record]).records;
    expect(() => parsed && recordKey(parsed)).toThrow(
      expect.objectContaining({ code: 'TF_CERT_UNSUPPORTED' }),
    );
  });
});

describe('trust-files.md 3: signatures', () => {
  const records = [emptyRecord('CCM+TFTP')];

  it.each([
    [512, 'sha1'],
    [1024, 'sha1'],
    [1024, 'sha512'],
    [2048, 'sha1'],
    [2048, 'sha512'],
  ] as const)('RSA-%i with %s', (bits, digest) => {
    const by = makeSigner({ kind: bits });
    const bytes = buildTrustList({ filename: 'CTLFile.tlv', timestamp: 0, records, digest }, by);
    const file = parseTrustFile(bytes);
    expect(file.header.signerKeyBits).toBe(bits);
    expect(verifySignature(file, by.certificate.publicKey)).toBe(true);
    const table = scanTable(4);
    scan(bytes, table);
    expect(verifyScanned(bytes, table, by.certificate.publicKey)).toBe(true);
    expect(verifyScanned(bytes, table, makeSigner({ kind: 1024 }).certificate.publicKey)).toBe(bits === 1024);
  });

  it('RSA-4096 with sha512', { timeout: 60_000 }, () => {
    const by = makeSigner({ kind: 4096 });
    const file = parseTrustFile(
      buildTrustList({ filename: 'CTLFile.tlv', timestamp: 0, records, digest: 'sha512' }, by),
    );
    expect(file.header.signerKeyBits).toBe(4096);
    expect(verifySignature(file, by.certificate.publicKey)).toBe(true);
  });

  it('cover every octet outside of the SIGNATURE element', () => {
    const bytes = signFile(Buffer.from('<device/>'), { filename: 'a.sgn', timestamp: 7 }, signer);
    const { header } = parseTrustFile(bytes);
    const key = signer.certificate.publicKey;
    const table = scanTable(1);
    for (let at = 0; at < bytes.length; at += 1) {
      const copy = Buffer.from(bytes);
      copy.writeUInt8(copy.readUInt8(at) ^ 0x20, at);
      let verdict = false;
      try {
        scan(copy, table);
        verdict = verifyScanned(copy, table, key);
      } catch (error) {
        expect(error).toMatchObject({ name: 'TrustfleetError' });
      }
      expect([at, verdict]).toEqual([at, false]);
    }
    expect(header.signatureOffset).toBeGreaterThan(0);
  });

  it('an EC key, or one that cannot have that digest, is a no and not an exception', () => {
    const bytes = buildTrustList(
      { filename: 'CTLFile.tlv', timestamp: 0, records, digest: 'sha512' },
      makeSigner({ kind: 1024 }),
    );
    const file = parseTrustFile(bytes);
    expect(verifySignature(file, makeSigner({ kind: 'P-256' }).certificate.publicKey)).toBe(false);
    expect(verifySignature(file, createPublicKey(keyPair(512).privateKey))).toBe(false);
  });

  it('the same parts give the same file (16)', () => {
    const spec = { filename: 'CTLFile.tlv', timestamp: 5, records };
    expect(buildTrustList(spec, signer).equals(buildTrustList(spec, signer))).toBe(true);
  });
});

describe('who cannot sign', () => {
  const spec = { filename: 'CTLFile.tlv', timestamp: 0, records: [] };

  it.each([
    ['an EC certificate', makeSigner({ kind: 'P-256' }), 'sha1', 'TF_CERT_UNSUPPORTED'],
    ['RSA-3072', makeSigner({ kind: 3072 }), 'sha1', 'TF_CERT_UNSUPPORTED'],
    ['RSA-512 with SHA-512, which does not fit', makeSigner({ kind: 512 }), 'sha512', 'TF_TLV_UNSUPPORTED'],
    [
      'the key of another certificate',
      { certificate: signer.certificate, privateKey: keyPair(2048).privateKey },
      'sha1',
      'TF_KEY_MISMATCH',
    ],
  ] as const)('%s', (_, by, digest, code) => {
    expect(() => buildTrustList({ ...spec, digest }, by)).toThrow(expect.objectContaining({ code }));
  });

  it.each([-1, 0.5, 0x1_0000_0000, Number.NaN])('TIMESTAMP %d', (timestamp) => {
    expect(() => buildTrustList({ ...spec, timestamp }, signer)).toThrow(
      expect.objectContaining({ code: 'TF_USAGE' }),
    );
  });
});
