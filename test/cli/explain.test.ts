import { describe, expect, it } from 'vitest';
import { canonicalId, parseRuleBook } from '../../src/cli/rule-book.js';
import { runInside } from './harness.js';

describe('explain', () => {
  it('prints a rule, its source, where it stands, its tests and the scenarios that show it', async () => {
    const { code, stdout, stderr } = await runInside('explain', 'R-38');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^R-38 {2}TVS is reached over TLS/);
    expect(stdout).toMatch(/^ {2}source +213407; documented/m);
    expect(stdout).toMatch(/^ {2}stands in +src\/phone\/decide\/peer\.ts$/m);
    expect(stdout).toMatch(/^ {2}tests +test\/phone\/tvs\.test\.ts$/m);
    expect(stdout).toMatch(/^ {2}named in +S-03a, S-03b/m);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('--json: the same as one document', async () => {
    const { stdout } = await runInside('explain', 'K-05', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      id: 'K-05',
      related: ['R-62'],
      stands: ['src/phone/decide/targets.ts'],
      reason: null,
    });
  });

  it.each([
    ['T6', 15],
    ['T-PORT', 12],
    ['T-LEG', 10],
  ])('%s is every row of the table', async (table, rows) => {
    expect(JSON.parse((await runInside('explain', table, '--json')).stdout)).toHaveLength(rows);
  });

  it('says why an entry has no test', async () => {
    expect((await runInside('explain', 'G-08')).stdout).toMatch(/^ {2}tests +not simulated: there are no/m);
  });

  it('a scenario, or all its variants, with the rules that they name', async () => {
    const { stdout } = await runInside('explain', 'S-03');
    expect(stdout.match(/^S-03[abc] {2}\S/gm)).toHaveLength(3);
    expect(stdout).toMatch(/^ {2}rules +R-38, R-39/m);
    expect(stdout).toMatch(/^ {2}run it +trustfleet run S-03b$/m);
    expect((await runInside('explain', 's-03b')).stdout).toMatch(/^S-03b {2}\S/);
  });

  it.each([
    ['R-200', 'did you mean "R-20"?'],
    ['K-99', 'expected a name of docs/rules.md'],
    ['OP-32', 'of docs/operations.md such as OP-18'],
    ['', 'found ""'],
    ['constructor', 'found "constructor"'],
  ])('%j is unknown: exit 2', async (name, part) => {
    const { code, stdout, stderr } = await runInside('explain', name);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(part);
    const json = await runInside('explain', name, '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ error: { code: 'TF_USAGE' } });
  });

  it.each([
    ['r38', 'R-38'],
    ['R 7', 'R-07'],
    ['r-18A', 'R-18a'],
    ['k5', 'K-05'],
    ['DT-03', 'DT-3'],
    ['t-port', 'T-PORT'],
    ['R-121', 'R-121'],
  ])('%s is %s', (name, id) => {
    expect(canonicalId(name)).toBe(id);
  });
});

describe('the tables of a page', () => {
  it('are read by their headings; rows without an id are left alone, several ids share a row', () => {
    const page = `
| rule | what it says | stands | tests |
|---|:--|---|--:|
| R-01, R-02 | both, K-05 | \`phone/a.ts\`, \`phone/b.ts\` | \`phone/a.test.ts\` |
| other | not an entry | | |
| R-03 | alone | | not simulated: no reason at all |

| operation | what it says |
|---|---|
| OP-09 | regenerate |
`;
    const [first, second, third, fourth] = parseRuleBook(page);
    expect(first).toEqual({
      id: 'R-01',
      facts: { 'what it says': 'both, K-05' },
      related: ['K-05'],
      stands: ['src/phone/a.ts', 'src/phone/b.ts'],
      tests: ['test/phone/a.test.ts'],
      reason: null,
    });
    expect(second).toEqual({ ...first, id: 'R-02' });
    expect(third).toMatchObject({ id: 'R-03', tests: [], reason: 'not simulated: no reason at all' });
    expect(fourth).toMatchObject({ id: 'OP-09', facts: { 'what it says': 'regenerate' }, tests: [] });
  });
});
