import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';

const page = readFileSync(join(packageRoot(), 'docs', 'rules.md'), 'utf8');

interface Row {
  readonly rule: string;
  readonly sources: readonly string[];
  readonly tests: readonly string[];
}

function filesIn(cell: string, folder: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map((match) => join(packageRoot(), folder, match[1] ?? ''));
}

const ROWS: readonly Row[] = page
  .split('\n')
  .filter((line) => /^\| R-\d/.test(line))
  .map((line) => {
    const [, rule = '', , where = '', test = ''] = line.split('|').map((cell) => cell.trim());
    return { rule, sources: filesIn(where, 'src/phone'), tests: filesIn(test, 'test/phone') };
  });

function names(file: string, rule: string): boolean {
  return existsSync(file) && new RegExp(`${rule}(?![0-9a-z])`).test(readFileSync(file, 'utf8'));
}

describe('docs/rules.md', () => {
  it.each(ROWS)(
    '$rule is named in the code and in the test that the page says',
    ({ rule, sources, tests }) => {
      expect(sources.filter((file) => !names(file, rule))).toEqual([]);
      expect(tests.filter((file) => !names(file, rule))).toEqual([]);
      expect(sources.length).toBeGreaterThan(0);
      expect(tests.length).toBeGreaterThan(0);
    },
  );

  it('has every rule that the phone gives as its reason', () => {
    const folder = join(packageRoot(), 'src', 'phone');
    const code = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
    const given = new Set([...code.matchAll(/'(R-\d+a?)'/g)].map((match) => match[1]));
    const documented = new Set(ROWS.map(({ rule }) => rule));
    expect([...given].filter((rule) => !documented.has(rule ?? ''))).toEqual([]);
  });
});
