import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { TrustfleetError } from '../../src/errors.js';
import { openKeylogFile } from '../../src/net/tls-keylog.js';

const folder = mkdtempSync(join(tmpdir(), 'keylog-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a key log file', () => {
  it('grows by a line a secret, for its owner only, and takes none after it was closed', () => {
    const path = join(folder, 'keys.txt');
    const first = openKeylogFile(path);
    const second = openKeylogFile(path);
    first.sink(Buffer.from('CLIENT_RANDOM 01 02\n'));
    second.sink(Buffer.from('CLIENT_RANDOM 03 04\n'));
    first.close();
    first.sink(Buffer.from('CLIENT_RANDOM 05 06\n'));
    second.close();
    expect(readFileSync(path, 'utf8')).toBe('CLIENT_RANDOM 01 02\nCLIENT_RANDOM 03 04\n');
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('says where it cannot be written', () => {
    const path = join(folder, 'missing', 'keys.txt');
    expect(() => openKeylogFile(path)).toThrow(TrustfleetError);
    expect(() => openKeylogFile(path)).toThrow(path);
  });
});
