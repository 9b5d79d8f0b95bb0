import { beforeAll, describe, expect, it } from 'vitest';
import {
  askedConfiguration,
  judgeConfiguration,
  judgeUnsignedConfiguration,
} from '../../../src/phone/decide/configuration.js';
import type { HeldTrust } from '../../../src/phone/decide/held.js';
import { holdsNonBlankList, isBlank } from '../../../src/phone/decide/held.js';
import { isLocked, type LockEvidence } from '../../../src/phone/decide/locked.js';
import {
  blankItl,
  CLASSIC,
  context,
  ctl,
  emptyRecord,
  held,
  itl,
  type Party,
  party,
  record,
  signed,
} from '../fixtures.js';

let pub: Party;
let tvs: Party;
let fullCtl: NonNullable<HeldTrust['ctl']>;
let nonSecureCtl: NonNullable<HeldTrust['ctl']>;
let normalItl: NonNullable<HeldTrust['itl']>;
let blank: NonNullable<HeldTrust['itl']>;

beforeAll(async () => {
  [pub, tvs] = await Promise.all([party('pub'), party('tvs')]);
  fullCtl = ctl(pub, [record('SAST', pub), record('CCM+TFTP', pub)]);
  // CCM+TFTP without certificate, SAST as before
  nonSecureCtl = ctl(pub, [record('SAST', pub), emptyRecord('CCM+TFTP', { ipAddress: '10.0.0.1' })]);
  normalItl = itl(pub, [record('SAST', pub), record('TFTP', pub), record('TVS', tvs)]);
  blank = blankItl(pub);
});

interface Row {
  readonly rule: string;
  readonly holds: () => Partial<HeldTrust>;
  readonly form: 'plain' | 'sgn';
}

const NAMES: readonly Row[] = [
  { rule: 'R-50', holds: () => ({}), form: 'plain' },
  { rule: 'R-50', holds: () => ({ itl: normalItl }), form: 'sgn' },
  { rule: 'R-50', holds: () => ({ ctl: fullCtl }), form: 'sgn' },
  { rule: 'R-50', holds: () => ({ ctl: fullCtl, itl: blank }), form: 'sgn' },
  { rule: 'R-51', holds: () => ({ ctl: nonSecureCtl, itl: normalItl }), form: 'sgn' },
  { rule: 'R-50', holds: () => ({ ctl: nonSecureCtl }), form: 'plain' },
  { rule: 'R-55', holds: () => ({ itl: blank }), form: 'plain' },
];

describe('which configuration a phone asks for', () => {
  it.each(NAMES)('$rule: $form', ({ holds, form, rule }) => {
    expect(askedConfiguration(held(holds()))).toEqual({ form, rule });
  });

  it('R-54, R-55: an unsigned file is taken by a phone that asks for it, by no other', () => {
    for (const { holds, form } of NAMES) {
      const { decision } = judgeUnsignedConfiguration(held(holds()), 'SEP.cnf.xml');
      expect(decision).toBe(form === 'plain' ? 'accept' : 'refuse');
    }
    expect(judgeUnsignedConfiguration(held({ itl: blank }), 'SEP.cnf.xml')).toMatchObject({
      rule: 'R-55',
      reason: 'unsigned-allowed',
    });
  });

  it('R-52: the signer is looked up in CTL, then ITL', () => {
    const file = signed(pub, Buffer.from('<device/>'));
    const judged = (trust: Partial<HeldTrust>) => judgeConfiguration(context(held(trust)), file);
    expect(judged({ ctl: fullCtl, itl: normalItl })).toMatchObject({ rule: 'R-52', reason: 'signer-in-ctl' });
    expect(judged({ ctl: nonSecureCtl, itl: normalItl })).toMatchObject({
      rule: 'R-52',
      reason: 'signer-in-itl',
    });
    const elsewhere = itl(tvs, [record('SAST', tvs), record('TFTP', tvs), record('TVS', tvs)]);
    expect(judged({ itl: elsewhere })).toMatchObject({ decision: 'ask-tvs' });
  });

  it('R-34, S-09: a phone without Security By Default refuses a configuration that its CTL does not vouch for', () => {
    const file = signed(tvs, Buffer.from('<device/>'));
    expect(judgeConfiguration(context(held({ ctl: fullCtl }), { model: CLASSIC }), file)).toMatchObject({
      decision: 'refuse',
      rule: 'R-34',
    });
  });
});

describe('R-65: a blank ITL is known by what its TFTP and TVS records lack', () => {
  it('normal, blank, and one that kept its TVS record', () => {
    expect(isBlank(normalItl)).toBe(false);
    expect(isBlank(blank)).toBe(true);
    expect(isBlank(itl(pub, [record('SAST', pub), emptyRecord('TFTP'), record('TVS', tvs)]))).toBe(false);
  });
});

describe('the locked state, R-62', () => {
  const evidence = (changes: Partial<LockEvidence> = {}): LockEvidence => ({
    reachedTftp: true,
    listRefused: true,
    configurationRefused: true,
    holdsNonBlankList: true,
    ...changes,
  });

  it('takes the list and the configuration both refused', () => {
    expect(isLocked(false, evidence())).toBe(true);
    expect(isLocked(false, evidence({ listRefused: false }))).toBe(false);
    expect(isLocked(false, evidence({ configurationRefused: false }))).toBe(false);
    expect(isLocked(true, evidence({ listRefused: false, configurationRefused: false }))).toBe(false);
  });

  it('R-64: locked it stays for as long as it refuses both, whatever was renewed meanwhile', () => {
    const boots = [evidence(), evidence(), evidence()];
    expect(boots.reduce(isLocked, false)).toBe(true);
    expect([...boots, evidence({ listRefused: false })].reduce(isLocked, false)).toBe(false);
  });

  it('a boot that reached no TFTP server leaves it as it was', () => {
    const nothing = { reachedTftp: false, listRefused: false, configurationRefused: false };
    expect(isLocked(true, evidence(nothing))).toBe(true);
    expect(isLocked(false, evidence(nothing))).toBe(false);
  });

  it('a phone with nothing but a blank ITL is never locked; beside a CTL the blank one exempts nobody', () => {
    expect(isLocked(true, evidence({ holdsNonBlankList: false }))).toBe(false);
    expect(holdsNonBlankList(held({ itl: blank }))).toBe(false);
    expect(holdsNonBlankList(held({ itl: blank, ctl: fullCtl }))).toBe(true);
    expect(holdsNonBlankList(held({ itl: normalItl }))).toBe(true);
    expect(holdsNonBlankList(held())).toBe(false);
  });
});
