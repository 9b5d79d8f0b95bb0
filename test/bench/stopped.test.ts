import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { Program } from '../program.js';

const folder = mkdtempSync(join(tmpdir(), 'trustfleet-stopped-'));
beforeAll(built, BUILD_TIMEOUT_MS);
afterAll(() => rmSync(folder, { recursive: true }));

it.each(['SIGINT', 'SIGTERM'] as const)('a bench that %s ends leaves no files behind', async (signal) => {
  const bench = new Program(['bench', 'tftp'], { TMPDIR: folder });
  while (readdirSync(folder).length === 0 && bench.running) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // its handlers stand a few lines behind the folder
  await new Promise((resolve) => setTimeout(resolve, 500));
  bench.kill(signal);
  expect(await bench.ended).toMatchObject({ code: null, signal });
  expect(readdirSync(folder)).toEqual([]);
});
