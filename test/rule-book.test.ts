import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isRule } from '../src/observe/words.js';
import { packageRoot } from '../src/package-root.js';
import { loadRuleBook, type RuleBookEntry } from '../src/report/rule-book.js';

const BOOK = loadRuleBook();
const BY_ID = new Map(BOOK.map((entry) => [entry.id, entry]));

function numbered(prefix: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, i) => prefix + String(from + i).padStart(2, '0'));
}

/** Every rule, knob and row of a table that the reference has. */
const ALL: readonly string[] = [
  ...numbered('R-', 1, 121),
  'R-18a',
  ...numbered('K-', 1, 15),
  ...[1, 2, 3, 4, 5].map((table) => `DT-${table}`),
  ...numbered('T6-', 1, 15),
  ...numbered('P-', 1, 12),
  ...numbered('G-', 1, 10),
];

function names(file: string, id: string): boolean {
  const path = join(packageRoot(), file);
  return existsSync(path) && new RegExp(`\\b${id}(?![0-9a-z])`).test(readFileSync(path, 'utf8'));
}

/** Rows of DT-2 stand in the code as R-22, those of T6 and T-LEG as what they come to: only rules and knobs are named there. */
function namedInCode({ id }: RuleBookEntry): boolean {
  return /^[RK]-/.test(id);
}

describe('the rule book, docs/rules.md', () => {
  it('has every rule, knob and row of a table, once', () => {
    expect(ALL.filter((id) => !BY_ID.has(id))).toEqual([]);
    expect(BOOK.map(({ id }) => id).filter((id, at, ids) => ids.indexOf(id) !== at)).toEqual([]);
  });

  it('has the rules that expectations may name, and no others', () => {
    const around = numbered('R-', 0, 130).flatMap((id) => [id, `${id}a`]);
    const rules = BOOK.map(({ id }) => id).filter((id) => id.startsWith('R-'));
    expect(around.filter(isRule).sort()).toEqual(rules.sort());
    expect(['R-1', 'R-001', 'r-01', 'R-', ''].filter(isRule)).toEqual([]);
  });

  it.each(ALL)('%s has a test that names it, or a written reason', (id) => {
    const entry = BY_ID.get(id);
    expect(entry?.tests.filter((file) => !names(file, id))).toEqual([]);
    if (entry?.tests.length === 0) expect(entry.reason).toMatch(/^not simulated: \S+ \S+/);
  });

  it.each(BOOK.filter((entry) => entry.stands.length > 0))('$id is named where it stands', (entry) => {
    const missing = namedInCode(entry)
      ? entry.stands.filter((file) => !names(file, entry.id))
      : entry.stands.filter((file) => !existsSync(join(packageRoot(), file)));
    expect(missing).toEqual([]);
  });

  it('says of every entry what it says, and of every rule where it is from', () => {
    for (const { id, facts } of BOOK) {
      expect(facts['what it says'] ?? facts['what it decides'], id).toMatch(/\S+ \S+/);
      if (id.startsWith('R-')) expect(facts.source, id).toMatch(/documented|inferred|conflict/);
    }
  });

  it('has every rule that the code gives as its reason', () => {
    const folder = join(packageRoot(), 'src');
    const code = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
    const given = new Set([...code.matchAll(/'(R-\d+a?)'/g)].map((match) => match[1] ?? ''));
    expect([...given].filter((rule) => !BY_ID.has(rule))).toEqual([]);
  });
});

const REFERENCE = join(packageRoot(), '..', 'shared', 'reference', 'phone-behaviour.md');

describe.skipIf(!existsSync(REFERENCE))('the rule book and ../shared/reference/phone-behaviour.md', () => {
  it('the reference has nothing else', () => {
    const text = readFileSync(REFERENCE, 'utf8');
    const defined = text.match(/\b(?:R-\d+a?|K-\d\d|DT-\d|T6-\d\d)\b|(?<=^\| )[PG]-\d\d\b/gm) ?? [];
    expect([...new Set(defined)].filter((id) => !ALL.includes(id))).toEqual([]);
  });
});
