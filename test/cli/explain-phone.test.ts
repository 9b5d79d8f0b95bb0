import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { trustfleet } from '../program.js';
import { runInside } from './harness.js';

const SCENARIO = `name: two-boots
about: first power-on and a reset
cluster: CL-1
fleet:
  profile: FLEET-A
  groups: [{ group: M41, model: "8841", phones: 3, tftp: PUB, callManagerGroup: PUB }]
start: factory
steps:
  - phones: { power-on: all }
  - phones: { reset: all }
`;
const PHONE = 'SEP020001000002';
/** Other tests have the usual addresses. */
const BIND = ['--bind', '127.89.1.1'];

let folder: string;
let scenario: string;

beforeAll(async () => {
  await built();
  folder = mkdtempSync(join(tmpdir(), 'trustfleet-explain-'));
  scenario = join(folder, 'two-boots.yaml');
  writeFileSync(scenario, SCENARIO);
  const run = await trustfleet(
    'run',
    scenario,
    '--phones',
    '2',
    '--seed',
    '7',
    '--out',
    join(folder, 'run'),
    ...BIND,
  );
  expect(run.code, run.stderr).not.toBe(2);
}, BUILD_TIMEOUT_MS);

describe('explain SEP… --run DIR', () => {
  it('the run folder says what was played: the scenario as it stood, and the command line', () => {
    const plan = JSON.parse(readFileSync(join(folder, 'run', 'plan.json'), 'utf8'));
    expect(plan).toMatchObject({
      scenario: 'two-boots',
      text: SCENARIO,
      phones: 2,
      seed: 7,
      clock: 'network',
    });
  });

  it('plays that phone again and prints its decisions in order, with time, rule and reason', async () => {
    // the run folder is enough: the scenario may be gone
    writeFileSync(scenario, 'name: something else');
    const { code, stdout, stderr } = await trustfleet(
      'explain',
      PHONE,
      '--run',
      join(folder, 'run'),
      ...BIND,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const at = (text: string): number => stdout.indexOf(text);
    const order = [
      `${PHONE} in two-boots, seed 7`,
      'step 1: power-on all phones',
      'itl accept by R-16 (first-trust)',
      'configuration: sgn accepted (R-52)',
      'register PUB tcp: accepted',
      'step 2: reset all phones',
      'itl unchanged by R-13 (unchanged)',
      'trust list menu (R-70): CTL: not installed; ITL: TFTP ',
    ];
    expect(order.filter((text) => at(text) < 0)).toEqual([]);
    expect([...order].sort((a, b) => at(a) - at(b))).toEqual(order);
    expect(stdout).not.toContain('SEP020001000001');
  });

  it('goes outside the loopback range only where the command line says so again', async () => {
    const file = join(folder, 'far.yaml');
    // an address of a port that no SIP phone asks
    const services = 'TFTP: true, CallManager: { external: { sccp: "192.0.2.1:2000" } }';
    writeFileSync(file, SCENARIO.replace('CL-1', `{ nodes: [ { name: PUB, services: { ${services} } } ] }`));
    const allow = ['--allow-target', '192.0.2.0/24'];
    const run = await trustfleet('run', file, '--out', join(folder, 'far'), ...BIND, ...allow);
    expect(run.code, run.stderr).not.toBe(2);
    const { allowTargets } = JSON.parse(readFileSync(join(folder, 'far', 'summary.json'), 'utf8')) as {
      allowTargets: readonly string[];
    };
    expect(allowTargets).toEqual(['192.0.2.0/24']);
    const again = ['explain', PHONE, '--run', join(folder, 'far'), ...BIND];
    const refused = await trustfleet(...again);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining('--allow-target 192.0.2.1/32'),
    ]);
    const played = await trustfleet(...again, ...allow);
    expect(played.code, played.stderr).toBe(0);
    expect(played.stdout).toContain('boot: registered PUB');
  });

  it('--json: steps and decisions as one document', async () => {
    // names of phones in any case
    const args = [PHONE.toLowerCase(), '--run', join(folder, 'run'), '--json', ...BIND];
    const { stdout } = await trustfleet('explain', ...args);
    const { decisions, ...replay } = JSON.parse(stdout);
    expect(replay).toMatchObject({
      scenario: 'two-boots',
      phone: PHONE,
      seed: 7,
      steps: [{ step: 1 }, { step: 2 }],
    });
    expect(decisions).toContainEqual(
      expect.objectContaining({ rule: 'R-16', reason: 'first-trust', at: expect.any(Number) }),
    );
  });

  it('plays a run in virtual time again in virtual time, where each of its moments is the same again', async () => {
    const virtual = join(folder, 'two-boots-virtual.yaml');
    writeFileSync(virtual, SCENARIO);
    const run = join(folder, 'virtual');
    const { code } = await trustfleet('run', virtual, '--phones', '1', '--clock', 'virtual', '--out', run);
    expect(code).toBe(0);
    const phone = 'SEP020001000001';
    const explain = async () =>
      JSON.parse((await trustfleet('explain', phone, '--run', run, '--json')).stdout);
    const replay = await explain();
    expect(replay).toMatchObject({ phone, clock: 'virtual', steps: [{ step: 1, at: 0 }, { step: 2 }] });
    expect(await explain()).toEqual(replay);
    expect(replay.decisions).toContainEqual(expect.objectContaining({ rule: 'R-16', reason: 'first-trust' }));
    expect(replay.steps[1].at).toBeGreaterThan(0);
  });

  it('ends with the key that a phone was still generating when the run was over, and what it was doing (R-97)', async () => {
    const file = join(folder, 'slow-key.yaml');
    writeFileSync(
      file,
      `name: slow-key
about: a 7962 is seven minutes at its key, and the run ends before
cluster: { profile: CL-1, mode: mixed }
fleet:
  groups:
    - group: L62
      model: "7962"
      phones: 1
      security: authenticated
      lsc: none
      tftp: PUB
      callManagerGroup: PUB
      capf: { operation: install, auth: null-string, key: rsa-2048 }
start: factory
clock: { mode: virtual }
steps:
  - phones: { power-on: all }
    limit: 60s
`,
    );
    const run = join(folder, 'slow-key');
    const summary = JSON.parse((await trustfleet('run', file, '--out', run, '--json')).stdout);
    expect(summary.expectations[0].actual).toContainEqual({
      labels: { state: 'enrolling', model: '7962' },
      value: 1,
    });
    const args = ['explain', 'SEP020001000001', '--run', run];
    const { stdout } = await trustfleet(...args);
    const lines = stdout.trimEnd().split('\n');
    expect(lines.at(-1)).toBe('at the end: enrolling, model 7962, without an outcome');
    const { decisions, end } = JSON.parse((await trustfleet(...args, '--json')).stdout);
    const decided = decisions.filter(({ rule }: { readonly rule: string }) => rule !== 'R-70');
    expect(decided.at(-1)).toMatchObject({
      rule: 'R-97',
      detail: 'CAPF: generates an RSA 2048 key, which takes a 7962 420 s (R-97)',
    });
    expect(end).toEqual({ state: 'enrolling', mode: 'none', model: '7962', hasOutcome: false });
  });

  it.each([
    ['a folder without a run', () => ['explain', PHONE, '--run', folder], 'plan.json'],
    [
      'a phone that the run had not',
      () => ['explain', 'SEP020001000003', '--run', join(folder, 'run')],
      'fleet of 2',
    ],
    ['a phone without a run', () => ['explain', PHONE], 'expected --run DIR'],
    ['a phone without a run, in lower case', () => ['explain', PHONE.toLowerCase()], 'expected --run DIR'],
  ])('%s: exit 2', async (_, args, part) => {
    const { code, stderr } = await runInside(...args());
    expect(code).toBe(2);
    expect(stderr).toContain(part);
  });
});
