import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  type CapfIssue,
  capfIdentity,
  capfIssue,
  capfOrder,
  capfServesIpv6,
  capfTrusts,
} from '../../src/cluster/capf.js';
import { capfEnded, withPhoneCertificates } from '../../src/cluster/capf-record.js';
import { type CapfAuthMode, type CapfKeySetting, capfKey } from '../../src/cluster/capf-settings.js';
import { knownOf } from '../../src/cluster/capf-state.js';
import type { Operation } from '../../src/cluster/operation.js';
import type { Certificate } from '../../src/pki/certificate.js';
import type { CapfServerEnd } from '../../src/protocol/capf/order.js';
import { parsePhoneConfiguration } from '../../src/protocol/cnf/read.js';
import { manufacturer, type PhoneCertificates, phoneCertificates } from './certificates.js';
import { type Cluster, cluster, restartAll, START_SECONDS } from './lab.js';

const DEVICE = 'SEP001F9E266369';
const OTHER = 'SEP001F9E266370';

const order = (more: Partial<Extract<Operation, { readonly op: 'capf' }>> = {}): Operation => ({
  op: 'capf',
  devices: [DEVICE],
  ...more,
});

function configurationOf(made: Cluster, device = DEVICE) {
  const xml = made.octets('PUB', `${device}.cnf.xml`);
  if (xml === undefined) throw new Error('PUB serves no configuration');
  return parsePhoneConfiguration(xml);
}

function ended(made: Cluster, end: Partial<CapfServerEnd>): void {
  made.state = capfEnded(
    made.state,
    { device: DEVICE, operation: 'install', result: 'success', detail: '', certificate: undefined, ...end },
    made.lab.context.now().getTime() / 1000,
  );
}

async function issue(made: Cluster, phone: PhoneCertificates): Promise<CapfIssue> {
  const request = {
    device: DEVICE,
    key: { type: 'rsa', bits: 1024 },
    publicKey: phone.spki,
    request: undefined,
  } as const;
  return capfIssue(made.state, request, made.lab.context);
}

async function issued(made: Cluster, phone: PhoneCertificates): Promise<Certificate> {
  const { answer } = await issue(made, phone);
  if (!('certificate' in answer)) throw new Error(`no certificate: ${JSON.stringify(answer)}`);
  return answer.certificate;
}

const phone = async (): Promise<PhoneCertificates> =>
  phoneCertificates(await manufacturer('Cisco Manufacturing CA'));

describe('orders (R-86, R-89, R-98, R-101)', () => {
  it('nothing is ordered at first, and unknown devices are unknown', async () => {
    const { state } = await cluster('12.5(1)');
    expect(capfOrder(state, DEVICE)).toMatchObject({ operation: 'none', completesBy: null });
    expect(capfOrder(state, 'SEP000000000000')).toBeUndefined();
    expect(capfOrder(state, DEVICE.toLowerCase())).toBeUndefined();
  });

  it.each<[auth: CapfAuthMode, string: string | null, expected: object, capfAuthMode: number]>([
    ['string', '123456', { by: 'string', string: '123456' }, 1],
    ['null-string', null, { by: 'null-string' }, 2],
    ['existing-lsc', null, { by: 'certificate', precedence: 'lsc' }, 3],
    ['existing-mic', null, { by: 'certificate', precedence: 'mic' }, 4],
  ])('%s: the server wants %s %o, the configuration says %i', async (auth, string, expected, mode) => {
    const made = await cluster('12.5(1)');
    expect(configurationOf(made).capfAuthMode).toBe(0);
    await made.run(order({ auth, string }));
    expect(capfOrder(made.state, DEVICE)).toEqual({
      operation: 'install',
      authentication: expected,
      keys: [{ type: 'rsa', bits: 2048 }],
      completesBy: (START_SECONDS + 60 + 10 * 86_400) * 1000,
    });
    expect(configurationOf(made).capfAuthMode).toBe(mode);
    expect(configurationOf(made, OTHER).capfAuthMode).toBe(0);
  });

  it.each<[text: string, key: CapfKeySetting, asked: readonly object[]]>([
    ['rsa-512', { order: 'rsa-only', rsaBits: 512 }, [{ type: 'rsa', bits: 512 }]],
    ['rsa-4096', { order: 'rsa-only', rsaBits: 4096 }, [{ type: 'rsa', bits: 4096 }]],
    ['ec-521', { order: 'ec-only', ecBits: 521 }, [{ type: 'ec', curve: 'secp521r1' }]],
    [
      'ec-384-or-rsa-3072',
      { order: 'ec-preferred', ecBits: 384, rsaBits: 3072 },
      [
        { type: 'ec', curve: 'secp384r1' },
        { type: 'rsa', bits: 3072 },
      ],
    ],
  ])('key %s', async (text, key, asked) => {
    const made = await cluster('12.5(1)');
    expect(capfKey(text)).toEqual(key);
    await made.run(order({ key: capfKey(text) }));
    expect(capfOrder(made.state, DEVICE)?.keys).toEqual(asked);
  });

  it.each(['rsa-1000', 'ec-512', 'dsa-1024', 'rsa-2048-or-ec-256', 'ec-256-or-rsa-1', ''])(
    '"%s" is no key',
    (text) => {
      expect(() => capfKey(text)).toThrow('expected rsa-N');
    },
  );

  it.each<[string, Partial<Extract<Operation, { readonly op: 'capf' }>>, string]>([
    ['three digits', { auth: 'string', string: '123' }, 'expected 4 to 10 digits'],
    ['eleven digits', { auth: 'string', string: '12345678901' }, 'expected 4 to 10 digits'],
    ['letters', { auth: 'string', string: 'abcd' }, 'expected 4 to 10 digits'],
    ['a string beside another mode', { auth: 'null-string', string: '1234' }, 'expected mode string'],
    [
      'an unknown device',
      { devices: [DEVICE, 'SEP000000000000'] },
      'no device SEP000000000000 in the database',
    ],
    ['nobody', { devices: [] }, 'no device is selected'],
  ])('refuses %s', async (_, more, text) => {
    const { run } = await cluster('12.5(1)');
    await expect(run(order(more))).rejects.toThrow(text);
  });

  it('a string that is needed and not given is generated and shown', async () => {
    const made = await cluster('12.5(1)');
    const [line = ''] = await made.run(order({ auth: 'string' }));
    const authentication = capfOrder(made.state, DEVICE)?.authentication;
    expect(authentication).toEqual({ by: 'string', string: expect.stringMatching(/^\d{6}$/) });
    expect(line).toContain(authentication?.by === 'string' ? authentication.string : 'none');
  });

  it('by universal device template: only for users that LDAP has not brought yet (OP-26)', async () => {
    const made = await cluster('12.5(1)');
    const byTemplate = { op: 'capf', devices: [DEVICE], template: 'UDT-8841', auth: 'null-string' } as const;
    expect(await made.run(byTemplate)).toEqual([
      'Certificate Operation install by null-string for 1 devices from device template UDT-8841',
    ]);
    expect(capfOrder(made.state, DEVICE)?.operation).toBe('install');
    await made.run({ op: 'capf', devices: [DEVICE], operation: 'none' });
    await made.run({ op: 'device', devices: [DEVICE], set: { user: 'ldap' } });
    await expect(made.run(byTemplate)).rejects.toThrow(
      `device template UDT-8841: the user of ${DEVICE} is synchronised from LDAP`,
    );
    expect(capfOrder(made.state, DEVICE)?.operation).toBe('none');
    // per phone and in bulk the user does not matter
    await made.run({ op: 'capf', devices: [DEVICE] });
    expect(capfOrder(made.state, DEVICE)?.operation).toBe('install');
  });

  it('operation none withdraws it', async () => {
    const made = await cluster('12.5(1)');
    await made.run(order());
    await made.run(order({ operation: 'none' }));
    expect(capfOrder(made.state, DEVICE)?.operation).toBe('none');
    expect(configurationOf(made).capfAuthMode).toBe(0);
  });

  it('the .sgn of the device is signed anew, those of the others stay', async () => {
    const made = await cluster('12.5(1)');
    const file = (device: string) => made.octets('PUB', `${device}.cnf.xml.sgn`);
    const before = [file(DEVICE), file(OTHER)];
    await made.run(order());
    expect(file(DEVICE)).not.toEqual(before[0]);
    expect(file(OTHER)).toBe(before[1]);
  });
});

describe('what CAPF issues (capf.md 10, R-99)', () => {
  it.each([
    ['11.5(1)', 'sha1'],
    ['11.5(1)SU1', 'sha256'],
    ['12.5(1)', 'sha256'],
  ])('%s: signed with %s by the identity that CAPF holds', async (release, digest) => {
    const made = await cluster(release);
    const own = await phone();
    const lsc = new X509Certificate((await issued(made, own)).der);
    const issuer = capfIdentity(made.state, 'PUB')?.certificate;
    expect(lsc.verify(issuer?.publicKey as never)).toBe(true);
    expect(lsc.toString().length).toBeGreaterThan(0);
    expect((await issued(made, own)).signatureOid).toBe(
      digest === 'sha1' ? '2a864886f70d010105' : '2a864886f70d01010b',
    );
    expect(lsc.subject).toContain('CN=CP-8841-SEP001F9E266369');
    expect(lsc.subjectAltName).toBe(`URI:${DEVICE}`);
  });

  it.each([
    [undefined, 1825],
    [365, 365],
    [1, 1],
  ])('certificate-validity %s: %i days from now', async (days, expected) => {
    const made = await cluster('12.5(1)');
    if (days !== undefined) await made.run({ op: 'parameter', name: 'certificate-validity', value: days });
    const { notBefore, notAfter } = await issued(made, await phone());
    expect(notBefore.getTime()).toBe(made.lab.context.now().getTime());
    expect((notAfter.getTime() - notBefore.getTime()) / 86_400_000).toBe(expected);
  });

  it.each([0, 1826, 1.5, 'long'])(
    'certificate-validity %s is refused: 1 to 1825 days (R-99)',
    async (value) => {
      const { run } = await cluster('12.5(1)');
      await expect(run({ op: 'parameter', name: 'certificate-validity', value })).rejects.toThrow(
        '1 to 1825 days',
      );
    },
  );

  it('before 14 a regenerated CAPF issues under its old certificate until it restarts (1.4)', async () => {
    const made = await cluster('12.5(1)');
    const own = await phone();
    const old = (await issued(made, own)).issuer;
    await made.run({ op: 'regenerate', purpose: 'CAPF', nodes: 'all' });
    expect((await issued(made, own)).issuer).toBe(old);
    await made.run(restartAll('CAPF'));
    expect((await issued(made, own)).issuer).toBe(made.state.nodes[0]?.identities.CAPF?.certificate.subject);
    expect((await issued(made, own)).issuer).not.toBe(old);
  });

  it('trusts LSCs of the old and the new CAPF and MICs, not those of strangers (R-91)', async () => {
    const maker = await manufacturer('Cisco Manufacturing CA');
    const made = await cluster('12.5(1)', { micRoots: [maker.certificate.der] });
    const own = await phoneCertificates(maker);
    const lsc = await issued(made, own);
    await made.run({ op: 'regenerate', purpose: 'CAPF', nodes: 'all' });
    await made.run(restartAll('CAPF'));
    const stranger = await phone();
    expect(
      [lsc, await issued(made, own), own.mic, stranger.mic].map((one) => capfTrusts(made.state, one)),
    ).toEqual([true, true, true, false]);
    await made.run({ op: 'trust-delete', certificates: ['CAPF'], from: ['CAPF-trust'] });
    expect(capfTrusts(made.state, lsc)).toBe(false);
  });

  it('Enable IPv6 is False at first (R-102)', async () => {
    const made = await cluster('12.5(1)');
    expect(capfServesIpv6(made.state)).toBe(false);
    expect(await made.run({ op: 'parameter', name: 'enable-ipv6', value: true })).toEqual([
      'Enable IPv6 True',
    ]);
    expect(capfServesIpv6(made.state)).toBe(true);
  });
});

describe('what a session leaves behind (capf.md 8.6)', () => {
  const known = (made: Cluster) => knownOf(made.state.capf.phones, DEVICE);

  it('install: LSC recorded, operation none, configuration without capfAuthMode', async () => {
    const made = await cluster('12.5(1)');
    await made.run(order());
    const lsc = await issued(made, await phone());
    made.lab.pass(60);
    ended(made, { certificate: lsc });
    expect(known(made)).toMatchObject({ pending: null, lsc });
    expect(configurationOf(made).capfAuthMode).toBe(0);
  });

  it('delete: LSC gone', async () => {
    const made = await cluster('12.5(1)');
    const lsc = await issued(made, await phone());
    made.state = withPhoneCertificates(made.state, [{ device: DEVICE, lsc }], START_SECONDS);
    await made.run(order({ operation: 'delete' }));
    ended(made, { operation: 'delete' });
    expect(known(made)).toMatchObject({ pending: null, lsc: null });
  });

  it('fetch: the certificate that came, a MIC as MIC', async () => {
    const maker = await manufacturer('Cisco Manufacturing CA SHA2');
    const made = await cluster('12.5(1)', { micRoots: [maker.certificate.der] });
    const own = await phoneCertificates(maker);
    await made.run(order({ operation: 'fetch' }));
    ended(made, { operation: 'fetch', certificate: own.mic });
    expect(known(made)).toMatchObject({ pending: null, lsc: null, mic: own.mic });
    const lsc = await issued(made, own);
    await made.run(order({ operation: 'fetch' }));
    ended(made, { operation: 'fetch', certificate: lsc });
    expect(known(made)).toMatchObject({ pending: null, lsc, mic: own.mic });
    await made.run(order({ operation: 'fetch' }));
    ended(made, { operation: 'fetch', result: 'fetch-success-but-no-cert' });
    expect(known(made)).toMatchObject({ pending: null, lsc: null });
  });

  it.each([
    'fail',
    'invalid-auth-str',
    'invalid-lsc',
    'invalid-credentials',
    'phone-comm-error',
    'op-timed-out',
    'pending',
  ] as const)('%s: the operation stays', async (result) => {
    const made = await cluster('12.5(1)');
    await made.run(order());
    const before = made.state;
    ended(made, { result });
    expect(made.state).toBe(before);
  });

  it('an operation whose 10 days are over is withdrawn (R-101)', async () => {
    const made = await cluster('12.5(1)');
    await made.run({ op: 'parameter', name: 'capf-operation-expires', value: 2 });
    await made.run(order({ auth: 'string', string: '1234' }));
    made.lab.pass(2 * 86_400 + 1);
    ended(made, { result: 'late-request' });
    expect(known(made).pending).toBeNull();
  });

  it('a session that names no device of the database changes nothing', async () => {
    const made = await cluster('12.5(1)');
    const before = made.state;
    ended(made, { device: '' });
    ended(made, { device: '__proto__' });
    expect(made.state).toBe(before);
  });
});

describe('a fleet of phones', () => {
  it('shares all but one bucket between states, and finds every phone', async () => {
    const { state } = await cluster('12.5(1)');
    const { mic } = await phone();
    const names = Array.from(
      { length: 2000 },
      (_, at) => `SEP0200${at.toString(16).toUpperCase().padStart(8, '0')}`,
    );
    const full = withPhoneCertificates(
      state,
      names.map((device) => ({ device, mic })),
      START_SECONDS,
    );
    expect(names.every((name) => knownOf(full.capf.phones, name).mic === mic)).toBe(true);
    const [first = ''] = names;
    const next = withPhoneCertificates(full, [{ device: first, lsc: mic }], START_SECONDS + 1);
    expect(next.capf.phones.filter((bucket, at) => bucket !== full.capf.phones[at])).toHaveLength(1);
    expect(knownOf(full.capf.phones, first).lsc).toBeNull();
  });
});
