import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { resolveScenarios } from '../../src/scenario/catalogue.js';
import { BUILD_TIMEOUT_MS, built, MAIN } from '../built.js';
import { type Ended, Program, trustfleet } from '../program.js';
import { runInside } from './harness.js';

/**
 * `run` as a stranger calls it. Where the addresses matter the cluster has those that it always has (127.10.0.x), which
 * another run on this machine may have, too; everything that uses them stands in this one file, one test after the other.
 */
const BIND = '127.34.0.1';

/** For tests that may have to wait for the fixed addresses. */
const PATIENT_MS = 240_000;

const folder = mkdtempSync(join(tmpdir(), 'trustfleet-run-'));
const out = (name: string): string => join(folder, name);
const hasPromtool = spawnSync('promtool', ['--version'], { stdio: 'ignore' }).error === undefined;
if (!hasPromtool) process.stderr.write('skipped: promtool is not installed (test/cli/run)\n');

function scenario(name: string, text: string): string {
  const file = join(folder, `${name}.yaml`);
  writeFileSync(file, text);
  return file;
}

/** CL-1 and five phones: three 7942 with SCCP, two 8841 with SIP. */
const SMALL = `cluster: CL-1
fleet:
  groups:
    - { group: T42, model: "7942", phones: 3, protocol: SCCP, tftp: [PUB], callManagerGroup: [PUB] }
    - { group: M41, model: "8841", phones: 2, protocol: SIP, tftp: [PUB], callManagerGroup: [PUB] }
start: healthy
`;

/** Another run on this machine may have the fixed addresses: waits until it has left them. */
async function free(): Promise<void> {
  for (let tries = 0; tries < PATIENT_MS / 100; tries += 1) {
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen({ host: '127.10.0.1', port: 2000 }, () => resolve(true));
    });
    if (isFree) {
      await new Promise((resolve) => server.close(resolve));
      return;
    }
    await delay(100);
  }
  throw new Error('127.10.0.1:2000 is taken');
}

/** Runs a scenario to its end at addresses of this file's own. */
function run(...args: string[]): Promise<Ended> {
  return trustfleet('run', ...args, '--bind', BIND);
}

/** Does what needs the fixed addresses, again when somebody else was faster (3) or kept the machine too busy (4). */
async function atFixedAddresses(work: () => Promise<Ended>): Promise<Ended> {
  for (let tries = 1; ; tries += 1) {
    await free();
    const ended = await work();
    if ((ended.code !== 3 && ended.code !== 4) || tries === 5) return ended;
  }
}

interface Figures {
  readonly labels: Record<string, string>;
  readonly value: number;
}

interface Summary {
  readonly counters: readonly (Figures & { readonly name: string })[];
  readonly [field: string]: unknown;
}

const summaryIn = (name: string): Summary =>
  JSON.parse(readFileSync(join(out(name), 'summary.json'), 'utf8')) as Summary;

/** A counter by some of its labels, over all phones. */
function total(summary: Summary, name: string, labels: Record<string, string> = {}): number {
  return summary.counters
    .filter((one) => one.name === name && Object.entries(labels).every(([k, v]) => one.labels[k] === v))
    .reduce((sum, { value }) => sum + value, 0);
}

beforeAll(built, BUILD_TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('run ctl-change --phones 20 --json --metrics 0', () => {
  let ended: Ended;
  let summary: Summary;
  let scraped: string;

  beforeAll(async () => {
    const args = ['run', '--phones', '20', '--json', '--metrics', '0', '--out', out('ctl-change')];
    ended = await atFixedAddresses(async () => {
      const program = new Program(args);
      const scraping = program
        .says(/metrics at (http:\S+)/)
        .then(async ([, url = '']) => {
          await program.says(/step 6\//);
          scraped = await (await fetch(url)).text();
        })
        // a program that did not get that far is judged by its exit code
        .catch(() => undefined);
      await Promise.all([scraping, program.ended]);
      return program.ended;
    });
    summary = JSON.parse(ended.stdout) as Summary;
  }, PATIENT_MS);

  it('ctl-change is the default, and ends in exit 0', () => {
    expect(ended.code).toBe(0);
    expect(summary.scenario).toBe('ctl-change');
  });

  it('prints one JSON document on stdout: the summary of the run folder', () => {
    expect(summary).toEqual(summaryIn('ctl-change'));
  });

  it('has every field of contracts.md 2', () => {
    expect(summary).toMatchObject({
      scenario: 'ctl-change',
      seed: 1,
      version: JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')).version,
      phones: 20,
      clock: 'network',
      passed: true,
      verdict: 'pass',
      started: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      seconds: expect.any(Number),
      host: { cpus: expect.any(Number), node: process.version },
    });
    const health = summary.health as { what: string }[];
    expect(health.map(({ what }) => what)).toEqual([
      ...['event-loop-delay', 'late-actions', 'datagrams-lost', 'open-files', 'memory'],
    ]);
    for (const reading of health) {
      expect(reading).toMatchObject({
        worst: expect.any(Number),
        limit: expect.any(Number),
        at: expect.any(Number),
        unit: expect.stringMatching(/^(s|ratio|files|bytes)$/),
      });
    }
    const expectations = summary.expectations as { passed: boolean }[];
    expect(expectations.length).toBeGreaterThan(25);
    for (const expectation of expectations) {
      expect(expectation).toMatchObject({
        step: expect.any(Number),
        about: expect.stringMatching(/./),
        expected: expect.any(Array),
        actual: expect.any(Array),
        passed: true,
      });
    }
    for (const counter of summary.counters) {
      expect(counter).toEqual({
        name: expect.stringMatching(/^[a-z_]+$/),
        labels: expect.objectContaining({ model: expect.stringMatching(/^\d{4}$/) }),
        value: expect.any(Number),
      });
    }
    const timings = summary.timings as { name: string }[];
    expect(new Set(timings.map(({ name }) => name))).toEqual(
      new Set(['boot', 'transfer', 'verify', 'register']),
    );
    for (const timing of timings) {
      for (const field of ['count', 'p50', 'p90', 'p99', 'max'])
        expect(timing).toHaveProperty(field, expect.any(Number));
    }
    expect((summary.steps as unknown[]).length).toBe(15);
    for (const step of summary.steps as unknown[]) {
      expect(step).toMatchObject({
        step: expect.any(Number),
        about: expect.any(String),
        seconds: expect.any(Number),
      });
    }
  });

  it('leaves what each phone holds in flash/: the lists of its TFTP node, which `inspect` reads and finds valid', async () => {
    const flash = join(out('ctl-change'), 'flash');
    const phones = readFileSync(join(flash, 'phones.ndjson'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(phones).toHaveLength(20);
    for (const phone of phones) {
      expect(phone).toMatchObject({ locked: false, lsc: null, load: null });
      expect(phone.configuration).toMatch(/^[0-9a-f]{64}$/);
    }
    // one CTL for all; each of the two TFTP nodes has an ITL of its own
    const held = (list: 'ctl' | 'itl'): string[] => [...new Set(phones.map((phone) => String(phone[list])))];
    expect([held('ctl').length, held('itl').length]).toEqual([1, 2]);
    const files = [...held('ctl'), ...held('itl')].map((name) => join(flash, `${name}.tlv`));
    expect(readdirSync(flash)).toHaveLength(1 + files.length);
    const { code, stdout } = await trustfleet('inspect', ...files, '--json');
    expect({ code, stdout: stdout.match(/"status": "valid"/g)?.length }).toEqual({ code: 0, stdout: 3 });
  });

  it('counts what cluster-operations.md 4 says of ctl-change, four boots of 20 phones', () => {
    expect(total(summary, 'trust_lists', { list: 'ctl', result: 'not-found' })).toBe(20);
    expect(total(summary, 'trust_lists', { list: 'ctl', result: 'initial' })).toBe(20);
    expect(total(summary, 'trust_lists', { list: 'ctl', result: 'updated' })).toBe(40);
    expect(total(summary, 'trust_lists', { list: 'itl', result: 'initial' })).toBe(20);
    expect(total(summary, 'trust_lists', { list: 'itl', result: 'updated' })).toBe(60);
    expect(total(summary, 'configurations', { result: 'accepted' })).toBe(80);
    expect(total(summary, 'alarms', { code: '3' })).toBe(20);
    expect(total(summary, 'alarms', { code: '1' })).toBe(60);
    expect(total(summary, 'alarms')).toBe(80);
    expect(total(summary, 'tvs_requests')).toBe(0);
    expect(total(summary, 'trust_failures')).toBe(0);
  });

  it('writes every file of the run folder', () => {
    expect(readdirSync(out('ctl-change')).sort()).toEqual([
      ...[
        'events.ndjson',
        'flash',
        'junit.xml',
        'metrics.prom',
        'plan.json',
        'report.html',
        'summary.json',
        'summary.txt',
      ],
    ]);
    const text = readFileSync(join(out('ctl-change'), 'summary.txt'), 'utf8');
    expect(text).toMatch(/Exit 0: every expectation held/);
    const events = readFileSync(join(out('ctl-change'), 'events.ndjson'), 'utf8')
      .trim()
      .split('\n');
    for (const line of events) expect(JSON.parse(line)).toMatchObject({ phone: /^SEP/, rule: /^R-/ });
  });

  it('progress goes to stderr, without colour or cursor movement where there is no terminal', () => {
    expect(ended.stderr).toContain('step 1/15 power on, nothing installed');
    expect(ended.stderr).not.toContain('\u001b');
  });

  it.runIf(hasPromtool)('promtool has no complaint about what was scraped during the run', () => {
    expect(scraped).toContain('trustfleet_phones{');
    for (const text of [scraped, readFileSync(join(out('ctl-change'), 'metrics.prom'), 'utf8')]) {
      const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
        input: text,
        encoding: 'utf8',
      });
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
    }
  });

  it(
    'two shards count the same as one',
    async () => {
      const two = await atFixedAddresses(() =>
        trustfleet('run', '--phones', '20', '--workers', '2', '--json', '--out', out('two')),
      );
      expect(two.code).toBe(0);
      // what depends on the sizes of the certificates drawn, or on when a phone met a restart, is left out
      const stable = ({ counters }: Summary) =>
        counters
          .filter(({ name }) => !['transfer_bytes', 'retransmissions', 'registrations'].includes(name))
          .map(({ name, labels, value }) => `${name} ${Object.values(labels).join(' ')} ${value}`)
          .sort();
      expect(stable(JSON.parse(two.stdout) as Summary)).toEqual(stable(summary));
    },
    PATIENT_MS,
  );
});

describe('run: an expectation fails', () => {
  const LOCKED = `name: locked
about: the forbidden pair on one server
release: "11.5(1)"
${SMALL}steps:
  - operate: { regenerate: CallManager, nodes: all }
  - operate: { regenerate: TVS, nodes: all }
  - operate: { restart: [TVS, TFTP, CallManager], nodes: all }
  - phones: { reset: all }
  - expect:
      - { count: phones, where: { state: registered, mode: nonsecure }, is: 5 }
      - { count: phones_locked, is: 0 }
`;
  let file: string;
  let ended: Ended;
  beforeAll(async () => {
    file = scenario('locked', LOCKED);
    ended = await run(file, '--out', out('locked'));
  });

  it('is exit 1, and the failing expectation stands before the one that holds', () => {
    expect(ended.code).toBe(1);
    const failing = ended.stdout.indexOf('✗ step 5  phones_locked');
    const holding = ended.stdout.indexOf('phones state registered, mode nonsecure');
    expect(failing).toBeGreaterThan(0);
    expect(holding).toBeGreaterThan(failing);
    expect(ended.stdout).toMatch(/total +0 +5 +\+5/);
    expect(summaryIn('locked')).toMatchObject({ passed: false, verdict: 'fail' });
  });

  it('shows one phone for each kind of refusal: name, model, rule, reason, and how to run it alone', () => {
    // the CallManager signer is new, and so is the certificate of TVS
    expect(ended.stdout).toMatch(
      / {2}itl R-39 tvs-unusable, 5 times\n {4}SEP02000[12]00000\d \((7942|8841), /,
    );
    expect(ended.stdout).toMatch(/ {2}config R-39 tvs-unusable, 5 times\n/);
    expect(ended.stdout).toMatch(/ {2}peer R-39 not-in-itl, 10 times\n/);
    expect(ended.stdout).toContain(`trustfleet run ${file} --only SEP0200`);
  });

  it('its number of refusals is the counter trust_failures', () => {
    const { counters } = summaryIn('locked');
    const refused = counters.filter(({ name }) => name === 'trust_failures');
    const total = refused.reduce((sum, { value }) => sum + value, 0);
    // list and configuration, and for each of them the certificate of the one TVS server
    expect(total).toBe(20);
    expect(ended.stdout).toContain(`Refusals: ${total} (trust_failures); one phone of each kind`);
    expect(ended.stderr).toMatch(/refusals so far 20\b/);
  });

  it('the command it shows runs that phone alone and prints its log', async () => {
    const [, phone = ''] = /--only (SEP\w+)/.exec(ended.stdout) ?? [];
    const alone = await run(file, '--only', phone, '--out', out('only'));
    // `is: 5` belongs to five phones and is not judged; `is: 0` is
    expect(alone.code).toBe(1);
    const log = alone.stderr.split('\n').filter((line) => line.includes(` ${phone} `));
    expect(log.map((line) => line.replace(/^\S+ SEP\w+ /, ''))).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^register PUB tcp: accepted$/),
        expect.stringMatching(/^TVS PUB: .*: handshake-failed, not-in-itl \(R-39\)$/),
        expect.stringMatching(/^itl refused by R-39 \(tvs-unusable\): ITLFile\.tlv is signed by /),
        expect.stringMatching(/^boot: registered PUB, locked$/),
      ]),
    );
    expect(summaryIn('only')).toMatchObject({ phones: 1 });
  });
});

describe('run: stopped by a signal', () => {
  const WAITING = `name: waiting
${SMALL}steps:
  - phones: { reset: all }
  - wait: 5m
`;
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s during a wait: exit %d within 5 s, and the run folder is written', async (signal, code) => {
    await free();
    const file = scenario('waiting', WAITING);
    const program = new Program(['run', file, '--out', out(signal), '--json']);
    await program.says(/step 2\/2/);
    const sent = performance.now();
    program.kill(signal);
    const ended = await program.ended;
    expect(performance.now() - sent).toBeLessThan(5_000);
    expect(ended.code).toBe(code);
    const summary = JSON.parse(ended.stdout) as Summary;
    expect(summary).toMatchObject({ passed: false, verdict: 'invalid', ended: { by: 'signal', signal } });
    // what was measured so far: the boot of the healthy fleet and the reset
    expect(total(summary, 'trust_lists', { list: 'itl', result: 'unchanged' })).toBe(10);
    expect(summaryIn(signal)).toEqual(summary);
  });

  it('SIGTERM while the cluster is starting: exit 143, no stack trace', async () => {
    const program = new Program([
      ...['run', scenario('waiting', WAITING), '--bind', BIND, '--out', out('early')],
    ]);
    await program.says(/waiting: starting cluster CL-1 12\.5\(1\) and 5 phones/);
    program.kill('SIGTERM');
    const { code, stderr } = await program.ended;
    expect(code).toBe(143);
    expect(stderr).not.toMatch(/^ {4}at /m);
    expect(summaryIn('early')).toMatchObject({
      phones: 5,
      verdict: 'invalid',
      ended: { by: 'signal', signal: 'SIGTERM' },
      expectations: [],
      counters: [],
    });
  });
});

describe('run: the environment', () => {
  it('a port of the cluster is taken: exit 3 at once, one line with address and port, and a run folder that says so', async () => {
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen({ host: BIND, port: 5060 }, resolve));
    try {
      const { code, stdout, stderr } = await run('--phones', '5', '--out', out('taken'));
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      expect(stderr).toMatch(/\ntrustfleet: .*port 5060 of 127\.34\.0\.1 .*\[TF_PORT_TAKEN\]\n$/);
      expect(summaryIn('taken')).toMatchObject({
        verdict: 'invalid',
        ended: { by: 'error', code: 'TF_PORT_TAKEN', message: expect.stringContaining('port 5060') },
      });
    } finally {
      await new Promise((resolve) => blocker.close(resolve));
    }
  });

  it('one of several runs that cannot start stands among the others in --json', async () => {
    const names = resolveScenarios('S-05').map((file) => basename(file, '.yaml'));
    expect(names.length).toBeGreaterThan(1);
    const blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen({ host: BIND, port: 5060 }, resolve));
    try {
      const json = await run('S-05', '--phones', '5', '--json', '--out', out('several'));
      expect(json.code).toBe(3);
      expect(JSON.parse(json.stdout)).toMatchObject(
        names.map((scenario) => ({
          scenario,
          phones: 5,
          verdict: 'invalid',
          ended: { by: 'error', code: 'TF_PORT_TAKEN' },
        })),
      );
      expect(json.stderr.match(/\[TF_PORT_TAKEN\]/g)).toHaveLength(names.length);
    } finally {
      await new Promise((resolve) => blocker.close(resolve));
    }
  });

  it.each(['--metrics', '--dashboard-at'])('the port of %s is taken: the same', async (option) => {
    const blocker = createServer();
    const port = await new Promise<number>((resolve) => {
      blocker.listen({ host: '127.0.0.1', port: 0 }, () => {
        const address = blocker.address();
        resolve(typeof address === 'object' && address !== null ? address.port : 0);
      });
    });
    try {
      const name = option.slice(2);
      const file = scenario(name, `name: ${name}\n${SMALL}steps:\n  - wait: 1s\n`);
      const { code, stderr } = await run(file, option, String(port), '--out', out(name));
      expect(code).toBe(3);
      expect(stderr).toMatch(
        new RegExp(`port ${port} of 127\\.0\\.0\\.1 .*\\(${option}.*\\[TF_PORT_TAKEN\\]\\n$`),
      );
    } finally {
      await new Promise((resolve) => blocker.close(resolve));
    }
  });

  it('too many phones for the open files: exit 3 with the figures, before anything starts', async () => {
    const limited = spawnSync(
      'sh',
      ['-c', 'ulimit -n 2000 && exec "$0" "$@"', process.execPath, MAIN, 'run', '--phones', '1000'],
      { cwd: folder, encoding: 'utf8' },
    );
    // architecture.md: 4 files a phone, and 600 for the program itself
    expect(limited).toMatchObject({ status: 3, stdout: '' });
    expect(limited.stderr).toMatch(
      /^trustfleet: 1000 phones need 4600 open files .* limit is 2000: run at most 350 phones, or raise "ulimit -n" /,
    );
    expect(existsSync(join(folder, 'runs'))).toBe(false);
  });
});

describe('run: bad input is exit 2, a message for people and no stack trace', () => {
  const bad = (name: string, text: string) => scenario(name, text);
  const typo = bad('typo', `name: typo\n${SMALL}steps:\n  - phonse: { reset: all }\n`);
  const label = bad(
    'label',
    `name: label\n${SMALL}steps:\n  - expect:\n      - { count: alarms, where: { cod: 8 }, is: 0 }\n`,
  );
  const named = (name: string, fleet: string) =>
    bad(
      name,
      `name: ${name}\ncluster: CL-1\nfleet: ${fleet}\nstart: healthy\nsteps:\n  - expect:\n      - { count: alarms, is: 0 }\n`,
    );
  const inherited = named('inherited', '{ security: constructor }');
  const inheritedSet = named('inherited-set', '{ set: [ { for: all, security: toString } ] }');
  const yaml = bad('yaml', 'name: [unclosed\n');

  it.each([
    ['a misspelt step', [typo], /typo\.yaml:9:5: .*"phonse".*"phones"/],
    ['a misspelt label', [label], /label\.yaml:10:\d+: .*"cod".*"code"/],
    [
      'a security profile that every object has',
      [inherited],
      /inherited\.yaml:3:\d+: .*"constructor", expected one of /,
    ],
    ['the same in a set', [inheritedSet], /inherited-set\.yaml:3:\d+: .*"toString", expected one of /],
    ['a file that is no YAML', [yaml], /yaml\.yaml:\d+:\d+: /],
    ['a file that is not there', [join(folder, 'none.yaml')], /none\.yaml/],
    ['an unknown name', ['S-99'], /unknown scenario "S-99", .*S-0/],
    ['a name that is nearly right', ['ctl-chnage'], /"ctl-chnage".*"ctl-change"/],
    ['--phones 0', ['--phones', '0'], /--phones: found "0", expected a whole number from 1 /],
    ['--phones 1e3', ['--phones', '1e3'], /--phones: found "1e3"/],
    ['--metrics x', ['--metrics', 'x'], /--metrics: found "x", expected a whole number from 0 to 65535/],
    ['--dashboard-at :1', ['--dashboard-at', ':1'], /--dashboard-at: found ":1", expected PORT or HOST:PORT/],
    ['--metrics :9464', ['--metrics', ':9464'], /--metrics: found ":9464", expected PORT or HOST:PORT/],
    ['--workers 0', ['--workers', '0'], /--workers: found "0"/],
    ['--seed -1', ['--seed', '-1'], /--seed: found "-1"/],
    ['--clock sundial', ['--clock', 'sundial'], /--clock: found "sundial", expected network or virtual/],
    [
      'a phone that is not there',
      ['--only', 'SEP001122334455'],
      /no phone SEP001122334455 .*SEP020001000001/,
    ],
    ['an unknown option', ['--phone', '5'], /unknown option '--phone'\s.*--phones/],
    ['one argument too many', ['S-01', 'S-02'], /too many arguments/],
  ])('%s', async (_, args, message) => {
    const { code, stdout, stderr } = await runInside('run', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it('with --json the fault is the one document on stdout', async () => {
    const { code, stdout, stderr } = await runInside('run', typo, '--json');
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'TF_SCENARIO_INVALID' } });
  });
});
