import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { FileRequest, FileService } from '../../src/net/file-service.js';
import { fetchHttpFile } from '../../src/net/http-files-client.js';
import { startHttpFilesServer } from '../../src/net/http-files-server.js';
import { ServingGate } from '../../src/net/serving-gate.js';
import { tftpFetch } from '../../src/net/tftp-client.js';
import { startTftpServer } from '../../src/net/tftp-server.js';

/** Addresses of this file alone, so that parallel tests do not meet. */
const SERVER = '127.205.0.1';
const PHONE = '127.205.1.1';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** TFTP and HTTP of a node behind one gate. */
async function node(
  gate: ServingGate,
): Promise<{ tftp: FileService; http: FileService; log: FileRequest[] }> {
  const log: FileRequest[] = [];
  const options = {
    address: SERVER,
    port: 0,
    gate,
    read: (name: string) => (name === 'ITLFile.tlv' ? Buffer.alloc(5000) : undefined),
    onRequest: (request: FileRequest) => log.push(request),
  };
  const tftp = await startTftpServer(options);
  closing.push(() => tftp.close());
  const http = await startHttpFilesServer(options);
  closing.push(() => http.close());
  return { tftp, http, log };
}

const overTftp = (server: FileService, file: string) => tftpFetch({ localAddress: PHONE, server, file });
const overHttp = (server: FileService, file: string) => fetchHttpFile({ localAddress: PHONE, server, file });

describe('the serving count over sockets (222878)', () => {
  it('counts TFTP and HTTP together; who is turned away hears ERROR or 503, whether the file is there or not', async () => {
    const gate = new ServingGate({ objects: 5, servingCount: 2 });
    const { tftp, http, log } = await node(gate);
    gate.leak(5);
    const first = overTftp(tftp, 'ITLFile.tlv');
    const second = overHttp(http, 'ITLFile.tlv');
    await expect
      .poll(async () => (await overHttp(http, 'CTLFile.tlv')).status, { timeout: 2000 })
      .toBe('busy');
    expect(await overTftp(tftp, 'ITLFile.tlv')).toMatchObject({ status: 'busy' });
    gate.mend();
    expect(await Promise.all([first, second])).toMatchObject([{ status: 'ok' }, { status: 'ok' }]);
    await expect.poll(() => log.filter(({ result }) => result === 'ok')).toHaveLength(2);
    expect(log.filter(({ result }) => result === 'busy')[0]?.detail).toBe('too many requests');
  });

  it('lets another in for a client that goes while it waits, and logs that it went', async () => {
    const gate = new ServingGate({ objects: 5, servingCount: 1 });
    const { http, log } = await node(gate);
    gate.leak(5);
    const socket = connect({ host: SERVER, port: http.port, localAddress: PHONE });
    socket.write('GET /ITLFile.tlv HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(async () => (await overHttp(http, 'CTLFile.tlv')).status).toBe('busy');
    socket.destroy();
    await expect.poll(() => log.some(({ result }) => result === 'aborted')).toBe(true);
    gate.mend();
    expect(await overHttp(http, 'ITLFile.tlv')).toMatchObject({ status: 'ok' });
  });

  it('gives the object of a transfer that waits for a lost packet to the next one', async () => {
    const gate = new ServingGate({ objects: 1, servingCount: 9 });
    const log: FileRequest[] = [];
    const server = await startTftpServer({
      address: SERVER,
      port: 0,
      gate,
      limits: { retransmitMs: 50, attempts: 400 },
      read: () => Buffer.alloc(5000),
      onRequest: (request) => log.push(request),
    });
    closing.push(() => server.close());
    const deaf = createSocket('udp4').bind(0, PHONE);
    closing.push(() => deaf.close());
    deaf.send(Buffer.from('\0\x01ITLFile.tlv\0octet\0', 'latin1'), server.port, SERVER);
    expect(await overTftp(server, 'ITLFile.tlv')).toMatchObject({ status: 'ok' });
    expect(log.map(({ result }) => result)).not.toContain('timeout');
  });
});
