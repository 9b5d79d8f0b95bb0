import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import type { TlsVersion } from '../../src/device/security.js';
import { identityPem } from '../../src/net/secure-contexts.js';
import type { Identity } from '../../src/pki/keys.js';
import { until } from '../wire/sip-setting.js';
import { PROTOCOLS, type Protocol } from '../wire/tls-registrars.js';
import { CIPHERS, callManager, capf, listener, lsc, mic, otherCapf, tls } from '../wire/tls-support.js';
import { freePort, isInstalled } from './sip-support.js';

const folder = mkdtempSync(join(tmpdir(), 'tls-openssl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const skipped = isInstalled('openssl', ['version']) ? '' : ': skipped, openssl is not installed';

const FLAGS: Readonly<Record<TlsVersion, string>> = {
  '1.0': '-tls1',
  '1.1': '-tls1_1',
  '1.2': '-tls1_2',
  '1.3': '-tls1_3',
};
/** What openssl prints of a connection that stands. */
const PROTOCOL_NAMES: Readonly<Record<TlsVersion, string>> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};
const LEVEL_0 = '@SECLEVEL=0';

let files = 0;

/** `-cert` and `-key` of an identity. */
function identityFiles(identity: Identity): string[] {
  files += 1;
  const { cert, key } = identityPem(identity);
  writeFileSync(join(folder, `${files}.crt`), cert);
  writeFileSync(join(folder, `${files}.key`), key);
  return ['-cert', `${files}.crt`, '-key', `${files}.key`];
}

/** openssl ends with its standard input, so it is given one that stays open. */
function running(...args: string[]): Running {
  const child = spawn('openssl', args, { cwd: folder, stdio: 'pipe' });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (octets: Buffer) => {
      text += octets.toString('latin1');
    });
  }
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  async function stop(): Promise<void> {
    child.kill('SIGKILL');
    await ended;
  }
  onTestFinished(stop);
  return { output: () => text, stop };
}

interface Running {
  /** Everything that openssl has said so far. */
  output(): string;
  stop(): Promise<void>;
}

describe.skipIf(skipped !== '').each(PROTOCOLS)(
  `openssl s_client at the $name registrar${skipped}`,
  (protocol) => {
    const DEVICE = protocol.device(1);

    function client(port: number, version: TlsVersion, ciphers: string, shown: Identity | null): Running {
      const certificate = shown === null ? [] : identityFiles(shown);
      const target = ['-connect', `${protocol.address}:${port}`, FLAGS[version], ...certificate];
      return running('s_client', ...target, '-cipher', `${ciphers}:${LEVEL_0}`);
    }

    it.each([
      ['1.0', CIPHERS.authenticated, 'NULL-SHA'],
      ['1.2', CIPHERS.authenticated, 'NULL-SHA'],
      ['1.0', CIPHERS.legacy, 'AES256-SHA'],
      ['1.1', CIPHERS.legacy, 'AES256-SHA'],
      ['1.2', CIPHERS.modern, 'ECDHE-RSA-AES256-GCM-SHA384'],
      ['1.3', CIPHERS.modern, 'TLS_AES_256_GCM_SHA384'],
    ] as const)(
      'TLS %s with %s: gets %s, and the names of CallManager-trust',
      async (version, ciphers, cipher) => {
        const cucm = await protocol.start(listener());
        const said = client(cucm.port, version, ciphers, mic(DEVICE));
        await until(() => /Cipher is \S+/.test(said.output()) && cucm.connections() === 1);
        expect(said.output()).toContain(`Cipher is ${cipher}`);
        expect(said.output()).toMatch(new RegExp(`New, \\S+, Cipher|Protocol *: ${PROTOCOL_NAMES[version]}`));
        expect(said.output()).toContain('Acceptable client certificate CA names');
        expect(said.output()).toContain('CN = Cisco Manufacturing CA');
        expect(cucm.refusals()).toEqual([]);
      },
    );

    it.each(['1.0', '1.2', '1.3'] as const)(
      'TLS %s: is told which fault its certificate has',
      async (version) => {
        const cucm = await protocol.start(listener());
        const rows = [
          [lsc(DEVICE, { issuer: otherCapf }), 'tlsv1 alert unknown ca', 48],
          [
            lsc(DEVICE, { notAfter: new Date('2020-01-01T00:00:00Z') }),
            'sslv3 alert certificate expired',
            45,
          ],
          version === '1.3'
            ? ([null, 'tlsv13 alert certificate required', 116] as const)
            : ([null, 'sslv3 alert handshake failure', 40] as const),
        ] as const;
        for (const [shown, alert, number] of rows) {
          const said = client(cucm.port, version, CIPHERS.legacy, shown);
          await until(() => said.output().includes('SSL alert number'));
          expect(said.output()).toContain(alert);
          expect(said.output()).toContain(`SSL alert number ${number}`);
          await said.stop();
        }
      },
    );
  },
);

describe.skipIf(skipped !== '').each(PROTOCOLS)(
  `a phone over $name at openssl s_server${skipped}`,
  (protocol) => {
    const DEVICE = protocol.device(1);
    writeFileSync(join(folder, 'capf.pem'), capf.certificate.toPem());

    async function server(version: TlsVersion, ciphers: string): Promise<{ port: number; said: Running }> {
      const port = await freePort();
      // CAPF's own certificate is for servers only (capf.md 3), so OpenSSL would not have it above a client's.
      const verify = ['-CAfile', 'capf.pem', '-Verify', '3', '-verify_return_error', '-purpose', 'any'];
      const how = [
        FLAGS[version],
        '-cipher',
        `${ciphers}:${LEVEL_0}`,
        ...identityFiles(callManager),
        ...verify,
      ];
      const said = running('s_server', '-accept', `${protocol.address}:${port}`, ...how);
      await until(() => said.output().includes('ACCEPT'));
      return { port, said };
    }

    it.each([
      ['1.0', CIPHERS.authenticated],
      ['1.2', CIPHERS.authenticated],
      ['1.0', CIPHERS.legacy],
      ['1.2', CIPHERS.modern],
      ['1.3', CIPHERS.modern],
    ] as const)('TLS %s with %s: is verified by its LSC and speaks', async (version, ciphers) => {
      const { port, said } = await server(version, ciphers);
      const { signal, abort } = stoppable();
      const profile = tls(lsc(DEVICE), { min: version, max: version, ciphers });
      const outcome = protocol.register(port, profile, { signal }).catch((reason: unknown) => reason);
      await until(() => said.output().includes(firstWords(protocol, DEVICE)));
      abort();
      expect(await outcome).toEqual(new Error('enough'));
      expect(said.output()).toContain(`CN = CP-7962G-${DEVICE}`);
      expect(said.output()).toMatch(/CIPHER is (NULL-SHA|AES256-SHA|ECDHE|TLS_AES)/);
    });

    it.each(['1.0', '1.2', '1.3'] as const)(
      'TLS %s: an LSC of another cluster is refused',
      async (version) => {
        const { port, said } = await server(version, CIPHERS.legacy);
        const rogue = lsc(DEVICE, { issuer: otherCapf });
        const profile = tls(rogue, { min: version, max: version, ciphers: CIPHERS.legacy });
        expect(await protocol.register(port, profile)).toEqual({
          result: 'tls-failed',
          cause: '10',
          tls: 'none',
          detail: 'TLS: tlsv1 alert unknown ca',
        });
        await until(() => said.output().includes('unable to get local issuer certificate'));
      },
    );

    it.each(['1.2', '1.3'] as const)(
      'TLS %s: its CallManager is not in the CTL, and hears why',
      async (version) => {
        const { port, said } = await server(version, CIPHERS.legacy);
        const judge = () => ({ trusted: false, rule: 'R-76', reason: 'not-in-ctl' }) as const;
        const profile = tls(lsc(DEVICE), { min: version, max: version, ciphers: CIPHERS.legacy, judge });
        expect(await protocol.register(port, profile)).toMatchObject({ result: 'tls-failed', cause: '10' });
        await until(() => said.output().includes('SSL alert number 48'));
        expect(said.output()).not.toContain(firstWords(protocol, DEVICE));
      },
    );
  },
);

/** Something readable of the first messages: SCCP's alarm is text, too. */
function firstWords({ name }: Protocol, device: string): string {
  return name === 'SIP' ? 'REGISTER sip:' : `Name=${device}`;
}

function stoppable(): { readonly signal: AbortSignal; abort(): void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort(new Error('enough')) };
}
