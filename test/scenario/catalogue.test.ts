import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  DEFAULT_SCENARIO,
  listScenarios,
  loadScenario,
  resolveScenarios,
} from '../../src/scenario/catalogue.js';
import type { CountExpectation } from '../../src/scenario/plan.js';

/** Phones of the catalogue's scenarios that are not played by FLEET-A alone. */
const PHONES: Readonly<Record<string, number>> = {
  'OP-26': 100,
  'R-11': 100,
  'S-04': 4000,
  'S-04d': 100,
  'S-09': 1050,
  'S-16': 600,
  'S-17': 300,
  'S-19': 150,
};

describe('the shipped scenarios', () => {
  const shipped = listScenarios();

  it('are those of the issue, the default first', () => {
    expect(shipped.map(({ name }) => name)).toEqual([
      'ctl-change',
      'firmware',
      'offline-ca',
      'online-ca',
      'S-01',
      'S-01b',
      'S-02',
      'S-03a',
      'S-03b',
      'S-03c',
      'S-03d',
      'S-04a',
      'S-04b',
      'S-04c',
      'S-04d',
      'S-05a',
      'S-05b',
      'S-06a',
      'S-06b',
      'S-07',
      'S-08',
      'S-09',
      'S-10a',
      'S-10b',
      'S-11',
      'S-12a',
      'S-12b',
      'S-12c',
      'S-13a',
      'S-13b',
      'S-14',
      'S-15',
      'S-16',
      'S-17a',
      'S-17b',
      'S-17c',
      'S-18',
      'S-19a',
      'S-19b',
      'S-20a',
      'S-20b',
      'S-20c',
      'S-21',
      'S-22',
      'S-23',
      'S-24a',
      'S-24c',
      'S-24g',
      'S-25',
      'secure-boot',
      'sip-oauth',
    ]);
    expect(shipped[0]?.name).toBe(DEFAULT_SCENARIO);
  });

  it.each(shipped)('$name validates, has the name of its file, and tells what it is about', (entry) => {
    const plan = loadScenario(entry.file);
    expect(plan.name).toBe(entry.name);
    expect(plan.about).toBe(entry.about);
    expect(entry.about.length).toBeGreaterThan(20);
    expect(plan.fleet.phones).toBe(PHONES[entry.name] ?? PHONES[entry.origin] ?? 1000);
    expect(plan.steps.at(-1)?.kind).toBe('expect');
  });

  it('S-03b says what the contract promises of it', () => {
    const [file = ''] = resolveScenarios('S-03b');
    const counts = loadScenario(file)
      .steps.flatMap((step) => (step.kind === 'expect' ? step.expectations : []))
      .filter((expectation): expectation is CountExpectation => expectation.kind === 'count');
    const handshakes = counts.find(
      ({ counter, where }) => counter === 'tvs_requests' && where.for?.includes('itl'),
    );
    expect(handshakes?.bound).toEqual({ is: 2000 });
    expect(handshakes?.by.find(({ label }) => label === 'node')?.figures).toEqual([
      { value: 'SUB1', is: 510 },
      { value: 'SUB2', is: 1000 },
      { value: 'PUB', is: 490 },
    ]);
  });
});

describe('the argument of `run`', () => {
  let folder = '';

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'trustfleet-scenarios-'));
    for (const name of ['S-01', 'S-03a', 'S-03b', 'ctl-change', 'S-030'])
      writeFileSync(join(folder, `${name}.yaml`), `name: ${name}\nabout: about ${name}\n`);
    writeFileSync(join(folder, 'notes.txt'), '');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const resolved = (argument?: string): string[] =>
    resolveScenarios(argument, folder).map((file) => basename(file, '.yaml'));

  it.each([
    [undefined, ['ctl-change']],
    ['S-01', ['S-01']],
    ['S-03', ['S-03a', 'S-03b']],
    ['s-03B', ['S-03b']],
    ['CTL-Change', ['ctl-change']],
    ['s-03', ['S-03a', 'S-03b']],
    ['ALL', ['ctl-change', 'S-01', 'S-030', 'S-03a', 'S-03b']],
    ['all', ['ctl-change', 'S-01', 'S-030', 'S-03a', 'S-03b']],
  ])('%s stands for %j', (argument, names) => {
    expect(resolved(argument)).toEqual(names);
  });

  it('may be a path', () => {
    const path = join(folder, 'S-01.yaml');
    expect(resolveScenarios(path, folder)).toEqual([path]);
  });

  it('may be a file or folder without a slash or an ending, whatever stands in it', () => {
    // of the folder that tests run in
    expect(resolveScenarios('package.json', folder)).toEqual(['package.json']);
  });

  it('is refused with a suggestion when nothing has that name (TF_USAGE)', () => {
    expect(() => resolved('ctl-chnage')).toThrow(
      expect.objectContaining({
        code: 'TF_USAGE',
        message: expect.stringContaining('did you mean "ctl-change"?'),
      }),
    );
  });

  it('is loaded by its name as by its path, and not by one that stands for several', () => {
    const [file = ''] = resolveScenarios('S-03b');
    expect(loadScenario('S-03b')).toEqual(loadScenario(file));
    expect(() => loadScenario('S-03')).toThrow(
      expect.objectContaining({ code: 'TF_USAGE', message: expect.stringContaining('S-03a, S-03b') }),
    );
  });

  it('is refused when nothing is at the path', () => {
    expect(() => resolved('./nothing.yaml')).toThrow(expect.objectContaining({ code: 'TF_FILE_UNREADABLE' }));
    expect(() => loadScenario(join(folder, 'gone.yaml'))).toThrow(
      expect.objectContaining({ code: 'TF_FILE_UNREADABLE' }),
    );
  });
});
