import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/phone/phone.js';
import { CAPF_V4, EnrolLab, type EnrolParties, enrolParties, lscOf } from './enrol-lab.js';
import { MODERN, type Party } from './fixtures.js';
import { settle } from './world.js';

let parties: EnrolParties;
let lab: EnrolLab;
let ownLsc: Party;

beforeAll(async () => {
  parties = await enrolParties();
  ownLsc = await lscOf(parties.capf);
});

beforeEach(() => {
  lab = new EnrolLab(parties);
});

afterEach(() => lab.off());

const seconds = () => lab.world.enrolledAt.map((ms) => ms / 1_000);

describe('R-95: lost communication', () => {
  it('K-08: four attempts in all, 30 s apart; then the boot goes on', async () => {
    lab.world.capf.clear();
    lab.serve({ capfAuthMode: 2 });
    expect(await lab.boot()).toMatchObject({ state: 'registered', mode: 'nonsecure' });
    expect(seconds()).toEqual([0, 30, 60, 90]);
    expect(lab.world.figures('capf_attempts')).toEqual({ 'ipv4 refused': 4 });
    expect(lab.world.figures('capf_sessions')).toEqual({});
    expect(lab.world.refusedEvents).toContainEqual(
      expect.objectContaining({ what: 'capf', rule: 'R-95', reason: 'phone-comm-error' }),
    );
    await lab.world.advance(600_000);
    expect(seconds()).toHaveLength(4);
  });

  it.each([
    [3, 75, true, 90],
    [2, 75, false, 60],
    [3, 100, false, 90],
  ])(
    'S-17, outage: K-08 = %i, CAPF down for %i s: enrolled %s, last attempt at %i s',
    async (retries, outage, ok, last) => {
      lab.world.capfFaults.set(CAPF_V4.address, 'refused');
      void lab.world.sleep(outage * 1_000, lab.power.signal).then(
        () => lab.world.capfFaults.clear(),
        () => {},
      );
      lab.serve({ capfAuthMode: 2, deviceSecurityMode: 'encrypted' });
      const outcome = await lab.boot({ knobs: { capfExtraRetries: retries } });
      expect(outcome?.state).toBe(ok ? 'registered' : 'unregistered');
      expect(seconds().at(-1)).toBe(last);
      expect(lab.flash.lsc === null).toBe(!ok);
    },
  );

  it('a session that breaks off is such a loss, too: the next one makes another key', async () => {
    lab.capf.losses = 1;
    lab.serve({ capfAuthMode: 2 });
    await lab.boot();
    expect(lab.world.figures('capf_sessions')).toEqual({
      'unknown phone-comm-error ipv4': 1,
      'install success ipv4': 1,
    });
    expect(lab.world.figures('capf_attempts')).toEqual({ 'ipv4 connected': 2 });
    expect(seconds()).toEqual([0, 90]);
    expect(new Set(lab.capf.publicKeys).size).toBe(2);
  });

  it('a handshake that fails is not tried again', async () => {
    lab.world.capfFaults.set(CAPF_V4.address, 'tls-failed');
    lab.serve({ capfAuthMode: 2 });
    await lab.boot();
    expect(lab.world.figures('capf_attempts')).toEqual({ 'ipv4 tls-failed': 1 });
    expect(lab.world.refusedEvents).toContainEqual(expect.objectContaining({ what: 'capf', rule: 'R-107' }));
  });

  it('a server that says nothing in the handshake is asked three times more', async () => {
    lab.world.capfFaults.set(CAPF_V4.address, 'late');
    lab.serve({ capfAuthMode: 2 });
    await lab.boot();
    expect(seconds()).toEqual([0, 30, 60, 90]);
    expect(lab.world.figures('capf_attempts')).toEqual({ 'ipv4 tls-failed': 4 });
  });

  it('a server that does not speak TLS is no matter of versions (R-107)', async () => {
    lab.world.capfFaults.set(CAPF_V4.address, 'no-tls');
    lab.serve({ capfAuthMode: 2 });
    await lab.boot();
    expect(lab.world.figures('capf_attempts')).toEqual({ 'ipv4 tls-failed': 1 });
    expect(lab.world.refusedEvents).toContainEqual(
      expect.objectContaining({ what: 'capf', rule: 'R-95', reason: 'phone-comm-error' }),
    );
  });

  it('a secure phone that has an LSC registers with it when CAPF stays away', async () => {
    lab.flash.lsc = ownLsc;
    lab.world.capf.clear();
    lab.serve({ capfAuthMode: 3, deviceSecurityMode: 'encrypted' });
    expect(await lab.boot()).toMatchObject({ state: 'registered', mode: 'encrypted' });
    expect(lab.world.attempts[0]?.tls?.identity).toBe(ownLsc);
  });
});

describe('R-94: what CAPF says ends the operation', () => {
  it('R-91: an LSC that CAPF-trust does not know is Invalid LSC, and the MIC is not tried', async () => {
    lab.flash.lsc = ownLsc;
    lab.capf.auth = 'certificate';
    lab.capf.trusts = (der) => Buffer.compare(der, ownLsc.certificate.der) !== 0;
    lab.serve({ capfAuthMode: 3 });
    await lab.boot({ model: MODERN });
    expect(lab.world.figures('capf_sessions')).toEqual({ 'unknown invalid-lsc ipv4': 1 });
    expect(lab.world.refusedEvents).toContainEqual(expect.objectContaining({ what: 'capf', rule: 'R-91' }));
  });

  it('K-07 false: a 7962 without LSC proves itself with its MIC', async () => {
    lab.capf.auth = 'certificate';
    lab.serve({ capfAuthMode: 3, deviceSecurityMode: 'encrypted' });
    const outcome = await lab.boot({ knobs: { existingCertNeedsLsc: false } });
    expect(outcome).toMatchObject({ mode: 'encrypted' });
    expect(lab.world.enrolments[0]?.credentials.certificate?.kind).toBe('mic');
  });

  it('a device that CAPF does not know', async () => {
    lab.capf.knowsDevice = false;
    lab.serve({ capfAuthMode: 2 });
    await lab.boot();
    expect(lab.world.figures('capf_sessions')).toEqual({ 'unknown fail ipv4': 1 });
  });

  it('nothing to do at CAPF: a secure phone registers with what it has', async () => {
    lab.capf.operation = 'none';
    lab.serve({ capfAuthMode: 2, deviceSecurityMode: 'encrypted' });
    expect(await lab.boot()).toMatchObject({ state: 'registered', mode: 'encrypted' });
    expect(lab.world.figures('capf_sessions')).toEqual({ 'none success ipv4': 1 });
    expect(lab.world.counted('registrations', { certificate: 'mic' })).toBe(1);
  });

  it('delete: the LSC is gone before a secure phone registers with its MIC', async () => {
    lab.flash.lsc = ownLsc;
    lab.capf.operation = 'delete';
    lab.serve({ capfAuthMode: 2, deviceSecurityMode: 'encrypted' });
    expect(await lab.boot()).toMatchObject({ state: 'registered', mode: 'encrypted' });
    expect(lab.flash.lsc).toBeNull();
    expect(lab.world.figures('capf_sessions')).toEqual({ 'delete success ipv4': 1 });
    expect(lab.world.counted('registrations', { certificate: 'mic' })).toBe(1);
  });

  it('fetch leaves everything as it is, with an LSC and without', async () => {
    lab.capf.operation = 'fetch';
    lab.serve({ capfAuthMode: 2 });
    await lab.boot();
    expect(lab.world.figures('capf_sessions')).toEqual({ 'fetch fetch-success-but-no-cert ipv4': 1 });
    lab.off();
    lab = new EnrolLab(parties);
    lab.flash.lsc = ownLsc;
    lab.capf.operation = 'fetch';
    lab.serve({ capfAuthMode: 2 });
    await lab.boot();
    expect(lab.world.figures('capf_sessions')).toEqual({ 'fetch success ipv4': 1 });
    expect(lab.flash.lsc).toBe(ownLsc);
  });

  it('R-98: a key that the model cannot make fails this step and nothing else (R-105)', async () => {
    lab.capf.keys = [{ type: 'rsa', bits: 4096 }];
    lab.serve({ capfAuthMode: 2 });
    expect(await lab.boot()).toMatchObject({ state: 'registered', mode: 'nonsecure' });
    expect(lab.world.figures('capf_sessions')).toEqual({ 'install fail ipv4': 1 });
    expect(lab.flash.lsc).toBeNull();
  });

  it('R-98: EC preferred with RSA backup', async () => {
    lab.capf.keys = [
      { type: 'ec', curve: 'secp384r1' },
      { type: 'rsa', bits: 512 },
    ];
    lab.serve({ capfAuthMode: 2 });
    await lab.boot();
    expect(lab.flash.lsc?.certificate.keyType).toBe('rsa');
    lab.off();
    lab = new EnrolLab(parties);
    lab.capf.keys = [{ type: 'ec', curve: 'secp384r1' }];
    lab.serve({ capfAuthMode: 2, deviceProtocol: 'SIP' });
    await lab.boot({ model: MODERN });
    expect(lab.flash.lsc?.certificate.keyBits).toBe(384);
  });
});

describe('R-97: key generation', () => {
  it('takes the time of the model before a key is made, and the phone works meanwhile', async () => {
    lab.capf.keys = [{ type: 'rsa', bits: 2048 }];
    lab.serve({ capfAuthMode: 2 });
    const phone = lab.phone();
    const booting = phone.powerOn(lab.power.signal);
    await settle();
    expect([phone.state, phone.mode]).toEqual(['registered', 'nonsecure']);
    expect(lab.world.slept).toContain(420_000);
    expect(lab.world.lines.at(-1)).toBe('CAPF: generates an RSA 2048 key, which takes a 7962 420 s (R-97)');
    await lab.world.advance(419_000);
    expect(lab.capf.publicKeys).toHaveLength(0);
    await lab.world.advance(1_000);
    expect(lab.capf.publicKeys).toHaveLength(1);
    expect(await booting).toMatchObject({ state: 'registered' });
    expect(lab.world.seconds('capf_seconds')).not.toEqual([]);
  });

  it('a secure phone is enrolling until it is done', async () => {
    lab.serve({ capfAuthMode: 2, deviceSecurityMode: 'authenticated' });
    const phone = lab.phone();
    const booting = phone.powerOn(lab.power.signal);
    await settle();
    expect([phone.state, phone.mode]).toEqual(['enrolling', 'none']);
    await lab.world.through(booting);
    expect([phone.state, phone.mode]).toEqual(['registered', 'authenticated']);
  });
});

describe('R-88: the certificate of CAPF', () => {
  beforeEach(() => lab.listen(CAPF_V4.address, parties.stranger));

  it('one that no list has: TVS is asked while the handshake stands, and believed', async () => {
    lab.tvsSays(() => ({
      result: 'positive',
      certificate: parties.stranger.certificate.der,
      roles: [4],
      ttlSeconds: 86_400,
    }));
    lab.serve({ capfAuthMode: 2 });
    await lab.boot();
    expect(lab.world.figures('tvs_requests')).toEqual({ '10.0.0.1 capf positive': 1 });
    expect(lab.world.figures('capf_sessions')).toEqual({ 'install success ipv4': 1 });
  });

  it('and not by TVS: no session, and nothing more is tried', async () => {
    lab.tvsSays(() => ({ result: 'negative' }));
    lab.serve({ capfAuthMode: 2 });
    await lab.boot();
    expect(lab.world.figures('capf_attempts')).toEqual({ 'ipv4 tls-failed': 1 });
    expect(lab.world.figures('trust_failures')).toEqual({ 'peer tvs-negative R-88': 1 });
    expect(lab.world.refusedEvents).toContainEqual(expect.objectContaining({ what: 'capf', rule: 'R-88' }));
  });

  it('the answer of R-42 saves a second question', async () => {
    lab.capf.losses = 1;
    lab.tvsSays(() => ({
      result: 'positive',
      certificate: parties.stranger.certificate.der,
      roles: [4],
      ttlSeconds: 86_400,
    }));
    lab.serve({ capfAuthMode: 2 });
    await lab.boot();
    expect(lab.world.counted('capf_sessions')).toBe(2);
    expect(lab.world.counted('tvs_requests')).toBe(1);
  });
});

describe('an offline CA', () => {
  let phone: Phone;

  it('the phone comes back with the same key, after five minutes', async () => {
    lab.capf.signs = false;
    lab.serve({ capfAuthMode: 2 });
    phone = lab.phone();
    await lab.boot(phone);
    expect(lab.world.figures('capf_sessions')).toEqual({ 'install retry-later ipv4': 1 });
    expect(lab.flash.lsc).toBeNull();
    lab.capf.signs = true;
    await lab.world.advance(300_000);
    expect(lab.world.figures('capf_sessions')).toMatchObject({ 'install success ipv4': 1 });
    expect(new Set(lab.capf.publicKeys).size).toBe(1);
    expect(lab.flash.enrolmentKey).toBeNull();
    expect(lab.flash.lsc).not.toBeNull();
  });

  it('a secure phone without LSC waits unregistered, and starts anew with the LSC', async () => {
    lab.capf.signs = false;
    lab.serve({ capfAuthMode: 2, deviceSecurityMode: 'encrypted' });
    phone = lab.phone();
    expect(await lab.boot(phone)).toMatchObject({ state: 'unregistered' });
    lab.capf.signs = true;
    lab.serve({ capfAuthMode: 0, deviceSecurityMode: 'encrypted' });
    await lab.world.advance(300_000);
    expect([phone.state, phone.mode]).toEqual(['registered', 'encrypted']);
    expect(lab.world.counted('registrations', { certificate: 'lsc', result: 'accepted' })).toBe(1);
  });

  it('after a reset the same key is sent again; after a factory reset there is none', async () => {
    lab.capf.signs = false;
    lab.serve({ capfAuthMode: 2 });
    phone = lab.phone();
    await lab.boot(phone);
    await lab.world.through(phone.reset('reset'));
    expect(new Set(lab.capf.publicKeys).size).toBe(1);
    expect(lab.flash.enrolmentKey).not.toBeNull();
    await lab.world.through(phone.factoryReset());
    expect([lab.flash.enrolmentKey, lab.flash.capfAuthMode]).toEqual([null, 0]);
  });
});

describe('a non-secure phone that no server takes', () => {
  it('has its outcome, and enrols when one takes it at last', async () => {
    lab.world.registrars.clear();
    lab.serve({ capfAuthMode: 2 });
    const phone = lab.phone();
    expect(await lab.boot(phone)).toMatchObject({ state: 'unregistered' });
    expect(lab.world.counted('capf_attempts')).toBe(0);
    lab.world.registrars.add('10.0.0.1');
    await lab.world.advance(30_000);
    expect(phone.state).toBe('registered');
    await lab.world.advance(60_000);
    expect(lab.flash.lsc).not.toBeNull();
  });
});

describe('no CAPF to go to', () => {
  it('a configuration without CAPF: no attempt, no wait', async () => {
    lab.serve({ capfAuthMode: 2, capf: [], deviceSecurityMode: 'encrypted' });
    expect(await lab.boot()).toMatchObject({ state: 'unregistered' });
    expect(lab.world.counted('capf_attempts')).toBe(0);
    expect(lab.world.refusedEvents).toContainEqual(
      expect.objectContaining({ what: 'registration', rule: 'R-103', reason: 'no-address' }),
    );
  });
});
