import { beforeAll, describe, expect, it } from 'vitest';
import { ROLE_CODES, type RoleName } from '../../../src/device/role.js';
import { judgeAnswer, type TvsOutcome } from '../../../src/phone/decide/answer.js';
import { judgeConfiguration } from '../../../src/phone/decide/configuration.js';
import type { HeldTrust } from '../../../src/phone/decide/held.js';
import { judgeList, MAX_ITL_CERTIFICATES } from '../../../src/phone/decide/list.js';
import type { FileKind, Judgement } from '../../../src/phone/decide/verdict.js';
import { DEFAULT_KNOBS } from '../../../src/phone/knobs.js';
import { parseTrustFile, type TrustFile, type TrustList } from '../../../src/trustfile/index.js';
import {
  blankItl,
  broken,
  CLASSIC,
  cacheOf,
  context,
  ctl,
  emptyRecord,
  held,
  itl,
  LEGACY,
  NOW,
  type Party,
  party,
  record,
  signed,
} from '../fixtures.js';

let signer: Party;
let other: Party;
let tvs: Party;

beforeAll(async () => {
  [signer, other, tvs] = await Promise.all([party('signer'), party('other'), party('tvs')]);
});

const KINDS: readonly FileKind[] = ['ctl', 'itl', 'config'];

/** R-23, nine cells: the roles in which a place may know the signer. */
const R_23: Readonly<Record<FileKind, Readonly<Record<'ctl' | 'itl' | 'tvs', readonly RoleName[]>>>> = {
  ctl: { ctl: ['SAST'], itl: ['SAST'], tvs: ['SAST'] },
  itl: { ctl: ['SAST', 'CCM+TFTP'], itl: ['SAST'], tvs: ['SAST'] },
  config: { ctl: ['CCM+TFTP', 'TFTP'], itl: ['CCM+TFTP', 'TFTP'], tvs: ['CCM+TFTP', 'TFTP'] },
};
const ROLES = Object.keys(ROLE_CODES) as RoleName[];
const CELLS = KINDS.flatMap((kind) => (['ctl', 'itl', 'tvs'] as const).map((place) => ({ kind, place })));

function offer(kind: FileKind, by: Party): TrustFile {
  if (kind === 'config') return signed(by, Buffer.from('<device/>'));
  return kind === 'ctl' ? ctl(by, [record('SAST', by)]) : itl(by, [record('SAST', by)]);
}

function judge(trust: HeldTrust, kind: FileKind, file: TrustFile): Judgement {
  if (file.kind !== 'trust-list') return judgeConfiguration(context(trust), file);
  return judgeList(context(trust), kind === 'ctl' ? 'ctl' : 'itl', file);
}

function answered(trust: HeldTrust, kind: FileKind, file: TrustFile, outcome: TvsOutcome): Judgement {
  const ask = judge(trust, kind, file);
  return ask.decision === 'ask-tvs' ? judgeAnswer(context(trust), kind, file, ask, outcome) : ask;
}

/** Lists that know nobody but `other`, and the signer in this role in that place. */
function heldWith(place: 'ctl' | 'itl', role: RoleName): HeldTrust {
  const known = record(role, signer);
  const ownCtl = ctl(other, [record('SAST', other), ...(place === 'ctl' ? [known] : [])]);
  const ownItl = itl(other, [record('SAST', other), record('TVS', tvs), ...(place === 'itl' ? [known] : [])]);
  return held({ ctl: ownCtl, itl: ownItl });
}

describe('roles, R-23', () => {
  it.each(CELLS)('$kind, signer known from $place', ({ kind, place }) => {
    const allowed = ROLES.filter((role) => {
      const file = offer(kind, signer);
      const verdict =
        place === 'tvs'
          ? answered(heldWith('ctl', 'APP-SERVER'), kind, file, {
              result: 'positive',
              certificate: signer.certificate,
              roles: [ROLE_CODES[role]],
            })
          : judge(heldWith(place, role), kind, file);
      return verdict.decision === 'accept';
    });
    expect(allowed.sort()).toEqual([...R_23[kind][place]].sort());
  });

  it.each(KINDS)('%s: an answer of TVS without the role is R-23 role-missing', (kind) => {
    const outcome = {
      result: 'positive',
      certificate: signer.certificate,
      roles: [ROLE_CODES.CAPF],
    } as const;
    expect(answered(heldWith('ctl', 'CAPF'), kind, offer(kind, signer), outcome)).toMatchObject({
      decision: 'refuse',
      rule: 'R-23',
      reason: 'role-missing',
    });
  });

  it('a signer known in the wrong role is looked for in the next place, then TVS is asked (R-22)', () => {
    const wrong = ctl(other, [record('SAST', other), record('CCM', signer)]);
    const right = itl(other, [record('SAST', other), record('SAST', signer), record('TVS', tvs)]);
    expect(judge(held({ ctl: wrong, itl: right }), 'ctl', offer('ctl', signer))).toMatchObject({
      reason: 'signer-in-itl',
    });
    const ask = judge(
      held({ ctl: wrong, itl: itl(other, [record('TVS', tvs)]) }),
      'ctl',
      offer('ctl', signer),
    );
    expect(ask).toMatchObject({ decision: 'ask-tvs', roleMissingIn: ['ctl'] });
  });

  it.each(['no-record', 'no-server'] as const)('known in the wrong role and %s: R-23', (result) => {
    const trust = held({ ctl: ctl(other, [record('CCM', signer)]) });
    expect(answered(trust, 'itl', offer('itl', signer), { result })).toMatchObject({
      rule: 'R-23',
      reason: 'role-missing',
    });
  });
});

interface Row {
  readonly inCtl: boolean;
  readonly inItl: boolean;
  readonly tvs: 'not asked' | TvsOutcome['result'];
  readonly result: string;
}

/** DT-2; DT-3 is the same table for an ITL. The sixth row, without Security By Default, stands below. */
const DT_2: readonly Row[] = [
  { inCtl: true, inItl: false, tvs: 'not asked', result: 'accept R-22 signer-in-ctl' },
  { inCtl: false, inItl: true, tvs: 'not asked', result: 'accept R-22 signer-in-itl' },
  { inCtl: false, inItl: false, tvs: 'positive', result: 'accept R-26 signer-from-tvs' },
  { inCtl: false, inItl: false, tvs: 'negative', result: 'refuse R-40 tvs-negative' },
  { inCtl: false, inItl: false, tvs: 'unusable', result: 'refuse R-39 tvs-unusable' },
];

describe.each(['ctl', 'itl'] as const)('a new list (%s) on a phone with both, DT-2 and DT-3', (kind) => {
  it.each(DT_2)('in CTL $inCtl, in ITL $inItl, TVS $tvs: $result', ({ inCtl, inItl, tvs: asked, result }) => {
    const trust = held({
      ctl: ctl(other, [record('SAST', inCtl ? signer : other)]),
      itl: itl(other, [record('SAST', inItl ? signer : other), record('TVS', tvs)]),
    });
    const file = offer(kind, signer);
    const first = judge(trust, kind, file);
    expect(first.decision === 'ask-tvs').toBe(asked !== 'not asked');
    const outcome: TvsOutcome =
      asked === 'positive'
        ? { result: 'positive', certificate: signer.certificate, roles: [0, 2] }
        : asked === 'negative'
          ? { result: 'negative' }
          : { result: 'unusable', detail: 'PUB: timeout' };
    const { decision, rule, reason } = answered(trust, kind, file, outcome);
    expect(`${decision} ${rule} ${reason}`).toBe(result);
  });

  it('sixth row: a phone without Security By Default asks nobody', () => {
    const file = offer(kind, signer);
    if (file.kind !== 'trust-list') throw new Error(file.kind);
    const trust = held({ ctl: ctl(other, [record('SAST', other)]) });
    expect(judgeList(context(trust, { model: CLASSIC }), kind, file)).toMatchObject({
      decision: 'refuse',
      rule: 'R-34',
      reason: 'no-security-by-default',
    });
  });
});

describe('the order of the checks on a list, R-13', () => {
  it('size, then identical, then digest, then signer, then signature', () => {
    const filler = Array.from({ length: MAX_ITL_CERTIFICATES + 1 }, () => record('TVS', tvs));
    const tooLarge = itl(other, [record('SAST', other), ...filler], { digest: 'sha512' });
    const legacy = (trust: HeldTrust, file: TrustList) =>
      judgeList(context(trust, { model: LEGACY }), 'itl', file).rule;
    expect(legacy(held({ itl: tooLarge }), tooLarge)).toBe('R-32');
    const sha512 = itl(signer, [record('SAST', signer)], { digest: 'sha512' });
    expect(legacy(held({ itl: sha512 }), sha512)).toBe('R-13');
    expect(legacy(held(), sha512)).toBe('R-24');
    expect(
      legacy(held({ itl: itl(other, [record('SAST', signer), record('TVS', tvs)]) }), broken(sha512)),
    ).toBe('R-24');
  });

  it('R-13: the same octets are unchanged, whoever signed them', () => {
    const file = itl(signer, [record('TVS', tvs)]);
    const copy = parseTrustFile(Uint8Array.from(file.bytes));
    if (copy.kind !== 'trust-list') throw new Error(copy.kind);
    expect(judgeList(context(held({ itl: file })), 'itl', copy)).toEqual({
      decision: 'unchanged',
      rule: 'R-13',
      reason: 'unchanged',
    });
  });

  it('R-32: 39 certificates are the most an ITL may have; a CTL has no such limit', () => {
    const records = (count: number) => Array.from({ length: count }, () => record('TVS', tvs));
    expect(judgeList(context(held()), 'itl', itl(other, records(39))).rule).toBe('R-16');
    expect(judgeList(context(held()), 'itl', itl(other, records(40)))).toMatchObject({
      rule: 'R-32',
      reason: 'too-large',
    });
    expect(judgeList(context(held()), 'ctl', ctl(other, records(40))).rule).toBe('R-15');
  });

  it('R-32: 65,536 octets are the most an ITL may have', () => {
    const certificates = Array.from({ length: 39 }, () => record('TVS', tvs));
    const padded = (octets: number): TrustList => {
      // RECORDLENGTH, FUNCTION and the head of SIGNATURE are 13 octets of each filler
      const missing = octets - itl(other, certificates).bytes.length - 2 * 13;
      const first = Math.floor(missing / 2);
      const fillers = [first, missing - first].map((length) => ({
        ...emptyRecord('CAPF'),
        signature: new Uint8Array(length),
      }));
      return itl(other, [...certificates, ...fillers]);
    };
    const fits = padded(65_536);
    expect(fits.bytes.length).toBe(65_536);
    expect(judgeList(context(held()), 'itl', fits).rule).toBe('R-16');
    expect(judgeList(context(held()), 'itl', padded(65_537)).rule).toBe('R-32');
  });
});

describe('signatures', () => {
  const knows = (): HeldTrust =>
    held({ itl: itl(other, [record('SAST', signer), record('CCM+TFTP', signer), record('TVS', tvs)]) });

  it.each(KINDS)(
    'R-25: %s of a known signer with a wrong signature is refused without asking TVS',
    (kind) => {
      const file = offer(kind, signer);
      if (file.kind === 'encrypted') throw new Error(file.kind);
      expect(judge(knows(), kind, broken(file))).toMatchObject({ rule: 'R-25', reason: 'signature-invalid' });
    },
  );

  it('R-25 holds for the certificate that TVS brought, too', () => {
    const file = offer('itl', signer);
    if (file.kind !== 'trust-list') throw new Error(file.kind);
    const outcome = { result: 'positive', certificate: signer.certificate, roles: [0] } as const;
    const trust = held({ itl: itl(other, [record('TVS', tvs)]) });
    expect(answered(trust, 'itl', broken(file), outcome)).toMatchObject({ rule: 'R-25' });
  });

  it.each([
    ['sha1', 'accept'],
    ['sha512', 'refuse'],
  ] as const)('R-24: a 79xx and a list signed with %s: %s, without a TVS query', (digest, expected) => {
    const file = itl(signer, [record('SAST', signer)], { digest });
    const verdict = judgeList(context(knows(), { model: LEGACY }), 'itl', file);
    expect(verdict.decision).toBe(expected);
    if (expected === 'refuse') expect(verdict).toMatchObject({ rule: 'R-24', reason: 'digest-unsupported' });
  });

  it('R-24 for configuration files, too (S-15)', () => {
    const file = signed(signer, Buffer.from('<device/>'), { digest: 'sha512' });
    expect(judgeConfiguration(context(knows(), { model: LEGACY }), file)).toMatchObject({ rule: 'R-24' });
    expect(judgeConfiguration(context(knows()), file).decision).toBe('accept');
  });

  it('R-85: a key above the limit of the model verifies nothing', () => {
    const model = { ...LEGACY, maxRsaBits: 512 };
    expect(
      judgeList(context(knows(), { model }), 'itl', itl(signer, [record('SAST', signer)])),
    ).toMatchObject({
      rule: 'R-85',
      reason: 'key-too-large',
    });
  });

  it('R-30, R-31: neither an older time stamp nor an expired signer is a reason to refuse, but for K-04', async () => {
    const expired = await party('expired', { notAfter: NOW - 1 });
    const trust = held({ itl: itl(other, [record('SAST', expired), record('TVS', tvs)]) });
    const old = itl(expired, [record('SAST', expired)], { timestamp: 1 });
    expect(judgeList(context(trust), 'itl', old)).toMatchObject({ decision: 'accept', rule: 'R-22' });
    const knobs = { ...DEFAULT_KNOBS, checkListExpiry: true };
    expect(judgeList(context(trust, { knobs }), 'itl', old)).toMatchObject({
      rule: 'R-31',
      reason: 'signer-expired',
    });
  });

  it('R-21: serials count without leading zero octets, names as they stand', () => {
    const trust = knows();
    const file = offer('itl', signer);
    if (file.kind !== 'trust-list') throw new Error(file.kind);
    const zero: TrustList = {
      ...file,
      kind: 'trust-list',
      bytes: file.bytes,
      records: file.records,
      header: { ...file.header, signer: { ...file.header.signer, serial: `00${file.header.signer.serial}` } },
    };
    expect(judge(trust, 'itl', zero)).toMatchObject({ reason: 'signer-in-itl' });
    const renamed = { ...zero.header.signer, issuer: zero.header.signer.issuer.toLowerCase() };
    expect(judge(trust, 'itl', { ...zero, header: { ...zero.header, signer: renamed } }).decision).toBe(
      'ask-tvs',
    );
  });
});

/** What TVS answered with for one file, by the roles, and what becomes of the next file of that signer. */
const CACHED: readonly (readonly [RoleName[], FileKind, string])[] = [
  [['SAST'], 'ctl', 'accept R-42 signer-in-cache'],
  [['SAST'], 'itl', 'accept R-42 signer-in-cache'],
  [['SAST'], 'config', 'refuse R-23 role-missing'],
  [['TFTP'], 'ctl', 'refuse R-23 role-missing'],
  [['TFTP'], 'itl', 'refuse R-23 role-missing'],
  [['TFTP'], 'config', 'accept R-42 signer-in-cache'],
  [['CCM+TFTP'], 'ctl', 'refuse R-23 role-missing'],
  [['CCM+TFTP'], 'itl', 'refuse R-23 role-missing'],
  [['CCM+TFTP'], 'config', 'accept R-42 signer-in-cache'],
  // CallManager of the same cluster gives 0 + 2
  [['SAST', 'CCM+TFTP'], 'itl', 'accept R-42 signer-in-cache'],
  [['SAST', 'CCM+TFTP'], 'config', 'accept R-42 signer-in-cache'],
  // known, and counted positive, in no role that helps
  [['CAPF'], 'config', 'refuse R-23 role-missing'],
  [[], 'itl', 'refuse R-23 role-missing'],
];

/**
 * QUERY names "device name, subject, issuer, serial", not what the signer is needed for. R-40: "An answer, positive or
 * negative, ends the search." R-42: "A positive QUERY answer is cached for the life time given."
 */
describe('a signer that TVS was asked for before is not asked for again, whatever its roles (R-40 to R-42)', () => {
  it.each(CACHED)('known in roles %j, for a file of kind %s: %s', (roles, kind, result) => {
    const trust = held({
      ctl: ctl(other, [record('SAST', other)]),
      itl: itl(other, [record('SAST', other), record('TVS', tvs)]),
      cache: cacheOf(
        signer,
        roles.map((role) => ROLE_CODES[role]),
      ),
    });
    const { decision, rule, reason } = judge(trust, kind, offer(kind, signer));
    expect(`${decision} ${rule} ${reason}`).toBe(result);
  });

  it('a list that knows it in a wrong role, too, changes nothing', () => {
    const trust = { ...heldWith('ctl', 'APP-SERVER'), cache: cacheOf(signer, [ROLE_CODES.TFTP]) };
    expect(judge(trust, 'itl', offer('itl', signer))).toMatchObject({
      rule: 'R-23',
      detail: expect.stringMatching(/^TVS knows "CN=signer.* in roles 3, which do not allow it to sign ITL/),
    });
  });

  it('R-25: what TVS answered with checks the signature of the next file, too', () => {
    const trust = held({ itl: itl(other, [record('TVS', tvs)]), cache: cacheOf(signer, [ROLE_CODES.SAST]) });
    expect(judge(trust, 'itl', broken(itl(signer, [record('SAST', signer)])))).toMatchObject({
      rule: 'R-25',
    });
  });
});

describe('R-22 and the lists of one boot', () => {
  it('R-18: an ITL after a first CTL is judged by that CTL', () => {
    const first = ctl(signer, [record('SAST', signer), record('CCM+TFTP', other)]);
    expect(judge(held({ ctl: first }), 'itl', offer('itl', signer))).toMatchObject({
      reason: 'signer-in-ctl',
    });
    expect(judge(held({ ctl: first }), 'itl', offer('itl', tvs)).decision).toBe('ask-tvs');
  });

  it('R-35: a list of a new SAST is taken once a list that brings it was taken, or TVS knows it', () => {
    const byNew = itl(signer, [record('SAST', signer)]);
    const before = itl(other, [record('SAST', other), record('TVS', tvs)]);
    expect(judge(held({ itl: before }), 'itl', byNew).decision).toBe('ask-tvs');
    const between = itl(other, [record('SAST', other), record('SAST', signer), record('TVS', tvs)]);
    expect(judge(held({ itl: before }), 'itl', between).decision).toBe('accept');
    expect(judge(held({ itl: between }), 'itl', byNew).decision).toBe('accept');
    const known = { result: 'positive', certificate: signer.certificate, roles: [ROLE_CODES.SAST] } as const;
    expect(answered(held({ itl: before }), 'itl', byNew, known)).toMatchObject({ rule: 'R-26' });
  });

  it.each([2, 4, 8])('R-33: %i SAST records are none too many', (number) => {
    const filler = Array.from({ length: number - 1 }, () => record('SAST', other));
    const trust = held({ ctl: ctl(other, [...filler, record('SAST', signer)]) });
    expect(judge(trust, 'ctl', ctl(signer, [record('SAST', signer)]))).toMatchObject({ decision: 'accept' });
  });

  it('R-65: a blank ITL replaces a normal one by the normal rules', () => {
    const trust = held({ itl: itl(signer, [record('SAST', signer), record('TVS', tvs)]) });
    expect(judge(trust, 'itl', blankItl(signer))).toMatchObject({ decision: 'accept', rule: 'R-22' });
    expect(judge(trust, 'itl', blankItl(other)).decision).toBe('ask-tvs');
  });
});
