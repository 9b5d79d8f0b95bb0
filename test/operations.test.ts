import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../src/cluster/command-line/commands.js';
import { packageRoot } from '../src/package-root.js';
import { parseRuleBook } from '../src/report/rule-book.js';

const PAGE = readFileSync(join(packageRoot(), 'docs', 'operations.md'), 'utf8');
const BOOK = parseRuleBook(PAGE);
const BY_ID = new Map(BOOK.map((entry) => [entry.id, entry]));

/** Every operation that the reference has. */
const ALL = Array.from({ length: 31 }, (_, i) => `OP-${String(i + 1).padStart(2, '0')}`);

const textOf = (file: string): string => {
  const path = join(packageRoot(), file);
  return existsSync(path) ? readFileSync(path, 'utf8') : '';
};

describe('the page of operations, docs/operations.md', () => {
  it('has every operation, once and in order', () => {
    expect(BOOK.map(({ id }) => id)).toEqual(ALL);
  });

  it.each(ALL)('%s has a test that names it, or a written reason', (id) => {
    const entry = BY_ID.get(id);
    expect(entry?.tests.filter((file) => !new RegExp(`\\b${id}\\b`).test(textOf(file)))).toEqual([]);
    if (entry?.tests.length === 0) expect(entry.reason).toMatch(/^not simulated: \S+ \S+/);
  });

  it.each(ALL)('%s stands where the page says', (id) => {
    const entry = BY_ID.get(id);
    expect(entry?.stands.filter((file) => textOf(file) === '')).toEqual([]);
    expect(entry?.stands.length).toBeGreaterThan(0);
    expect(entry?.facts['what it says']).toMatch(/\S+ \S+/);
  });

  it('has every command of the console, and no other', () => {
    const rows = [...PAGE.matchAll(/^\| `([^`]+)` \| (any|publisher)(?:, [^|]+)? \|/gm)];
    const documented = rows.map(([, usage = '', place]) => [usage.replaceAll('\\|', '|'), place]);
    expect(documented).toEqual(
      COMMANDS.map(({ usage, publisher }) => [usage, publisher === true ? 'publisher' : 'any']),
    );
  });
});

const REFERENCE = join(packageRoot(), '..', 'shared', 'reference', 'cluster-operations.md');

describe.skipIf(!existsSync(REFERENCE))('the page and ../shared/reference/cluster-operations.md', () => {
  it('the reference has no other operation', () => {
    const defined = readFileSync(REFERENCE, 'utf8').match(/\bOP-\d\d\b/g) ?? [];
    expect([...new Set(defined)].sort()).toEqual(ALL);
  });
});
