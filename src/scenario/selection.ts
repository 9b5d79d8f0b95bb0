import { z } from 'zod';
import { INDEX_CONDITION_FORMS, parseIndexCondition } from '../fleet/index-rule.js';
import type { Selection, SelectionField } from '../fleet/model.js';
import { found, isMap, type Report, reportTo } from './problem.js';
import { expectedOneOf, listOf } from './suggest.js';

/** Deepest nesting of `and`, `or` and `not`. */
const MAX_DEPTH = 16;

/** Fields with the words they take; null takes any name and is checked against fleet and cluster later. */
const FIELDS: Readonly<Record<SelectionField, readonly string[] | null>> = {
  model: null,
  group: null,
  name: null,
  tftp: null,
  callManagerGroup: null,
  mode: ['non-secure', 'authenticated', 'encrypted', 'sip-oauth'],
  has: ['lsc', 'mic', 'ctl', 'itl'],
  state: ['off', 'booting', 'enrolling', 'registered', 'unregistered'],
};

const CONDITIONS = [...Object.keys(FIELDS), 'index', 'locked', 'and', 'or', 'not'];

/** A selection of phones (contracts.md 4): `all`, or a map whose conditions all hold. */
export const selection = z.unknown().transform((value, context): Selection => {
  return readSelection(value, reportTo(context), 0) ?? z.NEVER;
});

function readSelection(value: unknown, report: Report, depth: number): Selection | undefined {
  if (value === 'all') return { kind: 'all' };
  if (!isMap(value)) {
    report([], `found ${found(value)}, expected "all" or a map of conditions: ${listOf(CONDITIONS)}`);
    return undefined;
  }
  if (depth > MAX_DEPTH) {
    report([], `found conditions nested more than ${MAX_DEPTH} deep`);
    return undefined;
  }
  const entries = Object.entries(value);
  if (entries.length === 0) {
    report([], 'found an empty map, expected "all" or at least one condition');
    return undefined;
  }
  const parts = entries.map(([key, entry]) =>
    readCondition(key, entry, (path, message, at) => report([key, ...path], message, at), depth),
  );
  const read = parts.filter((part) => part !== undefined);
  if (read.length < parts.length) return undefined;
  const [only] = read;
  return read.length === 1 && only !== undefined ? only : { kind: 'and', of: read };
}

function readCondition(key: string, value: unknown, report: Report, depth: number): Selection | undefined {
  switch (key) {
    case 'index':
      return readIndex(value, report);
    case 'locked':
      if (typeof value === 'boolean') return { kind: 'locked', locked: value };
      report([], `found ${found(value)}, expected true or false`);
      return undefined;
    case 'not': {
      const of = readSelection(value, report, depth + 1);
      return of === undefined ? undefined : { kind: 'not', of };
    }
    case 'and':
    case 'or':
      return readCombination(key, value, report, depth);
    default:
      return readField(key, value, report);
  }
}

function readCombination(
  kind: 'and' | 'or',
  value: unknown,
  report: Report,
  depth: number,
): Selection | undefined {
  if (!Array.isArray(value) || value.length === 0) {
    report([], `found ${found(value)}, expected a list of selections`);
    return undefined;
  }
  const parts = value.map((entry, i) =>
    readSelection(entry, (path, message, at) => report([i, ...path], message, at), depth + 1),
  );
  const of = parts.filter((part) => part !== undefined);
  return of.length < parts.length ? undefined : { kind, of };
}

function readIndex(value: unknown, report: Report): Selection | undefined {
  const texts: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (texts.length === 0) report([], `found an empty list, expected ${INDEX_CONDITION_FORMS}`);
  const parts = texts.map((text, i): Selection | undefined => {
    const path = Array.isArray(value) ? [i] : [];
    if (typeof text !== 'string') {
      report(path, `found ${found(text)}, expected ${INDEX_CONDITION_FORMS}`);
      return undefined;
    }
    try {
      return { kind: 'index', condition: parseIndexCondition(text) };
    } catch (error) {
      report(path, error instanceof Error ? error.message : String(error));
      return undefined;
    }
  });
  const of = parts.filter((part) => part !== undefined);
  if (of.length < parts.length || of.length === 0) return undefined;
  const [only] = of;
  return of.length === 1 && only !== undefined ? only : { kind: 'or', of };
}

function readField(key: string, value: unknown, report: Report): Selection | undefined {
  if (!isField(key)) {
    report([], `found unknown condition "${key}", ${expectedOneOf(key, CONDITIONS)}`, 'key');
    return undefined;
  }
  const words = FIELDS[key];
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (values.length === 0) {
    report([], 'found an empty list, which can match no phone');
    return undefined;
  }
  let good = true;
  const anyOf = values.map((entry, i) => {
    const text = typeof entry === 'number' ? String(entry) : entry;
    if (typeof text === 'string' && (words === null || words.includes(text))) return text;
    const expected = words === null ? 'expected a name' : expectedOneOf(String(entry), words);
    report(Array.isArray(value) ? [i] : [], `found ${found(entry)}, ${expected}`);
    good = false;
    return '';
  });
  return good ? { kind: 'field', field: key, anyOf } : undefined;
}

function isField(key: string): key is SelectionField {
  return Object.hasOwn(FIELDS, key);
}
