import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasIpv6Loopback } from '../../src/net/addresses.js';
import { askTvs } from '../../src/net/tvs-client.js';
import { Certificate } from '../../src/pki/certificate.js';
import { decodePem } from '../../src/pki/pem.js';
import { parseTrustFile, signerIdOf } from '../../src/trustfile/index.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { Program } from '../program.js';
import { phone } from '../wire/capf-support.js';
import { question } from '../wire/tvs-support.js';
import { certified, client, type Peer, peer, play, withoutPython } from './foreign-support.js';

if (withoutPython !== undefined)
  process.stderr.write(`skipped: ${withoutPython} is not installed (test/interop/foreign-capf-tvs)\n`);

const folder = mkdtempSync(join(tmpdir(), 'foreign-'));
const stopped: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const stop of stopped) await stop();
  rmSync(folder, { recursive: true });
});
beforeAll(built, BUILD_TIMEOUT_MS);

const CAPF = '127.93.1.3';
const TVS = '127.93.1.2';

async function capfServer(address: string, certificate: string, ...more: string[]): Promise<Peer> {
  const [pem, key] = [`${certificate}.pem`, `${certificate}.key`].map((name) => join(folder, name));
  const server = await peer(
    'capf_server.py',
    ...['--listen', address, '--certificate', pem ?? '', '--key', key ?? '', ...more],
  );
  stopped.push(() => server.stop());
  return server;
}

async function tvsServer(address: string, ...more: string[]): Promise<Peer> {
  const files = ['--certificate', join(folder, 'tvs.pem'), '--key', join(folder, 'tvs.key')];
  const server = await peer('tvs_server.py', '--listen', address, ...files, ...more);
  stopped.push(() => server.stop());
  return server;
}

function certificate(name: string): Certificate {
  const pem = readFileSync(join(folder, `${name}.pem`), 'latin1');
  return Certificate.fromDer(decodePem(pem, ['CERTIFICATE'], 'TF_CERT_MALFORMED').octets);
}

/** Two SIP phones and one of the old ones, which enrol at a CAPF that shows one of our foreign certificates. */
const scenario = (capf: string, expectations: string): string => `
name: foreign
cluster:
  mode: mixed
  nodes:
    - name: PUB
      services:
        CallManager: true
        TFTP: true
        TVS: { external: "${TVS}:2500", certificate: tvs.pem }
        CAPF: { external: "${CAPF}:3900", certificate: ${capf}.pem }
fleet:
  groups:
    - { group: A, model: 8841, phones: 2, protocol: SIP, security: encrypted, lsc: none, tftp: [PUB], callManagerGroup: [PUB], capf: { operation: install, auth: null-string } }
    - { group: B, model: 7962, phones: 1, protocol: SCCP, security: encrypted, lsc: none, tftp: [PUB], callManagerGroup: [PUB], capf: { operation: install, auth: null-string } }
start: factory
clock: { scale: 60 }
# how busy this machine is has nothing to do with what is tested
health: { event-loop-delay: 60s, late-actions: 1, datagrams-lost: 1 }
steps:
  - phones: { power-on: all }
  - expect:
${expectations}
`;

describe.skipIf(withoutPython !== undefined)('our phones at a foreign CAPF and a foreign TVS', () => {
  let capf: Peer;
  let tvs: Peer;
  beforeAll(async () => {
    for (const name of ['capf', 'former', 'tvs', 'stranger']) certified(folder, name);
    capf = await capfServer(`${CAPF}:3900`, 'capf');
    tvs = await tvsServer(`${TVS}:2500`, '--know', `${join(folder, 'capf.pem')}=4`);
  });

  it('enrol at it and register with the LSC that it issued, since the lists name its certificate', async () => {
    const expectations = `
      - { count: capf_sessions, where: { operation: install, result: success }, is: 3 }
      - { count: tvs_requests, is: 0 }
      - { count: registrations, where: { result: accepted, certificate: lsc, mode: encrypted }, is: 3 }`;
    const { code, stdout, count } = await play(
      folder,
      'enrol',
      scenario('capf', expectations),
      ...['--bind', '127.93.2.1'],
    );
    expect(code, stdout).toBe(0);
    expect(count('capf_sessions', { result: 'success' })).toBe(3);
    const stored = capf.events().filter(({ event }) => event === 'stored');
    expect(stored.map(({ device }) => device).sort()).toEqual([
      'SEP020001000001',
      'SEP020001000002',
      'SEP020002000001',
    ]);
  });

  it.runIf(hasIpv6Loopback())(
    'enrol over IPv6 where they and the CAPF can, and over IPv4 where a phone cannot',
    async () => {
      const overIpv6 = await capfServer('[::1]:3931', 'capf');
      const text = scenario(
        'capf',
        `
      - { count: capf_sessions, where: { result: success }, is: 3, by: { family: { ipv6: 2, ipv4: 1 } } }
      - { count: registrations, where: { result: accepted, certificate: lsc, mode: encrypted }, is: 3 }`,
      )
        .replace(`external: "${CAPF}:3900"`, `external: { capf: "${CAPF}:3900", capfIpv6: "[::1]:3931" }`)
        .replace('model: 8841,', 'model: 8841, ip: { mode: two-stack },');
      const { code, stdout } = await play(folder, 'dual-stack', text, ...['--bind', '127.93.2.1']);
      expect(code, stdout).toBe(0);
      const stored = overIpv6.events().filter(({ event }) => event === 'stored');
      expect(stored.map(({ device }) => device).sort()).toEqual(['SEP020001000001', 'SEP020001000002']);
    },
  );

  it('ask TVS about a CAPF that was renewed, which our CallManager does not know yet', async () => {
    const before = tvs.events().length;
    const expectations = `
      - { count: tvs_requests, where: { for: capf, result: positive }, is: 3 }
      - { count: capf_sessions, where: { operation: install, result: success }, is: 3 }
      - { count: registrations, where: { result: tls-failed, certificate: lsc }, atLeast: 3 }
      - { count: phones, where: { state: unregistered }, is: 3 }`;
    const { code, stdout } = await play(
      folder,
      'renewed',
      scenario('former', expectations),
      ...['--bind', '127.93.2.1'],
    );
    expect(code, stdout).toBe(0);
    const asked = tvs.events().slice(before);
    expect(asked.map(({ event, known }) => [event, known])).toEqual(Array(3).fill(['asked', true]));
    expect(asked.map(({ device }) => device)).toEqual(
      expect.arrayContaining(['CP-8841-SEP020001000001', 'CP-7962-SEP020002000001']),
    );
  });

  it.each(['close', 'rubbish', 'cut'])('a CAPF that does %s ends in a lost session', async (behaviour) => {
    const address = `${CAPF}:${{ close: 3901, rubbish: 3902, cut: 3903 }[behaviour]}`;
    await capfServer(address, 'capf', '--behave', behaviour);
    const [host = '', port] = address.split(':');
    const answer = await phone(Number(port), { server: { address: host, port: Number(port) } });
    expect(answer.outcome).toBe('lost');
  });

  it.each(['close', 'rubbish', 'cut'])(
    'a TVS that does %s is of no use, and no answer is believed',
    async (behaviour) => {
      const port = { close: 2501, rubbish: 2502, cut: 2503 }[behaviour] ?? 0;
      await tvsServer(`${TVS}:${port}`, '--know', `${join(folder, 'capf.pem')}=4`, '--behave', behaviour);
      const known = certificate('capf');
      const answer = await askTvs(
        question(port, { server: { address: TVS, port }, signer: signerIdOf(known) }),
      );
      expect(answer.result).toBe('timeout');
    },
  );

  it('QUERY and VERIFY: a known certificate and a stranger', async () => {
    const ask = (name: string, der: Uint8Array | null) =>
      askTvs(
        question(2500, {
          server: { address: TVS, port: 2500 },
          signer: signerIdOf(certificate(name)),
          certificate: der,
        }),
      );
    const { der } = certificate('capf');
    const positive = { result: 'positive', roles: [4], ttlSeconds: 3600 };
    expect(await ask('capf', null)).toMatchObject(positive);
    expect(await ask('capf', der)).toMatchObject(positive);
    expect(await ask('stranger', null)).toEqual({ result: 'negative' });
    expect(await ask('stranger', certificate('stranger').der)).toEqual({ result: 'negative' });
  });
});

describe.skipIf(withoutPython !== undefined)('foreign CAPF and TVS clients at our serve', () => {
  const BIND = '127.93.3.1';
  const DEVICE = 'SEP020001000001';
  let server: Program;
  beforeAll(async () => {
    certified(folder, 'unknown');
    server = new Program([
      ...['serve', 'CL-1', '--bind', BIND, '--phones', '4', '--capf', 'string=123456', '--json'],
      ...['--write', join(folder, 'served'), '--keylog', join(folder, 'serve.keys')],
    ]);
    await server.says(/\n/, 'stdout');
    const list = parseTrustFile(readFileSync(join(folder, 'served', 'PUB', 'ITLFile.tlv')));
    if (list.kind !== 'trust-list') throw new Error('no ITL');
    for (const [name, role] of [
      ['our-tvs', 21],
      ['our-capf', 4],
      ['our-callmanager', 3],
    ] as const) {
      const record = list.records.find((one) => one.role === role);
      writeFileSync(join(folder, `${name}.pem`), record?.certificate?.toPem() ?? '');
    }
  });
  afterAll(async () => {
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });

  const enrol = (...args: string[]) =>
    client('capf_client.py', '--connect', `${BIND}:3804`, '--server', join(folder, 'our-capf.pem'), ...args);

  it.each([
    ['the wrong string', ['--device', DEVICE, '--password', '654321'], { result: 'ended', reason: 7 }],
    ['a device that is not in the database', ['--device', 'SEP02FF00000001'], { result: 'ended', reason: 9 }],
  ])('%s is refused with its reason', async (_, args, expected) => {
    expect(await enrol(...args)).toEqual(expected);
  });

  it.each(['close', 'rubbish', 'session'])(
    'a client that does %s changes nothing: the next one enrols',
    async (behaviour) => {
      const bad = await enrol('--device', DEVICE, '--password', '123456', '--behave', behaviour);
      expect(bad.result).not.toBe('installed');
    },
  );

  it('the string installs an LSC for the client’s own key, signed by our CAPF', async () => {
    const enrolled = await enrol('--device', DEVICE, '--password', '123456');
    expect(enrolled).toMatchObject({ result: 'installed', ownKey: true, reason: 1 });
    const pem = decodePem(String(enrolled.certificate), ['CERTIFICATE'], 'TF_CERT_MALFORMED');
    const lsc = Certificate.fromDer(pem.octets);
    expect(lsc.commonName).toContain(DEVICE);
    expect(lsc.issuer).toBe(certificate('our-capf').subject);
    // the log names it, and has none of its octets
    expect(server.stderr).toContain(`"certificate":"${lsc.subject}, serial ${lsc.serial}"`);
    // done is done
    expect(await enrol('--device', DEVICE, '--password', '123456')).toEqual({ result: 'ended', reason: 0 });
  });

  const ask = (command: string, about: string, ...more: string[]) =>
    client(
      'tvs_client.py',
      ...['--connect', `${BIND}:2445`, '--server', join(folder, 'our-tvs.pem')],
      ...['--about', join(folder, `${about}.pem`), ...more, command],
    );

  it('VERIFY and QUERY about our CallManager and about a stranger', async () => {
    const answer = { session: 1001, ttl: 86_400, roles: [0, 2] };
    expect(await ask('verify', 'our-callmanager')).toEqual({
      result: 'valid',
      command: 2,
      same: null,
      ...answer,
    });
    expect(await ask('query', 'our-callmanager')).toEqual({
      result: 'valid',
      command: 4,
      same: true,
      ...answer,
    });
    const no = { result: 'invalid', session: 1001, roles: [], ttl: null, same: null };
    expect(await ask('verify', 'unknown')).toEqual({ command: 2, ...no });
    expect(await ask('query', 'unknown')).toEqual({ command: 4, ...no });
  });

  it.each(['rubbish', 'cut'])(
    'a TVS client that does %s is closed on, and the next one is served',
    async (behaviour) => {
      const bad = await ask('query', 'our-callmanager', '--behave', behaviour);
      expect(bad.result).toBe(behaviour === 'cut' ? 'cut' : 'failed');
      expect(await ask('query', 'our-callmanager')).toMatchObject({ result: 'valid' });
    },
  );

  it('the key log has the secrets of them all, for its owner alone', () => {
    const lines = readFileSync(join(folder, 'serve.keys'), 'latin1').trim().split('\n');
    expect(lines.length).toBeGreaterThan(5);
    for (const line of lines) expect(line).toMatch(/^CLIENT_RANDOM [0-9a-f]{64} [0-9a-f]{96}$/);
    expect(new Set(lines.map((line) => createHash('sha256').update(line).digest('hex'))).size).toBe(
      lines.length,
    );
  });
});
