import { createHash } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyFlash } from '../../src/phone/flash.js';
import { encryptFile, newFileKey } from '../../src/trustfile/index.js';
import { BootLab, makeParties, type Parties, SGN, TFTP } from './boot-lab.js';
import {
  configurationXml,
  ctl,
  DEVICE,
  emptyRecord,
  LEGACY,
  MODERN,
  mic,
  NOW,
  type Party,
  record,
  signed,
} from './fixtures.js';
import type { FakeWorld } from './world.js';

let pub: Party;
let renewed: Party;
let recovery: Party;
let parties: Parties;
let lab: BootLab;
let world: FakeWorld;

beforeAll(async () => {
  parties = await makeParties();
  ({ pub, renewed, recovery } = parties);
});

beforeEach(() => {
  lab = new BootLab(parties);
  world = lab.world;
});

describe('registration', () => {
  it('R-82: the members one after the other; the attempt after a failure reports its cause', async () => {
    lab.serveHealthy();
    world.registrars.delete('10.0.0.1');
    expect(await lab.bootOnce()).toMatchObject({ node: '10.0.0.2' });
    expect(world.figures('registrations')).toEqual({
      '10.0.0.1 sip nonsecure unreachable 6 none none': 1,
      '10.0.0.2 sip nonsecure accepted  none none': 1,
    });
    expect(world.attempts.map(({ lastCause }) => lastCause)).toEqual([25, 10]);
  });

  it('a rejection is cause 24 for the next; unregistered once every member was tried', async () => {
    lab.serveHealthy();
    const refusal = { result: 'rejected', cause: '', tls: 'none', detail: 'Device Unknown' } as const;
    world.refusals.set('10.0.0.1', refusal).set('10.0.0.2', refusal);
    expect(await lab.bootOnce()).toMatchObject({ state: 'unregistered', mode: 'none', node: '' });
    expect(world.attempts.map(({ lastCause }) => lastCause)).toEqual([25, 24]);
    expect(world.refusedEvents.filter(({ what }) => what === 'registration')).toHaveLength(2);
  });

  it('R-69: with a non-secure CTL a secure device registers non-secure', async () => {
    lab.serveHealthy();
    lab.flash.itl = lab.firstItl;
    lab.flash.ctl = ctl(recovery, [
      record('SAST', recovery),
      emptyRecord('CCM+TFTP', { ipAddress: '10.0.0.1' }),
    ]);
    const secure = configurationXml({ deviceSecurityMode: 'encrypted', transportLayerProtocol: 3 });
    world.serve(TFTP, { [SGN]: signed(pub, secure).bytes });
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered', mode: 'nonsecure' });
    expect(world.attempts[0]).toMatchObject({ mode: 'nonsecure', transport: 'tcp', tls: null });
  });

  it('DT-4, row 3: TLS is demanded with the MIC, the suites of the mode, and a judge that knows the CTL', async () => {
    const own = await mic(MODERN, DEVICE);
    lab.flash = emptyFlash({ mic: () => own });
    lab.flash.itl = lab.firstItl;
    lab.flash.ctl = ctl(recovery, [record('SAST', recovery), record('CCM+TFTP', pub, '10.0.0.1')]);
    const secure = configurationXml({ deviceSecurityMode: 'encrypted', transportLayerProtocol: 3 });
    lab.serveHealthy();
    world.serve(TFTP, { [SGN]: signed(pub, secure).bytes });
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered', mode: 'encrypted' });
    const [attempt] = world.attempts;
    expect(attempt).toMatchObject({ transport: 'tls', server: { address: '10.0.0.1', port: 5061 } });
    expect(attempt?.tls?.identity).toBe(own);
    expect(attempt?.tls?.judge(pub.certificate.der)).toEqual({ trusted: true });
    expect(attempt?.tls?.judge(renewed.certificate.der)).toMatchObject({ rule: 'R-76' });
    expect(world.figures('trust_failures')).toEqual({ 'peer not-in-ctl R-76': 1 });
    expect(world.counted('registrations', { certificate: 'mic', mode: 'encrypted' })).toBe(1);
  });

  it('R-78: the LSC goes before the MIC, which is not even made', async () => {
    const lsc = await mic(MODERN, DEVICE);
    lab.flash = emptyFlash({
      mic: () => {
        throw new Error('the MIC was made');
      },
    });
    lab.flash.lsc = lsc;
    lab.flash.itl = lab.firstItl;
    lab.flash.ctl = ctl(recovery, [record('SAST', recovery), record('CCM+TFTP', pub, '10.0.0.1')]);
    lab.serveHealthy();
    const secure = configurationXml({ deviceSecurityMode: 'authenticated', transportLayerProtocol: 3 });
    world.serve(TFTP, { [SGN]: signed(pub, secure).bytes });
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered', mode: 'authenticated' });
    expect(world.attempts[0]?.tls?.identity).toBe(lsc);
    expect(world.counted('registrations', { certificate: 'lsc' })).toBe(1);
  });

  it('DT-4, row 7: a phone without LSC and MIC demands TLS all the same, and shows nothing', async () => {
    lab.flash.itl = lab.firstItl;
    lab.flash.ctl = ctl(recovery, [record('SAST', recovery), record('CCM+TFTP', pub)]);
    lab.serveHealthy();
    const secure = configurationXml({ deviceSecurityMode: 'encrypted', transportLayerProtocol: 3 });
    world.serve(TFTP, { [SGN]: signed(pub, secure).bytes });
    const refusal = { result: 'tls-failed', cause: '10', tls: '1.2', detail: 'no certificate' } as const;
    world.refusals.set('10.0.0.1', refusal).set('10.0.0.2', refusal);
    expect(await lab.bootOnce()).toMatchObject({ state: 'unregistered' });
    expect(world.attempts[0]?.tls?.identity).toBeNull();
    expect(world.counted('registrations', { result: 'tls-failed', certificate: 'none', cause: '10' })).toBe(
      2,
    );
  });

  it('a SIP phone reports its lists and the alarm code of its first lists (sip.md 5.1)', async () => {
    lab.serveHealthy();
    await lab.bootOnce();
    const signature = createHash('sha1').update(lab.firstItl.header.signature).digest('hex');
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
    lab.flash = emptyFlash({ mic: () => own });
    lab.flash.itl = lab.firstItl;
    lab.store({ members: ['10.0.0.7'] });
    lab.serveHealthy();
  });

  function reduced(certHash: string): Uint8Array {
    return signed(pub, configurationXml({ fullConfig: false, encrConfig: true, certHash })).bytes;
  }
  const md5 = () => createHash('md5').update(own.certificate.der).digest('hex');

  it('the reduced file leads to the encrypted one, which is verified and decrypted', async () => {
    const encrypted = encryptFile(
      configurationXml(),
      { filename: ENC, timestamp: NOW / 1_000 },
      pub,
      newFileKey(own.certificate),
    );
    world.serve(TFTP, { [SGN]: reduced(md5()), [ENC]: encrypted });
    expect(await lab.bootOnce()).toMatchObject({ node: '10.0.0.1' });
    expect(world.figures('configurations')).toEqual({ 'accepted enc R-52': 1 });
  });

  it('made for another certificate: not asked for, the last configuration stays in use', async () => {
    world.serve(TFTP, { [SGN]: reduced('0'.repeat(32)) });
    expect(await lab.bootOnce()).toMatchObject({ state: 'unregistered' });
    expect(world.figures('configurations')).toEqual({ 'error sgn R-57': 1 });
    expect(world.calls.some((call) => call.endsWith(ENC))).toBe(false);
    expect(lab.flash.configuration?.configuration.callManagers[0]?.address).toBe('10.0.0.7');
  });

  it('a 7962 with SCCP has none', async () => {
    lab.store({ deviceProtocol: 'SCCP' });
    const sccp = configurationXml({
      fullConfig: false,
      encrConfig: true,
      certHash: md5(),
      deviceProtocol: 'SCCP',
    });
    world.serve(TFTP, { [SGN]: signed(pub, sccp).bytes });
    await lab.bootOnce({ model: LEGACY });
    expect(world.calls.some((call) => call.endsWith(ENC))).toBe(false);
  });
});
