import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder with its parents. Not `recursive`: Node then tries for ever where the system has no place for folders, as in /proc.
 *
 * @returns false where it was there
 */
export async function makeFolder(folder: string, tries = 2): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'EEXIST') return false;
    const parent = dirname(folder);
    if (code !== 'ENOENT' || parent === folder || tries === 1) throw error;
    // another run may just have made the parent
    if (!existsSync(parent)) await makeFolder(parent);
    return makeFolder(folder, tries - 1);
  }
}
