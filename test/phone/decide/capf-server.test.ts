import { beforeAll, describe, expect, it } from 'vitest';
import { ROLE_CODES } from '../../../src/device/role.js';
import { judgeCallManager, judgeCapability, judgeCapfServer } from '../../../src/phone/decide/peer.js';
import { judgeVouched } from '../../../src/phone/decide/vouched.js';
import { DEFAULT_KNOBS } from '../../../src/phone/knobs.js';
import { blankItl, CLASSIC, ctl, itl, LEGACY, MODERN, type Party, party, record } from '../fixtures.js';

let pub: Party;
let capf: Party;
let other: Party;
let large: Party;

beforeAll(async () => {
  [pub, capf, other, large] = await Promise.all([
    party('pub'),
    party('capf'),
    party('other'),
    party('large', { bits: 4096 }),
  ]);
});

describe('R-88: whom a phone believes to be CAPF', () => {
  const der = () => capf.certificate.der;
  const judge = (held: Parameters<typeof judgeCapfServer>[0], model = MODERN) =>
    judgeCapfServer(held, model, DEFAULT_KNOBS, der());

  it('the CAPF record of either list is enough', () => {
    const inCtl = ctl(pub, [record('CAPF', capf)]);
    const inItl = itl(pub, [record('CAPF', capf)]);
    expect(judge({ ctl: inCtl, itl: null })).toEqual({ trusted: true });
    expect(judge({ ctl: null, itl: inItl })).toEqual({ trusted: true });
    // S-10: the CTL still has the old one, the ITL the new one
    expect(judge({ ctl: ctl(pub, [record('CAPF', other)]), itl: inItl })).toEqual({ trusted: true });
  });

  it('the same certificate in another role is not', () => {
    expect(judge({ ctl: ctl(pub, [record('SAST', capf), record('CCM', capf)]), itl: null })).toBe('ask-tvs');
  });

  it('in neither: for TVS, which a model without Security By Default cannot ask', () => {
    expect(judge({ ctl: null, itl: blankItl(pub) })).toBe('ask-tvs');
    expect(judge({ ctl: null, itl: null }, CLASSIC)).toEqual({
      trusted: false,
      rule: 'R-88',
      reason: 'no-security-by-default',
    });
  });

  it('TVS must answer with this very certificate in role CAPF', () => {
    const answer = (of: Party, roles: number[]) =>
      judgeVouched('capf', der(), { result: 'positive', certificate: of.certificate, roles });
    expect(answer(capf, [ROLE_CODES.CAPF])).toEqual({ trusted: true });
    expect(answer(capf, [ROLE_CODES.TVS])).toMatchObject({ rule: 'R-88', reason: 'role-missing' });
    expect(answer(other, [ROLE_CODES.CAPF])).toMatchObject({ rule: 'R-88', reason: 'tvs-negative' });
  });

  it.each([
    [{ result: 'negative' }, 'tvs-negative'],
    [{ result: 'unusable', detail: 'PUB: timeout' }, 'tvs-unusable'],
    [{ result: 'no-record' }, 'no-tvs-record'],
    [{ result: 'no-server' }, 'no-tvs-server'],
  ] as const)('TVS %j: %s', (outcome, reason) => {
    expect(judgeVouched('capf', der(), outcome)).toEqual({ trusted: false, rule: 'R-88', reason });
    expect(judgeVouched('ccm', der(), outcome)).toEqual({ trusted: false, rule: 'R-81', reason });
  });

  it('K-06: a CallManager needs one of its own roles', () => {
    const answer = (roles: number[]) =>
      judgeVouched('ccm', der(), { result: 'positive', certificate: capf.certificate, roles }).trusted;
    expect(answer([ROLE_CODES.SAST, ROLE_CODES['CCM+TFTP']])).toBe(true);
    expect(answer([ROLE_CODES.CAPF])).toBe(false);
  });
});

describe('R-85: a key that is too long for the model', () => {
  it('fails the handshake, known or not', () => {
    const list = ctl(pub, [record('CCM+TFTP', large)]);
    const { der } = large.certificate;
    expect(judgeCallManager(list, LEGACY, DEFAULT_KNOBS, der)).toEqual({
      trusted: false,
      rule: 'R-85',
      reason: 'key-too-large',
    });
    expect(judgeCallManager(list, MODERN, DEFAULT_KNOBS, der)).toEqual({ trusted: true });
  });

  it('K-10 false: no SHA-256 for the 79xx (R-105)', () => {
    const knobs = { legacySha256Certificates: false };
    expect(judgeCapability(LEGACY, knobs, pub.certificate.der, 'R-76')).toMatchObject({ rule: 'R-105' });
    expect(judgeCapability(MODERN, knobs, pub.certificate.der, 'R-76')).toEqual({ trusted: true });
  });

  it.each([LEGACY, MODERN])(
    'octets that are no certificate are not believed, whatever digests the model checks',
    (model) => {
      expect(judgeCapability(model, DEFAULT_KNOBS, Uint8Array.of(0x30, 0), 'R-88')).toEqual({
        trusted: false,
        rule: 'R-88',
        reason: 'malformed',
      });
    },
  );
});
