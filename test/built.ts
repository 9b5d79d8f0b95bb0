import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { packageRoot } from '../src/package-root.js';

/** The program as a user starts it. */
export const MAIN = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');

/** A build that takes longer than this has died and left its lock behind. */
const LOCK_LIMIT_MS = 120_000;

/** For `beforeAll` of tests that need built files: room for a build on a busy machine. */
export const BUILD_TIMEOUT_MS = LOCK_LIMIT_MS + 60_000;

/**
 * Workers and the command line run from `dist/`: builds it when it is missing or older than the sources. `npm test` has done
 * that before; this is for whoever calls vitest directly. Test files run in parallel, so only one of them builds.
 */
export async function built(): Promise<void> {
  const lock = join(tmpdir(), `trustfleet-build-${Buffer.from(packageRoot()).toString('hex').slice(-40)}`);
  await locked(lock, async () => {
    if (upToDate()) return;
    // types are the business of `npm run typecheck`
    const compiler = join(packageRoot(), 'node_modules', 'typescript', 'bin', 'tsc');
    const args = [compiler, '-b', 'tsconfig.build.json', 'tsconfig.web.json', '--noCheck'];
    await promisify(execFile)(process.execPath, args, { cwd: packageRoot() });
    // an incremental build that found nothing to write leaves the old time
    utimesSync(MAIN, new Date(), new Date());
  });
}

function upToDate(): boolean {
  const builtAt = statSync(MAIN, { throwIfNoEntry: false })?.mtimeMs;
  if (builtAt === undefined) return false;
  return ['src', 'workers', 'bench'].every((folder) =>
    readdirSync(join(packageRoot(), folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
      .every((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs <= builtAt),
  );
}

async function locked(lock: string, work: () => Promise<void>): Promise<void> {
  for (;;) {
    try {
      mkdirSync(lock);
      break;
    } catch {
      const since = statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - since > LOCK_LIMIT_MS) rmSync(lock, { recursive: true, force: true });
      await delay(100);
    }
  }
  try {
    await work();
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
}
