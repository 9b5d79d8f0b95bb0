import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package-root.js';

/** An entry of the rule book: a rule, a knob, a decision table or a row of one, an operation. */
export interface RuleBookEntry {
  /** `R-38`, `K-05`, `DT-3`, `T6-01`, `P-05`, `G-07`, `OP-09`. */
  readonly id: string;
  /** The columns of its table that are not files, in their order: `what it says`, `source`, `default` … */
  readonly facts: Readonly<Record<string, string>>;
  /** Knobs that turn it, and for a knob the rules that it turns. */
  readonly related: readonly string[];
  /** Files from the root of the project on. */
  readonly stands: readonly string[];
  readonly tests: readonly string[];
  /** Why there is no test; null where there is one. */
  readonly reason: string | null;
}

/** Pages that hold the rule book, from the root of the package on. The rules are written down there and nowhere else. */
const RULE_BOOK_PAGES = ['docs/rules.md', 'docs/operations.md'] as const;

const ID = /^(?:R-\d+a?|K-\d+|DT-\d+|T6-\d+|P-\d+|G-\d+|OP-\d+)$/;
const MENTION = /\b(?:R-\d+a?|K-\d+)\b/g;
const DELIMITER = /^\|(?: *:?-+:? *\|)+$/;

/** Names that stand for several entries. */
const GROUPS: Readonly<Record<string, string>> = { T6: 'T6-', 'T-PORT': 'P-', 'T-LEG': 'G-' };

/** The rule book as the pages of the package have it. */
export function loadRuleBook(): RuleBookEntry[] {
  return RULE_BOOK_PAGES.map((page) => join(packageRoot(), page))
    .filter((file) => existsSync(file))
    .flatMap((file) => parseRuleBook(readFileSync(file, 'utf8')));
}

/** Every table of a page whose rows begin with an id; columns go by their headings. */
export function parseRuleBook(page: string): RuleBookEntry[] {
  const lines = page.split('\n').map((line) => line.trim());
  let headings: readonly string[] = [];
  return lines.flatMap((line, at) => {
    if (!line.startsWith('|')) return [];
    if (DELIMITER.test(line)) {
      headings = cellsOf(lines[at - 1] ?? '');
      return [];
    }
    const cells = cellsOf(line);
    const ids = (cells[0] ?? '').split(/\s*,\s*/);
    return ids.every((id) => ID.test(id)) ? ids.map((id) => entryOf(id, headings, cells)) : [];
  });
}

function cellsOf(line: string): string[] {
  return line
    .slice(1, line.endsWith('|') ? -1 : undefined)
    .split('|')
    .map((cell) => cell.trim());
}

/** Headings of the columns that name files, and where those lie. */
const FILE_COLUMNS: Readonly<Record<string, 'src' | 'test'>> = { stands: 'src', tests: 'test' };

function entryOf(id: string, headings: readonly string[], cells: readonly string[]): RuleBookEntry {
  const facts: Record<string, string> = {};
  const files: Record<'src' | 'test', readonly string[]> = { src: [], test: [] };
  headings.forEach((heading, column) => {
    const cell = cells[column] ?? '';
    const folder = Object.hasOwn(FILE_COLUMNS, heading) ? FILE_COLUMNS[heading] : undefined;
    if (folder !== undefined) files[folder] = filesIn(cell, folder);
    else if (column > 0) facts[heading] = cell.replaceAll('`', '');
  });
  const tests = cells[headings.indexOf('tests')] ?? '';
  const mentioned = Object.values(facts).flatMap((text) => text.match(MENTION) ?? []);
  return {
    id,
    facts,
    related: [...new Set(mentioned)].filter((other) => other !== id),
    stands: files.src,
    tests: files.test,
    reason: files.test.length > 0 ? null : tests.replaceAll('`', ''),
  };
}

function filesIn(cell: string, folder: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => `${folder}/${match[1]}`);
}

/** What the rule book says of each rule, knob and operation in one sentence, by id. */
export function ruleSentences(): ReadonlyMap<string, string> {
  return new Map(loadRuleBook().map((entry) => [entry.id, sentenceOf(entry)]));
}

/** What an entry says or decides; empty where its table has no such column. */
export function sentenceOf({ facts }: Pick<RuleBookEntry, 'facts'>): string {
  return facts['what it says'] ?? facts['what it decides'] ?? '';
}

/** The entries that a name stands for: one, or the rows of a table; `r38` is R-38. Empty where nothing has the name. */
export function findEntries(book: readonly RuleBookEntry[], name: string): RuleBookEntry[] {
  const id = canonicalId(name);
  const prefix = Object.hasOwn(GROUPS, id) ? GROUPS[id] : undefined;
  return book.filter((entry) => entry.id === id || (prefix !== undefined && entry.id.startsWith(prefix)));
}

/** Names that `findEntries` knows. */
export function namesOf(book: readonly RuleBookEntry[]): string[] {
  return [...book.map(({ id }) => id), ...Object.keys(GROUPS)];
}

/** As the rule book writes it: `r-38`, `R38` and `r 38` are R-38, `k5` is K-05. */
export function canonicalId(name: string): string {
  const match = /^(R|K|DT|P|G|OP|S)[-_ ]?(\d+)([a-z]?)$/i.exec(name.trim());
  if (match === null) return name.trim().toUpperCase();
  const kind = (match[1] ?? '').toUpperCase();
  const digits = kind === 'DT' ? String(Number(match[2])) : (match[2] ?? '').replace(/^0+(?=\d{2})/, '');
  const number = kind === 'DT' ? digits : digits.padStart(2, '0');
  return `${kind}-${number}${(match[3] ?? '').toLowerCase()}`;
}
