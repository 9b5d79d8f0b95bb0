import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FlashRecord } from '../../src/fleet/flash-store.js';
import { junitXml } from '../../src/report/junit.js';
import { readSummary } from '../../src/report/read-summary.js';
import {
  defaultRunFolder,
  makeDefaultRunFolder,
  makeRunFolder,
  writeRunFolder,
} from '../../src/report/run-folder.js';
import type { RunFacts } from '../../src/report/summary.js';
import { lostRun } from './lost-run.js';

const facts: RunFacts = {
  version: '0.1.0',
  wallSeconds: 1.5,
  started: new Date('2026-03-12T07:20:01.500Z'),
  host: { cpus: 2, node: 'v20.20.0' },
};

describe('summary.json', () => {
  it.each([
    ['of a good run', undefined],
    ['of one with expectations that do not hold', 10],
  ])('%s is read as it was written, no field left out', async (_, missing) => {
    const folder = mkdtempSync(join(tmpdir(), 'trustfleet-summary-'));
    try {
      await writeRunFolder(folder, await lostRun(missing), facts, null);
      const written: unknown = JSON.parse(readFileSync(join(folder, 'summary.json'), 'utf8'));
      expect(await readSummary(folder)).toEqual(written);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('the default run folder', () => {
  it('sorts by time and has no character that a file system minds', () => {
    expect(defaultRunFolder('S-03b', facts.started)).toBe(join('runs', '20260312T072001Z-S-03b'));
    expect(defaultRunFolder('my own: run/1', facts.started)).toBe(
      join('runs', '20260312T072001Z-my-own-run-1'),
    );
  });

  it('is of one run alone, also where several begin in the same second', async () => {
    const root = mkdtempSync(join(tmpdir(), 'trustfleet-runs-'));
    try {
      const made = await Promise.all([1, 2, 3].map(() => makeDefaultRunFolder('S-03b', facts.started, root)));
      const first = join(root, 'runs', '20260312T072001Z-S-03b');
      expect(made.sort()).toEqual([first, `${first}-2`, `${first}-3`]);
      expect(made.every((folder) => existsSync(folder))).toBe(true);
      await expect(makeDefaultRunFolder('S-03b', facts.started, '/proc')).rejects.toMatchObject({
        code: 'TF_FILE_UNWRITABLE',
      });
    } finally {
      rmSync(root, { recursive: true });
    }
  });
});

const PHONE: FlashRecord = {
  phone: 'SEP020001000001',
  model: '8841',
  group: 'M41',
  ctl: null,
  itl: '5e1f',
  configuration: 'c0f1',
  lsc: { issuer: 'CN=CAPF', serial: '01', notAfter: '2031-01-01T00:00:00.000Z' },
  load: null,
  locked: true,
};

describe('a run folder (contracts.md 2)', () => {
  let root = '';
  const read = (name: string): string => readFileSync(join(root, 'deep', 'run', name), 'utf8');

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'trustfleet-run-'));
    await writeRunFolder(join(root, 'deep', 'run'), await lostRun(10), facts, {
      lists: new Map([['5e1f', Buffer.from('a list')]]),
      phones: [PHONE, { ...PHONE, phone: 'SEP020001000002', itl: null }],
    });
  });
  afterAll(() => {
    rmSync(root, { recursive: true });
  });

  it('has the files of the contract', () => {
    expect(readdirSync(join(root, 'deep', 'run')).sort()).toEqual([
      'events.ndjson',
      'flash',
      'junit.xml',
      'metrics.prom',
      'report.html',
      'summary.json',
      'summary.txt',
    ]);
  });

  it('flash/ has a line for each phone, and each list that one of them holds', () => {
    expect(readdirSync(join(root, 'deep', 'run', 'flash')).sort()).toEqual(['5e1f.tlv', 'phones.ndjson']);
    expect(read('flash/5e1f.tlv')).toBe('a list');
    const lines = read('flash/phones.ndjson').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      PHONE,
      { ...PHONE, phone: 'SEP020001000002', itl: null },
    ]);
  });

  it('summary.json has every field of the contract with its type', () => {
    const summary = JSON.parse(read('summary.json'));
    expect(summary).toMatchObject({
      scenario: 'S-03b',
      seed: 1,
      version: '0.1.0',
      phones: 1000,
      clock: 'network',
      passed: false,
      verdict: 'fail',
      started: '2026-03-12T07:20:01.500Z',
      seconds: 8.4,
      host: { cpus: 2, node: 'v20.20.0' },
    });
    expect(summary.health).toContainEqual({
      what: 'event-loop-delay',
      worker: 'shard 2',
      worst: 0.034,
      limit: 0.1,
      at: 4,
      unit: 's',
      exceeded: false,
    });
    expect(summary.steps[4]).toMatchObject({ step: 4, about: 'reset all phones', seconds: 4.2 });
    expect(summary.counters).toContainEqual({
      name: 'trust_lists',
      labels: { list: 'itl', result: 'refused', rule: 'R-39', model: '7962', group: 'L62' },
      value: 150,
    });
    const boot = summary.timings.find(
      (timing: { name: string; labels: object }) =>
        timing.name === 'boot' && Object.keys(timing.labels).length === 0,
    );
    expect(Object.keys(boot)).toEqual(['name', 'labels', 'count', 'p50', 'p90', 'p99', 'max']);
    expect(boot.count).toBe(2000);
    expect(boot.p50).toBeLessThan(boot.p99);
  });

  it('summary.json lays expected and actual figures side by side', () => {
    const { expectations } = JSON.parse(read('summary.json'));
    const failed = expectations.filter((expectation: { passed: boolean }) => !expectation.passed);
    expect(failed.map(({ step, about }: { step: number; about: string }) => [step, about])).toEqual([
      [5, 'tvs_requests for itl'],
      [5, 'tvs_requests for config'],
      [5, 'alarms'],
    ]);
    expect(failed[0].expected[0]).toEqual({ labels: {}, value: 2000 });
    expect(failed[0].actual[0]).toEqual({ labels: {}, value: 1990 });
  });

  it('events.ndjson has a line for each refusal, and the summary says that it has all', () => {
    const lines = read('events.ndjson')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toHaveLength(1000);
    expect(lines[0]).toMatchObject({
      phone: 'SEP020001000010',
      what: 'itl',
      rule: 'R-39',
      reason: 'tvs-unusable',
    });
    expect(JSON.parse(read('summary.json')).events).toEqual({
      seen: 1000,
      written: 1000,
      oneIn: 1,
      countedOnly: 0,
    });
  });

  it('metrics.prom has the state at the end', () => {
    expect(read('metrics.prom')).toContain('trustfleet_phones_locked{model="7942"} 150');
    expect(read('metrics.prom')).toContain('trustfleet_run_info{scenario="S-03b"');
  });

  it('summary.txt is the verdict without colour', () => {
    expect(read('summary.txt')).toContain('FAIL 3 of 8');
    expect(read('summary.txt')).not.toContain('\u001b');
  });

  it.each([
    ['below a file', 'a-file/run'],
    ['a file itself', 'a-file'],
    // Node's own recursive mkdir never comes back from here
    ['where the system has no place for folders', '/proc/run'],
  ])('that cannot be written, %s, is a typed error before the run', async (_, folder) => {
    writeFileSync(join(root, 'a-file'), '');
    await expect(makeRunFolder(resolve(root, folder))).rejects.toMatchObject({ code: 'TF_FILE_UNWRITABLE' });
  });

  it('is made with its parents, and may be there already', async () => {
    const folder = join(root, 'one', 'two', 'three');
    await makeRunFolder(folder);
    await makeRunFolder(folder);
    expect(existsSync(folder)).toBe(true);
  });
});

describe('junit.xml', () => {
  const parse = (xml: string) => {
    expect(XMLValidator.validate(xml)).toBe(true);
    const parser = new XMLParser({
      ignoreAttributes: false,
      attributeNamePrefix: '',
      isArray: (name) => name === 'testcase',
    });
    return parser.parse(xml).testsuites.testsuite;
  };

  it('has a case for each expectation, with a failure where it did not hold', async () => {
    const suite = parse(junitXml(await lostRun(10), facts));
    expect(suite).toMatchObject({ name: 'S-03b', tests: '8', failures: '3', errors: '0', skipped: '0' });
    expect(suite.testcase).toHaveLength(8);
    const failed = suite.testcase.filter((testcase: { failure?: unknown }) => testcase.failure !== undefined);
    expect(failed[0]).toMatchObject({ classname: 'S-03b.step 5', name: 'tvs_requests for itl' });
    expect(failed[0].failure['#text']).toMatch(/total +2,000 +1,990 +-10/);
  });

  it('marks what was not judged as skipped and a saturated generator as an error', async () => {
    const result = await lostRun(0, (laboratory) => {
      laboratory.phones = 90;
      laboratory.readings = [
        { what: 'memory', worker: 'shard 1', worst: 9e9, limit: 8e9, at: 2, unit: 'bytes', exceeded: true },
      ];
    });
    const suite = parse(junitXml(result, facts));
    expect(suite).toMatchObject({ tests: '9', failures: '0', errors: '1', skipped: '3' });
    expect(suite.testcase.at(-1)).toMatchObject({ name: 'memory of shard 1' });
  });

  it('stays well-formed whatever a message holds', async () => {
    const result = await lostRun();
    const nasty = { ...result, ended: { by: 'error', code: 'X', message: '<&"\'\u0000\u001b]]>' } as const };
    const suite = parse(junitXml(nasty, facts));
    expect(suite.testcase.at(-1).error.message).toContain(']]');
  });
});
