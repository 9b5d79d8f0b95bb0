import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as path } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { encodePem } from '../../src/pki/pem.js';
import { encodeCapf } from '../../src/protocol/capf/codec.js';
import { certificationRequestInfo } from '../../src/protocol/capf/csr.js';
import type { CapfKey } from '../../src/protocol/capf/keys.js';
import { anOrder, capf, DEVICE, keyFor, lsc, RSA_1024 } from '../protocol/capf/support.js';
import { CAPF_ADDRESS, phone, said, serve } from '../wire/capf-support.js';

const missing = spawnSync('openssl', ['version']).status !== 0;
if (missing) process.stderr.write('skipped: openssl is not installed (test/interop/capf-openssl)\n');

const directory = mkdtempSync(path(tmpdir(), 'trustfleet-capf-'));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, content: string): string {
  const written = path(directory, name);
  writeFileSync(written, content);
  return written;
}

function openssl(...args: readonly string[]): string {
  const { stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  return `${stdout}${stderr}`;
}

/** openssl s_client that says something and shows what passes. */
function client(port: number, say: Uint8Array, ...args: readonly string[]): Promise<Buffer> {
  return new Promise((resolve) => {
    const target = `${CAPF_ADDRESS}:${port}`;
    const child = spawn('openssl', ['s_client', '-connect', target, '-quiet', ...args]);
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stdin.on('error', () => undefined);
    child.once('close', () => resolve(Buffer.concat(chunks)));
    child.stdin.write(say);
  });
}

const HELLO = encodeCapf({
  command: 'AUTH_RESPONSE',
  sessionId: 1,
  reason: 1,
  version: 3,
  deviceName: DEVICE,
});

describe.skipIf(missing)('CAPF with openssl', () => {
  it('s_client reads AUTH_REQUEST and END_SESSION, and is asked for no certificate (capf.md 3)', async () => {
    const { port } = await serve(anOrder({ operation: 'none' }));
    const octets = await client(port, HELLO, '-tls1_2');
    expect(octets.toString('hex')).toBe('55010000000100080700010308000100550f00000001000401000100');
    const second = encodeCapf({ command: 'AUTH_RESPONSE', sessionId: 2, version: 3, deviceName: DEVICE });
    const shown = (await client(port, second, '-tls1_2', '-msg')).toString('latin1');
    expect(shown).toContain('ServerHelloDone');
    expect(shown).not.toContain('CertificateRequest');
  });

  it('verifies the LSC that a phone got', async () => {
    const { port } = await serve(anOrder());
    const answer = await phone(port);
    expect(said(answer)).toBe('install success 0');
    const issued = answer.outcome === 'result' ? answer.installed?.certificate : undefined;
    const ca = file('capf.pem', capf.certificate.toPem());
    const leaf = file('lsc.pem', issued?.toPem() ?? '');
    // at the date of these tests, with the 1024-bit key that old phones have
    const at = ['-attime', `${Date.parse('2026-07-02T00:00:00Z') / 1000}`, '-auth_level', '0'];
    expect(openssl('verify', ...at, '-CAfile', ca, leaf)).toContain(': OK');
    const text = openssl('x509', '-in', leaf, '-noout', '-text');
    expect(text).toContain(`URI:${DEVICE}`);
    expect(text).toContain('Digital Signature, Key Encipherment');
  });

  it.each<CapfKey>([RSA_1024, { type: 'ec', curve: 'secp384r1' }])(
    'accepts and signs the request that a phone with %o signed (OP-26)',
    async (key) => {
      let pem = '';
      const { port } = await serve(
        anOrder({ keys: [key] }),
        {},
        {
          issue: ({ device, publicKey, request }) => {
            if (request !== undefined) {
              pem = encodePem('CERTIFICATE REQUEST', request.der);
              return { retryAfterSeconds: 5 };
            }
            const subject = [{ key: 'CN', value: `CP-7962G-${device}` }];
            return { sign: certificationRequestInfo({ device, publicKey, subject }), digest: 'sha256' };
          },
        },
      );
      expect(await phone(port)).toEqual({ outcome: 'pending', key: keyFor(key), delaySeconds: 5 });
      const csr = file('phone.csr', pem);
      expect(openssl('req', '-in', csr, '-noout', '-verify')).toMatch(/verify OK/);
      expect(openssl('req', '-in', csr, '-noout', '-text')).toContain(`URI:${DEVICE}`);
      const ca = file('capf.pem', capf.certificate.toPem());
      const caKey = file('capf.key', capf.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString());
      const signed = openssl('x509', '-req', '-in', csr, '-CA', ca, '-CAkey', caKey, '-days', '30');
      expect(signed).toContain('BEGIN CERTIFICATE');
    },
  );

  it('reads the DER of our certificates to the last octet', () => {
    const leaf = file('own.pem', lsc.certificate.toPem());
    const der = spawnSync('openssl', ['x509', '-in', leaf, '-outform', 'DER']).stdout;
    expect(der).toEqual(Buffer.from(lsc.certificate.der));
  });
});
