import { describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { DEFAULT_KNOBS, readKnobs } from '../../src/phone/knobs.js';

function failure(record: Record<string, unknown>): TrustfleetError {
  try {
    readKnobs(record);
  } catch (error) {
    if (error instanceof TrustfleetError) return error;
  }
  throw new Error('it was read without a complaint');
}

describe('knobs of phone-behaviour.md 17', () => {
  it('without any, the defaults hold', () => {
    expect(readKnobs({})).toEqual(DEFAULT_KNOBS);
  });

  it.each([
    ['K-01', 'tofu', { firstCtlWithItl: 'tofu' }],
    ['K-02', false, { tvsNegativeIsFinal: false }],
    ['K-03', '2s/4.5s', { tvsTimeouts: { connectMs: 2_000, answerMs: 4_500 } }],
    ['K-03', '5 s / 10 s', { tvsTimeouts: { connectMs: 5_000, answerMs: 10_000 } }],
    ['K-04', true, { checkListExpiry: true }],
    ['K-05', false, { lockedNonSecureRegisters: false }],
    ['K-06', true, { tvsForSignalling: true }],
    ['K-07', false, { existingCertNeedsLsc: false }],
    ['K-08', 2, { capfExtraRetries: 2 }],
    ['K-09', false, { ipv6RefusalFallsBack: false }],
    ['K-10', false, { legacySha256Certificates: false }],
    ['K-11', 'Phone-SAST-trust only', { tvsSastStore: 'Phone-SAST-trust only' }],
    ['K-12', 7, { noListRetry: 7 }],
    ['K-12', 'endless', { noListRetry: Number.POSITIVE_INFINITY }],
    ['K-13', 'at once', { identityChangesAt: 'at once' }],
    ['K-14', 'round robin', { tvsOrder: 'round-robin' }],
    ['K-15', false, { tvsKnowsItlRecovery: false }],
  ])('%s: %s', (knob, value, expected) => {
    expect(readKnobs({ [knob]: value })).toEqual({ ...DEFAULT_KNOBS, ...expected });
  });

  it.each([
    ['K-05', 'no', 'found "no", expected true or false'],
    ['K-01', 'trust', 'expected "verify" or "tofu"'],
    ['K-03', '5s', 'like "5s/10s"'],
    ['K-03', '0s/10s', 'each over 0'],
    ['K-12', 0, 'from 1 to 1000 or "endless"'],
    ['K-08', 1.5, 'a whole number'],
    ['K-14', 'random', '"round robin"'],
    ['K-02', null, 'found null'],
  ])('%s: %s is refused with what was expected', (knob, value, part) => {
    const { code, message, context } = failure({ [knob]: value });
    expect({ code, knob: context.knob }).toEqual({ code: 'TF_SCENARIO_INVALID', knob });
    expect(message).toContain(part);
  });

  it('an unknown knob is refused; one written as a word is told its number', () => {
    expect(failure({ 'K-99': true }).message).toBe('unknown knob "K-99": expected K-01 to K-15');
    for (const slip of ['K-5', 'k05', 'k-05', 'K5'])
      expect(failure({ [slip]: true }).message).toContain('did you mean "K-05"?');
    expect(failure({ tvsOrder: 'group' }).message).toBe(
      'unknown knob "tvsOrder": "tvsOrder" is written K-14',
    );
    expect(failure({ constructor: true }).message).toContain('unknown knob');
  });
});
