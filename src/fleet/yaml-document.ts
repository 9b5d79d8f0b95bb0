import { type Document, isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml';
import type { z } from 'zod';
import { TrustfleetError, type TrustfleetErrorCode } from '../errors.js';
import { found } from './yaml-words.js';

/** A fault in a YAML file, with where it stands (from 1). */
export interface YamlFault {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Octets of a profile or scenario; a longer one is a mistake, not a profile. */
const MAX_YAML_OCTETS = 1_048_576;

/** Uses of YAML aliases before a file counts as a bomb. */
const MAX_ALIASES = 100;

export interface PositionedYaml {
  readonly value: unknown;
  /** Position of the node at `path`; of the key where the path names one that is too many. */
  positionOf(
    path: readonly PropertyKey[],
    what?: 'key' | 'value',
  ): { readonly line: number; readonly column: number };
}

/**
 * Parses one YAML document and keeps where everything stands.
 *
 * @throws TrustfleetError `code`, one line a fault, each `file:line:column: message`.
 */
export function parsePositionedYaml(text: string, file: string, code: TrustfleetErrorCode): PositionedYaml {
  if (Buffer.byteLength(text) > MAX_YAML_OCTETS) {
    throw new TrustfleetError(
      code,
      `${file}: ${Buffer.byteLength(text)} octets, expected at most ${MAX_YAML_OCTETS}`,
      {
        context: { file },
      },
    );
  }
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    throw yamlError(
      code,
      file,
      document.errors.map((error) => ({ ...at(lines, error.pos[0]), message: error.message })),
    );
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    throw yamlError(code, file, [
      { line: 1, column: 1, message: cause instanceof Error ? cause.message : String(cause) },
    ]);
  }
  return { value, positionOf: (path, what = 'value') => at(lines, offsetOf(document, path, what)) };
}

function at(lines: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}

function offsetOf(document: Document, path: readonly PropertyKey[], what: 'key' | 'value'): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  path.forEach((step, index) => {
    if (isMap(node)) {
      const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(step));
      if (pair === undefined) return;
      const last = index === path.length - 1;
      const target = last && what === 'key' ? pair.key : (pair.value ?? pair.key);
      offset = startOf(target) ?? startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (node !== null && typeof node === 'object' && 'items' in node && Array.isArray(node.items)) {
      node = node.items[Number(step)];
      offset = startOf(node) ?? offset;
    }
  });
  return offset;
}

function startOf(node: unknown): number | undefined {
  return (node as Node | undefined)?.range?.[0];
}

/** One error for all faults of a file; `context` names the first. */
export function yamlError(
  code: TrustfleetErrorCode,
  file: string,
  faults: readonly YamlFault[],
): TrustfleetError {
  const first = faults[0];
  return new TrustfleetError(
    code,
    faults.map((fault) => `${file}:${fault.line}:${fault.column}: ${fault.message}`).join('\n'),
    { context: { file, ...(first === undefined ? {} : { line: first.line, column: first.column }) } },
  );
}

/**
 * Reads a YAML text against a schema.
 *
 * @throws TrustfleetError `code`, every fault with file, line and column, what was found and what was expected.
 */
export function readYaml<T>(text: string, file: string, schema: z.ZodType<T>, code: TrustfleetErrorCode): T {
  const yaml = parsePositionedYaml(text, file, code);
  const result = schema.safeParse(yaml.value);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap((issue) => faultsOf(issue, yaml));
  throw yamlError(code, file, faults);
}

function faultsOf(issue: z.core.$ZodIssue, yaml: PositionedYaml): YamlFault[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      ...yaml.positionOf([...issue.path, key], 'key'),
      message: `unknown key "${key}"`,
    }));
  }
  const name = issue.path.length === 0 ? 'the file' : issue.path.map(String).join('.');
  return [{ ...yaml.positionOf(issue.path), message: `${name}: ${textOf(issue, yaml.value)}` }];
}

/** What a schema calls its types, in the words of whoever writes YAML. */
const TYPES: Readonly<Record<string, string>> = {
  object: 'a map',
  array: 'a list',
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
};

function textOf(issue: z.core.$ZodIssue, file: unknown): string {
  const value = issue.path.reduce<unknown>(
    (at, step) => (typeof at === 'object' && at !== null ? Reflect.get(at, step) : undefined),
    file,
  );
  if (issue.code === 'invalid_type') {
    return `found ${found(value)}, expected ${TYPES[issue.expected] ?? issue.expected}`;
  }
  if (issue.code === 'too_small' && Array.isArray(value)) {
    return `found ${found(value)}, expected at least ${issue.minimum}`;
  }
  return issue.message;
}
