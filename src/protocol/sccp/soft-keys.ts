import type { SccpMessage } from './message.js';
import { phrase } from './text.js';

type TemplatePage = SccpMessage<'SoftKeyTemplateRes'>['body'];
type SetPage = SccpMessage<'SoftKeySetRes'>['body'];

/** Events 1 (Redial) to 18 (GPickUp); the phrase index of each label is the number of its event (sccp.md 7). */
const SOFT_KEYS = 18;

export const SOFT_KEY_TEMPLATE: TemplatePage = {
  offset: 0,
  total: SOFT_KEYS,
  items: Array.from({ length: SOFT_KEYS }, (_, i) => ({ label: phrase(i + 1), event: i + 1 })),
};

/** Keys of the sets 0 on hook, 1 connected, 2 on hold, 3 ring in, 4 off hook … (sccp.md 7), as places in the template. */
const SETS: readonly (readonly number[])[] = [
  [1, 2, 5],
  [3, 9, 4],
  [10, 2, 9],
  [11, 9],
  [1, 9, 5],
  [3, 9, 4, 13],
  [8, 9],
  [3, 9, 13],
  [9],
  [1, 9],
  [1],
];
const KEYS_OF_A_SET = 16;
const INFO_INDEX_BASE = 300;

export const SOFT_KEY_SETS: SetPage = {
  offset: 0,
  total: SETS.length,
  items: SETS.map((keys) => {
    const positions = Array.from({ length: KEYS_OF_A_SET }, (_, i) => keys[i] ?? 0);
    return {
      positions,
      infoIndexes: positions.map((position) => (position === 0 ? 0 : INFO_INDEX_BASE + position)),
    };
  }),
};
