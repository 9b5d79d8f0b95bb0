import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { OnlineCaAnswer } from '../../src/cluster/online-ca.js';
import { type OnlineCaTarget, requestFromOnlineCa } from '../../src/net/online-ca-client.js';
import { startOnlineCa } from '../../src/net/online-ca-server.js';
import { identityPem } from '../../src/net/secure-contexts.js';
import { issueCertificate } from '../../src/pki/authority.js';
import { Certificate } from '../../src/pki/certificate.js';
import { readRequest, writeRequest } from '../../src/pki/certificate-request.js';
import { basicConstraints, keyUsage, subjectAltName } from '../../src/pki/extensions.js';
import { type Identity, type KeyPair, pooledKeys } from '../../src/pki/keys.js';
import { within } from '../within.js';

const HOST = 'ca.voice.example';
const ADDRESS = '127.20.9.1';
const keys = pooledKeys();
const DAY_MS = 86_400_000;
let serial = 0;

async function certificate(
  commonName: string,
  issuer: Identity | 'self',
  { ca = false, names = [HOST], from = -1 }: { ca?: boolean; names?: readonly string[]; from?: number } = {},
): Promise<Identity> {
  const { publicKey, privateKey } = await keys.rsa(2048);
  serial += 1;
  const now = Date.now() + from * DAY_MS;
  const made = issueCertificate({
    subject: [{ key: 'CN', value: commonName }],
    issuer: issuer === 'self' ? 'self' : issuer.certificate,
    publicKey,
    signWith: issuer === 'self' ? privateKey : issuer.privateKey,
    digest: 'sha256',
    serial: Uint8Array.of(1, serial),
    notBefore: new Date(now),
    notAfter: new Date(now + 30 * DAY_MS),
    extensions: [
      ...(ca ? [basicConstraints({ pathLength: 2 }), keyUsage(['certSign', 'digitalSignature'], true)] : []),
      subjectAltName(names.map((dns) => ({ dns }))),
    ],
  });
  return { certificate: made, privateKey };
}

let root: Identity;
let intermediate: Identity;
let https: Identity;
let phone: KeyPair;
let csr: Uint8Array;

beforeAll(async () => {
  root = await certificate('Root', 'self', { ca: true });
  intermediate = await certificate('Issuing', root, { ca: true });
  https = await certificate(HOST, root);
  phone = await keys.rsa(1024);
  csr = writeRequest({
    ...phone,
    subject: [{ key: 'CN', value: 'CP-8841-SEP001F9E266369' }],
    extensions: [],
  });
});

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close()));
});

function lscBy(issuer: Identity, publicKey: Uint8Array = readRequest(csr).publicKey): Certificate {
  const now = Date.now();
  return issueCertificate({
    subject: readRequest(csr).subject,
    issuer: issuer.certificate,
    publicKey,
    signWith: issuer.privateKey,
    digest: 'sha256',
    serial: Uint8Array.of(9),
    notBefore: new Date(now),
    notAfter: new Date(now + DAY_MS),
    extensions: [],
  });
}

async function ca(
  identity: Identity,
  enrol: (request: Uint8Array) => OnlineCaAnswer | Promise<OnlineCaAnswer> = () => ({
    issued: lscBy(root),
  }),
): Promise<number> {
  const server = await startOnlineCa({
    address: ADDRESS,
    port: 0,
    identity,
    username: 'capf',
    password: 'secret',
    enrol,
  });
  open.push(server);
  return server.port;
}

function target(port: number, more: Partial<OnlineCaTarget> = {}): OnlineCaTarget {
  return {
    hostname: HOST,
    address: ADDRESS,
    port,
    template: 'CiscoRA',
    username: 'capf',
    password: 'secret',
    trust: [root.certificate],
    ...more,
  };
}

/** An HTTPS server that says what a real one should not. */
async function stranger(
  listener: Parameters<typeof createHttpsServer>[1],
  identity: Identity = https,
): Promise<number> {
  const server = createHttpsServer(identityPem(identity), listener);
  await new Promise<void>((resolve) => server.listen(0, ADDRESS, resolve));
  open.push({
    close: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  });
  return (server.address() as AddressInfo).port;
}

const refusal = (message: string | RegExp) => ({
  code: 'TF_ONLINE_CA',
  message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message),
});

describe('CAPF at an online CA over HTTPS (OP-26)', () => {
  it('asks with its template as a form, and brings what the CA issued for the phone’s key', async () => {
    const seen: Uint8Array[] = [];
    const port = await ca(https, (request) => {
      seen.push(request);
      return { issued: lscBy(root) };
    });
    const issued = Certificate.fromDer(await requestFromOnlineCa(target(port), csr));
    expect(seen.map((der) => Buffer.from(der))).toEqual([Buffer.from(csr)]);
    expect(issued.subject).toContain('CP-8841-SEP001F9E266369');
    expect(Buffer.from(issued.spki)).toEqual(Buffer.from(readRequest(csr).publicKey));
  });

  describe('upload table of S1: what has to be in CAPF-trust for the HTTPS certificate', () => {
    it.each<[row: string, server: () => Promise<Identity>, upload: (server: Identity) => Certificate[]]>([
      [
        'root and HTTPS certificate identical: root',
        () => certificate(HOST, 'self', { ca: true }),
        (server) => [server.certificate],
      ],
      ['different, HTTPS certificate issued by that root: root', async () => https, () => [root.certificate]],
      [
        'intermediate and HTTPS different, issued by the root: root',
        async () => https,
        () => [root.certificate],
      ],
      [
        'different, both issued by the same root: root and HTTPS certificate',
        async () => https,
        (server) => [root.certificate, server.certificate],
      ],
    ])('%s', async (row, server, upload) => {
      const identity = await server();
      const issuer = row.startsWith('intermediate') ? intermediate : root;
      const port = await ca(identity, () => ({ issued: lscBy(issuer) }));
      await expect(requestFromOnlineCa(target(port, { trust: [] }), csr)).rejects.toMatchObject(
        refusal(/certificate/),
      );
      const der = await requestFromOnlineCa(target(port, { trust: upload(identity) }), csr);
      expect(Certificate.fromDer(der).issuer).toBe(issuer.certificate.subject);
    });

    it('the intermediate alone is not enough for a certificate of the root', async () => {
      const port = await ca(https);
      await expect(
        requestFromOnlineCa(target(port, { trust: [intermediate.certificate] }), csr),
      ).rejects.toMatchObject(refusal(/certificate/));
    });
  });

  describe('its failures each have their words', () => {
    it('wrong password: 401, and the password stands nowhere in the message', async () => {
      const port = await ca(https);
      const asked = requestFromOnlineCa(target(port, { password: 'hunter2' }), csr);
      await expect(asked).rejects.toMatchObject(refusal('does not let user "capf" in (401)'));
      await expect(asked).rejects.not.toMatchObject({ message: expect.stringContaining('hunter2') });
    });

    it.each<[what: string, answer: OnlineCaAnswer, message: string]>([
      ['denied', { denied: 'Denied by Policy Module' }, 'the request was denied: Denied by Policy Module'],
      [
        'pending',
        { pending: 'Taken Under Submission' },
        'pending, its manager has to issue it: Taken Under Submission',
      ],
    ])('%s', async (_, answer, message) => {
      const port = await ca(https, () => answer);
      await expect(requestFromOnlineCa(target(port), csr)).rejects.toMatchObject(refusal(message));
    });

    it('a request that is none is denied', async () => {
      const port = await ca(https, (request) => {
        readRequest(request);
        throw new Error('not reached');
      });
      await expect(requestFromOnlineCa(target(port), Buffer.from('rubbish'))).rejects.toMatchObject(
        refusal('the request was denied'),
      );
    });

    it('unreachable', async () => {
      await expect(requestFromOnlineCa(target(1), csr)).rejects.toMatchObject(refusal('ECONNREFUSED'));
    });

    it.each<[what: string, cn: string, names: readonly string[], message: string]>([
      [
        'another common name',
        'other.voice.example',
        [HOST],
        'is for other.voice.example, expected ca.voice.example',
      ],
      [
        'the common name alone, another alternative name',
        HOST,
        ['other.voice.example'],
        "does not match certificate's altnames",
      ],
    ])('HTTPS certificate with %s', async (_, cn, names, message) => {
      const port = await ca(await certificate(cn, root, { names }));
      await expect(requestFromOnlineCa(target(port), csr)).rejects.toMatchObject(refusal(message));
    });

    it.each([
      ['expired', -40, /expired/],
      ['not valid yet', 5, /not yet valid/],
    ])('HTTPS certificate that is %s', async (_, from, message) => {
      const port = await ca(await certificate(HOST, root, { from }));
      await expect(requestFromOnlineCa(target(port), csr)).rejects.toMatchObject(refusal(message));
    });

    it('silent, or slow: an octet now and then does not make its time longer', async () => {
      const silent = await stranger(() => undefined);
      const limits = { answerMs: 200 };
      await expect(requestFromOnlineCa(target(silent, { limits }), csr)).rejects.toMatchObject(
        refusal('no answer within 200 ms'),
      );
      const slow = await stranger((_, response) => {
        response.writeHead(200);
        const timer = setInterval(() => response.write('x'), 50);
        response.on('close', () => clearInterval(timer));
      });
      await expect(requestFromOnlineCa(target(slow, { limits }), csr)).rejects.toMatchObject(
        refusal('no answer within 200 ms'),
      );
    });

    it('a port that speaks no TLS', async () => {
      const server = createTcpServer((socket) =>
        socket.on('error', () => undefined).end('220 hello\r\n', () => socket.destroy()),
      );
      await new Promise<void>((resolve) => server.listen(0, ADDRESS, resolve));
      open.push({ close: () => new Promise((done) => server.close(() => done())) });
      const { port } = server.address() as AddressInfo;
      await expect(requestFromOnlineCa(target(port), csr)).rejects.toMatchObject({ code: 'TF_ONLINE_CA' });
    });

    it('an answer without end', async () => {
      const port = await stranger((_, response) => {
        response.writeHead(200);
        response.on('error', () => undefined);
        const pour = (): void => {
          while (response.writable && !response.destroyed && response.write(Buffer.alloc(16_384)));
          if (!response.destroyed) response.once('drain', pour);
        };
        pour();
      });
      await expect(requestFromOnlineCa(target(port), csr)).rejects.toMatchObject(
        refusal('more than 65536 octets'),
      );
    });

    it.each<[what: string, status: number, body: string, message: string]>([
      ['an error page', 500, 'oops', 'it answered 500'],
      ['rubbish', 200, '\u0000\u0001<<<', 'names no certificate'],
      [
        'a link to what is no certificate',
        200,
        'certnew.cer?ReqID=7&amp;Enc=b64',
        'request 7 is no certificate',
      ],
    ])('%s', async (_, status, body, message) => {
      const port = await stranger((_request, response) => {
        response.writeHead(status).end(body);
      });
      await expect(requestFromOnlineCa(target(port), csr)).rejects.toMatchObject(refusal(message));
    });

    it('given up: the phone is gone', async () => {
      const port = await stranger(() => undefined);
      const gone = new AbortController();
      const asked = requestFromOnlineCa(target(port), csr, gone.signal);
      gone.abort(new Error('gone'));
      // its own limit would end it, too, and much later
      await expect(within(10_000, 'the end of the request', asked)).rejects.toMatchObject({
        code: 'TF_ONLINE_CA',
      });
    });
  });

  it('the embedded CA takes no form that is too long, and knows only its own pages and requests', async () => {
    const port = await ca(https);
    await expect(requestFromOnlineCa(target(port), Buffer.alloc(40_000))).rejects.toMatchObject(
      refusal(/413|EPIPE|ECONNRESET/),
    );
  });

  it('the embedded CA answers 400 to a path that is none, and lives on', async () => {
    const port = await ca(https);
    const answered = new Promise<number | undefined>((resolve, reject) => {
      const asked = httpsRequest(
        { host: ADDRESS, port, path: '//', auth: 'capf:secret', rejectUnauthorized: false },
        (response) => resolve(response.resume().statusCode),
      );
      asked.on('error', reject).end();
    });
    expect(await within(10_000, 'an answer', answered)).toBe(400);
    await expect(requestFromOnlineCa(target(port), csr)).resolves.toBeDefined();
  });
});
