import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Folder of package.json, whether this module runs from `src/` (tests) or from `dist/src/` (everything else). Profiles and
 * built workers are found from here.
 */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('package.json not found above this module');
    folder = parent;
  }
  return folder;
}

/** A built worker entry: Piscina runs built files in both cases (conventions.md, "running"). */
export function workerFile(name: 'shard' | 'cluster' | 'verify' | 'virtual-shard'): string {
  return join(packageRoot(), 'dist', 'workers', `${name}.js`);
}
