import { describe, expect, it } from 'vitest';
import { isDone, isWorthRetrying, modeAfter, ruleOfResult } from '../../../src/phone/decide/capf-outcome.js';
import {
  type CapfAuthCode,
  enrolmentMoment,
  missingLsc,
  typingRefusal,
} from '../../../src/phone/decide/enrolment.js';
import { CAPF_RESULT_CODES, type CapfResult } from '../../../src/protocol/capf/results.js';

describe('DT-5: when a pending operation is carried out', () => {
  const MOMENTS = [
    ['non-secure', 0, 'never'],
    ['non-secure', 1, 'when-typed'],
    ['non-secure', 2, 'after-registration'],
    ['non-secure', 3, 'after-registration'],
    ['non-secure', 4, 'after-registration'],
    ['authenticated', 0, 'never'],
    ['authenticated', 1, 'when-typed'],
    ['authenticated', 2, 'before-registration'],
    ['encrypted', 3, 'before-registration'],
    ['encrypted', 4, 'before-registration'],
  ] as const;

  it.each(MOMENTS)('%s, mode %i: %s', (device, mode, moment) => {
    expect(enrolmentMoment(device, mode)).toBe(moment);
  });

  it('rows 7 and 9: what is not done keeps a secure phone without LSC from registering, and no other', () => {
    const undone = { rule: 'R-90', reason: 'invalid-credentials', detail: '' } as const;
    expect(missingLsc({ device: 'encrypted', hasValidLsc: false, undone })).toBe(undone);
    expect(missingLsc({ device: 'authenticated', hasValidLsc: false, undone })).toBe(undone);
    expect(missingLsc({ device: 'encrypted', hasValidLsc: true, undone })).toBeNull();
    expect(missingLsc({ device: 'non-secure', hasValidLsc: false, undone })).toBeNull();
    // nothing pending, or withdrawn: the MIC will do
    expect(missingLsc({ device: 'encrypted', hasValidLsc: false, undone: null })).toBeNull();
  });
});

describe('R-92: when a string can be typed', () => {
  const open = { registered: 'nonsecure', configurationWaits: false, enrolling: false, shut: false } as const;
  const CASES = [
    [open, null],
    [{ ...open, registered: 'secure' }, 'registered-secure'],
    [{ ...open, registered: 'no' }, 'not-registered'],
    // or nobody could ever type it
    [{ ...open, registered: 'no', configurationWaits: true }, null],
    [{ ...open, enrolling: true }, 'enrolling'],
    [{ ...open, shut: true }, 'shut'],
  ] as const;

  it.each(CASES)('%j: %s', (question, reason) => {
    expect(typingRefusal(question)?.reason ?? null).toBe(reason);
    expect(typingRefusal(question)?.rule ?? 'R-92').toBe('R-92');
  });
});

describe('R-94: what a result means for the operation', () => {
  const RESULTS = Object.keys(CAPF_RESULT_CODES) as CapfResult[];

  it('an install is done with success only; fetch and delete whatever they found (capf.md 8.6)', () => {
    expect(RESULTS.filter((result) => isDone('install', result))).toEqual(['success']);
    expect(RESULTS.filter((result) => isDone('unknown', result))).toEqual(['success']);
    expect(isDone('fetch', 'fetch-success-but-no-cert')).toBe(true);
    expect(isDone('delete', 'fail')).toBe(true);
    expect(isDone('none', 'success')).toBe(true);
  });

  it('names the rule of the result', () => {
    expect(RESULTS.map(ruleOfResult)).toEqual([
      'R-94',
      'R-94',
      'R-94',
      'R-92',
      'R-91',
      'R-94',
      'R-90',
      'R-95',
      'R-94',
      'R-94',
    ]);
  });

  it('R-96: the mode in flash is cleared when the operation ends, but a string goes on waiting for its user', () => {
    const modes: readonly CapfAuthCode[] = [0, 1, 2, 3, 4];
    expect(modes.map((mode) => modeAfter(mode, null))).toEqual([0, 1, 0, 0, 0]);
    expect(modes.map((mode) => modeAfter(mode, 'invalid-auth-str'))).toEqual([0, 1, 0, 0, 0]);
    expect(modes.map((mode) => modeAfter(mode, 'fail'))).toEqual([0, 0, 0, 0, 0]);
  });

  it.each([
    [true, [{ outcome: 'refused' }]],
    [true, [{ outcome: 'unreachable' }]],
    [true, [{ outcome: 'lost' }]],
    [false, [{ outcome: 'tls-failed' }, { outcome: 'tls-failed' }]],
    [true, [{ outcome: 'tls-failed' }, { outcome: 'refused' }]],
    [true, [{ outcome: 'tls-failed', late: true }]],
  ] as const)('R-95: it is %s that after %j there is another try', (isWorth, attempts) => {
    expect(isWorthRetrying(attempts)).toBe(isWorth);
  });
});
