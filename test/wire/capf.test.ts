import { connect as tcpConnect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startCapfServer } from '../../src/net/capf-server.js';
import { Certificate } from '../../src/pki/certificate.js';
import { PrimePool } from '../../src/pki/prime-pool.js';
import { type CapfAuthentication, capfCredentials } from '../../src/protocol/capf/credentials.js';
import { CAPF_RSA_BITS, type CapfKey } from '../../src/protocol/capf/keys.js';
import {
  anOrder,
  capf,
  DEVICE,
  keyFor,
  lsc,
  makeCapf,
  makeLsc,
  mic,
  NOW,
  otherCapf,
  RSA_1024,
} from '../protocol/capf/support.js';
import { CAPF_ADDRESS, hasIpv6, PHONE_ADDRESS, phone, said, serve } from './capf-support.js';

describe('a phone enrols (R-86, R-87)', () => {
  const kinds: readonly CapfKey[] = [
    ...CAPF_RSA_BITS.filter((bits) => bits <= 2048).map((bits) => ({ type: 'rsa', bits }) as const),
    { type: 'ec', curve: 'prime256v1' },
    { type: 'ec', curve: 'secp521r1' },
  ];

  it.each(kinds)('%o', async (key) => {
    const { port, reports, events } = await serve(anOrder({ keys: [key] }));
    const answer = await phone(port);
    expect(said(answer)).toBe('install success 0');
    if (answer.outcome !== 'result') throw new Error(answer.outcome);
    expect(answer.installed?.certificate.publicKey.equals(keyFor(key).publicKey)).toBe(true);
    expect(reports).toMatchObject([
      { device: DEVICE, operation: 'install', result: 'success', family: 'ipv4', client: PHONE_ADDRESS },
    ]);
    expect(events).toMatchObject([{ event: 'ended', result: 'success' }]);
  });

  const authentications: readonly (readonly [string, CapfAuthentication, string | undefined])[] = [
    ['the authentication string', { by: 'string', string: '123456' }, undefined],
    ['the null string', { by: 'null-string' }, undefined],
    ['its LSC', { by: 'certificate', precedence: 'lsc' }, 'lsc'],
    ['its MIC', { by: 'certificate', precedence: 'mic' }, 'mic'],
  ];

  it.each(authentications)('by %s (R-89)', async (_, authentication, kind) => {
    const { port } = await serve(anOrder({ authentication }));
    const certificates = { lsc, mic };
    const credentials = capfCredentials(authentication, certificates, false);
    expect(credentials.certificate?.kind).toBe(kind);
    expect(said(await phone(port, { credentials, certificates }))).toBe('install success 0');
  });

  it.each([
    ['fetch', 'with', 'fetch success 0'],
    ['fetch', 'without', 'fetch fetch-success-but-no-cert 1'],
    ['delete', 'with', 'delete success 0'],
    ['delete', 'without', 'delete fail 2'],
    ['none', 'with', 'none success 0'],
  ] as const)('%s, %s an LSC', async (operation, has, expected) => {
    const { port } = await serve(anOrder({ operation }));
    const certificates = { lsc: has === 'with' ? lsc : null, mic };
    expect(said(await phone(port, { certificates }))).toBe(expected);
  });

  it('fifty at once, each with a key of its own', async () => {
    const pool = await PrimePool.create(1024, 50);
    const { port, reports } = await serve(anOrder());
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        phone(port, {
          deviceName: `SEP0200000010${index.toString().padStart(2, '0')}`,
          localAddress: `127.92.2.${index + 1}`,
          generateKey: () => Promise.resolve(pool.pair(index)),
        }),
      ),
    );
    expect(answers.map(said)).toEqual(Array.from({ length: 50 }, () => 'install success 0'));
    const keys = answers.map((answer) =>
      answer.outcome === 'result'
        ? Buffer.from(answer.installed?.certificate.spki ?? []).toString('hex')
        : '',
    );
    expect(new Set(keys).size).toBe(50);
    expect(new Set(reports.map(({ client }) => client)).size).toBe(50);
  });
});

describe('a phone is refused (R-91, R-92, R-94)', () => {
  it.each([
    ['unknown device', undefined, { refusedAs: 'fail' }, 'unknown fail 2', 'fail'],
    [
      'wrong string',
      anOrder({ authentication: { by: 'string', string: '1234' } }),
      { password: '4321', refusedAs: 'invalid-auth-str' },
      'unknown invalid-auth-str 3',
      'invalid-auth-str',
    ],
    [
      'LSC of another CAPF',
      anOrder({ authentication: { by: 'certificate', precedence: 'lsc' } }),
      {
        certificate: { identity: makeLsc({ by: otherCapf }), kind: 'lsc' },
        refusedAs: 'invalid-lsc',
      },
      'unknown invalid-lsc 4',
      'invalid-lsc',
    ],
    [
      'no certificate where one is asked for',
      anOrder({ authentication: { by: 'certificate', precedence: 'mic' } }),
      { refusedAs: 'invalid-credentials' },
      'unknown invalid-credentials 6',
      'invalid-credentials',
    ],
    [
      'operation that has expired',
      anOrder({ completesBy: NOW - 1 }),
      { refusedAs: 'fail' },
      'unknown fail 2',
      'op-timed-out',
    ],
  ] as const)('%s', async (_, order, credentials, expected, result) => {
    const { port, reports } = await serve(order);
    expect(said(await phone(port, { credentials }))).toBe(expected);
    expect(reports.map((report) => report.result)).toEqual([result]);
  });

  it('ten wrong strings shut out the right one, in sessions of their own', async () => {
    const { port } = await serve(anOrder({ authentication: { by: 'string', string: '1234' } }));
    const type = async (password: string): Promise<string> =>
      said(await phone(port, { credentials: { password, refusedAs: 'invalid-auth-str' } }));
    for (let count = 0; count < 10; count += 1) expect(await type('0')).toBe('unknown invalid-auth-str 3');
    expect(await type('1234')).toBe('unknown invalid-auth-str 3');
  });
});

describe('the judge of CAPF’s certificate (R-88)', () => {
  it('sees the DER before a single octet is written, and its no ends the attempt', async () => {
    const { port, reports, events } = await serve(anOrder());
    let judged: Uint8Array = new Uint8Array(0);
    const answer = await phone(port, {
      judge: async (der) => {
        judged = der;
        return { trusted: false, rule: 'R-88', reason: 'tvs-negative' };
      },
    });
    expect(answer).toEqual({ outcome: 'tls-failed', detail: 'tvs-negative (R-88)' });
    expect(Certificate.fromDer(judged).equals(capf.certificate)).toBe(true);
    await expect.poll(() => events).toMatchObject([{ result: 'phone-comm-error' }]);
    expect(reports).toEqual([]);
  });

  it('may take its time: the server’s first message waits', async () => {
    const { port } = await serve(anOrder());
    const answer = await phone(port, {
      judge: async () => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        return { trusted: true };
      },
    });
    expect(said(answer)).toBe('install success 0');
  });

  it('what it throws is thrown, and nothing stays open', async () => {
    const { port, events } = await serve(anOrder());
    const judge = (): Promise<never> => Promise.reject(new Error('the run is over'));
    await expect(phone(port, { judge })).rejects.toThrow('the run is over');
    await expect.poll(() => events).toHaveLength(1);
  });
});

describe('TLS versions (R-107, phone-behaviour.md 13)', () => {
  it.each([
    ['1.0', '1.0', '1.0', 'install success 0'],
    ['1.1', '1.1', '1.1', 'install success 0'],
    ['1.0 to 1.2', '1.0', '1.2', 'install success 0'],
    ['1.3 against a server that ends at 1.2', '1.3', '1.3', 'tls-failed'],
  ] as const)('a phone with %s', async (_, min, max, expected) => {
    const { port } = await serve(anOrder());
    expect(said(await phone(port, { tls: { min, max, identity: null } }))).toBe(expected);
  });

  it('a 7900 phone fails at a server whose minimum was raised', async () => {
    const { port, events } = await serve(anOrder(), { tls: { min: '1.2', max: '1.3' } });
    const answer = await phone(port, { tls: { min: '1.0', max: '1.0', identity: null } });
    expect(answer.outcome).toBe('tls-failed');
    await expect.poll(() => events).toMatchObject([{ event: 'refused' }]);
  });

  it('a CAPF with TLS 1.3 enrols a phone with TLS 1.3', async () => {
    const { port } = await serve(anOrder(), { tls: { min: '1.0', max: '1.3' } });
    expect(said(await phone(port, { tls: { min: '1.3', max: '1.3', identity: null } }))).toBe(
      'install success 0',
    );
  });

  it('a CAPF certificate with an EC key will do', async () => {
    const identity = makeCapf('00000001', keyFor({ type: 'ec', curve: 'prime256v1' }));
    const { port } = await serve(anOrder(), { identity });
    expect(said(await phone(port))).toBe('install success 0');
  });
});

describe.runIf(hasIpv6)('IPv4 and IPv6 (R-102, R-103)', () => {
  const listen = [
    { address: CAPF_ADDRESS, port: 0 },
    { address: '::1', port: 0 },
  ];

  it('one server serves both families, and says which it was', async () => {
    const { service, reports } = await serve(anOrder(), { listen });
    const [port4 = 0, port6 = 0] = service.ports;
    expect(said(await phone(port4))).toBe('install success 0');
    const over6 = { server: { address: '::1', port: port6 }, family: 'ipv6', localAddress: '::1' } as const;
    expect(said(await phone(port6, over6))).toBe('install success 0');
    expect(reports.map(({ family, client }) => [family, client])).toEqual([
      ['ipv4', PHONE_ADDRESS],
      ['ipv6', '::1'],
    ]);
  });

  it('without Enable IPv6 it refuses who comes over IPv6, and no one else; the parameter can change', async () => {
    let enabled = false;
    const ipv6 = (): 'allowed' | 'refused' => (enabled ? 'allowed' : 'refused');
    const { service, events } = await serve(anOrder(), { listen, ipv6 });
    const [port4 = 0, port6 = 0] = service.ports;
    const over6 = { server: { address: '::1', port: port6 }, family: 'ipv6', localAddress: '::1' } as const;
    expect(said(await phone(port6, over6))).toBe('refused');
    expect(events).toEqual([{ event: 'refused', client: '::1', reason: 'IPv6 is not enabled (R-102)' }]);
    expect(said(await phone(port4))).toBe('install success 0');
    enabled = true;
    expect(said(await phone(port6, over6))).toBe('install success 0');
  });
});

describe('a phone that cannot connect', () => {
  it('is refused where nothing listens', async () => {
    const { service, port } = await serve(anOrder());
    await service.close();
    expect(said(await phone(port))).toBe('refused');
  });

  it('says unreachable for an address that it cannot connect from', async () => {
    const { port } = await serve(anOrder());
    expect(said(await phone(port, { localAddress: '192.0.2.1' }))).toBe('unreachable');
  });

  it('is refused by a full server', async () => {
    const { port, events } = await serve(anOrder(), { limits: { connections: 1 } });
    const first = tcpConnect({ host: CAPF_ADDRESS, port });
    await new Promise((resolve) => first.once('connect', resolve));
    expect(said(await phone(port))).toBe('refused');
    expect(events).toMatchObject([{ event: 'refused', reason: 'more than 1 connections' }]);
    first.destroy();
    await expect.poll(async () => said(await phone(port))).toBe('install success 0');
  });
});

describe('an operator', () => {
  it('hears of a port that is taken', async () => {
    const { port } = await serve(anOrder());
    await expect(serve(anOrder(), { listen: [{ address: CAPF_ADDRESS, port }] })).rejects.toMatchObject({
      code: 'TF_PORT_TAKEN',
    });
  });

  it('hears of an address that is not there, and nothing is left listening', async () => {
    const decide = {
      order: () => undefined,
      trusts: () => false,
      issue: () => ({ refused: '' }),
      report: () => undefined,
    };
    const start = startCapfServer({
      listen: [
        { address: CAPF_ADDRESS, port: 0 },
        { address: '192.0.2.1', port: 0 },
      ],
      identity: capf,
      decide,
    });
    await expect(start).rejects.toMatchObject({ code: 'TF_ADDRESS_UNAVAILABLE' });
  });

  it('can stop the server under way: phones lose it, and it resolves', async () => {
    const { port, service } = await serve(anOrder(), {}, { issue: () => new Promise(() => undefined) });
    const enrolling = phone(port, { limits: { certificateMs: 60_000 } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    await service.close();
    expect(said(await enrolling)).toBe('lost');
  });

  it('can stop a phone under way', async () => {
    const { port, events } = await serve(anOrder());
    const stop = new AbortController();
    const generateKey = (): Promise<never> => {
      stop.abort(new Error('stopped'));
      return new Promise(() => undefined);
    };
    await expect(phone(port, { signal: stop.signal, generateKey })).rejects.toThrow('stopped');
    await expect.poll(() => events).toMatchObject([{ operation: 'install', result: 'phone-comm-error' }]);
    await expect(phone(port, { signal: stop.signal })).rejects.toThrow('stopped');
  });
});

describe('an offline CA (OP-26)', () => {
  it('keeps the session open until the certificate comes, or sends the phone away', async () => {
    const { certificate } = makeLsc({}, keyFor(RSA_1024));
    const waits = await serve(
      anOrder(),
      {},
      { issue: () => new Promise((resolve) => setTimeout(() => resolve({ certificate }), 150)) },
    );
    expect(said(await phone(waits.port))).toBe('install success 0');
    const sends = await serve(anOrder(), {}, { issue: () => ({ retryAfterSeconds: null }) });
    expect(await phone(sends.port)).toEqual({ outcome: 'pending', key: keyFor(RSA_1024) });
    expect(sends.reports).toMatchObject([{ operation: 'install', result: 'pending' }]);
  });

  it('hears that the phone is gone', async () => {
    let gone = false;
    const { port } = await serve(
      anOrder(),
      {},
      {
        issue: (_, signal) =>
          new Promise((resolve) => {
            signal?.addEventListener('abort', () => {
              gone = true;
              resolve({ refused: 'the phone is gone' });
            });
          }),
      },
    );
    expect(said(await phone(port, { limits: { certificateMs: 100 } }))).toBe('lost');
    await expect.poll(() => gone).toBe(true);
  });

  it('who has no certificate says why, and refuses the phone', async () => {
    const refused = 'online CA: ca.example.com: no answer within 30000 ms';
    const { port, reports } = await serve(anOrder(), {}, { issue: () => Promise.resolve({ refused }) });
    expect(said(await phone(port))).toBe('install fail 2');
    expect(reports[0]?.detail).toBe(refused);
  });

  it('takes a fault of the program for no refusal: the process hears of it', async () => {
    const fault = new TypeError('undefined is not a function');
    const { port, service, reports } = await serve(anOrder(), {}, { issue: () => Promise.reject(fault) });
    const told = nextUnhandled();
    const answer = phone(port);
    expect(await told).toBe(fault);
    expect(reports).toEqual([]);
    await service.close();
    expect(said(await answer)).toBe('lost');
  });
});

/** What the process hears next of a promise that nobody looks after; the test runner does not. */
function nextUnhandled(): Promise<unknown> {
  const others = process.listeners('unhandledRejection');
  process.removeAllListeners('unhandledRejection');
  return new Promise((resolve) => {
    process.once('unhandledRejection', (reason) => {
      for (const other of others) process.on('unhandledRejection', other);
      resolve(reason);
    });
  });
}
