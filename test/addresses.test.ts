import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

/** Folders whose tests open sockets. Vitest runs their files side by side. */
const FOLDERS = ['cli', 'conformance', 'fleet', 'interop', 'wire'];

/** 127.0.0.0/16 takes ports that are free; 127.10.0.0/24 is where a cluster stands by itself, 127.64.0.0/16 are its phones. */
const COMMON = /^127\.(?:0\.\d+|10\.0|64\.\d+)$/;

const home = fileURLToPath(new URL('.', import.meta.url));

describe('addresses of the tests that open sockets', () => {
  it('belong to one file each, so that no two of them meet at a port', () => {
    const owners = new Map<string, Set<string>>();
    for (const folder of FOLDERS)
      for (const name of readdirSync(join(home, folder)).filter((file) => file.endsWith('.ts')))
        for (const [, network = ''] of readFileSync(join(home, folder, name), 'utf8').matchAll(
          /['`"](127\.\d+\.(?:\d+|\$\{[^}]*\}))\./g,
        ))
          if (!COMMON.test(network))
            owners.set(network, (owners.get(network) ?? new Set()).add(`${folder}/${name}`));

    expect(owners.size).toBeGreaterThan(40);
    const shared = [...owners].filter(([, files]) => files.size > 1);
    expect(shared.map(([network, files]) => `${network}: ${[...files].join(', ')}`)).toEqual([]);
  });
});
