import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';

const SCHEMAS = join(packageRoot(), 'src', 'scenario');
const DOCS = ['scenarios.md', 'virtual-time.md', 'lab.md'].map((name) => join(packageRoot(), 'docs', name));

/** What stands between the brace at `start` and the one that closes it. */
function braced(text: string, start: number): string {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    if (text[at] === '{') depth += 1;
    else if (text[at] === '}') depth -= 1;
    if (depth === 0) return text.slice(start + 1, at);
  }
  throw new Error(`no end of what begins at ${start}`);
}

/** Keys of the maps of a schema: `strictMap({ key: … })`, and the tables of verbs and fields that go into one. */
function keysOf(source: string): string[] {
  const maps = source.matchAll(
    /strictMap\((?=\{)|^(?:export )?const \w+(?:Verbs|Fields|settings) = (?=\{)/gm,
  );
  return [...maps].flatMap(({ index, 0: { length } }) => {
    // keys of the map itself, not of what is inside its values
    let own = braced(source, index + length);
    for (let outer = ''; outer !== own; ) {
      outer = own;
      own = outer.replace(/[({[][^(){}[\]]*[)}\]]/g, '');
    }
    return [...own.matchAll(/(?:^|,)\s*(?:\/\*\*.*?\*\/\s*)?'?([a-zA-Z][\w-]*)'?(?=:|,|$)/g)].map(
      ([, key = '']) => key,
    );
  });
}

describe('the scenario reference', () => {
  it('names every key that a scenario may have', () => {
    const words = new Set(DOCS.flatMap((file) => readFileSync(file, 'utf8').match(/[A-Za-z][\w-]*/g)));
    const files = readdirSync(SCHEMAS).filter((name) => name.startsWith('schema'));
    const keys = new Set(files.flatMap((name) => keysOf(readFileSync(join(SCHEMAS, name), 'utf8'))));
    expect(keys.size).toBeGreaterThan(100);
    expect([...keys].filter((key) => !words.has(key))).toEqual([]);
  });
});
