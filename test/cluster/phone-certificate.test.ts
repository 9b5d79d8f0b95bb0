import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { clientCertificateJudge } from '../../src/cluster/phone-certificate.js';
import { namesDevice } from '../../src/device/name.js';
import { issueCertificate } from '../../src/pki/authority.js';
import type { Certificate } from '../../src/pki/certificate.js';
import { type CertificateExtension, extendedKeyUsage, type KeyPurpose } from '../../src/pki/extensions.js';

const DEVICE = 'SEP001F9E266369';
const NOW = Date.parse('2026-01-01T00:00:00Z');
const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 });
const other = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

interface Choices {
  readonly digest?: 'sha1' | 'sha256' | 'sha384' | 'sha512';
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly extensions?: readonly CertificateExtension[];
}

function issue(
  cn: string,
  issuer: Certificate | 'self',
  signer: typeof rsa,
  choices: Choices = {},
): Certificate {
  const { digest = 'sha256', notBefore = '2020-01-01', notAfter = '2030-01-01', extensions = [] } = choices;
  const serial = new Uint8Array(randomBytes(16));
  serial[0] = 0x21;
  return issueCertificate({
    subject: [{ key: 'CN', value: cn }],
    issuer,
    publicKey: issuer === 'self' ? signer.publicKey : rsa.publicKey,
    signWith: signer.privateKey,
    digest,
    serial,
    notBefore: new Date(`${notBefore}T00:00:00Z`),
    notAfter: new Date(`${notAfter}T00:00:00Z`),
    extensions,
  });
}

const ca = issue('CAPF-1', 'self', rsa);
const ecCa = issue('CAPF-2', 'self', ec);
const judge = clientCertificateJudge({ trust: [ca, ecCa], date: () => NOW });

describe('CallManager judges the certificate of a phone', () => {
  it.each(['sha1', 'sha256', 'sha384', 'sha512'] as const)(
    'a signature with %s, RSA and EC alike',
    (digest) => {
      expect(judge(issue(DEVICE, ca, rsa, { digest }).der, '1.2')).toBeUndefined();
      expect(judge(issue(DEVICE, ecCa, ec, { digest }).der, '1.3')).toBeUndefined();
    },
  );

  /** Fault, certificate, alert: those of OpenSSL for the same faults. */
  const ROWS: readonly [fault: string, certificate: Uint8Array | undefined, alert: string, detail: string][] =
    [
      [
        'an unknown issuer (R-79)',
        issue(DEVICE, issue('CAPF-9', 'self', other), other).der,
        'unknown_ca',
        'CAPF-9',
      ],
      ['the name of a known issuer, another key', issue(DEVICE, ca, other).der, 'unknown_ca', 'CAPF-1'],
      ['a self-signed certificate', issue(DEVICE, 'self', other).der, 'unknown_ca', 'self-signed'],
      [
        'expired (R-80)',
        issue(DEVICE, ca, rsa, { notAfter: '2025-12-31' }).der,
        'certificate_expired',
        '2025',
      ],
      [
        'not yet valid (R-80)',
        issue(DEVICE, ca, rsa, { notBefore: '2026-01-02' }).der,
        'bad_certificate',
        '2026',
      ],
      ['rubbish', Uint8Array.of(0x30, 0x03, 1, 2, 3), 'bad_certificate', ''],
      ['nothing at all', new Uint8Array(0), 'bad_certificate', ''],
    ];
  it.each(ROWS)('%s', (_, certificate, alert, detail) => {
    const refusal = judge(certificate, '1.2');
    expect(refusal?.alert).toBe(alert);
    expect(refusal?.detail).toContain(detail);
  });

  it('no certificate: handshake_failure, and certificate_required in TLS 1.3', () => {
    expect(judge(undefined, '1.2')?.alert).toBe('handshake_failure');
    expect(judge(undefined, '1.3')?.alert).toBe('certificate_required');
  });

  it.each<[readonly KeyPurpose[], string | undefined]>([
    [['serverAuth', 'clientAuth'], undefined],
    [['clientAuth'], undefined],
    [['serverAuth'], 'unsupported_certificate'],
  ])('Common Criteria: extended key usage %j gives %s (R-112)', (purposes, alert) => {
    const strict = clientCertificateJudge({ trust: [ca], date: () => NOW, extendedKeyUsage: 'client-auth' });
    const certificate = issue(DEVICE, ca, rsa, { extensions: [extendedKeyUsage(purposes)] });
    expect(strict(certificate.der, '1.2')?.alert).toBe(alert);
    expect(judge(certificate.der, '1.2')).toBeUndefined();
  });

  it('refuses every changed octet of what is signed, and every shortened certificate, without throwing', () => {
    const certificate = issue(DEVICE, ca, rsa);
    const good = certificate.der;
    const signedEnd = certificate.tbs.byteOffset - good.byteOffset + certificate.tbs.length;
    for (let at = 0; at < good.length; at += 1) {
      const damaged = Uint8Array.from(good);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      const refusal = judge(damaged, '1.2');
      const isSigned = at < signedEnd || at >= good.length - certificate.signature.length;
      if (isSigned) expect(refusal, `octet ${at}`).toBeDefined();
      expect(judge(good.subarray(0, at), '1.2')?.alert).toBe('bad_certificate');
    }
  });
});

describe('the name of a certificate and a device (sccp.md 12, capf.md 10.2)', () => {
  it.each([
    [`CP-7962G-${DEVICE}`, true],
    [DEVICE, true],
    [`X${DEVICE}`, false],
    ['CP-7962G-SEP001F9E266360', false],
    ['', false],
  ])('%j: %s', (name, expected) => {
    expect(namesDevice(name, DEVICE)).toBe(expected);
    expect(namesDevice(name, '')).toBe(false);
  });
});
