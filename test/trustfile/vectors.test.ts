import { createDecipheriv } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { roleName } from '../../src/device/role.js';
import { Certificate } from '../../src/pki/certificate.js';
import { loadIdentity, loadPrivateKey } from '../../src/pki/keys.js';
import { reducedConfiguration } from '../../src/protocol/cnf/reduced.js';
import {
  addressOctets,
  buildTrustList,
  certificateRecord,
  decryptFile,
  emptyRecord,
  encryptFile,
  hashRecord,
  ITL_DNS_NAME,
  inspectJson,
  type Layout,
  namesCertificate,
  ownSigner,
  parseTrustFile,
  readTrustSources,
  recordKey,
  type Signer,
  signedOctets,
  signFile,
  type TrustList,
  verifySignature,
} from '../../src/trustfile/index.js';
import { hasVectors, sha256, vector, vectorJson, vectorPem } from './fixtures.js';

interface Decode {
  readonly fileLength: number;
  readonly md5: string;
  readonly sha1: string;
  readonly sha256: string;
  readonly header: {
    readonly version: string;
    readonly headerLength: number;
    readonly signerName: string;
    readonly serialHex: string;
    readonly caName: string;
    readonly signatureOffset: number;
    readonly signatureLength: number;
    readonly filename: string;
    readonly signerVersion?: string;
    readonly timestamp: number;
    readonly encryption?: {
      readonly ivHex: string;
      readonly paddingCount: number;
      readonly digestHex: string;
    };
  };
  readonly records?: readonly {
    readonly offset: number;
    readonly recordLength: number;
    readonly function: string;
    readonly dnsName?: string;
    readonly subjectName?: string;
    readonly issuerName?: string;
    readonly serialHex?: string;
    readonly publicKeyLength?: number;
    readonly publicKeySha256?: string;
    readonly signatureSha256?: string;
    readonly certificateLength?: number;
    readonly certificateSha1?: string;
    readonly certHashHex?: string;
    readonly ipAddress?: string;
    readonly isSigner: boolean;
  }[];
  readonly signature: { readonly signedBytesLength: number; readonly signedBytesSha256: string };
  readonly aesKeyHex?: string;
}

const REAL = 'trust-cucm-ctl-gigantic-6.tlv';
const SAMPLES = [
  'ITLFile.tlv',
  'cucm-layout-ITLFile.tlv',
  'cucm-layout-CTLFile-nonsecure.tlv',
  'SEP0A0B0C0D0E0F.cnf.xml.sgn',
  'SEP0A0B0C0D0E0F.cnf.xml.enc.sgn',
  'plain.cnf.xml.signed-as-SEP0A0B0C0D0E0F.cnf.xml.sgn',
];

function list(name: string): TrustList {
  const file = parseTrustFile(vector(name));
  if (file.kind !== 'trust-list') throw new Error(`${name} is no list`);
  return file;
}

function sampleSigner(name: string): Signer {
  return loadIdentity(vectorPem(name), vectorPem(name));
}

function expectDecode(bytes: Buffer, decode: Decode, signer: Certificate): void {
  const file = parseTrustFile(bytes);
  const { header } = file;
  expect(bytes.length).toBe(decode.fileLength);
  expect({
    version: `${header.version.major}.${header.version.minor}`,
    headerLength: header.headerLength,
    signerName: header.signer.subject,
    serialHex: header.signer.serial,
    caName: header.signer.issuer,
    signatureOffset: header.signatureOffset,
    signatureLength: header.signature.length,
    filename: header.filename,
    timestamp: header.timestamp,
  }).toEqual({
    version: decode.header.version,
    headerLength: decode.header.headerLength,
    signerName: decode.header.signerName,
    serialHex: decode.header.serialHex,
    caName: decode.header.caName,
    signatureOffset: decode.header.signatureOffset,
    signatureLength: decode.header.signatureLength,
    filename: decode.header.filename,
    timestamp: decode.header.timestamp,
  });
  const octets = signedOctets(file);
  expect(octets.length).toBe(decode.signature.signedBytesLength);
  expect(sha256(octets)).toBe(decode.signature.signedBytesSha256);
  expect(namesCertificate(header.signer, signer)).toBe(true);
  expect(verifySignature(file, signer.publicKey)).toBe(true);
  if (decode.records === undefined) return;
  if (file.kind !== 'trust-list') throw new Error('not a list');
  expect(file.records.length).toBe(decode.records.length);
  for (const [index, expected] of decode.records.entries()) {
    const record = file.records[index];
    expect({
      offset: record?.offset,
      recordLength: record?.length,
      function: roleName(record?.role ?? -1),
      dnsName: record?.dnsName ?? undefined,
      subjectName: record?.subject ?? undefined,
      issuerName: record?.issuer ?? undefined,
      serialHex: record?.serial ?? undefined,
      publicKeySha256: record?.publicKey ? sha256(record.publicKey) : undefined,
      signatureSha256: record?.signature ? sha256(record.signature) : undefined,
      certificateLength: record?.certificate?.der.length,
      certificateSha1: record?.certificate?.sha1,
      certHashHex: record?.certificateHash
        ? Buffer.from(record.certificateHash.value).toString('hex')
        : undefined,
      ipAddress: record?.ipAddress ?? undefined,
      isSigner: ownSigner(file) === record,
    }).toEqual({
      offset: expected.offset,
      recordLength: expected.recordLength,
      function: expected.function,
      dnsName: expected.dnsName,
      subjectName: expected.subjectName,
      issuerName: expected.issuerName,
      serialHex: expected.serialHex,
      publicKeySha256: expected.publicKeySha256,
      signatureSha256: expected.signatureSha256,
      certificateLength: expected.certificateLength,
      certificateSha1: expected.certificateSha1,
      certHashHex: expected.certHashHex,
      ipAddress: expected.ipAddress,
      isSigner: expected.isSigner,
    });
  }
}

describe.skipIf(!hasVectors)('the CTL of a real CUCM (trust-files.md 0, [B])', () => {
  const { decode } = hasVectors
    ? vectorJson<{ decode: Decode }>('trust-cucm-ctl-gigantic-6.json')
    : { decode: {} as Decode };

  it('decodes to what was found in it, and its signature verifies', () => {
    const signer = ownSigner(list(REAL))?.certificate;
    if (!signer) throw new Error('no signer');
    expectDecode(vector(REAL), decode, signer);
  });

  it('does not verify with any octet changed, nor with the key of another record', () => {
    const file = list(REAL);
    const signer = ownSigner(file);
    const key = signer === undefined ? undefined : recordKey(signer);
    if (key === undefined) throw new Error('no signer');
    for (const offset of [3, 20, 200, 288, 300, 311, 400, 7165]) {
      const bytes = Buffer.from(file.bytes);
      bytes.writeUInt8(bytes.readUInt8(offset) ^ 1, offset);
      // what does not parse any more is refused as well
      try {
        expect(verifySignature(parseTrustFile(bytes), key)).toBe(false);
      } catch (error) {
        expect(error).toMatchObject({ name: 'TrustfleetError' });
      }
    }
    const other = file.records[2];
    expect(other && verifySignature(file, recordKey(other) ?? key)).toBe(false);
  });

  it('is rebuilt octet for octet from certificates, host names, addresses, time and signature value', () => {
    const parts = list(REAL).records.map((record) => ({
      role: record.role,
      der: Buffer.from(record.certificate?.der ?? []),
      dnsName: record.dnsName,
      ipAddress: record.ipAddress,
    }));
    const { header } = list(REAL);
    const records = parts.map(({ role, der, dnsName, ipAddress }) =>
      certificateRecord(role, Certificate.fromDer(der), { dnsName, ipAddress }),
    );
    const [first] = parts;
    const bytes = buildTrustList(
      { filename: 'CTLFile.tlv', timestamp: decode.header.timestamp, records },
      {
        id: {
          subject: Certificate.fromDer(first?.der ?? Buffer.alloc(0)).subject,
          issuer: Certificate.fromDer(first?.der ?? Buffer.alloc(0)).issuer,
          serial: Certificate.fromDer(first?.der ?? Buffer.alloc(0)).serial,
        },
        signature: header.signature,
      },
    );
    expect(bytes.equals(vector(REAL))).toBe(true);
  });

  it('is rebuilt from its own records, too', () => {
    const { header, records } = list(REAL);
    const bytes = buildTrustList(
      { filename: header.filename, timestamp: header.timestamp ?? 0, records },
      { id: header.signer, signature: header.signature },
    );
    expect(bytes.equals(vector(REAL))).toBe(true);
  });

  it('inspects as valid, signed by SAST record 1', () => {
    const inspection = inspectJson(vector(REAL), { file: 'CTLFile.tlv' });
    expect(inspection.signature).toEqual({ status: 'valid', signedBy: 'SAST record 1 of this file' });
    expect(inspection.checksums).toEqual({ md5: decode.md5, sha1: decode.sha1, sha256: decode.sha256 });
    expect(inspection.header.timestamp).toBe('2015-05-07T03:10:47Z');
    expect(inspection.records[3]).toMatchObject({
      role: 'CAPF',
      ipAddress: '10.35.48.106',
      publicKeyBytes: 140,
    });
  });
});

describe.skipIf(!hasVectors)('the samples of an independent tool (trust-files.md 17)', () => {
  const SIGNERS: Readonly<Record<string, string>> = {
    'ITLFile.tlv': 'sast',
    'cucm-layout-ITLFile.tlv': 'cucm_pub',
    'cucm-layout-CTLFile-nonsecure.tlv': 'cucm_pub',
  };

  it.each(SAMPLES)('%s decodes and verifies', (name) => {
    const decode = vectorJson<Decode>(`trust-samples/${name}.expected.json`);
    const signer = Certificate.fromPem(vectorPem(SIGNERS[name] ?? 'ccm'));
    expectDecode(vector(`trust-samples/${name}`), decode, signer);
  });

  it('certutils ITLFile.tlv is built anew octet for octet, signature included', () => {
    const { header } = list('trust-samples/ITLFile.tlv');
    const sast = sampleSigner('sast');
    const records = (
      [
        ['SAST', 'sast'],
        ['CCM+TFTP', 'ccm'],
        ['TVS', 'tvs'],
      ] as const
    ).map(([role, pem]) =>
      certificateRecord(role, Certificate.fromPem(vectorPem(pem)), { names: 'certutils' }),
    );
    const bytes = buildTrustList(
      { filename: 'ITLFile.tlv', timestamp: header.timestamp ?? 0, records, layout: 'certutils' },
      sast,
    );
    expect(bytes.equals(vector('trust-samples/ITLFile.tlv'))).toBe(true);
  });

  it('the ITL in CUCM layout with hash-only records is built anew', () => {
    const signer = sampleSigner('cucm_pub');
    const options = { dnsName: ITL_DNS_NAME };
    const bytes = buildTrustList(
      {
        filename: 'ITLFile.tlv',
        timestamp: 1_773_400_000,
        records: [
          certificateRecord('SAST', signer.certificate, options),
          certificateRecord('CCM+TFTP', signer.certificate, options),
          hashRecord('TVS', Certificate.fromPem(vectorPem('cucm_tvs')), options),
          hashRecord('CAPF', Certificate.fromPem(vectorPem('cucm_capf')), options),
        ],
      },
      signer,
    );
    expect(bytes.equals(vector('trust-samples/cucm-layout-ITLFile.tlv'))).toBe(true);
  });

  it('the non-secure CTL with an empty record is built anew', () => {
    const signer = sampleSigner('cucm_pub');
    const ipAddress = '198.51.100.7';
    const bytes = buildTrustList(
      {
        filename: 'CTLFile.tlv',
        timestamp: 1_773_400_001,
        records: [
          certificateRecord('SAST', signer.certificate, { dnsName: 'ucm-dev-pub', ipAddress }),
          emptyRecord('CCM+TFTP', { dnsName: ipAddress, ipAddress }),
          certificateRecord('CAPF', Certificate.fromPem(vectorPem('cucm_capf')), {
            dnsName: 'ucm-dev-pub',
            ipAddress,
          }),
        ],
      },
      signer,
    );
    expect(bytes.equals(vector('trust-samples/cucm-layout-CTLFile-nonsecure.tlv'))).toBe(true);
  });

  const certutils = { layout: 'certutils' as Layout, filename: 'SEP0A0B0C0D0E0F.cnf.xml.sgn' };

  it('the signed and the reduced configuration are made anew', () => {
    const plain = vector('trust-samples/plain.cnf.xml');
    const ccm = sampleSigner('ccm');
    const device = Certificate.fromPem(vectorPem('device'));
    for (const [name, payload] of [
      ['SEP0A0B0C0D0E0F.cnf.xml.sgn', reducedConfiguration(plain, device)],
      ['plain.cnf.xml.signed-as-SEP0A0B0C0D0E0F.cnf.xml.sgn', plain],
    ] as const) {
      const original = vector(`trust-samples/${name}`);
      const timestamp = parseTrustFile(original).header.timestamp ?? 0;
      expect(signFile(payload, { ...certutils, timestamp }, ccm).equals(original)).toBe(true);
    }
  });

  it('the encrypted configuration is decrypted, and made anew with the same key and vector', () => {
    const name = 'trust-samples/SEP0A0B0C0D0E0F.cnf.xml.enc.sgn';
    const decode = vectorJson<Decode>(`${name}.expected.json`);
    const original = vector(name);
    const plain = vector('trust-samples/plain.cnf.xml');
    const file = parseTrustFile(original);
    if (file.kind !== 'encrypted') throw new Error('not encrypted');
    expect(decryptFile(file, loadPrivateKey(vectorPem('device'))).equals(plain)).toBe(true);
    const { encryption, timestamp } = file.header;
    if (encryption === null || decode.aesKeyHex === undefined) throw new Error('no encryption elements');
    expect(encryption.paddingOctets).toBe(decode.header.encryption?.paddingCount);
    const bytes = encryptFile(
      plain,
      { ...certutils, filename: 'SEP0A0B0C0D0E0F.cnf.xml.enc.sgn', timestamp },
      sampleSigner('ccm'),
      { key: Buffer.from(decode.aesKeyHex, 'hex'), iv: encryption.iv, wrappedKey: encryption.wrappedKey },
    );
    expect(bytes.equals(original)).toBe(true);
    const decipher = createDecipheriv('aes-128-cbc', Buffer.from(decode.aesKeyHex, 'hex'), encryption.iv);
    const padded = Buffer.concat([decipher.setAutoPadding(false).update(file.ciphertext), decipher.final()]);
    expect([...padded.subarray(plain.length)]).toEqual(new Array(encryption.paddingOctets).fill(0x0d));
  });

  it('signers of configurations are found in the ITL and by their certificate', () => {
    const bytes = vector('trust-samples/SEP0A0B0C0D0E0F.cnf.xml.sgn');
    const status = (name: string, file: Buffer) =>
      inspectJson(bytes, { file: 'a', trust: readTrustSources(name, file) }).signature;
    expect(status('ITLFile.tlv', vector('trust-samples/ITLFile.tlv'))).toEqual({
      status: 'valid',
      signedBy: 'CCM+TFTP record 2 of ITLFile.tlv',
    });
    expect(status('ccm.pem', vector('trust-samples/keys/ccm.pem'))).toMatchObject({ status: 'valid' });
    expect(status('sast.pem', vector('trust-samples/keys/sast.pem'))).toMatchObject({
      status: 'signer-unknown',
      signedBy: null,
    });
  });

  it('addresses of the real file read and write', () => {
    expect([...addressOctets('10.35.48.106')]).toEqual([0x0a, 0x23, 0x30, 0x6a]);
  });
});
