import 'reflect-metadata';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as x509 from '@peculiar/x509';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { issueCertificate } from '../../src/pki/authority.js';
import { Certificate } from '../../src/pki/certificate.js';
import { derWrap } from '../../src/pki/der.js';
import { keyUsage } from '../../src/pki/extensions.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-521' });

const sample = issueCertificate({
  subject: [
    { key: 'C', value: 'US' },
    { key: 'CN', value: 'cucm-pub.example.test' },
    { key: 'DC', value: 'test' },
  ],
  issuer: 'self',
  publicKey: rsa.publicKey,
  signWith: rsa.privateKey,
  digest: 'sha256',
  serial: Uint8Array.of(0xff, 1, 2),
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2056-01-01T00:00:00Z'),
  extensions: [keyUsage(['digitalSignature'])],
});

const malformed = expect.objectContaining({ code: 'TF_CERT_MALFORMED' });

/** `sample` with its first occurrence of `from` replaced; both of one length. */
function patched(from: string, to: string): Buffer {
  const hex = Buffer.from(sample.der).toString('hex');
  expect(hex).toContain(from);
  return Buffer.from(hex.replace(from, to), 'hex');
}

describe('Certificate reads what OpenSSL and another library read', () => {
  it('serial, dates, key, digests and signature of a certificate of ours', () => {
    const node = new X509Certificate(sample.der);
    const foreign = new x509.X509Certificate(sample.der);
    expect(sample.serial).toBe(node.serialNumber.toLowerCase());
    expect(sample.notBefore).toEqual(foreign.notBefore);
    expect(sample.notAfter).toEqual(foreign.notAfter);
    expect(sample.sha1).toBe(node.fingerprint.replaceAll(':', '').toLowerCase());
    expect(sample.sha256).toBe(node.fingerprint256.replaceAll(':', '').toLowerCase());
    expect(sample.publicKey.equals(node.publicKey)).toBe(true);
    expect(Buffer.from(sample.signature)).toEqual(Buffer.from(foreign.signature));
    expect(Buffer.from(sample.spki)).toEqual(Buffer.from(foreign.publicKey.rawData));
    expect(sample.selfIssued).toBe(true);
    expect(sample.keyType).toBe('rsa');
    expect(sample.keyBits).toBe(1024);
    expect(sample.toX509().raw).toEqual(node.raw);
  });

  it('an EC certificate made by another library', async () => {
    const keys = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-384' }, true, [
      'sign',
      'verify',
    ]);
    const made = await x509.X509CertificateGenerator.createSelfSigned({
      serialNumber: '00c0ffee',
      name: 'CN=web.example.test, OU=Voice Lab+O=Example\\, Inc.',
      notBefore: new Date('2020-02-29T12:00:00Z'),
      notAfter: new Date('2049-12-31T23:59:59Z'),
      keys,
      signingAlgorithm: { name: 'ECDSA', hash: 'SHA-384' },
    });
    const certificate = Certificate.fromDer(new Uint8Array(made.rawData));
    expect(certificate.subject).toBe('CN=web.example.test;OU=Voice Lab;O=Example, Inc.');
    expect(certificate.serial).toBe('c0ffee');
    expect(certificate.keyType).toBe('ec');
    expect(certificate.keyBits).toBe(384);
    expect(certificate.listKey).toHaveLength(97);
    expect(certificate.listKey[0]).toBe(4);
    expect(certificate.notBefore.toISOString()).toBe('2020-02-29T12:00:00.000Z');
    expect(certificate.publicKey.equals(new X509Certificate(certificate.der).publicKey)).toBe(true);
    expect(certificate.equals(Certificate.fromDer(Uint8Array.from(certificate.der)))).toBe(true);
    expect(certificate.equals(sample)).toBe(false);
  });

  it('reads the size of a P-521 key as 521 bits and its point as 133 octets (trust-files.md 7)', () => {
    const certificate = issueCertificate({
      subject: [{ key: 'CN', value: 'x' }],
      issuer: sample,
      publicKey: ec.publicKey,
      signWith: rsa.privateKey,
      digest: 'sha1',
      serial: Uint8Array.of(1),
      notBefore: sample.notBefore,
      notAfter: sample.notAfter,
      extensions: [],
    });
    expect(certificate.keyBits).toBe(521);
    expect(certificate.listKey).toHaveLength(133);
    expect(certificate.selfIssued).toBe(false);
    expect(certificate.issuer).toBe(sample.subject);
  });
});

describe('Certificate refuses with TF_CERT_MALFORMED', () => {
  it('every shorter piece of a certificate', () => {
    for (let length = 0; length < sample.der.length; length += 1) {
      expect(() => Certificate.fromDer(sample.der.subarray(0, length)), `${length} octets`).toThrow(
        malformed,
      );
    }
  });

  it('octets behind it, outside and inside its outer SEQUENCE', () => {
    expect(() => Certificate.fromDer(Buffer.concat([sample.der, Buffer.alloc(2)]))).toThrow(malformed);
    const inner = sample.der.subarray(4);
    expect(() => Certificate.fromDer(derWrap(0x30, inner, Buffer.alloc(2)))).toThrow(malformed);
  });

  it.each([
    ['a month 13', '3236303130313030303030305a', '3236313330313030303030305a'],
    ['a 30 February', '3236303130313030303030305a', '3236303233303030303030305a'],
    ['an hour 24', '3236303130313030303030305a', '3236303130313234303030305a'],
    ['letters in a date', '3236303130313030303030305a', '3236303130313030303041415a'],
    ['a UTCTime without seconds', '170d3236303130313030303030305a', '170b32363031303130303030305a0500'],
  ])('%s', (_, from, to) => {
    expect(() => Certificate.fromDer(patched(from, to)).notBefore).toThrow(malformed);
  });

  it('a key that is no whole number of octets', () => {
    const hex = Buffer.from(sample.spki).toString('hex');
    const broken = hex.replace('03818d00', '03818d07');
    expect(broken).not.toBe(hex);
    expect(() => Certificate.fromDer(patched(hex, broken)).listKey).toThrow(malformed);
  });

  it('an empty serial number', () => {
    expect(() => Certificate.fromDer(patched('020400ff0102300d', '020004020102300d'))).toThrow(malformed);
  });

  it('any change of any octet ends in a value or a TrustfleetError, nothing else', () => {
    fc.assert(
      fc.property(fc.nat(sample.der.length - 1), fc.integer({ min: 1, max: 255 }), (at, xor) => {
        const octets = Uint8Array.from(sample.der);
        octets[at] = (octets[at] ?? 0) ^ xor;
        try {
          const certificate = Certificate.fromDer(octets);
          void [certificate.subject, certificate.issuer, certificate.serial, certificate.commonName];
          void [certificate.notBefore, certificate.notAfter, certificate.sha1, certificate.signatureOid];
          void [certificate.keyType, certificate.keyBits, certificate.publicKey];
        } catch (error) {
          expect(error).toBeInstanceOf(TrustfleetError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('PEM', () => {
  it('goes there and back, with lines of 64 characters', () => {
    const pem = sample.toPem();
    expect(Certificate.fromPem(pem).der).toEqual(sample.der);
    expect(pem).toBe(new X509Certificate(sample.der).toString());
  });

  it.each([
    ['text before and after', (pem: string) => `Certificate:\n  Data: x\n${pem}trailing`],
    ['CRLF lines', (pem: string) => pem.replaceAll('\n', '\r\n')],
    ['attributes of openssl pkcs12', (pem: string) => `Bag Attributes\n    localKeyID: 01\n${pem}`],
    ['headers as in RFC 1421', (pem: string) => pem.replace('-----\n', '-----\nX-Note: a\nX-More: b\n\n')],
    ['the old label', (pem: string) => pem.replaceAll(' CERTIFICATE', ' X509 CERTIFICATE')],
    ['another block first', (pem: string) => `-----BEGIN X-----\nAA==\n-----END X-----\n${pem}${pem}`],
  ])('is found with %s', (_, change) => {
    expect(Certificate.fromPem(change(sample.toPem())).equals(sample)).toBe(true);
  });

  it.each([
    ['nothing', ''],
    ['a broken line', sample.toPem().replace('M', '*')],
    ['an END of something else', sample.toPem().replace('END CERTIFICATE', 'END CRL')],
    ['other blocks only', sample.toPem().replaceAll('CERTIFICATE', 'PUBLIC KEY')],
    ['two megabytes', 'x'.repeat(2_000_000)],
  ])('is refused with TF_CERT_MALFORMED: %s', (_, pem) => {
    expect(() => Certificate.fromPem(pem)).toThrow(malformed);
  });
});

const vectors = fileURLToPath(new URL('../../../shared/reference/vectors/tvs.json', import.meta.url));

describe.skipIf(!existsSync(vectors))('Certificate on the certificates of the TVS vectors', () => {
  interface Fixture {
    readonly certificateDerHex: string;
    readonly serialHex: string;
    readonly sha256: string;
    readonly notAfter: string;
  }
  const { fixtures } = (
    existsSync(vectors) ? JSON.parse(readFileSync(vectors, 'utf8')) : { fixtures: {} }
  ) as { fixtures: Record<string, Fixture> };
  it.each(Object.entries(fixtures))('%s', (_, fixture) => {
    const certificate = Certificate.fromDer(Buffer.from(fixture.certificateDerHex, 'hex'));
    expect(certificate.serial).toBe(fixture.serialHex.replace(/^(00)+/, ''));
    expect(certificate.sha256).toBe(fixture.sha256);
    expect(certificate.notAfter).toEqual(new Date(fixture.notAfter));
  });
});
