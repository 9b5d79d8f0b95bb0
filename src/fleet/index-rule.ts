import { TrustfleetError } from '../errors.js';
import { MAX_PHONES } from './limits.js';
import type { IndexCondition, IndexRule } from './model.js';

/** Ranges in one condition; a list this long is a mistake, not a rule. */
const MAX_RANGES = 1000;

const CONDITION = /^i(?:\s+mod\s+(\d+))?\s*(?:(=)|\bin\b)\s*(\d[\d\s,-]*)$/;
const RANGE = /^(\d+)(?:\s*-\s*(\d+))?$/;

/** What an index condition may look like, for messages. */
export const INDEX_CONDITION_FORMS = '"i mod N = K", "i mod N in 1-5,8" or "i in 1-25"';

/**
 * Reads a condition on the index of a phone within its group (contracts.md 4, "Selection"): `i mod 10 = 0`,
 * `i mod 20 in 1-10`, `i in 1-25,40`, `i = 7`. The index counts from 1; a remainder is 0 to N-1.
 *
 * @throws TrustfleetError TF_PROFILE_INVALID when the text is no such condition or can fit no phone.
 */
export function parseIndexCondition(text: string): IndexCondition {
  const match = CONDITION.exec(text.trim());
  if (match === null) throw invalid(text, `expected ${INDEX_CONDITION_FORMS}`);
  const [, modText, equals, list = ''] = match;

  const modulus = modText === undefined ? 0 : figure(text, modText);
  if (modText !== undefined && modulus < 1) throw invalid(text, 'a modulus is at least 1');

  const parts = list.split(',');
  if (equals !== undefined && (parts.length > 1 || list.includes('-')))
    throw invalid(text, '"=" takes one figure; write "in" before a list or a range');
  if (parts.length > MAX_RANGES) throw invalid(text, `a condition has at most ${MAX_RANGES} ranges`);
  return { modulus, values: parts.map((part) => range(text, part.trim(), modulus)) };
}

/** Whether the phone with this index (from 1, within its group) fits the condition. */
export function indexMatches(condition: IndexCondition, index: number): boolean {
  const figure = condition.modulus === 0 ? index : index % condition.modulus;
  for (const [from, to] of condition.values) if (figure >= from && figure <= to) return true;
  return false;
}

/**
 * The value of the first rule that fits a phone.
 *
 * @param what for messages: `security`.
 * @throws TrustfleetError TF_PROFILE_INVALID when none fits.
 */
export function pick<T>(
  rules: readonly IndexRule<T>[],
  phone: { readonly group: string; readonly index: number },
  what: string,
): T {
  const rule = rules.find(({ index }) => index === 'all' || indexMatches(index, phone.index));
  if (rule === undefined) {
    throw new TrustfleetError(
      'TF_PROFILE_INVALID',
      `group ${phone.group}: no ${what} rule fits phone ${phone.index}; end the rules with "index: all"`,
    );
  }
  return rule.value;
}

function range(text: string, part: string, modulus: number): readonly [number, number] {
  const match = RANGE.exec(part);
  if (match === null) throw invalid(text, `"${part}" is neither a figure nor a range such as 1-5`);
  const from = figure(text, match[1] ?? '');
  const to = match[2] === undefined ? from : figure(text, match[2]);
  if (to < from) throw invalid(text, `the range ${part} runs backwards`);
  if (modulus > 0 && to >= modulus)
    throw invalid(text, `a remainder of "mod ${modulus}" is 0 to ${modulus - 1}, never ${to}`);
  if (modulus === 0 && from < 1) throw invalid(text, 'the index of a phone counts from 1');
  return [from, to];
}

function figure(text: string, digits: string): number {
  const value = Number(digits);
  if (value > MAX_PHONES)
    throw invalid(text, `${digits} is more than ${MAX_PHONES}, the most phones of a fleet`);
  return value;
}

function invalid(text: string, why: string): TrustfleetError {
  return new TrustfleetError('TF_PROFILE_INVALID', `index condition "${text}": ${why}`);
}
