import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadScenario } from '../../src/scenario/catalogue.js';
import { BUILD_TIMEOUT_MS, built, MAIN } from '../built.js';

const folder = mkdtempSync(join(tmpdir(), 'init-terminal-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeAll(built, BUILD_TIMEOUT_MS);

/** script(1) of util-linux gives a program a terminal. */
const hasTerminal = spawnSync('script', ['--version'], { stdio: 'ignore' }).status === 0;

/** `init FILE` on a terminal; each text is typed when the question before it is there. */
async function onTerminal(
  file: string,
  typed: readonly (readonly [question: string, text: string])[],
): Promise<{ code: number | null; said: string }> {
  const command = `${process.execPath} ${MAIN} init ${file}`;
  const script = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const open = [...typed];
  let said = '';
  script.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    const [next] = open;
    if (next === undefined || !said.includes(next[0])) return;
    open.shift();
    script.stdin.write(next[1]);
  });
  const code = await new Promise<number | null>((resolve) => script.once('close', resolve));
  return { code, said };
}

describe.skipIf(!hasTerminal)(
  `init on a terminal${hasTerminal ? '' : ': skipped, there is no script(1)'}`,
  () => {
    it('asks, asks again where an answer is at fault, and takes Enter for the default', async () => {
      const file = join(folder, 'saturday.yaml');
      // all at once, as somebody pastes it
      const answers = [
        'sat',
        'garbage',
        '14SU3',
        '',
        'mixd',
        'mixed',
        '7962=3,8841=x',
        '7962=3,8841=2',
        '',
        'min-tls',
      ];
      const { code, said } = await onTerminal(file, [
        ['Name of', answers.map((line) => `${line}\n`).join('')],
      ]);
      expect(code, said).toBe(0);
      expect(said).toContain('Name of the scenario [saturday]: ');
      expect(said).toContain('"garbage" is not a release: expected e.g. 11.5(1)');
      expect(said).toContain('found "mixd", expected non-secure or mixed (did you mean "mixed"?)');
      expect(said).toContain('found "8841=x", expected MODEL=NUMBER');
      const { name, clusters, fleet } = loadScenario(file);
      expect(name).toBe('sat');
      expect(clusters).toMatchObject([{ name: 'CL-3', release: '14SU3', mode: 'mixed' }]);
      expect(fleet.spec.groups.map(({ model, phones }) => [model, phones])).toEqual([
        ['7962', 3],
        ['8841', 2],
      ]);
    });

    it.each([
      ['Ctrl-C', '\u0003', 130],
      ['the end of the input', '\u0004', 2],
    ])('writes nothing after %s', async (_, key, exitCode) => {
      const file = join(folder, 'nothing.yaml');
      const { code, said } = await onTerminal(file, [
        ['Name of', 'sat\n'],
        ['Release of', key],
      ]);
      expect(code, said).toBe(exitCode);
      expect(said).toContain('nothing was written');
      expect(existsSync(file)).toBe(false);
    });
  },
);
