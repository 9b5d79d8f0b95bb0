import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { trustfleet } from '../program.js';
import { runInside } from './harness.js';

let root: string;
const inRoot = (...names: readonly string[]): string => join(root, ...names);

beforeAll(async () => {
  await built();
  root = mkdtempSync(join(tmpdir(), 'trustfleet-report-'));
  // any split of the fleet plays the same run (docs/virtual-time.md)
  for (const [name, ...more] of [['a'], ['b', '--workers', '2'], ['c', '--seed', '2', '--phones', '41']]) {
    const args = [
      'run',
      'S-03b',
      '--clock',
      'virtual',
      '--phones',
      '40',
      ...more,
      '--out',
      inRoot(name ?? ''),
    ];
    const { code, stderr } = await trustfleet(...args);
    expect(code, stderr).toBe(0);
  }
}, BUILD_TIMEOUT_MS);

afterAll(() => rmSync(root, { recursive: true }));

const textOf = (...names: readonly string[]): string => readFileSync(inRoot(...names), 'utf8');

describe('report', () => {
  it('writes the page that the run has written, from its summary alone', async () => {
    const ofRun = textOf('a', 'report.html');
    rmSync(inRoot('a', 'report.html'));
    const { code, stdout } = await runInside('report', inRoot('a'));
    expect(code).toBe(0);
    expect(stdout).toBe(`${inRoot('a', 'report.html')}: ${Buffer.byteLength(ofRun)} octets\n`);
    expect(textOf('a', 'report.html')).toBe(ofRun);
    expect(ofRun).toContain('<title>S-03b: PASS</title>');
  });

  it('--out names another file, - is stdout; --json says where it is', async () => {
    const { stdout } = await trustfleet('report', inRoot('a'), '--out', '-');
    expect(stdout).toBe(textOf('a', 'report.html'));
    const other = inRoot('other.html');
    const { stdout: json } = await runInside('report', inRoot('a'), '--out', other, '--json');
    expect(JSON.parse(json)).toEqual({ file: other, bytes: Buffer.byteLength(stdout) });
    expect(existsSync(other)).toBe(true);
    const both = await runInside('report', inRoot('a'), '--out', '-', '--json');
    expect(JSON.parse(both.stdout)).toMatchObject({ error: { code: 'TF_USAGE' } });
    const { code, stderr } = await runInside('report', inRoot('a'), '--out', inRoot('none', 'x.html'));
    expect(code).toBe(3);
    expect(stderr).toContain('TF_FILE_UNWRITABLE');
  });
});

describe('compare', () => {
  it('two runs that did the same: exit 0', async () => {
    const { code, stdout } = await runInside('compare', inRoot('a'), inRoot('b'));
    expect(code).toBe(0);
    expect(stdout).toMatch(/^SAME all \d+ figures that do not depend on time are equal$/m);
  });

  it('two that did not: exit 1, with every figure that differs', async () => {
    const { code, stdout } = await runInside('compare', inRoot('a'), inRoot('c'));
    expect(code).toBe(1);
    expect(stdout).toMatch(/^phones +40 +41 +≠$/m);
    expect(stdout).toMatch(/^ +40 +41 +\+1 {2}phones_locked$/m);
    const json = await runInside('compare', inRoot('a'), inRoot('c'), '--json');
    expect(json.code).toBe(1);
    const document = JSON.parse(json.stdout);
    expect(document).toMatchObject({
      a: { folder: inRoot('a'), scenario: 'S-03b', phones: 40, seed: 1 },
      b: { folder: inRoot('c'), phones: 41, seed: 2 },
      same: false,
    });
    expect(document.different).toContainEqual({
      name: 'phones_locked',
      labels: {},
      ...{ a: 40, b: 41, difference: 1 },
      by: [{ model: '8841', group: 'M41', a: 8, b: 9, difference: 1 }],
    });
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(100);
  });
});

describe('a folder that is no run folder', () => {
  it.each<[what: string, make: (folder: string) => void, part: string]>([
    ['nothing there', (folder) => rmSync(folder, { recursive: true }), 'expected the folder of a run'],
    ['no summary', () => undefined, 'expected the folder of a run'],
    ['a file in its place', (folder) => writeFileSync(join(folder, 'x'), ''), 'expected the folder of a run'],
    [
      'a folder of several runs',
      (folder) => {
        for (const name of ['S-03b', 'S-03a']) {
          mkdirSync(join(folder, name));
          writeFileSync(join(folder, name, 'summary.json'), '{}');
        }
      },
      'FOLDER/S-03a, FOLDER/S-03b',
    ],
    [
      'half a summary',
      (folder) => writeFileSync(join(folder, 'summary.json'), '{ "scen'),
      'no JSON document',
    ],
    ['another document', (folder) => writeFileSync(join(folder, 'summary.json'), '[]'), 'expected a summary'],
    [
      'the summary of an older version',
      (folder) => {
        const { wallSeconds: _, ...older } = JSON.parse(textOf('a', 'summary.json'));
        writeFileSync(join(folder, 'summary.json'), JSON.stringify({ ...older, version: '0.0.9' }));
      },
      'wallSeconds: Invalid input: expected number, received undefined; expected a summary as this version writes it, found one of version 0.0.9, run the scenario again',
    ],
    [
      'a figure that is none',
      (folder) => {
        const summary = JSON.parse(textOf('a', 'summary.json'));
        summary.counters[0].value = '<b>';
        writeFileSync(join(folder, 'summary.json'), JSON.stringify(summary));
      },
      'counters.0.value',
    ],
  ])('%s: exit 2, and what was expected', async (_, make, part) => {
    const folder = mkdtempSync(inRoot('bad-'));
    make(folder);
    const given = existsSync(join(folder, 'x')) ? join(folder, 'x') : folder;
    for (const args of [
      ['report', given],
      ['compare', inRoot('a'), given],
    ]) {
      const { code, stdout, stderr } = await runInside(...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain(part.replaceAll('FOLDER', folder));
      expect(stderr).toContain('[TF_FILE_UNREADABLE]');
      expect(stderr).toContain(join(given, 'summary.json'));
    }
    const { stdout } = await runInside('report', given, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'TF_FILE_UNREADABLE' } });
  });
});
