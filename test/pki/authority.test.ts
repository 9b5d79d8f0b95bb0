import 'reflect-metadata';
import { createHash, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { type CertificateDigest, cucmSerial, issueCertificate, spkiOf } from '../../src/pki/authority.js';
import type { Certificate } from '../../src/pki/certificate.js';
import {
  capfCertificate,
  itlRecoveryCertificate,
  type Organisation,
  type SelfSignedRequest,
  serverCertificate,
} from '../../src/pki/cucm-certificates.js';
import {
  type Authority,
  eTokenCertificate,
  lscCertificate,
  manufacturingCertificate,
  micCertificate,
  phoneCommonName,
} from '../../src/pki/device-certificates.js';

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

const organisation: Organisation = {
  organisation: 'Example Telephony',
  unit: 'Voice Lab',
  locality: 'San Jose',
  state: 'California',
  country: 'US',
};

const notBefore = new Date('2026-03-12T07:20:01Z');
const notAfter = new Date('2031-03-11T07:20:00Z');
const serial = cucmSerial(Uint8Array.from({ length: 16 }, (_, i) => 0xf0 + i));

function selfSigned(
  pair: { publicKey: KeyObject; privateKey: KeyObject } = rsa,
  digest: CertificateDigest = 'sha256',
): SelfSignedRequest {
  return { organisation, ...pair, digest, serial, notBefore, notAfter };
}

function authority(): Authority {
  const certificate = manufacturingCertificate('Cisco Manufacturing CA', {
    ...other,
    digest: 'sha1',
    serial,
    notBefore,
    notAfter,
  });
  return { certificate, privateKey: other.privateKey };
}

const issued = { publicKey: rsa.publicKey, digest: 'sha1', serial, notBefore, notAfter } as const;

function extension(certificate: Certificate, oid: string): x509.Extension | null {
  return new x509.X509Certificate(certificate.der).getExtension(oid);
}

describe('a CallManager or TVS certificate', () => {
  const certificate = serverCertificate('cucm-pub.example.test', selfSigned());

  it('has its name in the order C, O, OU, CN, ST, L (capf.md 10.2) and is rendered CN first (trust-files.md 5.1)', () => {
    expect(certificate.subjectAttributes.map(({ key }) => key)).toEqual(['C', 'O', 'OU', 'CN', 'ST', 'L']);
    expect(certificate.subject).toBe(
      'CN=cucm-pub.example.test;OU=Voice Lab;O=Example Telephony;L=San Jose;ST=California;C=US',
    );
    expect(certificate.issuer).toBe(certificate.subject);
  });

  it('is a self-signed certificate that OpenSSL takes and verifies', () => {
    const parsed = new X509Certificate(certificate.der);
    expect(parsed.verify(rsa.publicKey)).toBe(true);
    expect(parsed.verify(other.publicKey)).toBe(false);
    expect(parsed.checkIssued(parsed)).toBe(true);
    expect(parsed.subjectAltName).toBe('DNS:cucm-pub.example.test');
    expect(new Date(parsed.validFrom)).toEqual(notBefore);
    expect(new Date(parsed.validTo)).toEqual(notAfter);
    expect(parsed.serialNumber.toLowerCase()).toBe(certificate.serial);
  });

  it('has the usages of a real one', () => {
    const usage = extension(certificate, '2.5.29.15') as x509.KeyUsagesExtension;
    expect(usage.critical).toBe(false);
    expect(Buffer.from(usage.value).toString('hex')).toBe('030202bc');
    const purposes = extension(certificate, '2.5.29.37') as x509.ExtendedKeyUsageExtension;
    expect(purposes.usages).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2', '1.3.6.1.5.5.7.3.5']);
    expect(extension(certificate, '2.5.29.19')).toBeNull();
  });

  it('has the SHA-1 of its key as subjectKeyIdentifier', () => {
    const identifier = extension(certificate, '2.5.29.14') as x509.SubjectKeyIdentifierExtension;
    expect(identifier.keyId).toBe(createHash('sha1').update(certificate.listKey).digest('hex'));
  });

  it('comes out with the same octets for the same request', () => {
    expect(serverCertificate('cucm-pub.example.test', selfSigned()).der).toEqual(certificate.der);
  });

  it.each(['sha1', 'sha256', 'sha384', 'sha512'] as const)('can be signed with %s, RSA and EC', (digest) => {
    for (const pair of [rsa, ec]) {
      const made = serverCertificate('cucm-pub', selfSigned(pair, digest));
      expect(new X509Certificate(made.der).verify(pair.publicKey)).toBe(true);
      expect(made.keyType).toBe(pair === rsa ? 'rsa' : 'ec');
      expect(made.keyBits).toBe(pair === rsa ? 1024 : 256);
    }
  });
});

describe('a CAPF certificate', () => {
  it('is a CA with path length 0 and may sign certificates (OP-11, capf.md 3)', () => {
    const certificate = capfCertificate('0a1b2c3d', selfSigned());
    expect(certificate.commonName).toBe('CAPF-0a1b2c3d');
    const constraints = extension(certificate, '2.5.29.19') as x509.BasicConstraintsExtension;
    expect([constraints.critical, constraints.ca, constraints.pathLength]).toEqual([true, true, 0]);
    const usage = extension(certificate, '2.5.29.15') as x509.KeyUsagesExtension;
    expect(usage.usages & x509.KeyUsageFlags.keyCertSign).not.toBe(0);
    expect(usage.usages & x509.KeyUsageFlags.digitalSignature).not.toBe(0);
    expect(new X509Certificate(certificate.der).ca).toBe(true);
  });
});

describe('an ITLRecovery certificate', () => {
  it('is named after the publisher and does not sign certificates (trust-files.md 5.1)', () => {
    const certificate = itlRecoveryCertificate('cucm-pub.example.test', selfSigned());
    expect(certificate.commonName).toBe('ITLRECOVERY_cucm-pub.example.test');
    const usage = extension(certificate, '2.5.29.15') as x509.KeyUsagesExtension;
    expect(Buffer.from(usage.value).toString('hex')).toBe('030203b8');
  });
});

describe('certificates issued by an authority', () => {
  it('a MIC carries product, chassis serial and device, and verifies with its CA (phone-behaviour.md 12)', () => {
    const issuer = authority();
    const mic = micCertificate({ productName: '7942G', device: 'SEP001F9E266369' }, 'FCH14098ABC', {
      ...issued,
      issuer,
    });
    expect(mic.commonName).toBe('CP-7942G-SEP001F9E266369');
    expect(mic.subjectAttributes[0]).toEqual({
      key: 'SERIALNUMBER',
      value: 'PID:CP-7942G SN:FCH14098ABC',
    });
    expect(mic.issuer).toBe('CN=Cisco Manufacturing CA;O=Cisco Systems');
    const parsed = new X509Certificate(mic.der);
    expect(parsed.verify(other.publicKey)).toBe(true);
    expect(parsed.checkIssued(new X509Certificate(issuer.certificate.der))).toBe(true);
    expect(mic.signatureOid).toBe('2a864886f70d010105');
  });

  it('a MIC of newer units comes from Cisco Manufacturing CA SHA2', () => {
    const certificate = manufacturingCertificate('Cisco Manufacturing CA SHA2', {
      ...other,
      digest: 'sha256',
      serial,
      notBefore,
      notAfter,
    });
    expect(certificate.subject).toBe('CN=Cisco Manufacturing CA SHA2;O=Cisco');
    expect(new X509Certificate(certificate.der).ca).toBe(true);
  });

  it('an eToken certificate has 8 spaces at the end of its name (trust-files.md 5.2)', () => {
    const token = eTokenCertificate('ADN0054f509', { ...issued, issuer: authority() });
    expect(token.subject).toBe('CN=SAST-ADN0054f509        ;OU=IPCBU;O=Cisco Systems, Inc.');
    expect(token.issuer).toBe('CN=Cisco Manufacturing CA;O=Cisco Systems');
  });

  it('an LSC takes O, OU, L, ST, C from its CAPF in the order there, and has the extensions of capf.md 10.1', () => {
    const certificate = capfCertificate('0a1b2c3d', selfSigned(other));
    const phone = { productName: '8841', device: 'SEP001F9E266369' };
    const lsc = lscCertificate(phone.device, phoneCommonName(phone), {
      ...issued,
      digest: 'sha256',
      publicKey: spkiOf(ec.publicKey),
      issuer: { certificate, privateKey: other.privateKey },
    });
    expect(lsc.subjectAttributes.map(({ key }) => key)).toEqual(['CN', 'C', 'O', 'OU', 'ST', 'L']);
    expect(lsc.commonName).toBe('CP-8841-SEP001F9E266369');
    const extensions = new x509.X509Certificate(lsc.der).extensions;
    expect(extensions.map(({ type, critical }) => [type, critical])).toEqual([
      ['2.5.29.19', true],
      ['2.5.29.15', true],
      ['2.5.29.37', false],
      ['2.5.29.17', false],
    ]);
    expect(Buffer.from(extensions[0]?.value ?? new ArrayBuffer(0)).toString('hex')).toBe('3000');
    expect(Buffer.from(extensions[1]?.value ?? new ArrayBuffer(0)).toString('hex')).toBe('030205a0');
    expect(new X509Certificate(lsc.der).subjectAltName).toBe('URI:SEP001F9E266369');
    expect(new X509Certificate(lsc.der).verify(other.publicKey)).toBe(true);
    expect(lsc.keyType).toBe('ec');
  });
});

describe('issueCertificate', () => {
  const request = {
    subject: [{ key: 'CN', value: 'x' }],
    issuer: 'self' as const,
    publicKey: rsa.publicKey,
    signWith: rsa.privateKey,
    digest: 'sha256' as const,
    serial,
    notBefore,
    notAfter,
    extensions: [],
  };

  it('puts a zero octet before a serial number with the top bit set and drops leading zeros', () => {
    const made = issueCertificate({ ...request, serial: Uint8Array.of(0, 0, 0x81, 2) });
    expect(made.serial).toBe('8102');
    expect(new X509Certificate(made.der).serialNumber).toBe('8102');
  });

  it('writes years from 2050 on as GeneralizedTime and reads them back (RFC 5280 4.1.2.5)', () => {
    const made = issueCertificate({
      ...request,
      notBefore: new Date('1949-12-31T23:59:59Z'),
      notAfter: new Date('2050-01-01T00:00:00Z'),
    });
    expect(made.notBefore.toISOString()).toBe('1949-12-31T23:59:59.000Z');
    expect(made.notAfter.toISOString()).toBe('2050-01-01T00:00:00.000Z');
    expect(new Date(new X509Certificate(made.der).validTo)).toEqual(made.notAfter);
  });

  it.each([
    ['an empty serial number', { serial: new Uint8Array(3) }],
    ['a serial number of 21 octets', { serial: new Uint8Array(21).fill(1) }],
    ['a validity that ends before it begins', { notBefore: notAfter, notAfter: notBefore }],
    ['no date', { notBefore: new Date(Number.NaN) }],
    ['an Ed25519 signer', { signWith: generateKeyPairSync('ed25519').privateKey }],
    ['an Ed25519 subject key', { publicKey: generateKeyPairSync('ed25519').publicKey }],
  ])('refuses %s with TF_CERT_UNSUPPORTED', (_, part) => {
    expect(() => issueCertificate({ ...request, ...part })).toThrow(
      expect.objectContaining({ code: 'TF_CERT_UNSUPPORTED' }),
    );
  });

  it('refuses key octets that are no SubjectPublicKeyInfo, which came from a phone, with a typed error', () => {
    expect(() => issueCertificate({ ...request, publicKey: Uint8Array.of(1, 2, 3) })).toThrow(
      expect.objectContaining({ code: 'TF_CERT_MALFORMED' }),
    );
  });
});

describe('cucmSerial', () => {
  it('starts between 0x01 and 0x7f whatever the randomness (trust-files.md 6)', () => {
    for (let first = 0; first < 256; first += 1) {
      const octets = new Uint8Array(16).fill(0xee);
      octets[0] = first;
      const made = cucmSerial(octets);
      expect(made).toHaveLength(16);
      expect(made[0]).toBeGreaterThan(0);
      expect(made[0]).toBeLessThan(0x80);
    }
    expect(() => cucmSerial(new Uint8Array(8))).toThrow(expect.objectContaining({ code: 'TF_USAGE' }));
  });
});
