import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { BUILD_TIMEOUT_MS, built, MAIN } from '../built.js';
import { trustfleet } from '../program.js';
import { runInside } from './harness.js';

beforeAll(built, BUILD_TIMEOUT_MS);

const COMMANDS = [
  'run',
  'report',
  'compare',
  'scenarios',
  'explain',
  'init',
  'serve',
  'inspect',
  'check',
  'build',
  'sign',
  'encrypt',
  'bench',
];

describe('the program (contracts.md 1)', () => {
  it('--version is that of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8'));
    expect(await trustfleet('--version')).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('--help names every command and what the exit codes say', async () => {
    const { code, stdout, stderr } = await runInside('--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^ {2}${command} `, 'm'));
    expect(stdout).toMatch(/Exit codes: 0 done.*\n.*130, 143 stopped by a signal/);
  });

  it.each(COMMANDS)('%s --help is exit 0, on stdout', async (command) => {
    const { code, stdout, stderr } = await runInside(command, '--help');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(new RegExp(`^Usage: trustfleet ${command} `));
  });

  it('without a command it shows the help and ends with exit 2', async () => {
    const { code, stdout, stderr } = await runInside();
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^Usage: trustfleet /);
  });

  it('an unknown command is exit 2, with the one that was meant', async () => {
    const { code, stderr } = await runInside('scenario');
    expect(code).toBe(2);
    expect(stderr).toMatch(/unknown command 'scenario'[\s\S]*scenarios/);
  });

  it.each([
    [['reports', '--json'], /unknown command 'reports'/],
    [['run', '--bogus', '--json'], /unknown option '--bogus'/],
    [['run', 'S-01', '--phones', '0', '--json'], /--phones: found "0", expected a whole number from 1/],
    [['run', 'S-01', '--allow-target', 'x', '--json'], /"x" is not a range of addresses/],
    [['check', '--json'], /required option '--offered/],
  ])('%j: a command line that cannot be read is one JSON document, too', async (args, message) => {
    const { code, stdout } = await runInside(...args);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      error: { code: 'TF_USAGE', message: expect.stringMatching(message), offset: null },
    });
  });

  it('a reader that has seen enough is no error', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', '"$0" "$1" scenarios --json | true; "$0" "$1" scenarios | head -n 1', process.execPath, MAIN],
      { encoding: 'utf8' },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it('nor is one that does not read what goes to stderr', () => {
    const command = '"$0" "$1" run nothing.yaml 2>&1 >/dev/null | true; "$0" "$1" nonsense 2>&1 | head -c 0';
    const { stderr } = spawnSync('sh', ['-c', command, process.execPath, MAIN], { encoding: 'utf8' });
    expect(stderr).toBe('');
  });

  it.skipIf(!existsSync('/dev/full'))('output that cannot be written is one line, exit 3', () => {
    const full = openSync('/dev/full', 'w');
    const { status, stderr } = spawnSync(process.execPath, [MAIN, 'scenarios'], {
      encoding: 'utf8',
      stdio: ['ignore', full, 'pipe'],
    });
    closeSync(full);
    expect(stderr).toBe(
      'trustfleet: output cannot be written: no space left on device [TF_FILE_UNWRITABLE]\n',
    );
    expect(status).toBe(3);
  });
});

describe('scenarios', () => {
  it('lists the shipped ones with one line each, the default first', async () => {
    const { code, stdout } = await runInside('scenarios');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^ctl-change +\S.* \(default\)$/);
    expect(lines.filter((line) => line.endsWith('(default)'))).toHaveLength(1);
    const names = lines.map((line) => line.split(' ')[0]);
    for (const name of ['S-01', 'S-02', 'S-03a', 'S-03b', 'S-03c', 'S-15', 'S-22', 'S-23'])
      expect(names).toContain(name);
    for (const line of lines) expect(line).toMatch(/^\S+ {2,}\S/);
  });

  it('--json: the same as one document', async () => {
    const { code, stdout, stderr } = await runInside('scenarios', '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const entries = JSON.parse(stdout) as Record<string, string>[];
    expect(entries[0]).toMatchObject({
      name: 'ctl-change',
      about: /./,
      origin: 'ctl-change',
      file: /ctl-change\.yaml$/,
    });
  });
});

describe('bench: bad input', () => {
  it.each([
    ['an unknown bench', ['vrify'], /no bench "vrify", expected one of verify, codecs, tftp, virtual/],
    ['--rounds 0', ['--rounds', '0'], /--rounds: found "0"/],
    ['--rounds 1.5', ['--rounds', '1.5'], /--rounds: found "1\.5"/],
    ['--seconds none', ['--seconds', 'none'], /--seconds: found "none"/],
  ])('%s is exit 2', async (_, args, message) => {
    const { code, stdout, stderr } = await runInside('bench', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
  });
});
