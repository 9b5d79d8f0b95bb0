import type { AlarmCode } from '../../observe/events.js';
import type { ListStep } from './list-step.js';

/** Names of the alarm codes. */
export const ALARM_NAMES: Readonly<Record<AlarmCode, string>> = {
  1: 'TL_SUCCESS',
  2: 'CTL_INITIAL_SUCCESS',
  3: 'ITL_INITIAL_SUCCESS',
  4: 'TL_INITIAL_SUCCESS',
  5: 'TL_FAILED_OLD_CTL',
  6: 'TL_FAILED_NO_TL',
  7: 'TL_FAILED',
  8: 'TL_FAILED_OLD_ITL',
  9: 'TL_FAILED_OLD_TL',
};

/**
 * the one alarm of a boot, or null when nothing happened to a list. A refusal wins over another failure, a failure
 * over a success.
 */
export function alarmOf(step: ListStep): AlarmCode | null {
  const { ctl, itl, heldBefore, heldAfter } = step;
  if (ctl === 'refused' || itl === 'refused') {
    if (!heldAfter) return '6';
    if (ctl !== 'refused') return '8';
    return itl === 'refused' ? '9' : '5';
  }
  if (ctl === 'failed' || itl === 'failed') return '7';
  if (ctl !== 'installed' && itl !== 'installed') return null;
  if (heldBefore) return '1';
  if (ctl !== 'installed') return '3';
  return itl === 'installed' ? '4' : '2';
}
