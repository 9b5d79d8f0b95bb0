import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { identityPem } from '../../src/net/secure-contexts.js';
import { askTvs } from '../../src/net/tvs-client.js';
import { startTvsServer, type TvsServer } from '../../src/net/tvs-server.js';
import { decodeTvs, encodeTvs } from '../../src/protocol/tvs/index.js';
import {
  answerKnown,
  knownSigner,
  oldIdentity,
  phoneIdentity,
  question,
  tvsIdentity,
} from '../wire/tvs-support.js';

const ADDRESS = '127.91.3.1';
const missing = spawnSync('openssl', ['version']).status !== 0;
if (missing) process.stderr.write('skipped: openssl is not installed (test/interop/tvs-openssl)\n');

const octets = encodeTvs({
  command: 'QUERY_REQUEST',
  sessionId: 1001,
  deviceName: 'CP-7965-SEP001F9E266369',
  signer: knownSigner,
});

describe.skipIf(missing)('TVS with openssl at the other end', () => {
  const directory = mkdtempSync(join(tmpdir(), 'trustfleet-tvs-'));
  afterAll(() => rmSync(directory, { recursive: true }));
  const cleanups: (() => Promise<void> | void)[] = [];
  afterEach(async () => {
    for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
  });

  const files = (name: string, identity: typeof tvsIdentity): { cert: string; key: string } => {
    const { cert, key } = identityPem(identity);
    const paths = { cert: join(directory, `${name}.pem`), key: join(directory, `${name}.key`) };
    writeFileSync(paths.cert, cert);
    writeFileSync(paths.key, key);
    return paths;
  };

  async function serve(identity: typeof tvsIdentity): Promise<TvsServer> {
    const server = await startTvsServer({
      address: ADDRESS,
      port: 0,
      identity,
      answer: answerKnown,
    });
    cleanups.push(() => server.close());
    return server;
  }

  /** openssl s_client that sends the question and gives back what came. */
  function client(port: number, args: readonly string[]): Promise<Buffer> {
    return new Promise((resolve) => {
      const child = spawn('openssl', ['s_client', '-connect', `${ADDRESS}:${port}`, '-quiet', ...args], {
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      cleanups.push(() => void child.kill());
      const chunks: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
      child.stdin.on('error', () => undefined);
      child.once('close', () => resolve(Buffer.concat(chunks)));
      // an open standard input: at its end s_client would leave before the answer
      child.stdin.write(octets);
    });
  }

  it.each([
    ['TLS 1.0 with AES128-SHA (tvs.md 3)', ['-tls1', '-cipher', 'AES128-SHA:@SECLEVEL=0'], oldIdentity],
    ['TLS 1.1 with AES256-SHA', ['-tls1_1', '-cipher', 'AES256-SHA:@SECLEVEL=0'], oldIdentity],
    [
      'TLS 1.2 with ECDHE-RSA-AES256-GCM-SHA384',
      ['-tls1_2', '-cipher', 'ECDHE-RSA-AES256-GCM-SHA384'],
      tvsIdentity,
    ],
  ])('openssl s_client is answered over %s', async (_, args, identity) => {
    const { port } = await serve(identity);
    expect(decodeTvs(await client(port, args))).toMatchObject({
      command: 'QUERY_RESPONSE',
      sessionId: 1001,
      status: 0,
      roles: [0, 2],
    });
  });

  it('openssl s_client with a 1024-bit SHA-1 client certificate is answered all the same (R-38)', async () => {
    const { port } = await serve(tvsIdentity);
    const { cert, key } = files('phone', phoneIdentity);
    const answer = await client(port, [
      '-tls1_2',
      '-cipher',
      'DEFAULT:@SECLEVEL=0',
      '-cert',
      cert,
      '-key',
      key,
    ]);
    expect(decodeTvs(answer)).toMatchObject({ status: 0 });
  });

  it.each([
    ['TLS 1.0', '-tls1', '1.0'],
    ['TLS 1.2, asking for a certificate', '-tls1_2', '1.2'],
  ] as const)('openssl s_server over %s gets the question as it stands', async (_, flag, version) => {
    const { cert, key } = files('server', oldIdentity);
    const args = ['s_server', '-accept', `${ADDRESS}:0`, '-cert', cert, '-key', key, flag, '-verify', '1'];
    const child = spawn('openssl', [...args, '-cipher', 'DEFAULT:@SECLEVEL=0', '-naccept', '1'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    cleanups.push(() => void child.kill());
    child.stdin.on('error', () => undefined);
    let output = Buffer.alloc(0);
    let isAnswered = false;
    const port = await new Promise<number>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        output = Buffer.concat([output, chunk]);
        const match = /^ACCEPT .*:(\d+)\r?$/m.exec(output.toString('latin1'));
        if (match !== null) resolve(Number(match[1]));
        if (!isAnswered && output.includes(octets)) {
          isAnswered = true;
          child.stdin.write(encodeTvs({ command: 'QUERY_RESPONSE', sessionId: 1001, status: 1 }));
        }
      });
    });
    const answer = await askTvs(
      question(port, {
        server: { address: ADDRESS, port },
        deviceName: 'CP-7965-SEP001F9E266369',
        tls: { min: version, max: version, identity: phoneIdentity },
        judge: (der) =>
          Buffer.compare(der, oldIdentity.certificate.der) === 0
            ? { trusted: true }
            : { trusted: false, rule: 'R-38', reason: 'not-in-itl' },
      }),
    );
    expect(answer).toEqual({ result: 'negative' });
    expect(output.includes(octets)).toBe(true);
    expect(output.toString('latin1')).toMatch(/CN ?= ?phone/);
  });
});
