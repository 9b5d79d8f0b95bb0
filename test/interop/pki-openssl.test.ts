import { spawnSync } from 'node:child_process';
import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import {
  capfCertificate,
  itlRecoveryCertificate,
  serverCertificate,
} from '../../src/pki/cucm-certificates.js';
import {
  lscCertificate,
  manufacturingCertificate,
  micCertificate,
} from '../../src/pki/device-certificates.js';
import { writePkcs12 } from '../../src/pki/pkcs12.js';
import { PrimePool } from '../../src/pki/prime-pool.js';

/** Runs openssl with text on its standard input. */
function openssl(args: readonly string[], input = ''): { status: number | null; text: string } {
  const { status, stdout, stderr } = spawnSync('openssl', args, { input, encoding: 'utf8', timeout: 15_000 });
  return { status, text: `${stdout}${stderr}` };
}

const missing = openssl(['version']).status !== 0;
if (missing) process.stderr.write('skipped: openssl is not installed (test/interop/pki-openssl)\n');

describe.skipIf(missing)('certificates and keys of ours in the hands of openssl', () => {
  const directory = mkdtempSync(join(tmpdir(), 'trustfleet-openssl-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const file = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };

  const ca = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const phone = generateKeyPairSync('rsa', { modulusLength: 1024 });
  const dates = { notBefore: new Date('2020-01-01T00:00:00Z'), notAfter: new Date('2060-01-01T00:00:00Z') };
  const serial = Uint8Array.from({ length: 16 }, (_, i) => 0x10 + i);
  const organisation = { organisation: 'Example', unit: 'Lab', locality: 'Köln', state: 'NW', country: 'DE' };

  it('openssl pkcs12 opens an ITLRecovery.p12 and finds certificate and key in it', () => {
    const certificate = itlRecoveryCertificate('cucm-pub.example.test', {
      ...{ organisation, serial, ...dates, digest: 'sha256' as const },
      ...{ publicKey: ca.publicKey, privateKey: ca.privateKey },
    });
    const path = join(directory, 'ITLRecovery.p12');
    writeFileSync(path, writePkcs12(certificate, ca.privateKey, 'secret', 'ITLRecovery'));
    const { status, text } = openssl(['pkcs12', '-in', path, '-passin', 'pass:secret', '-nodes']);
    expect(status).toBe(0);
    expect(text).toContain('friendlyName: ITLRecovery');
    expect(text).toContain('ITLRECOVERY_cucm-pub.example.test');
    const [key = ''] = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/.exec(text) ?? [];
    expect(createPrivateKey(key).equals(ca.privateKey)).toBe(true);
    expect(openssl(['pkcs12', '-in', path, '-passin', 'pass:wrong', '-nodes']).status).not.toBe(0);
  });

  it('openssl x509 prints a server certificate with the extensions of a real one', () => {
    const certificate = serverCertificate('cucm-pub.example.test', {
      organisation,
      ...ca,
      digest: 'sha256',
      serial,
      ...dates,
    });
    const { text } = openssl(
      ['x509', '-noout', '-text', '-nameopt', 'utf8,sep_comma_plus'],
      certificate.toPem(),
    );
    expect(text).toContain('Version: 3 (0x2)');
    expect(text).toContain('Subject: C=DE,O=Example,OU=Lab,CN=cucm-pub.example.test,ST=NW,L=Köln');
    expect(text).toContain(
      'Digital Signature, Key Encipherment, Data Encipherment, Key Agreement, Certificate Sign',
    );
    expect(text).toContain('TLS Web Server Authentication, TLS Web Client Authentication, IPSec End System');
    expect(text).toContain('DNS:cucm-pub.example.test');
    expect(text).toContain('Not After : Jan  1 00:00:00 2060 GMT');
    const path = file('server.pem', certificate.toPem());
    expect(openssl(['verify', '-CAfile', path, path])).toEqual({ status: 0, text: `${path}: OK\n` });
  });

  it('openssl verify accepts an LSC under its CAPF and a MIC under its CA, and nothing of another CA', () => {
    const capf = capfCertificate('0a1b2c3d', { organisation, ...ca, digest: 'sha256', serial, ...dates });
    const lsc = lscCertificate('SEP001F9E266369', 'CP-7942G-SEP001F9E266369', {
      issuer: { certificate: capf, privateKey: ca.privateKey },
      publicKey: phone.publicKey,
      digest: 'sha256',
      serial,
      ...dates,
    });
    const maker = manufacturingCertificate('Cisco Manufacturing CA', {
      ...ca,
      digest: 'sha1',
      serial,
      ...dates,
    });
    const mic = micCertificate({ productName: '7942G', device: 'SEP001F9E266369' }, 'FCH14098ABC', {
      issuer: { certificate: maker, privateKey: ca.privateKey },
      publicKey: phone.publicKey,
      digest: 'sha1',
      serial,
      ...dates,
    });
    const capfFile = file('capf.pem', capf.toPem());
    const makerFile = file('maker.pem', maker.toPem());
    const lscFile = file('lsc.pem', lsc.toPem());
    const micFile = file('mic.pem', mic.toPem());
    const verify = (authority: string, certificate: string): number | null =>
      openssl(['verify', '-auth_level', '0', '-CAfile', authority, certificate]).status;
    expect(verify(capfFile, lscFile)).toBe(0);
    expect(verify(makerFile, micFile)).toBe(0);
    expect(verify(capfFile, micFile)).toBe(2);
  });

  it('openssl pkey -check finds a pooled key in order', async () => {
    const { privateKey } = (await PrimePool.create(1024, 1)).pair(0);
    const path = file('pooled.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
    expect(openssl(['pkey', '-check', '-noout', '-in', path]).text).toContain('Key is valid');
  });
});
