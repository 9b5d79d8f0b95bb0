import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { canonicalId, parseRuleBook } from '../../src/report/rule-book.js';
import { loadScenario, resolveScenarios } from '../../src/scenario/catalogue.js';
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

  it('a scenario with its release, cluster, fleet, each step as `run` names it, and what it expects in short', async () => {
    const { code, stdout } = await runInside('explain', 'S-03b');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}release +11\.5\(1\)$/m);
    expect(stdout).toMatch(/^ {2}cluster +CL-3, non-secure mode$/m);
    expect(stdout).toMatch(/^ {2}fleet +1,000 phones: 7942 150, 7962 150/m);
    const plan = loadScenario(resolveScenarios('S-03b')[0] ?? '');
    for (const { step, about } of plan.steps)
      expect(stdout).toMatch(new RegExp(`^ +${step} {2}${about}$`, 'm'));
    expect(stdout).toMatch(/^ +trust_lists list itl +100% {2}refused 100%, R-39 100%$/m);
    expect(stdout).toMatch(/^ +tvs_requests for itl +2,000 {2}handshake-failed 2,000, SUB1 510,$/m);
    expect(stdout).toMatch(/^ +alarms +100% {2}code 8 100%$/m);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });

  it('--json of a scenario has the same', async () => {
    const { stdout } = await runInside('explain', 'S-13a', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      name: 'S-13a',
      origin: 'S-13',
      clusters: [
        { name: 'source', release: '8.6', mode: 'non-secure', tokens: [] },
        { name: 'destination', release: '12.5' },
      ],
      fleet: { phones: 1000, models: { 7942: 150, 8841: 200 } },
      start: 'healthy',
      steps: expect.arrayContaining([
        {
          step: 11,
          about: '2 expectations',
          expects: [
            { about: 'trust_lists list itl, result updated', total: '0', split: '' },
            { about: 'phones_locked', total: '1,000', split: '' },
          ],
        },
      ]),
    });
  });

  it('all: every shipped scenario, with a line for every step, as `run all` takes them', async () => {
    const { code, stdout } = await runInside('explain', 'all', '--json');
    expect(code).toBe(0);
    const explained: readonly {
      readonly name: string;
      readonly steps: readonly { readonly about: string }[];
    }[] = JSON.parse(stdout);
    expect(explained.map(({ name, steps }) => [name, steps.map(({ about }) => about)])).toEqual(
      resolveScenarios('all').map((file) => {
        const { name, steps } = loadScenario(file);
        return [name, steps.map(({ about }) => about)];
      }),
    );
  });

  describe('a scenario of one’s own', () => {
    const folder = mkdtempSync(join(tmpdir(), 'trustfleet-explain-scenario-'));
    const file = join(folder, 'my.yaml');
    writeFileSync(
      file,
      `name: mine
release: "9.1(2)"
cluster: { profile: CL-3, mode: mixed, tokens: [T1, T2] }
fleet: { phones: 20 }
start: factory
clock: { scale: 60 }
steps:
  - phones: { power-on: all }
  - wait: { until: { count: phones, where: { state: registered }, atLeast: 19 }, limit: 2m }
  - operate: { set-cluster: mixed-mode }
    refused: CTL client
  - expect: [ { time: boot, p99: "< 60s" } ]
  - expect:
      - { held: itl, of: served, is: "50%", report: true }
      - { artefact: CTLFile.tlv, node: PUB, field: header.digest, is: sha1 }
`,
    );
    afterAll(() => rmSync(folder, { recursive: true }));

    it('is explained by its path, as `run` takes it', async () => {
      const { code, stdout, stderr } = await runInside('explain', file);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.split('\n')).toEqual([
        'mine',
        `  file       ${file}`,
        '  release    9.1(2)',
        '  cluster    CL-3, mixed mode by tokens T1, T2',
        expect.stringMatching(/^ {2}fleet {6}20 phones: 7942 3, 7962 3/),
        '  start      factory: nothing installed, all phones off',
        '  clock      network, what phones wait by their rules is 60 times as fast',
        '  steps',
        '     1  power-on all phones',
        '     2  wait until phones state registered',
        '        within 120 s  at least 19',
        expect.stringMatching(/^ {5}3 {2}/),
        '        is refused    CTL client',
        '     4  1 expectation',
        expect.stringMatching(/^ {8}time boot +p99 < 60s$/),
        '     5  2 expectations',
        expect.stringMatching(/^ {8}phones whose ITL is .* 50% reported$/),
        expect.stringMatching(/^ {8}.*CTLFile\.tlv.* sha1$/),
        `  run it     trustfleet run ${file}`,
        '',
      ]);
    });

    it.each([
      ['one that does not validate', 'broken.yaml', 'name: x\nstpes: []\n', 'broken.yaml:2:1: '],
      ['one that is not there', 'none.yaml', null, 'no scenario at '],
    ])('%s is the error that `run` gives', async (_, name, text, part) => {
      const own = join(folder, name);
      if (text !== null) writeFileSync(own, text);
      const explained = await runInside('explain', own);
      expect(explained.code).toBe(2);
      expect(explained.stderr).toContain(part);
      expect(explained).toEqual(await runInside('run', own));
    });
  });

  it.each([
    ['R-200', 'did you mean "R-20"?'],
    ['K-99', 'expected a name of docs/rules.md'],
    ['S-03x', 'did you mean "S-03'],
    ['ctl-chnage', 'did you mean "ctl-change"?'],
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
