import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { datagramSocket } from '../../src/net/datagrams.js';
import type { FileService } from '../../src/net/file-service.js';
import { startHttpFilesServer } from '../../src/net/http-files-server.js';
import { tftpFetch } from '../../src/net/tftp-client.js';
import { startTftpServer } from '../../src/net/tftp-server.js';
import { isInstalled, withoutTftpd } from './sip-support.js';

/** Addresses of this file alone, so that parallel tests do not meet. */
const SERVER = '127.204.0.1';
const TFTPD = '127.204.0.2';
const PHONE = '127.204.1.1';

const SIZES = [0, 1, 511, 512, 513, 3 * 8192, 100_000];
const BLOCK_SIZES = [512, 1428, 8192];
const run = promisify(execFile);

const has = { curl: isInstalled('curl', ['--version']), atftp: isInstalled('atftp', ['--version']) };

for (const [program, isThere] of Object.entries(has)) {
  if (!isThere) process.stderr.write(`skipped: ${program} is not installed (test/interop/tftp)\n`);
}
if (withoutTftpd !== undefined) process.stderr.write(`skipped: ${withoutTftpd} (test/interop/tftp)\n`);

const name = (octets: number): string => `${octets}.tlv`;
const content = (octets: number): Buffer =>
  Buffer.from(Array.from({ length: octets }, (_, i) => (i * 131 + (i >> 9)) & 0xff));
const files = new Map(SIZES.map((octets) => [name(octets), content(octets)]));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'trustfleet-tftp-'));
  chmodSync(folder, 0o755);
  for (const [file, octets] of files) {
    writeFileSync(join(folder, file), octets);
    chmodSync(join(folder, file), 0o644);
  }
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('foreign clients fetch every file byte-identical from our servers', () => {
  let tftp: FileService;
  let http: FileService;
  beforeAll(async () => {
    const read = (file: string) => files.get(file);
    tftp = await startTftpServer({ address: SERVER, port: 0, read });
    http = await startHttpFilesServer({ address: SERVER, port: 0, read });
  });
  afterAll(() => Promise.all([tftp.close(), http.close()]));

  /** Runs a client that writes what it fetched into a file. */
  async function fetched(program: string, args: (target: string) => string[]): Promise<Buffer> {
    const target = join(folder, 'fetched');
    rmSync(target, { force: true });
    await run(program, args(target), { timeout: 60_000 });
    return readFileSync(target);
  }

  const curl = (url: string, ...more: string[]) =>
    fetched('curl', (target) => ['-sSf', '--interface', PHONE, ...more, '-o', target, url]);

  for (const blockSize of BLOCK_SIZES) {
    it.runIf(has.curl)(`curl over TFTP, blksize ${blockSize} (skipped where curl is missing)`, async () => {
      for (const [file, octets] of files) {
        // curl asks for tsize and takes the honest answer 0 for an error, whatever server gives it
        if (octets.length === 0) continue;
        const url = `tftp://${SERVER}:${tftp.port}/${file}`;
        const got = await curl(url, '--tftp-blksize', String(blockSize));
        expect(Buffer.compare(got, octets), file).toBe(0);
      }
    });

    it.runIf(has.atftp)(`atftp, blksize ${blockSize} (skipped where atftp is missing)`, async () => {
      for (const [file, octets] of files) {
        const options = ['--option', `blksize ${blockSize}`, '--option', 'tsize 0', '--option', 'timeout 2'];
        const got = await fetched('atftp', (target) => [
          ...options,
          ...['-g', '-r', file, '-l', target, SERVER, String(tftp.port)],
        ]);
        expect(Buffer.compare(got, octets), file).toBe(0);
      }
    });
  }

  it.runIf(has.curl)('curl over TFTP without options, as a 7960 asks', async () => {
    for (const [file, octets] of files) {
      const got = await curl(`tftp://${SERVER}:${tftp.port}/${file}`, '--tftp-no-options');
      expect(Buffer.compare(got, octets), file).toBe(0);
    }
  });

  it.runIf(has.curl)('curl hears that a file is not there (exit 68, TFTP file not found)', async () => {
    const missing = curl(`tftp://${SERVER}:${tftp.port}/CTLFile.tlv`);
    await expect(missing).rejects.toMatchObject({ code: 68 });
  });

  it.runIf(has.curl)('curl hears that it may not write (exit 69, TFTP access violation)', async () => {
    const writing = run('curl', [
      '-sS',
      '-T',
      join(folder, name(1)),
      `tftp://${SERVER}:${tftp.port}/new.tlv`,
    ]);
    await expect(writing).rejects.toMatchObject({ code: 69 });
  });

  it.runIf(has.curl)('curl over HTTP', async () => {
    for (const [file, octets] of files) {
      const got = await curl(`http://${SERVER}:${http.port}/${file}`);
      expect(Buffer.compare(got, octets), file).toBe(0);
    }
    const missing = curl(`http://${SERVER}:${http.port}/CTLFile.tlv`);
    await expect(missing).rejects.toMatchObject({ code: 22, stderr: expect.stringContaining('404') });
  });
});

describe.runIf(withoutTftpd === undefined)(
  'our client against tftpd-hpa (skipped where it cannot serve)',
  () => {
    let tftpd: ChildProcess;
    let server: { address: string; port: number };
    beforeAll(async () => {
      const probe = datagramSocket(TFTPD);
      probe.bind({ address: TFTPD, port: 0 });
      server = { address: TFTPD, port: probe.address().port };
      await new Promise<void>((resolve) => probe.close(resolve));
      tftpd = spawn('in.tftpd', ['-L', '--address', `${TFTPD}:${server.port}`, '-s', folder], {
        stdio: 'ignore',
      });
      const ready = await tftpFetch({
        localAddress: PHONE,
        server,
        file: name(1),
        retransmitMs: 100,
        attempts: 100,
      });
      expect(ready.status).toBe('ok');
    });
    afterAll(async () => {
      const exit = once(tftpd, 'exit');
      tftpd.kill();
      await exit;
    });

    for (const options of [{}, ...BLOCK_SIZES.map((blksize) => ({ blksize, tsize: true, timeout: 3 }))]) {
      it(`brings every file byte-identical with options ${JSON.stringify(options)}`, async () => {
        for (const [file, octets] of files) {
          const result = await tftpFetch({ localAddress: PHONE, server, file, options });
          expect(result).toMatchObject({ status: 'ok', octets: octets.length });
          expect(result.status === 'ok' && Buffer.compare(result.bytes, octets), file).toBe(0);
        }
      });
    }

    it('a file that is not there is not-found', async () => {
      const result = await tftpFetch({ localAddress: PHONE, server, file: 'CTLSEP001F9E266369.tlv' });
      expect(result).toMatchObject({ status: 'not-found' });
    });

    it('many phones at once, one port each', async () => {
      const fetches = Array.from({ length: 30 }, (_, k) =>
        tftpFetch({ localAddress: `127.204.2.${k + 1}`, server, file: name(3 * 8192) }),
      );
      for (const result of await Promise.all(fetches))
        expect(result).toMatchObject({ status: 'ok', octets: 24_576 });
    });
  },
);
