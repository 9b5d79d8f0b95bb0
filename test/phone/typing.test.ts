import { createHash } from 'node:crypto';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/phone/phone.js';
import { encryptFile, newFileKey } from '../../src/trustfile/index.js';
import { A, CAPF_V4, EnrolLab, type EnrolParties, enrolParties, lscOf, SGN } from './enrol-lab.js';
import { configurationXml, DEVICE, MODERN, NOW, type Party, signed } from './fixtures.js';
import { settle } from './world.js';

let parties: EnrolParties;
let lab: EnrolLab;
let ownLsc: Party;
let phone: Phone;

beforeAll(async () => {
  parties = await enrolParties();
  ownLsc = await lscOf(parties.capf);
});

beforeEach(async () => {
  lab = new EnrolLab(parties);
  lab.capf.auth = { string: '12345' };
  lab.serve({ capfAuthMode: 1 });
  phone = lab.phone();
});

afterEach(() => lab.off());

const type = (string: string) => lab.world.through(phone.type(string));
const refusedOf = (kind: string) =>
  lab.world.refusedEvents.filter(({ what }) => what === kind).map(({ rule, reason }) => `${rule} ${reason}`);
const refusals = () => refusedOf('capf');
const reduced = () => refusedOf('config');

describe('R-92: the user types the authentication string', () => {
  beforeEach(async () => {
    await lab.boot(phone);
  });

  it('the operation waits for it, and the phone goes nowhere by itself', async () => {
    expect(phone.awaitsString).toBe(true);
    await lab.world.advance(3_600_000);
    expect(lab.world.counted('capf_attempts')).toBe(0);
  });

  it('the right one: a new LSC, and the phone stays registered', async () => {
    expect(await type('12345')).toBeNull();
    expect(lab.world.figures('capf_sessions')).toEqual({ 'install success ipv4': 1 });
    expect(lab.flash.lsc).not.toBeNull();
    expect([phone.state, phone.mode, phone.awaitsString]).toEqual(['registered', 'nonsecure', false]);
    expect(lab.world.registrations).toHaveLength(1);
  });

  it('a reset that the registrar orders meanwhile ends it: there is one session at a time', async () => {
    let open = 0;
    let most = 0;
    const { certificate, session } = lab.world.capf.get(A) ?? expect.unreachable();
    lab.world.capf.set(A, {
      certificate,
      session: async (question) => {
        open += 1;
        most = Math.max(most, open);
        return session(question).finally(() => {
          open -= 1;
        });
      },
    });
    const first = phone.type('12345');
    await settle();
    expect(open).toBe(1);
    lab.world.registrations.at(-1)?.end({ by: 'registrar', action: 'reset' });
    await settle();
    expect(await first).toBeNull();
    expect([phone.state, phone.awaitsString, lab.flash.lsc]).toEqual(['registered', true, null]);
    await type('12345');
    await lab.world.advance(600_000);
    expect(most).toBe(1);
    expect(lab.world.figures('capf_sessions')).toEqual({ 'install success ipv4': 1 });
  });

  it('a wrong one: the operation goes on waiting', async () => {
    await type('99999');
    expect(lab.world.figures('capf_sessions')).toEqual({ 'unknown invalid-auth-str ipv4': 1 });
    expect(phone.awaitsString).toBe(true);
    await type('12345');
    expect(phone.awaitsString).toBe(false);
  });

  it('ten wrong ones in a row: none is taken for ten minutes', async () => {
    for (let wrong = 0; wrong < 10; wrong += 1) await type('0000');
    expect(lab.world.counted('capf_sessions', { result: 'invalid-auth-str' })).toBe(10);
    await type('12345');
    expect(lab.world.counted('capf_sessions')).toBe(10);
    expect(refusals().at(-1)).toBe('R-92 shut');
    await lab.world.advance(599_999);
    await type('12345');
    expect(lab.flash.lsc).toBeNull();
    await lab.world.advance(1);
    await type('12345');
    expect(lab.flash.lsc).not.toBeNull();
  });

  it('nine wrong ones and a right one: counted from the start again', async () => {
    for (let wrong = 0; wrong < 9; wrong += 1) await type('0000');
    await type('12345');
    lab.capf.operation = 'install';
    for (let wrong = 0; wrong < 9; wrong += 1) await type('0000');
    await type('12345');
    expect(lab.world.counted('capf_sessions', { result: 'success' })).toBe(2);
  });

  it('a reset does not open it, pulling the plug does', async () => {
    for (let wrong = 0; wrong < 10; wrong += 1) await type('0000');
    await lab.world.through(phone.reset('reset'));
    await type('12345');
    expect(lab.flash.lsc).toBeNull();
    phone.powerOff();
    await settle();
    await lab.boot(phone);
    await type('12345');
    expect(lab.flash.lsc).not.toBeNull();
  });

  it('while an operation is under way a second string is not taken', async () => {
    const first = phone.type('12345');
    await settle();
    expect(await phone.type('12345')).toBeNull();
    expect(refusals()).toEqual(['R-92 enrolling']);
    await lab.world.through(first);
    expect(lab.flash.lsc).not.toBeNull();
  });

  it('lost communication is tried again, and the string need not be typed for it', async () => {
    lab.world.capfFaults.set(CAPF_V4.address, 'refused');
    const typed = phone.type('12345');
    await lab.world.advance(45_000);
    lab.world.capfFaults.clear();
    await lab.world.through(typed);
    expect(lab.flash.lsc).not.toBeNull();
  });

  it('CAPF stays away: the operation goes on waiting', async () => {
    lab.world.capf.clear();
    await type('12345');
    expect(lab.world.counted('capf_attempts')).toBe(4);
    expect(phone.awaitsString).toBe(true);
  });

  it('power-off in the middle: null, and nothing is stored', async () => {
    const typed = phone.type('12345');
    await settle();
    phone.powerOff();
    expect(await typed).toBeNull();
    expect(lab.flash.lsc).toBeNull();
    expect(lab.flash.capfAuthMode).toBe(1);
  });
});

describe('R-92: where it cannot be typed', () => {
  it('on a phone that is off, booting or unregistered', async () => {
    expect(await phone.type('12345')).toBeNull();
    lab.world.registrars.clear();
    const booting = phone.powerOn(lab.power.signal);
    expect(await phone.type('12345')).toBeNull();
    await lab.world.through(booting);
    expect(await phone.type('12345')).toBeNull();
    expect(refusals()).toEqual(['R-92 not-registered', 'R-92 not-registered']);
  });

  it('on a phone that is registered secure', async () => {
    lab.flash.lsc = ownLsc;
    lab.serve({ capfAuthMode: 1, deviceSecurityMode: 'encrypted' });
    await lab.boot(phone);
    expect([phone.mode, phone.awaitsString]).toEqual(['encrypted', true]);
    await type('12345');
    expect(refusals()).toEqual(['R-92 registered-secure']);
    expect(lab.world.counted('capf_attempts')).toBe(0);
  });
});

const ENC = `${DEVICE}.cnf.xml.enc.sgn`;

describe('encrypted configuration and CAPF, phone-config.md 6', () => {
  /** The cluster encrypts for the LSC that CAPF issued last. */
  function serveEncrypted(
    capfAuthMode: 0 | 1 | 2 | 3,
    more: Parameters<typeof configurationXml>[0] = {},
  ): void {
    const reduced = (certHash: string, mode: 0 | 1 | 2 | 3) =>
      signed(
        parties.pub,
        configurationXml({
          fullConfig: false,
          encrConfig: true,
          certHash,
          capfAuthMode: mode,
          capf: [CAPF_V4],
        }),
      ).bytes;
    lab.world.serve(A, { [SGN]: reduced('', capfAuthMode) });
    const { session } = lab.capf;
    lab.capf.session = async (question) => {
      const answer = await session.call(lab.capf, question);
      if (answer.outcome === 'result' && answer.installed !== undefined) {
        const { certificate } = answer.installed;
        const whole = configurationXml({ capf: [CAPF_V4], ...more });
        const spec = { filename: ENC, timestamp: NOW / 1_000 };
        lab.world.serve(A, {
          [SGN]: reduced(createHash('md5').update(certificate.der).digest('hex'), 0),
          [ENC]: encryptFile(whole, spec, parties.pub, newFileKey(certificate)),
        });
      }
      return answer;
    };
  }

  beforeEach(() => {
    phone = lab.phone({ model: MODERN });
  });

  it('R-57: an empty certHash takes the phone to CAPF first, then to the encrypted file', async () => {
    lab.capf.auth = 'null-string';
    serveEncrypted(2, { deviceSecurityMode: 'encrypted', transportLayerProtocol: 3 });
    expect(await lab.boot(phone)).toMatchObject({ state: 'registered', mode: 'encrypted' });
    expect(
      lab.world.calls.filter((call) => /capf|cnf/.test(call)).map((call) => call.split(' ').at(-1)),
    ).toEqual([SGN, 'ipv4', SGN, ENC]);
    expect(lab.world.figures('configurations')).toEqual({ 'accepted enc R-52': 1 });
    expect(lab.world.counted('registrations', { certificate: 'lsc' })).toBe(1);
  });

  it('with nothing pending at CAPF it comes back without, and keeps its last configuration', async () => {
    lab.capf.auth = 'certificate';
    lab.capf.operation = 'none';
    serveEncrypted(0);
    expect(await lab.boot(phone)).toMatchObject({ state: 'unregistered' });
    expect(lab.world.figures('capf_sessions')).toEqual({ 'none success ipv4': 1 });
    expect(lab.world.figures('configurations')).toEqual({ 'error sgn R-57': 1 });
    expect(reduced()).toEqual(['R-57 reduced-configuration']);
  });

  it('R-58: by authentication string the configuration fails until the right one is typed', async () => {
    serveEncrypted(1);
    expect(await lab.boot(phone)).toMatchObject({ state: 'unregistered' });
    expect(lab.world.figures('configurations')).toEqual({ 'error sgn R-58': 1 });
    expect(reduced()).toEqual(['R-58 awaits-string']);
    expect(phone.awaitsString).toBe(true);
    expect(await type('99999')).toBeNull();
    expect(phone.state).toBe('unregistered');
    expect(await type('12345')).toMatchObject({ state: 'registered', mode: 'nonsecure' });
    expect(lab.world.figures('configurations')).toEqual({ 'error sgn R-58': 1, 'accepted enc R-52': 1 });
    expect(phone.awaitsString).toBe(false);
  });

  it('R-58: a phone with an older configuration is registered by it meanwhile', async () => {
    lab.serve({ deviceProtocol: 'SIP' });
    await lab.boot(phone);
    serveEncrypted(1);
    expect(await lab.world.through(phone.reset('reset'))).toMatchObject({ state: 'registered' });
    expect(await type('12345')).toMatchObject({ state: 'registered' });
    expect(lab.flash.lsc).not.toBeNull();
  });
});
