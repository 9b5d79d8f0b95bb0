import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { makeSigner } from '../trustfile/fixtures.js';
import { type ExampleName, exampleText, runExample } from './examples.js';

const EXAMPLES: readonly ExampleName[] = ['run-a-scenario', 'trust-files', 'one-phone'];

describe('docs/library.md', () => {
  beforeAll(built, BUILD_TIMEOUT_MS);

  it('shows the examples that are run here, to the letter', () => {
    const document = readFileSync(join(packageRoot(), 'docs', 'library.md'), 'utf8');
    const shown = [...document.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
    expect(shown).toEqual(EXAMPLES.map(exampleText));
  });

  it('runs a scenario in virtual time: S-03b locks every phone', async () => {
    const { code, stdout, stderr } = await runExample('run-a-scenario');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout).toContain('pass: 50 of 50 phones locked\n');
    expect(stdout).toMatch(/^50 times itl R-39, first SEP\w{12}: /m);
  });

  it('builds, signs and verifies with a key of one’s own', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'trustfleet-library-'));
    try {
      const pem = join(folder, 'callmanager.pem');
      const { certificate, privateKey } = makeSigner();
      writeFileSync(pem, certificate.toPem() + privateKey.export({ type: 'pkcs8', format: 'pem' }));
      const { code, stdout, stderr } = await runExample('trust-files', pem);
      expect(stderr).toBe('');
      expect(code).toBe(0);
      expect(stdout).toMatch(/^ITL of \d+ octets: valid, signed by SAST record 1 of this file$/m);
      expect(stdout).toContain('SEP001F9E266369.cnf.xml.sgn: true\n');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('drives one phone through a world of one’s own, rule by rule', async () => {
    const { code, stdout, stderr } = await runExample('one-phone');
    expect(stderr).toBe('');
    expect(code).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'registered, ITL of 5 records',
      'CallManager: ITL updated, TVS positive, locked false',
      'CallManager, TVS: ITL kept, TVS handshake-failed, handshake-failed, locked true',
      '  peer refused by R-39',
      '  itl refused by R-39',
      '  peer refused by R-39',
      '  config refused by R-39',
      '',
    ]);
  });
});
