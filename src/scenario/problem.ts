import type { z } from 'zod';
import { found } from '../fleet/yaml-words.js';
import { expectedOneOf } from './suggest.js';

export { found, isMap } from '../fleet/yaml-words.js';

/** A fault in a scenario and where it stands: at a value, or at a key that should not be there. */
export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly at: 'key' | 'value';
  readonly message: string;
}

/** Takes a fault relative to the value that is being read. */
export type Report = (path: readonly PropertyKey[], message: string, at?: 'key' | 'value') => void;

/** A report for what stands at `outer`. */
export function nested(report: Report, outer: readonly PropertyKey[]): Report {
  return (path, message, at) => report([...outer, ...path], message, at);
}

const TYPE_WORDS: Readonly<Record<string, string>> = {
  object: 'a map',
  record: 'a map',
  array: 'a list',
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

/** The project's wording for faults that zod finds: what was found, what was expected. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return `found ${found(issue.input)}, expected ${TYPE_WORDS[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `found ${found(issue.input)}, ${expectedOneOf(String(issue.input), issue.values.map(String))}`;
    case 'too_small':
      return issue.origin === 'array'
        ? `found ${found(issue.input)}, expected at least ${issue.minimum}`
        : `found ${found(issue.input)}, expected ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`;
    case 'too_big':
      return `found ${found(issue.input)}, expected at most ${issue.maximum}`;
    default:
      return undefined;
  }
}

/** Reads a value with the project's wording; faults go to `report`, undefined comes back. */
export function readWith<T>(schema: z.ZodType<T>, value: unknown, report: Report): T | undefined {
  const result = schema.safeParse(value, { error: wording, reportInput: true });
  if (result.success) return result.data;
  for (const problem of problemsOf(result.error)) report(problem.path, problem.message, problem.at);
  return undefined;
}

/** zod's issues as problems: unknown keys one by one, each at its key. */
function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys') {
      // strictMap gives one line a key
      const lines = issue.message.split('\n');
      return issue.keys.map((key, i) => ({
        path: [...issue.path, key],
        at: 'key',
        message: lines[i] ?? `unknown key "${key}"`,
      }));
    }
    const at = issue.code === 'custom' && issue.params?.at === 'key' ? 'key' : 'value';
    return [{ path: issue.path, at, message: issue.message }];
  });
}

/** A report that lands in the context of a zod transform. */
export function reportTo(context: z.core.$RefinementCtx): Report {
  return (path, message, at = 'value') => {
    context.addIssue({ code: 'custom', message, path: [...path], params: { at } });
  };
}
