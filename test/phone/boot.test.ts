import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BootOutcome } from '../../src/observe/events.js';
import { emptyFlash, type Flash } from '../../src/phone/flash.js';
import { DEFAULT_KNOBS, type Knobs } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import { encryptFile, newFileKey, type TrustList } from '../../src/trustfile/index.js';
import {
  blankItl,
  broken,
  CLASSIC,
  configuration,
  configurationXml,
  ctl,
  DEVICE,
  emptyRecord,
  itl,
  LEGACY,
  MODERN,
  mic,
  NOW,
  type Party,
  party,
  record,
  signed,
} from './fixtures.js';
import { FakeWorld } from './world.js';

const TFTP = '10.0.0.1';
const SECOND_TFTP = '10.0.0.2';
const CTL = `CTL${DEVICE}.tlv`;
const ITL = `ITL${DEVICE}.tlv`;
const SGN = `${DEVICE}.cnf.xml.sgn`;
const PLAIN = `${DEVICE}.cnf.xml`;

let pub: Party;
let renewed: Party;
let recovery: Party;
let tvs: Party;
let firstItl: TrustList;

beforeAll(async () => {
  [pub, renewed, recovery, tvs] = await Promise.all([
    party('pub'),
    party('pub2'),
    party('recovery'),
    party('tvs'),
  ]);
  firstItl = itlOf(recovery, pub);
});

function itlOf(signer: Party, tftp: Party, timestamp = NOW / 1_000): TrustList {
  const records = [record('SAST', recovery), record('SAST', pub), record('TFTP', tftp), record('TVS', tvs)];
  return itl(signer, records, { timestamp });
}

let world: FakeWorld;
let flash: Flash;

beforeEach(() => {
  world = new FakeWorld();
  flash = emptyFlash(() => null);
  world.registrars.add('10.0.0.1').add('10.0.0.2');
});

interface Setup {
  readonly model?: typeof MODERN;
  readonly knobs?: Partial<Knobs>;
}

function phone({ model = MODERN, knobs = {} }: Setup = {}): Phone {
  return new Phone({
    device: DEVICE,
    model,
    knobs: { ...DEFAULT_KNOBS, ...knobs },
    flash,
    world,
    tftpServers: [TFTP, SECOND_TFTP],
  });
}

const forever = new AbortController().signal;

/** One boot of a fresh phone, which is switched off afterwards. */
async function bootOnce(setup: Setup = {}): Promise<BootOutcome | null> {
  const booted = phone(setup);
  try {
    return await world.through(booted.powerOn(forever));
  } finally {
    booted.powerOff();
  }
}

function xml(changes: Parameters<typeof configurationXml>[0] = {}): Buffer {
  return configurationXml(changes);
}

function store(changes: Parameters<typeof configuration>[0] = {}): void {
  flash.configuration = { configuration: configuration(changes), sha256: '' };
}

/** What a healthy TFTP node serves in mode 0. */
function serveHealthy(): void {
  world.serve(TFTP, { [ITL]: firstItl.bytes, [SGN]: signed(pub, xml()).bytes });
}

const messages = () => Object.keys(world.figures('status_messages'));

describe('S-01, first power-on', () => {
  it('three requests, ITL by R-16, signed configuration by R-52, registered', async () => {
    serveHealthy();
    expect(await bootOnce()).toEqual({ state: 'registered', mode: 'nonsecure', node: TFTP, locked: false });
    expect(world.calls.filter((call) => call.startsWith('http'))).toEqual([
      `http ${TFTP} ${CTL}`,
      `http ${TFTP} ${ITL}`,
      `http ${TFTP} ${SGN}`,
    ]);
    expect(world.figures('trust_lists')).toEqual({ 'ctl not-found R-05': 1, 'itl initial R-16': 1 });
    expect(world.figures('configurations')).toEqual({ 'accepted sgn R-52': 1 });
    expect(world.figures('alarms')).toEqual({ 3: 1 });
    expect(messages()).toEqual(['File Not Found <CTLFile.tlv>', 'ITL installed']);
    expect(world.counted('tvs_requests')).toBe(0);
    expect(world.counted('trust_failures')).toBe(0);
    expect(world.figures('registrations')).toEqual({ '10.0.0.1 sip nonsecure accepted  none none': 1 });
    expect(world.timed).toContain('boot_seconds');
    expect(flash.itl).toMatchObject({ kind: 'trust-list' });
  });

  it('R-04: a 79xx whose ITL of its own is missing asks for that of the cluster', async () => {
    world.serve(TFTP, { 'ITLFile.tlv': firstItl.bytes, [SGN]: signed(pub, xml()).bytes });
    await bootOnce({ model: LEGACY });
    expect(world.calls.slice(0, 4)).toEqual([
      `tftp ${TFTP} ${CTL}`,
      `tftp ${TFTP} ${ITL}`,
      `tftp ${TFTP} ITLFile.tlv`,
      `tftp ${TFTP} ${SGN}`,
    ]);
  });

  it('R-34: a phone without Security By Default asks for no ITL and takes the bare configuration', async () => {
    world.serve(TFTP, { [PLAIN]: xml({ deviceProtocol: 'SCCP' }) });
    expect(await bootOnce({ model: CLASSIC })).toMatchObject({ state: 'registered' });
    expect(world.calls.filter((call) => call.startsWith('tftp'))).toEqual([
      `tftp ${TFTP} ${CTL}`,
      `tftp ${TFTP} ${PLAIN}`,
    ]);
    expect(world.counted('trust_lists')).toBe(1);
    expect(world.figures('configurations')).toEqual({ 'accepted plain R-55': 1 });
    expect(messages()).toEqual(['File Not Found <CTLFile.tlv>', 'No Trust List installed']);
  });

  it('R-07, R-18: a CTL and an ITL of one boot: the ITL is judged by the CTL just taken, alarm 4', async () => {
    serveHealthy();
    world.serve(TFTP, { [CTL]: ctl(recovery, [record('SAST', recovery), record('CCM+TFTP', pub)]).bytes });
    await bootOnce();
    expect(world.figures('trust_lists')).toEqual({ 'ctl initial R-15': 1, 'itl initial R-22': 1 });
    expect(world.figures('alarms')).toEqual({ 4: 1 });
    expect(messages()).toEqual(['CTL and ITL installed']);
  });
});

describe('later boots', () => {
  beforeEach(() => {
    serveHealthy();
    flash.itl = firstItl;
    store();
  });

  it('R-13: an identical ITL is unchanged without alarm, the configuration is verified all the same', async () => {
    await bootOnce();
    expect(world.figures('trust_lists')).toEqual({ 'ctl not-found R-05': 1, 'itl unchanged R-13': 1 });
    expect(world.figures('configurations')).toEqual({ 'accepted sgn R-52': 1 });
    expect(world.counted('alarms')).toBe(0);
    expect(world.timed.filter((name) => name === 'verify_seconds')).toHaveLength(1);
  });

  it('R-06: an ITL that is gone from the server stays installed', async () => {
    world.files.get(TFTP)?.delete(ITL);
    await bootOnce();
    expect(flash.itl).toBe(firstItl);
    expect(world.figures('trust_lists')).toEqual({ 'ctl not-found R-05': 1, 'itl not-found R-06': 1 });
    expect(world.counted('alarms')).toBe(0);
  });

  it('R-26, R-27, R-36: an unknown signer is vouched for by the TVS of the stored configuration', async () => {
    const next = itlOf(renewed, renewed);
    world.serve(TFTP, { [ITL]: next.bytes, [SGN]: signed(renewed, xml({ members: ['10.0.0.8'] })).bytes });
    world.tvs.set('10.0.0.1', {
      certificate: tvs.certificate.der,
      answer: () => ({
        result: 'positive',
        certificate: renewed.certificate.der,
        roles: [0, 2],
        ttlSeconds: 86_400,
      }),
    });
    world.registrars.add('10.0.0.8');
    expect(await bootOnce()).toMatchObject({ node: '10.0.0.8', locked: false });
    expect(world.figures('trust_lists')).toMatchObject({ 'itl updated R-26': 1 });
    // the ITL taken a moment ago has the new TFTP certificate: no second question
    expect(world.figures('tvs_requests')).toEqual({ '10.0.0.1 itl positive': 1 });
    expect(world.figures('configurations')).toEqual({ 'accepted sgn R-52': 1 });
    expect(world.figures('alarms')).toEqual({ 1: 1 });
    expect(messages()).toContain('Trust List updated');
  });

  it('R-42: installing a list empties the cache, so the configuration asks for its own signer', async () => {
    const next = itl(renewed, [record('SAST', recovery), record('TFTP', pub), record('TVS', tvs)]);
    world.serve(TFTP, { [ITL]: next.bytes, [SGN]: signed(renewed, xml()).bytes });
    world.tvs.set('10.0.0.1', {
      certificate: tvs.certificate.der,
      answer: () => ({
        result: 'positive',
        certificate: renewed.certificate.der,
        roles: [0, 2],
        ttlSeconds: 86_400,
      }),
    });
    await bootOnce();
    expect(world.figures('tvs_requests')).toEqual({
      '10.0.0.1 itl positive': 1,
      '10.0.0.1 config positive': 1,
    });
    expect(world.figures('configurations')).toEqual({ 'accepted sgn R-26': 1 });
  });

  it('R-42: a refused list leaves the answer in the cache for the configuration', async () => {
    const next = broken(itlOf(renewed, renewed));
    world.serve(TFTP, { [ITL]: next.bytes, [SGN]: signed(renewed, xml()).bytes });
    world.tvs.set('10.0.0.1', {
      certificate: tvs.certificate.der,
      answer: () => ({
        result: 'positive',
        certificate: renewed.certificate.der,
        roles: [0, 2],
        ttlSeconds: 86_400,
      }),
    });
    await bootOnce();
    expect(world.figures('tvs_requests')).toEqual({ '10.0.0.1 itl positive': 1 });
    expect(world.figures('trust_failures')).toEqual({ 'itl signature-invalid R-25': 1 });
    expect(world.figures('configurations')).toEqual({ 'accepted sgn R-42': 1 });
  });

  it('R-28, R-29: a refused CTL stays refused, the ITL is judged on its own', async () => {
    world.serve(TFTP, {
      [CTL]: ctl(renewed, [record('SAST', renewed)]).bytes,
      [ITL]: itlOf(recovery, pub, 1).bytes,
    });
    world.tvs.set('10.0.0.1', { certificate: tvs.certificate.der, answer: () => ({ result: 'negative' }) });
    await bootOnce();
    expect(world.figures('trust_lists')).toEqual({ 'ctl refused R-40': 1, 'itl updated R-22': 1 });
    expect(flash.ctl).toBeNull();
    expect(world.figures('alarms')).toEqual({ 5: 1 });
    expect(messages()).toContain('Trust List update failed');
  });

  it('R-28: what cannot be read is an error, alarm 7, and the old list stays', async () => {
    world.serve(TFTP, { [ITL]: firstItl.bytes.subarray(0, 200) });
    await bootOnce();
    expect(world.figures('trust_lists')).toMatchObject({ 'itl error R-28': 1 });
    expect(world.figures('trust_failures')).toEqual({ 'itl malformed R-28': 1 });
    expect(world.figures('alarms')).toEqual({ 7: 1 });
    expect(flash.itl).toBe(firstItl);
    expect(messages()).toContain('Trust List Verification Failed');
  });

  it('R-28: a signed file in the place of a list is no list', async () => {
    world.serve(TFTP, { [ITL]: signed(pub, xml()).bytes });
    await bootOnce();
    expect(world.figures('trust_lists')).toMatchObject({ 'itl error R-28': 1 });
  });

  it('R-32: an ITL that is too large is refused with alarm 7, and the phone does not register', async () => {
    const filler = Array.from({ length: 40 }, () => record('TVS', tvs));
    world.serve(TFTP, { [ITL]: itl(recovery, [record('SAST', recovery), ...filler]).bytes });
    expect(await bootOnce()).toMatchObject({ state: 'unregistered', node: '' });
    expect(world.figures('trust_lists')).toMatchObject({ 'itl refused R-32': 1 });
    expect(world.figures('alarms')).toEqual({ 7: 1 });
    expect(world.attempts).toHaveLength(0);
  });

  it('R-53: a configuration that fails is discarded and the last one stays in use', async () => {
    const stranger = signed(renewed, xml({ members: ['10.0.0.8'] }));
    world.serve(TFTP, { [SGN]: stranger.bytes });
    world.tvs.set('10.0.0.1', { certificate: tvs.certificate.der, answer: () => ({ result: 'negative' }) });
    expect(await bootOnce()).toMatchObject({ state: 'registered', node: '10.0.0.1', locked: false });
    expect(world.figures('configurations')).toEqual({ 'refused sgn R-40': 1 });
    expect(messages()).toContain('Error Verifying Config Info');
  });

  it('R-54: the bare file is not asked for, however often the signed one is missing', async () => {
    world.files.get(TFTP)?.delete(SGN);
    world.serve(TFTP, { [PLAIN]: xml() });
    expect(await bootOnce()).toMatchObject({ state: 'registered' });
    expect(world.calls.some((call) => call.endsWith(PLAIN))).toBe(false);
    expect(world.figures('configurations')).toEqual({ 'not-found sgn R-50': 1 });
    expect(messages()).toContain('File not found <Cfg File>');
  });

  it('a signed file that holds no configuration is an error', async () => {
    world.serve(TFTP, { [SGN]: signed(pub, Buffer.from('<device><')).bytes });
    await bootOnce();
    expect(world.figures('configurations')).toEqual({ 'error sgn R-28': 1 });
    expect(world.figures('trust_failures')).toEqual({ 'config malformed R-28': 1 });
  });
});

describe('no server', () => {
  it('R-12: none answers: TFTP timeout, lists and configuration untouched, registered as before', async () => {
    flash.itl = firstItl;
    store();
    expect(await bootOnce()).toMatchObject({ state: 'registered', locked: false });
    expect(flash.itl).toBe(firstItl);
    expect(world.figures('trust_lists')).toEqual({ 'ctl error R-12': 1, 'itl error R-12': 1 });
    expect(world.figures('configurations')).toEqual({ 'error sgn R-12': 1 });
    expect(world.figures('status_messages')).toEqual({ 'TFTP timeout': 1, 'Trust List update failed': 1 });
    expect(world.figures('alarms')).toEqual({ 7: 1 });
    expect(world.counted('trust_failures')).toBe(0);
  });

  it('R-12: the second server serves the rest of the boot', async () => {
    world.serve(SECOND_TFTP, { [ITL]: firstItl.bytes, [SGN]: signed(pub, xml()).bytes });
    await bootOnce({ model: LEGACY });
    expect(world.calls.slice(0, 4)).toEqual([
      `tftp ${TFTP} ${CTL}`,
      `tftp ${SECOND_TFTP} ${CTL}`,
      `tftp ${SECOND_TFTP} ${ITL}`,
      `tftp ${SECOND_TFTP} ${SGN}`,
    ]);
  });

  it('a phone that never had a configuration is unregistered', async () => {
    expect(await bootOnce()).toEqual({ state: 'unregistered', mode: 'none', node: '', locked: false });
    expect(world.refusedEvents.at(-1)).toMatchObject({ what: 'registration', reason: 'no-configuration' });
  });

  it.each([
    [4, {}],
    [2, { noListRetry: 2 }],
  ])('R-08, K-12: a secure phone without any list tries %i times, 10 s apart', async (tries, knobs) => {
    store({ deviceSecurityMode: 'encrypted' });
    world.serve(TFTP, {});
    expect(await bootOnce({ knobs })).toMatchObject({ state: 'unregistered' });
    expect(world.calls.filter((call) => call.endsWith(CTL))).toHaveLength(tries);
    expect(world.slept.slice(0, tries - 1)).toEqual(Array(tries - 1).fill(10_000));
    expect(world.counted('trust_lists')).toBe(2);
    // DT-4, row 4
    expect(world.attempts).toHaveLength(0);
    expect(world.refusedEvents).toContainEqual(
      expect.objectContaining({ what: 'registration', rule: 'R-76', reason: 'no-ctl' }),
    );
  });

  it('R-08 is for secure phones without a list: not with one, not for a refused one, not when non-secure', async () => {
    world.serve(TFTP, {});
    const requests = () => world.calls.filter((call) => call.endsWith(CTL)).length;
    store();
    await bootOnce();
    expect(requests()).toBe(1);
    world.forget();
    store({ deviceSecurityMode: 'authenticated' });
    flash.itl = firstItl;
    await bootOnce();
    expect(requests()).toBe(1);
    world.forget();
    flash.itl = null;
    world.serve(TFTP, { [ITL]: itl(pub, [record('SAST', pub)], { digest: 'sha512' }).bytes });
    await bootOnce({ model: LEGACY });
    expect(requests()).toBe(1);
    // refused, and there is no list at all
    expect(world.figures('alarms')).toMatchObject({ 6: 1 });
  });
});

describe('a locked phone, R-62', () => {
  beforeEach(() => {
    flash.itl = firstItl;
    store();
    world.serve(TFTP, { [ITL]: itlOf(renewed, renewed).bytes, [SGN]: signed(renewed, xml()).bytes });
  });

  it('refuses ITL and configuration and registers with the cached list', async () => {
    expect(await bootOnce()).toEqual({
      state: 'registered',
      mode: 'nonsecure',
      node: '10.0.0.1',
      locked: true,
    });
    expect(world.figures('alarms')).toEqual({ 8: 1 });
    expect(world.figures('trust_lists')).toMatchObject({ 'itl refused R-39': 1 });
    expect(world.figures('configurations')).toEqual({ 'refused sgn R-39': 1 });
    // two unreachable servers for each of the two files (4.0)
    expect(world.figures('tvs_requests')).toEqual({
      '10.0.0.1 itl unreachable': 1,
      '10.0.0.2 itl unreachable': 1,
      '10.0.0.1 config unreachable': 1,
      '10.0.0.2 config unreachable': 1,
    });
    expect(world.refusedEvents.filter(({ what }) => what === 'itl')[0]?.detail).toContain('no TVS server');
  });

  it('K-05: tries its TFTP server as CallManager when no member answers', async () => {
    store({ members: ['10.0.0.7'] });
    expect(await bootOnce()).toMatchObject({ state: 'registered', node: TFTP, locked: true });
    expect(world.calls.filter((call) => call.startsWith('register'))).toEqual([
      'register 10.0.0.7:5060 25',
      `register ${TFTP}:5060 10`,
    ]);
  });

  it('K-05 false: stays unregistered', async () => {
    const knobs = { lockedNonSecureRegisters: false };
    expect(await bootOnce({ knobs })).toMatchObject({ state: 'unregistered', locked: true });
    expect(world.attempts).toHaveLength(0);
  });

  it('a phone that refused only the list is not locked', async () => {
    world.serve(TFTP, { [SGN]: signed(pub, xml()).bytes });
    expect(await bootOnce()).toMatchObject({ state: 'registered', locked: false });
  });

  it('R-38: an unknown signer and a blank ITL beside a CTL: failed handshakes, locked all the same', async () => {
    flash.ctl = ctl(pub, [record('SAST', pub), record('CCM+TFTP', pub)]);
    flash.itl = blankItl(pub);
    world.tvs.set('10.0.0.1', { certificate: tvs.certificate.der, answer: () => ({ result: 'negative' }) });
    world.tvs.set('10.0.0.2', { certificate: tvs.certificate.der, answer: () => ({ result: 'negative' }) });
    expect(await bootOnce()).toMatchObject({ locked: true });
    expect(world.counted('tvs_requests', { result: 'handshake-failed' })).toBe(4);
    expect(world.counted('trust_failures', { file: 'peer', rule: 'R-38' })).toBe(4);
    expect(world.figures('trust_lists')).toMatchObject({ 'itl refused R-38': 1 });
  });

  it('R-66: a blank ITL without CTL takes whatever comes', async () => {
    flash.itl = blankItl(pub);
    expect(await bootOnce()).toMatchObject({ locked: false });
    expect(world.figures('trust_lists')).toMatchObject({ 'itl updated R-17': 1 });
    expect(world.counted('tvs_requests')).toBe(0);
  });

  it('R-62 without Security By Default: the CTL decides', async () => {
    flash.itl = null;
    flash.ctl = ctl(pub, [record('SAST', pub), record('CCM+TFTP', pub)]);
    world.serve(TFTP, { [CTL]: ctl(renewed, [record('SAST', renewed)]).bytes });
    expect(await bootOnce({ model: CLASSIC })).toMatchObject({ locked: true });
    expect(world.figures('alarms')).toEqual({ 5: 1 });
    expect(world.counted('tvs_requests')).toBe(0);
  });
});

describe('registration', () => {
  it('R-82: the members one after the other; the attempt after a failure reports its cause', async () => {
    serveHealthy();
    world.registrars.delete('10.0.0.1');
    expect(await bootOnce()).toMatchObject({ node: '10.0.0.2' });
    expect(world.figures('registrations')).toEqual({
      '10.0.0.1 sip nonsecure unreachable 6 none none': 1,
      '10.0.0.2 sip nonsecure accepted  none none': 1,
    });
    expect(world.attempts.map(({ lastCause }) => lastCause)).toEqual([25, 10]);
  });

  it('a rejection is cause 24 for the next; unregistered once every member was tried', async () => {
    serveHealthy();
    const refusal = { result: 'rejected', cause: '', tls: 'none', detail: 'Device Unknown' } as const;
    world.refusals.set('10.0.0.1', refusal).set('10.0.0.2', refusal);
    expect(await bootOnce()).toMatchObject({ state: 'unregistered', mode: 'none', node: '' });
    expect(world.attempts.map(({ lastCause }) => lastCause)).toEqual([25, 24]);
    expect(world.refusedEvents.filter(({ what }) => what === 'registration')).toHaveLength(2);
  });

  it('R-69: with a non-secure CTL a secure device registers non-secure', async () => {
    serveHealthy();
    flash.itl = firstItl;
    flash.ctl = ctl(recovery, [record('SAST', recovery), emptyRecord('CCM+TFTP', { ipAddress: '10.0.0.1' })]);
    const secure = xml({ deviceSecurityMode: 'encrypted', transportLayerProtocol: 3 });
    world.serve(TFTP, { [SGN]: signed(pub, secure).bytes });
    expect(await bootOnce()).toMatchObject({ state: 'registered', mode: 'nonsecure' });
    expect(world.attempts[0]).toMatchObject({ mode: 'nonsecure', transport: 'tcp', tls: null });
  });

  it('DT-4, row 3: TLS is demanded with the MIC, the suites of the mode, and a judge that knows the CTL', async () => {
    const own = await mic(MODERN, DEVICE);
    flash = emptyFlash(() => own);
    flash.itl = firstItl;
    flash.ctl = ctl(recovery, [record('SAST', recovery), record('CCM+TFTP', pub, '10.0.0.1')]);
    const secure = xml({ deviceSecurityMode: 'encrypted', transportLayerProtocol: 3 });
    serveHealthy();
    world.serve(TFTP, { [SGN]: signed(pub, secure).bytes });
    expect(await bootOnce()).toMatchObject({ state: 'registered', mode: 'encrypted' });
    const [attempt] = world.attempts;
    expect(attempt).toMatchObject({ transport: 'tls', server: { address: '10.0.0.1', port: 5061 } });
    expect(attempt?.tls?.identity).toBe(own);
    expect(attempt?.tls?.judge(pub.certificate.der)).toEqual({ trusted: true });
    expect(attempt?.tls?.judge(renewed.certificate.der)).toMatchObject({ rule: 'R-76' });
    expect(world.figures('trust_failures')).toEqual({ 'peer not-in-ctl R-76': 1 });
    expect(world.counted('registrations', { certificate: 'mic', mode: 'encrypted' })).toBe(1);
  });

  it('a SIP phone reports its lists and the alarm code of its first lists (sip.md 5.1)', async () => {
    serveHealthy();
    await bootOnce();
    const signature = createHash('sha1').update(firstItl.header.signature).digest('hex');
    expect(world.attempts[0]?.trustLists).toEqual({
      ctl: null,
      itl: { signatureSha1: signature, server: TFTP },
      alarm: 3,
    });
  });
});

describe('encrypted configuration, R-57', () => {
  let own: Party;
  const ENC = `${DEVICE}.cnf.xml.enc.sgn`;

  beforeAll(async () => {
    own = await mic(MODERN, DEVICE);
  });

  beforeEach(() => {
    flash = emptyFlash(() => own);
    flash.itl = firstItl;
    store({ members: ['10.0.0.7'] });
    serveHealthy();
  });

  function reduced(certHash: string): Uint8Array {
    return signed(pub, xml({ fullConfig: false, encrConfig: true, certHash })).bytes;
  }
  const md5 = () => createHash('md5').update(own.certificate.der).digest('hex');

  it('the reduced file leads to the encrypted one, which is verified and decrypted', async () => {
    const encrypted = encryptFile(
      xml(),
      { filename: ENC, timestamp: NOW / 1_000 },
      pub,
      newFileKey(own.certificate),
    );
    world.serve(TFTP, { [SGN]: reduced(md5()), [ENC]: encrypted });
    expect(await bootOnce()).toMatchObject({ node: '10.0.0.1' });
    expect(world.figures('configurations')).toEqual({ 'accepted enc R-52': 1 });
  });

  it('made for another certificate: not asked for, the last configuration stays in use', async () => {
    world.serve(TFTP, { [SGN]: reduced('0'.repeat(32)) });
    expect(await bootOnce()).toMatchObject({ state: 'unregistered' });
    expect(world.figures('configurations')).toEqual({ 'error sgn R-57': 1 });
    expect(world.calls.some((call) => call.endsWith(ENC))).toBe(false);
    expect(flash.configuration?.configuration.callManagers[0]?.address).toBe('10.0.0.7');
  });

  it('a 7962 with SCCP has none', async () => {
    const sccp = xml({ fullConfig: false, encrConfig: true, certHash: md5(), deviceProtocol: 'SCCP' });
    world.serve(TFTP, { [SGN]: signed(pub, sccp).bytes });
    await bootOnce({ model: LEGACY });
    expect(world.calls.some((call) => call.endsWith(ENC))).toBe(false);
  });
});
