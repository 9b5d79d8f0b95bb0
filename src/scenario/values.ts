import { z } from 'zod';
import { LAST_MAJOR, parseRelease } from '../device/release.js';
import type { TlsVersion } from '../device/security.js';
import type { Figure } from './plan.js';
import { found, isMap, readWith, reportTo } from './problem.js';
import { expectedOneOf, listOf } from './suggest.js';

/** What a YAML value may be without being a list or a map. */
export const scalar = z.union([z.string(), z.number(), z.boolean()], {
  error: (issue) => `found ${found(issue.input)}, expected a text, a number, true or false`,
});

/** A name, also where YAML takes it for a number: `model: 7942`. */
export const nameText = z
  .union([z.string().min(1), z.number()], {
    error: (issue) => `found ${found(issue.input)}, expected a name`,
  })
  .transform(String);

/** A map whose unknown keys are named with a suggestion. */
export function strictMap<S extends z.core.$ZodLooseShape>(shape: S) {
  const known = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((key) => unknownKey(key, known)).join('\n')
        : undefined,
  });
}

function unknownKey(key: string, known: readonly string[]): string {
  return `found unknown key "${key}", ${expectedOneOf(key, known)}`;
}

/** A name stands for `{ profile: NAME }`. */
export function nameOr<T>(map: z.ZodType<T>, what: string): z.ZodType<T> {
  return z.unknown().transform((value, context): T => {
    const report = reportTo(context);
    if (typeof value === 'string') return readWith(map, { profile: value }, report) ?? z.NEVER;
    if (!isMap(value)) {
      report([], `found ${found(value)}, expected the name of ${what}, or a map`);
      return z.NEVER;
    }
    return readWith(map, value, report) ?? z.NEVER;
  });
}

/**
 * A map that is one of several kinds, told apart by the one key that each kind has: `{ count: … }`, `{ time: … }`.
 *
 * @param what for messages: `an expectation`.
 */
export function oneOfKinds<T>(what: string, kinds: Readonly<Record<string, z.ZodType<T>>>): z.ZodType<T> {
  const names = Object.keys(kinds);
  return z.unknown().transform((value, context): T => {
    const report = reportTo(context);
    if (!isMap(value)) {
      report([], `found ${found(value)}, expected ${what}: a map with ${listOf(names)}`);
      return z.NEVER;
    }
    const present = Object.keys(value).filter((key) => names.includes(key));
    const [kind, second] = present;
    if (kind !== undefined && second !== undefined) {
      report([second], `found "${kind}" and "${second}", expected one of them in ${what}`, 'key');
      return z.NEVER;
    }
    const schema = kind === undefined ? undefined : kinds[kind];
    if (schema === undefined) {
      const [key] = Object.keys(value);
      if (key === undefined) report([], `found an empty map, expected ${what}: ${listOf(names)}`);
      else report([key], unknownKey(key, names), 'key');
      return z.NEVER;
    }
    return readWith(schema, value, report) ?? z.NEVER;
  });
}

/** One value or a list of them, as a list. */
export function oneOrMany<T>(item: z.ZodType<T>): z.ZodType<readonly T[]> {
  return z.unknown().transform((value, context): readonly T[] => {
    const report = reportTo(context);
    if (!Array.isArray(value)) {
      const single = readWith(item, value, report);
      return single === undefined ? z.NEVER : [single];
    }
    if (value.length === 0) {
      report([], 'found an empty list, expected at least one value');
      return z.NEVER;
    }
    return value.flatMap((entry, i) => {
      const read = readWith(item, entry, (path, message, at) => report([i, ...path], message, at));
      return read === undefined ? [] : [read];
    });
  });
}

/** One name or a list of them, each once, and no more than `most` (`what` there are: `members of a CallManager group`). */
function fewNames(most: number, what: string): z.ZodType<readonly string[]> {
  return oneOrMany(nameText).superRefine((names, context) => {
    const report = reportTo(context);
    names.forEach((name, i) => {
      if (names.indexOf(name) !== i) report([i], `found ${name} twice, expected it once`);
    });
    if (names.length > most) report([], `found ${names.length} ${what}, expected ${most} at most`);
  });
}

/** Option 150 has two servers here. */
export const tftpNodes = fewNames(2, 'TFTP servers');

/** A CallManager group has three members at most, as on Unified CM. */
export const groupMembers = fewNames(3, 'members of a CallManager group');

const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const DURATION = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)$/;

/** Longest time in a scenario: what a timer of the real clock can wait, 2^31 ms, in whole days. */
const MAX_DURATION_MS = 24 * MILLISECONDS.d;

/** Milliseconds of `30s`, `500ms`, `2m`, `1h`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  const match = DURATION.exec(text.trim());
  if (match === null) return undefined;
  const ms = Number(match[1]) * MILLISECONDS[match[2] as keyof typeof MILLISECONDS];
  return ms <= MAX_DURATION_MS ? ms : undefined;
}

function textual<T>(parse: (text: string) => T | undefined, expected: string) {
  return z.unknown().transform((value, context): T => {
    const parsed = typeof value === 'string' ? parse(value) : undefined;
    if (parsed === undefined) {
      reportTo(context)([], `found ${found(value)}, expected ${expected}`);
      return z.NEVER;
    }
    return parsed;
  });
}

/** Milliseconds. */
export const duration = textual(parseDuration, 'a time such as 30s, 500ms, 2m, 1h or 10d, 24 days at most');

const RATE = /^(\d+(?:\.\d+)?)\s*\/\s*s$/;

/** Phones a second. */
export const rate = textual((text) => {
  const value = Number(RATE.exec(text.trim())?.[1]);
  return value > 0 ? value : undefined;
}, 'a rate such as 50/s, more than 0');

const PERCENT = /^(\d+(?:\.\d+)?)\s*%$/;

function parseShare(text: string): number | undefined {
  const match = PERCENT.exec(text.trim());
  return match === null ? undefined : Number(match[1]) / 100;
}

/** 0 to 1, written as `90%` or `0.9`. */
export const ratio = z.unknown().transform((value, context): number => {
  const share = typeof value === 'string' ? parseShare(value) : value;
  if (typeof share !== 'number' || !(share >= 0 && share <= 1)) {
    reportTo(context)([], `found ${found(value)}, expected a share such as 90% or 0.9`);
    return z.NEVER;
  }
  return share;
});

/** A count, or a share of the phones addressed. */
export const figure = z.unknown().transform((value, context): Figure => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  const share = typeof value === 'string' ? parseShare(value) : undefined;
  if (share !== undefined) return { share };
  reportTo(context)([], `found ${found(value)}, expected a whole number from 0 or a share such as "100%"`);
  return z.NEVER;
});

const TLS_VERSIONS = ['1.0', '1.1', '1.2', '1.3'] as const satisfies readonly TlsVersion[];

/** A TLS version; `1.0` without quotes is the number 1 for YAML. */
export const tlsVersion = z.unknown().transform((value, context): TlsVersion => {
  const text = typeof value === 'number' ? value.toFixed(1) : value;
  const version = TLS_VERSIONS.find((known) => known === text && (value === text || Number(known) === value));
  if (version !== undefined) return version;
  reportTo(context)([], `found ${found(value)}, expected a TLS version: "1.0", "1.1", "1.2" or "1.3"`);
  return z.NEVER;
});

/** A release; `12.5` without quotes is a number for YAML. */
export const release = z.unknown().transform((value, context): string => {
  const text = typeof value === 'number' ? String(value) : value;
  try {
    if (typeof text === 'string') return parseRelease(text).text;
  } catch {
    // said below with what was found
  }
  reportTo(context)(
    [],
    `found ${found(value)}, expected a release up to ${LAST_MAJOR} such as "11.5(1)", "12.5(1)SU2" or 14SU3`,
  );
  return z.NEVER;
});
