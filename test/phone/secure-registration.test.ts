import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ModelProfile } from '../../src/device/model.js';
import { A, B, EnrolLab, type EnrolParties, enrolParties, lscOf } from './enrol-lab.js';
import {
  configuration,
  ctl,
  emptyRecord,
  LEGACY,
  MODERN,
  NOW,
  type Party,
  party,
  record,
} from './fixtures.js';
import { settle } from './world.js';

let parties: EnrolParties;
let lab: EnrolLab;
let lsc: Party;
let expired: Party;

beforeAll(async () => {
  parties = await enrolParties();
  lsc = await lscOf(parties.capf);
  expired = await lscOf(parties.capf, NOW - 1_000);
});

beforeEach(() => {
  lab = new EnrolLab(parties);
  lab.flash.lsc = lsc;
  lab.serve({ deviceSecurityMode: 'encrypted' });
});

afterEach(() => lab.off());

const TLS_13: ModelProfile = { ...MODERN, tls: { ...MODERN.tls, max: '1.3' } };

describe('DT-4 on whole phones', () => {
  it.each(['authenticated', 'encrypted'] as const)('row 3, %s: TLS with the LSC', async (mode) => {
    lab.serve({ deviceSecurityMode: mode });
    expect(await lab.boot()).toMatchObject({ state: 'registered', mode, node: A });
    expect(lab.world.figures('registrations')).toEqual({ [`${A} sccp ${mode} accepted  lsc 1.0`]: 1 });
    expect(lab.world.attempts[0]).toMatchObject({ transport: 'tls', server: { address: A, port: 2443 } });
  });

  it('row 4, R-08: no list to be had: four tries, then no registration', async () => {
    lab.flash.ctl = null;
    lab.flash.itl = null;
    lab.world.files.clear();
    lab.flash.configuration = {
      configuration: configuration({ deviceSecurityMode: 'encrypted' }),
      sha256: '',
    };
    expect(await lab.boot()).toMatchObject({ state: 'unregistered' });
    expect(lab.world.slept.filter((ms) => ms === 10_000)).toHaveLength(3);
    expect(lab.world.counted('registrations')).toBe(0);
    expect(lab.world.refusedEvents).toContainEqual(
      expect.objectContaining({ what: 'registration', rule: 'R-76', reason: 'no-ctl' }),
    );
  });

  it('row 5, R-69: a CTL without certificate for the server: non-secure, LSC or not', async () => {
    const { recovery } = parties;
    lab.flash.ctl = ctl(recovery, [
      record('SAST', recovery),
      emptyRecord('CCM+TFTP', { ipAddress: A }),
      emptyRecord('CCM', { ipAddress: B }),
    ]);
    expect(await lab.boot()).toMatchObject({ mode: 'nonsecure' });
    expect(lab.world.figures('registrations')).toEqual({ [`${A} sccp nonsecure accepted  none none`]: 1 });
  });

  it('row 6: the server presents another certificate: TLS fails, next member', async () => {
    lab.world.callManagers.set(A, parties.stranger.certificate.der);
    expect(await lab.boot()).toMatchObject({ node: B, mode: 'encrypted' });
    expect(lab.world.figures('registrations')).toEqual({
      [`${A} sccp encrypted tls-failed 10 lsc none`]: 1,
      [`${B} sccp encrypted accepted  lsc 1.0`]: 1,
    });
    expect(lab.world.figures('trust_failures')).toEqual({ 'peer not-in-ctl R-76': 1 });
    // what failed is reported with the next attempt
    expect(lab.world.attempts.map(({ lastCause }) => lastCause)).toEqual([25, 10]);
  });

  it('row 7: neither LSC nor MIC: TLS fails everywhere', async () => {
    lab.flash.lsc = null;
    Object.assign(lab.flash, { factory: { mic: () => null } });
    expect(await lab.boot()).toMatchObject({ state: 'unregistered' });
    expect(lab.world.counted('registrations', { result: 'tls-failed', certificate: 'none' })).toBe(2);
  });
});

describe('R-78 to R-80: the certificate of the phone', () => {
  it('without an LSC the MIC is shown', async () => {
    lab.flash.lsc = null;
    await lab.boot();
    expect(lab.world.counted('registrations', { certificate: 'mic', result: 'accepted' })).toBe(1);
  });

  it('R-119: an LSC that CUCM does not know: one attempt with each member, none with the MIC', async () => {
    Object.assign(lab.flash, {
      mic: () => {
        throw new Error('the MIC was made');
      },
    });
    const refusal = { result: 'tls-failed', cause: '10', tls: 'none', detail: 'unknown CA' } as const;
    lab.world.refusals.set(A, refusal).set(B, refusal);
    expect(await lab.boot()).toMatchObject({ state: 'unregistered' });
    expect(lab.world.figures('registrations')).toEqual({
      [`${A} sccp encrypted tls-failed 10 lsc none`]: 1,
      [`${B} sccp encrypted tls-failed 10 lsc none`]: 1,
    });
  });

  it('R-80: an expired LSC is not shown, and the MIC does not stand in for it', async () => {
    lab.flash.lsc = expired;
    expect(await lab.boot()).toMatchObject({ state: 'unregistered' });
    expect(lab.world.attempts[0]?.tls?.identity).toBeNull();
    expect(lab.world.counted('registrations', { certificate: 'none' })).toBe(2);
  });

  it('R-80: an expired MIC is not shown', async () => {
    lab.flash.lsc = null;
    Object.assign(lab.flash, { factory: { mic: () => expired } });
    expect(await lab.boot()).toMatchObject({ state: 'unregistered' });
    expect(lab.world.counted('registrations', { certificate: 'none' })).toBe(2);
  });

  it('R-80, DT-5 row 9: an expired LSC is no valid one while an operation waits for its string', async () => {
    lab.flash.lsc = expired;
    lab.serve({ deviceSecurityMode: 'encrypted', capfAuthMode: 1 });
    expect(await lab.boot()).toMatchObject({ state: 'unregistered' });
    expect(lab.world.counted('registrations')).toBe(0);
    expect(lab.world.refusedEvents).toContainEqual(
      expect.objectContaining({ what: 'registration', rule: 'R-92', reason: 'awaits-string' }),
    );
  });
});

describe('R-113: FIPS mode of a phone', () => {
  const FIPS: ModelProfile = { ...MODERN, fips: true };
  const MESSAGE = 'Phone failed to register. Cert key size is not FIPS compliant';

  it('a server whose RSA key is under 2048 bits is no server, and the phone says why', async () => {
    expect(await lab.boot({ model: FIPS })).toMatchObject({ state: 'unregistered' });
    expect(lab.world.figures('trust_failures')).toEqual({ 'peer key-too-small R-113': 2 });
    expect(lab.world.counted('status_messages', { message: MESSAGE })).toBe(2);
  });

  it('2048 bits are enough: the next member is taken', async () => {
    const strong = await party('strong', { bits: 2048 });
    const { pub, recovery } = parties;
    const records = [record('SAST', recovery), record('CCM+TFTP', pub, A), record('CCM', strong, B)];
    lab.flash.ctl = ctl(recovery, records);
    lab.world.callManagers.set(B, strong.certificate.der);
    expect(await lab.boot({ model: FIPS })).toMatchObject({ node: B, mode: 'encrypted' });
    expect(lab.world.counted('status_messages', { message: MESSAGE })).toBe(1);
  });

  it('without FIPS mode 1024 bits do', async () => {
    expect(await lab.boot({ model: MODERN })).toMatchObject({ node: A, mode: 'encrypted' });
  });

  it('a non-secure phone meets no certificate', async () => {
    lab.serve({ deviceSecurityMode: 'non-secure' });
    expect(await lab.boot({ model: FIPS })).toMatchObject({ node: A, mode: 'nonsecure' });
  });
});

describe('versions of TLS', () => {
  const range = async (model: ModelProfile, mode: 'authenticated' | 'encrypted') => {
    lab.serve({ deviceSecurityMode: mode, deviceProtocol: 'SIP' });
    await lab.boot({ model });
    const { min, max } = lab.world.attempts[0]?.tls ?? {};
    return [min, max];
  };

  it('R-108: a 79xx offers TLS 1.0 alone', async () => {
    expect(await range(LEGACY, 'encrypted')).toEqual(['1.0', '1.0']);
  });

  it('R-114, R-115: TLS 1.3 where the model has it and the mode is encrypted', async () => {
    expect(await range(TLS_13, 'encrypted')).toEqual(['1.0', '1.3']);
    lab.off();
    lab = new EnrolLab(parties);
    lab.flash.lsc = lsc;
    expect(await range(TLS_13, 'authenticated')).toEqual(['1.0', '1.2']);
    expect(lab.world.counted('registrations', { tls: '1.2', mode: 'authenticated' })).toBe(1);
  });
});

describe('fail-over of secure phones', () => {
  it('R-82: the next member over TLS, too, with a standby connection of the same kind', async () => {
    const phone = lab.phone();
    await lab.boot(phone);
    await settle();
    expect(lab.world.standbys.map(({ address }) => address)).toEqual([B]);
    lab.world.registrars.delete(A);
    lab.world.registrations[0]?.end({ by: 'connection-lost', cause: 14 });
    await settle();
    expect([phone.node, phone.mode]).toEqual([B, 'encrypted']);
  });

  it('R-84: servers that changed their certificate are asked again, with the same CTL', async () => {
    const { stranger, pub } = parties;
    lab.world.callManagers.set(A, stranger.certificate.der).set(B, stranger.certificate.der);
    const phone = lab.phone();
    expect(await lab.boot(phone)).toMatchObject({ state: 'unregistered' });
    lab.world.callManagers.set(A, pub.certificate.der);
    await lab.world.advance(30_000);
    expect([phone.node, phone.mode]).toEqual([A, 'encrypted']);
  });
});

describe('the certificate of CallManager', () => {
  it('R-81: TVS is not asked about it', async () => {
    lab.world.callManagers.set(A, parties.stranger.certificate.der);
    lab.tvsSays(() => ({ result: 'negative' }));
    await lab.boot();
    expect(lab.world.counted('tvs_requests')).toBe(0);
  });

  it('K-06: with the knob it is, and the connection is made once more; one registration is counted', async () => {
    const { certificate } = parties.stranger;
    lab.world.callManagers.set(A, certificate.der);
    lab.tvsSays(() => ({
      result: 'positive',
      certificate: certificate.der,
      roles: [0, 2],
      ttlSeconds: 86_400,
    }));
    expect(await lab.boot({ knobs: { tvsForSignalling: true } })).toMatchObject({
      node: A,
      mode: 'encrypted',
    });
    expect(lab.world.figures('tvs_requests')).toEqual({ [`${A} ccm positive`]: 1 });
    expect(lab.world.figures('registrations')).toEqual({ [`${A} sccp encrypted accepted  lsc 1.0`]: 1 });
    expect(lab.world.figures('trust_failures')).toEqual({});
  });

  it('K-06: TVS does not know it either', async () => {
    lab.world.callManagers.set(A, parties.stranger.certificate.der);
    lab.tvsSays(() => ({ result: 'negative' }));
    expect(await lab.boot({ knobs: { tvsForSignalling: true } })).toMatchObject({ node: B });
    expect(lab.world.figures('trust_failures')).toEqual({ 'peer tvs-negative R-81': 1 });
  });

  it('R-34: a model without Security By Default asks no TVS, whatever K-06 says', async () => {
    lab.world.callManagers.set(A, parties.stranger.certificate.der);
    lab.tvsSays(() => expect.unreachable('a question to TVS'));
    const model = { ...LEGACY, securityByDefault: false };
    expect(await lab.boot({ model, knobs: { tvsForSignalling: true } })).toMatchObject({ node: B });
    expect(lab.world.counted('tvs_requests')).toBe(0);
  });

  it('R-85: a key that is too long for the model fails the handshake', async () => {
    const { recovery } = parties;
    const large = await party('large', { bits: 4096 });
    lab.flash.ctl = ctl(recovery, [record('SAST', recovery), record('CCM+TFTP', large, A)]);
    lab.world.callManagers.set(A, large.certificate.der);
    lab.serve({ deviceSecurityMode: 'encrypted', members: [A] });
    expect(await lab.boot()).toMatchObject({ state: 'unregistered' });
    expect(lab.world.figures('trust_failures')).toEqual({ 'peer key-too-large R-85': 1 });
  });
});
