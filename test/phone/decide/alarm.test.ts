import { describe, expect, it } from 'vitest';
import { loadModels } from '../../../src/fleet/profiles.js';
import { ALARM_NAMES, alarmOf } from '../../../src/phone/decide/alarm.js';
import { type ListOutcome, type ListStep, listOutcome } from '../../../src/phone/decide/list-step.js';
import { listStatus } from '../../../src/phone/decide/status.js';
import { accept, refuse, UNCHANGED } from '../../../src/phone/decide/verdict.js';
import { LEGACY, MODERN } from '../fixtures.js';

function step(ctl: ListOutcome, itl: ListOutcome, held: 'none' | 'before' | 'after' | 'both'): ListStep {
  return {
    ctl,
    itl,
    heldBefore: held === 'before' || held === 'both',
    heldAfter: held === 'after' || held === 'both',
  };
}

/** R-60, code by code, with what the project decided below the table. */
const R_60 = [
  ['1', 'TL_SUCCESS', step('installed', 'unchanged', 'both')],
  ['1', 'TL_SUCCESS', step('absent', 'installed', 'both')],
  ['1', 'TL_SUCCESS', step('installed', 'installed', 'both')],
  ['2', 'CTL_INITIAL_SUCCESS', step('installed', 'absent', 'after')],
  ['3', 'ITL_INITIAL_SUCCESS', step('absent', 'installed', 'after')],
  ['4', 'TL_INITIAL_SUCCESS', step('installed', 'installed', 'after')],
  ['5', 'TL_FAILED_OLD_CTL', step('refused', 'absent', 'both')],
  ['5', 'TL_FAILED_OLD_CTL', step('refused', 'installed', 'both')],
  ['5', 'TL_FAILED_OLD_CTL', step('refused', 'unchanged', 'both')],
  ['6', 'TL_FAILED_NO_TL', step('refused', 'absent', 'none')],
  ['6', 'TL_FAILED_NO_TL', step('refused', 'refused', 'none')],
  ['7', 'TL_FAILED', step('absent', 'failed', 'both')],
  ['7', 'TL_FAILED', step('failed', 'installed', 'both')],
  ['8', 'TL_FAILED_OLD_ITL', step('installed', 'refused', 'both')],
  ['8', 'TL_FAILED_OLD_ITL', step('unchanged', 'refused', 'both')],
  ['9', 'TL_FAILED_OLD_TL', step('refused', 'refused', 'both')],
] as const;

describe('the one alarm of a boot, R-60', () => {
  it.each(R_60)('code %s %s: %o', (code, name, lists) => {
    expect(alarmOf(lists)).toBe(code);
    expect(ALARM_NAMES[code]).toBe(name);
  });

  it('every code has a row', () => {
    expect([...new Set(R_60.map(([code]) => code))]).toEqual(Object.keys(ALARM_NAMES));
  });

  it('nothing happened to a list: no alarm (R-05, R-06, R-13)', () => {
    expect(alarmOf(step('absent', 'absent', 'none'))).toBeNull();
    expect(alarmOf(step('unchanged', 'unchanged', 'both'))).toBeNull();
    expect(alarmOf(step('absent', 'unchanged', 'both'))).toBeNull();
  });

  it('R-24 and R-25 count as refused, R-28 and R-32 as failed', () => {
    expect(listOutcome(refuse('R-24', 'digest-unsupported', ''))).toBe('refused');
    expect(listOutcome(refuse('R-25', 'signature-invalid', ''))).toBe('refused');
    expect(listOutcome(refuse('R-32', 'too-large', ''))).toBe('failed');
    expect(listOutcome(refuse('R-28', 'malformed', ''))).toBe('failed');
    expect(listOutcome(accept('R-22', 'signer-in-itl'))).toBe('installed');
    expect(listOutcome(UNCHANGED)).toBe('unchanged');
  });
});

describe('status messages after the list step, R-61', () => {
  it.each([
    [['CTL and ITL installed'], step('installed', 'installed', 'after')],
    [['CTL installed'], step('installed', 'absent', 'after')],
    [['ITL installed'], step('absent', 'installed', 'after')],
    [['Trust List updated'], step('installed', 'unchanged', 'both')],
    [['Trust List update failed'], step('refused', 'installed', 'both')],
    [['Trust List update failed', 'No Trust List installed'], step('refused', 'absent', 'none')],
    [['No Trust List installed'], step('absent', 'absent', 'none')],
    [[], step('unchanged', 'unchanged', 'both')],
  ])('%j: %o', (messages, lists) => {
    expect(listStatus(lists, MODERN, false)).toEqual(messages);
  });

  it('the 79xx write the failure in capitals (113500)', () => {
    expect(listStatus(step('refused', 'absent', 'both'), LEGACY, false)).toEqual([
      'Trust List Update Failed',
    ]);
  });

  it('an unreadable list is the verification failure of R-28', () => {
    expect(listStatus(step('absent', 'failed', 'both'), MODERN, true)).toEqual([
      'Trust List Verification Failed',
    ]);
  });

  it('every shipped model has one of the two documented failure messages', () => {
    for (const model of loadModels().values()) {
      expect(['Trust List update failed', 'Trust List Update Failed']).toContain(model.updateFailedMessage);
    }
  });
});
