import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parametersOf } from '../../src/cli/serve.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { Program, trustfleet } from '../program.js';
import { runInside } from './harness.js';

const folder = mkdtempSync(join(tmpdir(), 'trustfleet-serve-cli-'));
beforeAll(built, BUILD_TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true }));

describe('serve: how it ends', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends it with exit 0, and it has told nothing more',
    async (signal) => {
      const server = new Program(['serve', 'CL-1', '--bind', '127.31.1.1', '--phones', '1', '--json']);
      await server.says(/\n/, 'stdout');
      server.kill(signal);
      const { code, stdout, stderr } = await server.ended;
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout.split('\n')).toHaveLength(2);
    },
  );

  it('without --json it says the same for people', async () => {
    const server = new Program([
      'serve',
      'CL-1',
      '--bind',
      '127.31.2.1',
      '--phones',
      '2',
      '--release',
      '14SU3',
    ]);
    await server.says(/Ready\. Ctrl-C ends it\.\n/, 'stdout');
    server.kill('SIGTERM');
    const { code, stdout } = await server.ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(/^CL-1, release 14SU3, 2 phones of FLEET-A in the database\n/);
    const [, services = ''] = /\n {2}PUB +127\.31\.2\.1 +(\S.*)\n/.exec(stdout) ?? [];
    expect(services.split('  ')).toEqual(
      expect.arrayContaining(['tftp 6969', 'http 6970', 'tvs 2445', 'sccp 2000', 'sip 5060']),
    );
  });

  it('--ipv6 enables IPv6, without which CAPF refuses whoever comes over it (R-102)', () => {
    // not by a server: there is one ::1, and other tests are there
    expect([parametersOf({ ipv6: true }), parametersOf({})]).toEqual([
      { 'enable-ipv6': true },
      { 'enable-ipv6': false },
    ]);
  });

  it('--console reads commands from stdin and ends with it', async () => {
    const { code, stdout, stderr } = await trustfleet(
      ...['serve', 'CL-1', '--bind', '127.31.4.1', '--phones', '1', '--console', '--quiet'],
    );
    // no input at all here; what it says of itself is on stderr
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
    expect(stderr).toContain('Ready.');
  });

  it('--console pub is the console of PUB; its cluster has manufacturing CAs, and stdout is the console’s alone', async () => {
    const { code, stdout, stderr } = await new Program(
      [
        ...['serve', 'CL-1', '--bind', '127.31.5.1', '--phones', '1', '--console', 'pub', '--quiet'],
        ...['--write', join(folder, 'console')],
      ],
      {},
      'set cert default-ca-list disable all\nset cert default-ca-list enable all\n',
    ).ended;
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout:
        'CallManager-trust: Cisco Manufacturing CA SHA2 deleted\nCallManager-trust: Cisco Manufacturing CA SHA2 imported\n',
    });
    expect(stderr).toContain('files written to');
  });

  it.each([
    [['--mixed', '--release', '9.1(2)'], /--mixed: found release 9\.1\(2\), expected 10\.0/],
    [['--mixed'], /--mixed: CAPF is not active on the publisher PUB/],
  ])('%j of a cluster without CAPF is refused before anything starts', async (options, text) => {
    const file = join(folder, 'no-capf.yaml');
    writeFileSync(
      file,
      'name: no-capf\nabout: x\nnodes:\n  - { name: PUB, services: [CallManager, TFTP, TVS] }\n',
    );
    const { code, stderr } = await runInside('serve', file, '--bind', '127.31.6.1', ...options);
    expect(code).toBe(2);
    expect(stderr).toMatch(text);
    expect(stderr).not.toMatch(/token.*CTL client|CTL client.*token/);
  });

  it.each([
    [['--console', 'SUB9'], 'no node SUB9, expected one of PUB'],
    [['--console', '--json'], 'expected one of them'],
  ])('%j is refused', async (options, text) => {
    const { code, stdout, stderr } = await trustfleet('serve', 'CL-1', ...options);
    expect(code).toBe(2);
    expect(stdout + stderr).toContain(text);
  });

  it('a fleet written for three nodes uses the one that CL-1 has', async () => {
    const written = join(folder, 'CL-1');
    const server = new Program([
      ...['serve', 'CL-1', '--bind', '127.31.3.1', '--phones', '3', '--write', written, '--json'],
    ]);
    const [line] = await server.says(/.*\n/, 'stdout');
    server.kill('SIGTERM');
    await server.ended;
    const { files } = JSON.parse(line) as { files: string[] };
    // no CTL in non-secure mode: ITLFile, XMLDefault twice, and three files a phone
    expect(files).toHaveLength(3 + 3 * 3);
    expect(files).not.toContain('CTLFile.tlv');
  });
});

describe('serve: what stops it from starting', () => {
  let blocker: Server;
  const BLOCKED = '127.31.4.1';
  beforeAll(async () => {
    blocker = createServer();
    await new Promise<void>((resolve) => blocker.listen({ host: BLOCKED, port: 2000 }, resolve));
  });
  afterAll(() => {
    blocker.close();
  });

  it('a port that is taken: exit 3, one line with address and port, no stack trace', async () => {
    const { code, stdout, stderr } = await trustfleet('serve', 'CL-1', '--bind', BLOCKED, '--phones', '1');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^trustfleet: .*port 2000 of 127\.31\.4\.1 .*\[TF_PORT_TAKEN\]\n$/);
  });

  it('the same with --json: one document that says so', async () => {
    const { code, stdout, stderr } = await trustfleet(
      ...['serve', 'CL-1', '--bind', BLOCKED, '--phones', '1', '--json'],
    );
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'TF_PORT_TAKEN', address: BLOCKED, port: 2000, offset: null },
    });
  });

  it.each([
    ['an unknown cluster', ['CL-9'], /no profile "CL-9".*CL-1, CL-3/],
    ['an unknown fleet', ['CL-3', '--fleet', 'FLEET-Z'], /no profile "FLEET-Z".*FLEET-A/],
    ['an unknown security profile', ['CL-3', '--security', 'SEC'], /"SEC".*ALL-NS, SEC-MIX/],
    ['one that every object has', ['CL-3', '--security', 'constructor'], /"constructor".*ALL-NS, SEC-MIX/],
    ['a release that is none', ['CL-3', '--release', 'twelve'], /twelve/],
    ['no phones', ['CL-3', '--phones', '0'], /--phones: found "0", expected a whole number from 1 /],
    [
      'an address of another network',
      ['CL-3', '--bind', '10.1.2.3'],
      /10\.1\.2\.3 is outside the loopback range/,
    ],
    ['an address that is none', ['CL-3', '--bind', 'localhost'], /"localhost" is not an IPv4 address/],
    ['a range that is none', ['CL-3', '--allow-target', '10.0.0.0/99'], /"10\.0\.0\.0\/99" is not a range/],
    ['a release of tomorrow', ['CL-3', '--release', '99'], /"99" is later than .* expected 15 or earlier/],
    ['an unknown option', ['CL-3', '--wrte', 'x'], /unknown option '--wrte'[\s\S]*--write/],
  ])('%s: exit 2 and no stack trace', async (_, args, message) => {
    const { code, stdout, stderr } = await runInside('serve', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it('a cluster file that is none: what was found and what was expected, in words of YAML', async () => {
    const file = join(folder, 'bad.yaml');
    writeFileSync(file, 'name: X\nnodes: []\n');
    const { code, stderr } = await runInside('serve', file);
    expect(code).toBe(2);
    expect(stderr).toContain(`${file}:1:1: about: found nothing, expected text\n`);
    expect(stderr).toContain(`${file}:2:8: nodes: found an empty list, expected at least 1 `);
    writeFileSync(file, '- X\n');
    expect((await runInside('serve', file)).stderr).toContain(':1:1: the file: found a list, expected a map');
  });

  it('a place that has no folders, as /proc, is one that cannot be written: it does not try for ever', async () => {
    const { code, stderr } = await trustfleet(
      ...['serve', 'CL-1', '--bind', '127.31.7.1', '--phones', '1', '--quiet', '--write', '/proc/nowhere'],
    );
    expect({ code, stderr }).toEqual({
      code: 3,
      stderr: expect.stringContaining('[TF_FILE_UNWRITABLE]') as string,
    });
  });

  it('a folder that cannot be written: exit 3, one line that names it', async () => {
    const file = join(folder, 'a-file');
    writeFileSync(file, '');
    const { code, stdout, stderr } = await trustfleet(
      ...['serve', 'CL-1', '--bind', '127.31.5.1', '--phones', '1', '--quiet', '--write', join(file, 'x')],
    );
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^trustfleet: .*cannot write what the nodes serve: not a directory.*a-file.*\n$/);
  });
});
