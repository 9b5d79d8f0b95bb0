import { beforeAll, describe, expect, it } from 'vitest';
import { ROLE_CODES } from '../../../src/device/role.js';
import { judgeAnswer, type TvsOutcome } from '../../../src/phone/decide/answer.js';
import type { HeldTrust } from '../../../src/phone/decide/held.js';
import { judgeList } from '../../../src/phone/decide/list.js';
import { DEFAULT_KNOBS } from '../../../src/phone/knobs.js';
import type { TrustList } from '../../../src/trustfile/index.js';
import {
  blankItl,
  broken,
  CLASSIC,
  context,
  ctl,
  etokenRecord,
  held,
  itl,
  LEGACY,
  NOW,
  type Party,
  party,
  record,
  token,
} from '../fixtures.js';

let pub: Party;
let recovery: Party;
let stranger: Party;
let tvs: Party;
let ownCtl: TrustList;
let ownItl: TrustList;
let blank: TrustList;

beforeAll(async () => {
  [pub, recovery, stranger, tvs] = await Promise.all([
    party('pub'),
    party('recovery'),
    party('stranger'),
    party('tvs'),
  ]);
  ownCtl = ctl(recovery, [record('SAST', recovery), record('CCM+TFTP', pub)]);
  ownItl = itl(recovery, [record('SAST', recovery), record('TFTP', pub), record('TVS', tvs)]);
  blank = blankItl(recovery);
});

interface Row {
  readonly rule: string;
  readonly installed: () => Partial<HeldTrust>;
  readonly arrives: 'ctl' | 'itl';
  /** Signed by one whom nothing installed knows. */
  readonly stranger: string;
  /** Signed by a SAST of what is installed, where anything is. */
  readonly known?: string;
}

/** DT-1, row by row. */
const DT_1: readonly Row[] = [
  { rule: 'R-15', installed: () => ({}), arrives: 'ctl', stranger: 'accept R-15 first-trust' },
  { rule: 'R-16', installed: () => ({}), arrives: 'itl', stranger: 'accept R-16 first-trust' },
  { rule: 'R-17', installed: () => ({ itl: blank }), arrives: 'ctl', stranger: 'accept R-17 first-trust' },
  { rule: 'R-17', installed: () => ({ itl: blank }), arrives: 'itl', stranger: 'accept R-17 first-trust' },
  {
    rule: 'R-22, no CTL, ITL by ITL',
    installed: () => ({ itl: ownItl }),
    arrives: 'itl',
    stranger: 'ask-tvs R-22 signer-unknown',
    known: 'accept R-22 signer-in-itl',
  },
  {
    rule: 'R-18a',
    installed: () => ({ itl: ownItl }),
    arrives: 'ctl',
    stranger: 'ask-tvs R-22 signer-unknown',
    known: 'accept R-22 signer-in-itl',
  },
  {
    rule: 'R-22, CTL by CTL',
    installed: () => ({ ctl: ownCtl, itl: ownItl }),
    arrives: 'ctl',
    stranger: 'ask-tvs R-22 signer-unknown',
    known: 'accept R-22 signer-in-ctl',
  },
  {
    rule: 'R-18',
    installed: () => ({ ctl: ownCtl }),
    arrives: 'itl',
    stranger: 'ask-tvs R-22 signer-unknown',
    known: 'accept R-22 signer-in-ctl',
  },
  {
    rule: 'R-19',
    installed: () => ({ ctl: ownCtl, itl: blank }),
    arrives: 'itl',
    stranger: 'ask-tvs R-22 signer-unknown',
    known: 'accept R-22 signer-in-ctl',
  },
  {
    rule: 'R-19',
    installed: () => ({ ctl: ownCtl, itl: blank }),
    arrives: 'ctl',
    stranger: 'ask-tvs R-22 signer-unknown',
    known: 'accept R-22 signer-in-ctl',
  },
];

function offer(kind: 'ctl' | 'itl', signer: Party): TrustList {
  const records = [record('SAST', signer), record('CCM+TFTP', pub)];
  // another time stamp than that of the installed lists, so that it is another file
  const timestamp = NOW / 1_000 + 60;
  return kind === 'ctl' ? ctl(signer, records, { timestamp }) : itl(signer, records, { timestamp });
}

describe('first trust, DT-1', () => {
  it.each(DT_1)(
    '$rule: a list of a stranger ($arrives): $stranger',
    ({ installed, arrives, stranger: expected }) => {
      const { decision, rule, reason } = judgeList(
        context(held(installed())),
        arrives,
        offer(arrives, stranger),
      );
      expect(`${decision} ${rule} ${reason}`).toBe(expected);
    },
  );

  it.each(DT_1.filter(({ known }) => known !== undefined))(
    '$rule: a list of a known SAST ($arrives): $known',
    ({ installed, arrives, known }) => {
      const { decision, rule, reason } = judgeList(
        context(held(installed())),
        arrives,
        offer(arrives, recovery),
      );
      expect(`${decision} ${rule} ${reason}`).toBe(known);
    },
  );

  it('R-18, R-19: without a TVS record in the ITL an unknown signer is refused by R-38', () => {
    for (const trust of [held({ ctl: ownCtl }), held({ ctl: ownCtl, itl: blank })]) {
      const judge = context(trust);
      const offered = offer('itl', stranger);
      const ask = judgeList(judge, 'itl', offered);
      if (ask.decision !== 'ask-tvs') throw new Error(ask.decision);
      expect(judgeAnswer(judge, 'itl', offered, ask, { result: 'no-record' })).toMatchObject({
        decision: 'refuse',
        rule: 'R-38',
        reason: 'no-tvs-record',
      });
    }
  });

  it('R-24 holds at first trust, too: a 79xx refuses its first list when it is signed with SHA-512', () => {
    const offered = itl(pub, [record('SAST', pub)], { digest: 'sha512' });
    expect(judgeList(context(held(), { model: LEGACY }), 'itl', offered)).toMatchObject({
      decision: 'refuse',
      rule: 'R-24',
    });
    expect(judgeList(context(held()), 'itl', offered).decision).toBe('accept');
  });

  it('first trust verifies nothing, not even the signature (R-15, R-16)', () => {
    expect(judgeList(context(held()), 'itl', broken(offer('itl', pub)))).toMatchObject({ rule: 'R-16' });
  });

  it('R-34: without Security By Default there is no ITL at all', () => {
    expect(judgeList(context(held(), { model: CLASSIC }), 'itl', offer('itl', pub))).toMatchObject({
      rule: 'R-34',
      reason: 'no-security-by-default',
    });
  });
});

describe('a first CTL beside an ITL, R-18a', () => {
  let eToken: Party;
  beforeAll(async () => {
    eToken = await token('ADN0054f509');
  });

  const outcomes: readonly TvsOutcome[] = [
    { result: 'negative' },
    { result: 'unusable', detail: 'PUB: timeout' },
    { result: 'no-server' },
  ];

  it.each(outcomes)('signed by a hardware token is accepted when TVS is $result', (outcome) => {
    const judge = context(held({ itl: ownItl }));
    const offered = ctl(eToken, [etokenRecord(eToken.certificate), record('CCM+TFTP', pub)]);
    const ask = judgeList(judge, 'ctl', offered);
    if (ask.decision !== 'ask-tvs') throw new Error(ask.decision);
    expect(judgeAnswer(judge, 'ctl', offered, ask, outcome)).toEqual({
      decision: 'accept',
      rule: 'R-18a',
      reason: 'etoken-signer',
    });
  });

  it('is accepted, too, when TVS has said before that it knows the token in another role', () => {
    const cache = { find: () => ({ certificate: eToken.certificate, roles: [ROLE_CODES.TFTP] }) };
    const offered = ctl(eToken, [etokenRecord(eToken.certificate), record('CCM+TFTP', pub)]);
    expect(judgeList(context(held({ itl: ownItl, cache })), 'ctl', offered)).toEqual({
      decision: 'accept',
      rule: 'R-18a',
      reason: 'etoken-signer',
    });
    // with a CTL installed it is a CTL as any other
    expect(judgeList(context(held({ ctl: ownCtl, itl: ownItl, cache })), 'ctl', offered)).toMatchObject({
      decision: 'refuse',
      rule: 'R-23',
    });
  });

  it('with a broken signature is refused (R-25), token or not', () => {
    const judge = context(held({ itl: ownItl }));
    const offered = broken(ctl(eToken, [etokenRecord(eToken.certificate)]));
    const ask = judgeList(judge, 'ctl', offered);
    if (ask.decision !== 'ask-tvs') throw new Error(ask.decision);
    expect(judgeAnswer(judge, 'ctl', offered, ask, { result: 'negative' })).toMatchObject({ rule: 'R-25' });
  });

  it('signed by another stranger stays refused (R-40)', () => {
    const judge = context(held({ itl: ownItl }));
    const offered = offer('ctl', stranger);
    const ask = judgeList(judge, 'ctl', offered);
    if (ask.decision !== 'ask-tvs') throw new Error(ask.decision);
    expect(judgeAnswer(judge, 'ctl', offered, ask, { result: 'negative' })).toMatchObject({ rule: 'R-40' });
  });

  it('a second CTL of a token is nothing special: the phone holds a CTL already', () => {
    const judge = context(held({ ctl: ownCtl, itl: ownItl }));
    const offered = ctl(eToken, [etokenRecord(eToken.certificate)]);
    const ask = judgeList(judge, 'ctl', offered);
    if (ask.decision !== 'ask-tvs') throw new Error(ask.decision);
    expect(judgeAnswer(judge, 'ctl', offered, ask, { result: 'negative' })).toMatchObject({ rule: 'R-40' });
  });

  it('K-01 tofu takes any first CTL, and only a CTL', () => {
    const knobs = { ...DEFAULT_KNOBS, firstCtlWithItl: 'tofu' } as const;
    const judge = context(held({ itl: ownItl }), { knobs });
    expect(judgeList(judge, 'ctl', offer('ctl', stranger))).toMatchObject({
      decision: 'accept',
      rule: 'R-18a',
    });
    expect(judgeList(judge, 'itl', offer('itl', stranger)).decision).toBe('ask-tvs');
  });
});
