import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityPem } from '../../src/net/secure-contexts.js';
import { registerSip } from '../../src/net/sip-phone.js';
import type { Registration, RegistrationResult } from '../../src/phone/world.js';
import { issueCertificate, spkiOf } from '../../src/pki/authority.js';
import { manufacturingCertificate, micCertificate } from '../../src/pki/device-certificates.js';
import { basicConstraints, keyUsage } from '../../src/pki/extensions.js';
import type { Identity } from '../../src/pki/keys.js';
import { attempt, phone } from '../wire/sip-setting.js';
import { callManager, capf, falseCapf, lsc, tls } from '../wire/tls-support.js';
import { startKamailio, statusOf } from './kamailio.js';
import { freePort, isInstalled, type Running } from './sip-support.js';

const folder = mkdtempSync(join(tmpdir(), 'sip-kamailio-tls-'));
const missing = [
  ...(isInstalled('kamailio', ['-v']) ? [] : ['kamailio']),
  ...(isInstalled('openssl', ['version']) ? [] : ['openssl']),
];
const skipped = missing.length === 0 ? undefined : `${missing.join(' and ')} not installed`;

/** 5061 as an administrator would guard it: a certificate is required, and OpenSSL checks its chain, dates and purpose. */
const tlsConfiguration = (): string => `
[server:default]
method = TLSv1.2+
verify_certificate = yes
require_certificate = yes
verify_depth = 3
private_key = ${join(folder, 'server.key')}
certificate = ${join(folder, 'server.pem')}
ca_list = ${join(folder, 'trust.pem')}
`;

/** Beside the chain the script wants the device in Contact to be the one that the certificate names, as CallManager does. */
const configuration = (udp: number, secure: number): string => `
debug=1
log_stderror=yes
children=1
tcp_children=2
auto_aliases=no
enable_tls=yes
listen=udp:127.0.0.1:${udp}
listen=tls:127.0.0.1:${secure}
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "tls.so"
modparam("tls", "config", "${join(folder, 'tls.cfg')}")
modparam("usrloc", "db_mode", 0)
modparam("registrar", "min_expires", 1)
request_route {
  if (is_method("REGISTER")) {
    if (!is_peer_verified()) {
      sl_send_reply("403", "Certificate not verified");
      exit;
    }
    $var(device) = $(tls_peer_subject_cn{s.select,-1,-});
    if (!($ct =~ $var(device))) {
      sl_send_reply("403", "TLS authentication failure");
      exit;
    }
    save("location");
    exit;
  }
  if (is_method("OPTIONS") && registered("location")) {
    sl_send_reply("200", "Registered");
    exit;
  }
  sl_send_reply("404", "Not Found");
}
`;

const SINCE = new Date('2020-01-01T00:00:00Z');
const UNTIL = new Date('2049-01-01T00:00:00Z');

function serial(): Uint8Array {
  const octets = new Uint8Array(randomBytes(16));
  octets[0] = 0x41;
  return octets;
}

const rsa = () => generateKeyPairSync('rsa', { modulusLength: 2048 });

/** The CA of newer units: 2048 bits and SHA-256, which OpenSSL's default level takes. */
function manufacturing(): Identity {
  const pair = rsa();
  const dates = { notBefore: SINCE, notAfter: UNTIL, serial: serial() };
  const request = { ...pair, ...dates, digest: 'sha256' } as const;
  return {
    certificate: manufacturingCertificate('Cisco Manufacturing CA SHA2', request),
    privateKey: pair.privateKey,
  };
}

/** A company's CA, as behind CAPF in the modes Online CA and Offline CA (OP-26). */
function externalCa(): Identity {
  const pair = rsa();
  const certificate = issueCertificate({
    subject: [{ key: 'CN', value: 'Example Phone CA' }],
    issuer: 'self',
    publicKey: spkiOf(pair.publicKey),
    signWith: pair.privateKey,
    digest: 'sha256',
    serial: serial(),
    notBefore: SINCE,
    notAfter: UNTIL,
    extensions: [basicConstraints({ pathLength: 0 }), keyUsage(['certSign', 'crlSign'], true)],
  });
  return { certificate, privateKey: pair.privateKey };
}

function mic(device: string, issuer: Identity): Identity {
  const pair = rsa();
  const request = {
    issuer,
    publicKey: pair.publicKey,
    digest: 'sha256',
    serial: serial(),
    notBefore: SINCE,
    notAfter: UNTIL,
  } as const;
  const certificate = micCertificate({ productName: '8841', device }, 'FCH14098ABC', request);
  return { certificate, privateKey: pair.privateKey };
}

describe.skipIf(skipped !== undefined)(
  `our secure phone at a kamailio over TLS${skipped === undefined ? '' : `: skipped, ${skipped}`}`,
  () => {
    const made = manufacturing();
    const external = externalCa();
    let udp = 0;
    let secure = 0;
    let kamailio: Running | undefined;
    const open: Registration[] = [];

    beforeAll(async () => {
      udp = await freePort();
      secure = await freePort();
      const write = (name: string, text: string): string => {
        const file = join(folder, name);
        writeFileSync(file, text);
        return file;
      };
      const { cert, key } = identityPem(callManager);
      write('server.pem', cert);
      write('server.key', key);
      // CUCM's CAPF certificate names serverAuth and no clientAuth, so OpenSSL takes it for the root of a
      // client's chain only where its owner says that it is one: an OpenSSL trusted certificate.
      const capfFile = write('capf.pem', capf.certificate.toPem());
      const trusted = join(folder, 'capf-trusted.pem');
      execFileSync('openssl', [
        'x509',
        '-in',
        capfFile,
        '-addtrust',
        'clientAuth',
        '-trustout',
        '-out',
        trusted,
      ]);
      const roots = [made, external].map(({ certificate }) => certificate.toPem());
      write('trust.pem', [...roots, readFileSync(trusted, 'latin1')].join('\n'));
      write('tls.cfg', tlsConfiguration());
      kamailio = await startKamailio(folder, write('kamailio.cfg', configuration(udp, secure)), udp, 64);
    });
    afterAll(async () => {
      for (const registration of open) registration.drop();
      await kamailio?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    async function register(number: string, shown: Identity | null): Promise<RegistrationResult> {
      const result = await registerSip({
        ...phone(secure, { lines: [number] }),
        attempt: {
          ...attempt({ lines: [number] }),
          transport: 'tls',
          mode: 'encrypted',
          tls: tls(shown),
        },
      });
      if (result.result === 'accepted') open.push(result.registration);
      return result;
    }
    const DEVICE = phone(0).device.name;

    it.each([
      ['its MIC', '3001', () => mic(DEVICE, made)],
      ['an LSC of an external CA', '3002', () => lsc(DEVICE, { issuer: external })],
      ['an LSC of CAPF itself', '3003', () => lsc(DEVICE)],
    ])('registers with %s and leaves', async (_, number, shown) => {
      const result = await register(number, shown());
      expect(result, kamailio?.output()).toMatchObject({ result: 'accepted' });
      expect(await statusOf(udp, number)).toBe(200);
      if (result.result === 'accepted') await result.registration.unregister(22);
      expect(await statusOf(udp, number)).toBe(404);
    });

    it.each([
      ['a rogue CA under the name of CAPF', '3101', () => lsc(DEVICE, { issuer: falseCapf })],
      ['a rogue manufacturing CA', '3102', () => mic(DEVICE, manufacturing())],
      [
        'the external CA, expired',
        '3103',
        () => lsc(DEVICE, { issuer: external, notAfter: new Date('2024-01-01') }),
      ],
      ['nobody: it shows none', '3104', () => null],
    ])('is refused in the handshake with a certificate of %s', async (_, number, shown) => {
      const result = await register(number, shown());
      expect(result, kamailio?.output()).toMatchObject({ result: 'tls-failed', cause: '10' });
      expect(await statusOf(udp, number)).toBe(404);
    });

    it('is refused with the certificate of another device, however good', async () => {
      const stolen = lsc('SEP001F9EAAAAAA', { issuer: external });
      expect(await register('3201', stolen)).toMatchObject({ result: 'rejected', cause: '11' });
      expect(await statusOf(udp, '3201')).toBe(404);
    });
  },
);
