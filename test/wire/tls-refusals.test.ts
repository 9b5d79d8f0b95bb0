import { createServer, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { TlsVersion } from '../../src/device/security.js';
import { TrustfleetError } from '../../src/errors.js';
import { identityPem } from '../../src/net/secure-contexts.js';
import type { Identity } from '../../src/pki/keys.js';
import { until } from './sip-setting.js';
import { accepted, PROTOCOLS, type Protocol } from './tls-registrars.js';
import {
  ALL_VERSIONS,
  believes,
  CIPHERS,
  falseCapf,
  listener,
  lsc,
  mic,
  otherCapf,
  renewed,
  TRUST,
  tls,
  withoutPurpose,
} from './tls-support.js';

/** Fault of the phone's certificate, the alert that OpenSSL's client reports, and what the registrar's log says. */
const FAULTS: readonly [
  fault: string,
  certificate: (device: string) => Identity | null,
  alert: string,
  logged: RegExp,
][] = [
  [
    'its LSC comes from another cluster (R-79, R-119)',
    (device) => lsc(device, { issuer: otherCapf }),
    'tlsv1 alert unknown ca',
    /CAPF-deadbeef.* is not trusted/,
  ],
  [
    'its LSC only says that CAPF signed it',
    (device) => lsc(device, { issuer: falseCapf }),
    'tlsv1 alert unknown ca',
    /CAPF-0badcafe.* is not trusted/,
  ],
  [
    'it has expired (R-80)',
    (device) => lsc(device, { notAfter: new Date('2020-01-01T00:00:00Z') }),
    'sslv3 alert certificate expired',
    /until 2020-01-01/,
  ],
  [
    'it is not valid yet (R-80)',
    (device) => lsc(device, { notBefore: new Date('2048-01-01T00:00:00Z') }),
    'sslv3 alert bad certificate',
    /from 2048-01-01/,
  ],
  ['it has none (DT-4)', () => null, '', /shows no certificate/],
];

const CASES = ALL_VERSIONS.flatMap((version) =>
  FAULTS.map(([fault, certificate, alert, logged]) => ({ version, fault, certificate, alert, logged })),
);

function exactly(version: TlsVersion) {
  return { min: version, max: version, ciphers: CIPHERS.legacy } as const;
}

describe.each(PROTOCOLS)('the $name registrar refuses the certificate of a phone', (protocol) => {
  const DEVICE = protocol.device(1);

  it.each(CASES)('TLS $version: $fault', async ({ version, certificate, alert, logged }) => {
    const cucm = await protocol.start(listener());
    const result = await protocol.register(cucm.port, tls(certificate(DEVICE), exactly(version)));
    const none = version === '1.3' ? 'tlsv13 alert certificate required' : 'sslv3 alert handshake failure';
    expect(result).toEqual({
      result: 'tls-failed',
      cause: '10',
      tls: 'none',
      detail: `TLS: ${alert === '' ? none : alert}`,
    });
    await until(() => cucm.refusals().length > 0);
    expect(cucm.refusals()).toEqual([expect.stringMatching(logged)]);
    expect(cucm.asked).toEqual([]);
    expect(cucm.connections()).toBe(0);
  });

  it('the fatal alert is the last that it says, up to TLS 1.2 in clear', async () => {
    const cucm = await protocol.start(listener());
    for (const [version, octet] of [
      ['1.0', 1],
      ['1.1', 2],
      ['1.2', 3],
    ] as const) {
      const heard = await overheard(cucm.address, cucm.port, async (port) => {
        const rogue = lsc(DEVICE, { issuer: otherCapf });
        await protocol.register(port, tls(rogue, exactly(version)));
      });
      expect(heard.toServer.at(-1)?.type).toBe(22);
      expect(new Set(heard.toPhone.slice(0, -1).map(({ type }) => type))).toEqual(new Set([22]));
      expect(heard.toPhone.at(-1)?.octets).toEqual(Buffer.from([21, 3, octet, 0, 2, 2, 48]));
    }
  });

  it('its manufacturing CA was removed from CallManager-trust: the MIC fails, the LSC does not (R-79)', async () => {
    const cucm = await protocol.start(listener({ trust: TRUST.slice(0, 1) }));
    expect(await protocol.register(cucm.port, tls(mic(DEVICE)))).toMatchObject({
      result: 'tls-failed',
      cause: '10',
    });
    accepted(await protocol.register(cucm.port, tls(lsc(DEVICE))));
  });

  it('Common Criteria: the purpose must be written down (R-112)', async () => {
    const strict = await protocol.start(listener({ extendedKeyUsage: 'client-auth' }));
    expect(await protocol.register(strict.port, tls(withoutPurpose(DEVICE)))).toMatchObject({
      result: 'tls-failed',
      cause: '10',
      detail: 'TLS: sslv3 alert unsupported certificate',
    });
    accepted(await protocol.register(strict.port, tls(lsc(DEVICE))));
    const normal = await protocol.start(listener());
    accepted(await protocol.register(normal.port, tls(withoutPurpose(DEVICE))));
  });

  it('a further condition has the last word', async () => {
    const detail = 'revoked by hand';
    const cucm = await protocol.start(listener({ accept: () => ({ alert: 'bad_certificate', detail }) }));
    expect(await protocol.register(cucm.port, tls(lsc(DEVICE)))).toMatchObject({ cause: '10' });
    await until(() => cucm.refusals().length > 0);
    expect(cucm.refusals()).toEqual([detail]);
  });

  it.each(ALL_VERSIONS)(
    'TLS %s: the name of another device is noticed at Register (R-83: 11)',
    async (version) => {
      const cucm = await protocol.start(listener());
      const anothers = lsc(protocol.device(2));
      expect(await protocol.register(cucm.port, tls(anothers, exactly(version)))).toEqual({
        result: 'rejected',
        cause: '11',
        tls: version,
        detail: protocol.name === 'SCCP' ? 'Security Error: X.509 name' : NAME_WARNING,
      });
      expect(cucm.registered()).toEqual([]);
    },
  );

  it.each([
    ['the device alone, as other CAPF servers issue it', (device: string) => device, true],
    ['another product before the device', (device: string) => `CP-8861-${device}`, true],
    ['something glued to the device', (device: string) => `X${device}`, false],
  ])('a certificate that names %s: accepted %s', async (_, name, good) => {
    const cucm = await protocol.start(listener());
    const named = lsc(DEVICE, { commonName: name(DEVICE) });
    const { result } = await protocol.register(cucm.port, tls(named));
    expect(result).toBe(good ? 'accepted' : 'rejected');
  });

  it('what the cluster refuses over TLS is a rejection with the version (contracts.md 3)', async () => {
    const cucm = await protocol.start(listener(), { accepted: false, reason: 'unknown-device', text: '' });
    expect(await protocol.register(cucm.port, tls(lsc(DEVICE)))).toMatchObject({
      result: 'rejected',
      cause: '',
      tls: '1.2',
    });
  });
});

const NAME_WARNING = '403 Forbidden: TLS authentication failure, Retry-After 35 s';

describe.each(PROTOCOLS)('a phone over $name refuses its CallManager', (protocol) => {
  const DEVICE = protocol.device(1);

  it.each(ALL_VERSIONS)(
    'TLS %s: a certificate that is not in its CTL: not one octet of signalling',
    async (version) => {
      const cucm = await protocol.start(listener());
      const asked: Uint8Array[] = [];
      const judge = (der: Uint8Array) => {
        asked.push(der);
        return { trusted: false, rule: 'R-76', reason: 'not-in-ctl' } as const;
      };
      let result: unknown;
      const heard = await overheard(cucm.address, cucm.port, async (port) => {
        result = await protocol.register(port, tls(lsc(DEVICE), { ...exactly(version), judge }));
      });
      expect(result).toEqual({
        result: 'tls-failed',
        cause: '10',
        tls: 'none',
        detail: 'not-in-ctl (R-76)',
      });
      expect(asked).toHaveLength(1);
      await until(() => cucm.refusals().length > 0);
      expect(cucm.refusals()).toEqual(['TLS: tlsv1 alert unknown ca']);
      expect(cucm.connections()).toBe(0);
      // ClientHello, then the alert: 7 octets in clear, or 24 that hold 3 sealed ones. (20: the empty ChangeCipherSpec of 1.3)
      const said = heard.toServer.filter(({ type }) => type !== 20);
      expect(said.map(({ type }) => type)).toEqual([22, version === '1.3' ? 23 : 21]);
      expect(said[1]?.octets).toHaveLength(version === '1.3' ? 24 : 7);
    },
  );

  it('a certificate that is in its CTL by another key only', async () => {
    const cucm = await protocol.start(listener());
    const result = await protocol.register(cucm.port, tls(lsc(DEVICE), { judge: believes(renewed) }));
    expect(result).toMatchObject({ result: 'tls-failed', cause: '10' });
  });

  it('a certificate that its judge cannot read', async () => {
    const cucm = await protocol.start(listener());
    const judge = (): never => {
      throw new TrustfleetError('TF_CERT_MALFORMED', 'no such list');
    };
    const result = await protocol.register(cucm.port, tls(lsc(DEVICE), { judge }));
    expect(result).toMatchObject({ result: 'tls-failed', cause: '10', detail: 'no such list' });
  });
});

describe.each(PROTOCOLS)('servers that are no TLS servers, to a phone over $name', (protocol) => {
  const profile = tls(lsc(protocol.device(1)));

  it('nobody listens: unreachable, 6', async () => {
    const cucm = await protocol.start(listener());
    await cucm.secure.close();
    expect(await protocol.register(cucm.port, profile)).toMatchObject({ result: 'unreachable', cause: '6' });
  });

  it('one that hangs in the handshake is given up in time: tls-failed, 6', async () => {
    const port = await server(protocol, (socket) => socket.resume());
    expect(await protocol.register(port, profile, { connectTimeoutMs: 150 })).toEqual({
      result: 'tls-failed',
      cause: '6',
      tls: 'none',
      detail: 'no TLS connection within 150 ms',
    });
  });

  it('one that speaks in clear', async () => {
    const port = await server(protocol, (socket) => socket.write('SIP/2.0 400 Bad Request\r\n\r\n'));
    expect(await protocol.register(port, profile)).toMatchObject({
      result: 'tls-failed',
      cause: '6',
      detail: 'TLS: wrong version number',
    });
  });

  it.each([
    ['FIN', (socket: Socket) => socket.end()],
    ['RST', (socket: Socket) => socket.resetAndDestroy()],
  ] as const)('one that answers ClientHello with a %s', async (_, close) => {
    const port = await server(protocol, (socket) => socket.once('data', () => close(socket)));
    expect(await protocol.register(port, profile)).toMatchObject({
      result: 'tls-failed',
      cause: '6',
      tls: 'none',
    });
  });

  it('one whose handshake is rubbish in a good record', async () => {
    const rubbish = Buffer.concat([Buffer.from([22, 3, 3, 0, 64]), Buffer.alloc(64, 0xff)]);
    const port = await server(protocol, (socket) => socket.once('data', () => socket.write(rubbish)));
    expect(await protocol.register(port, profile)).toMatchObject({ result: 'tls-failed', tls: 'none' });
  });

  it('a clear port of a registrar', async () => {
    const cucm = await protocol.start(listener());
    const result = await protocol.register(cucm.clearPort, profile, { connectTimeoutMs: 500 });
    expect(result).toMatchObject({ result: 'tls-failed', cause: '6' });
  });

  it('and a phone that speaks in clear to the TLS port is cut', async () => {
    const cucm = await protocol.start(listener());
    expect(await protocol.register(cucm.port, null)).toMatchObject({ result: 'unreachable', cause: '6' });
    await until(() => cucm.refusals().length > 0);
    expect(cucm.refusals()).toEqual([expect.stringMatching(/^TLS: /)]);
  });

  it('an attempt whose cipher list is unknown to OpenSSL: tls-failed, 12', async () => {
    const cucm = await protocol.start(listener());
    expect(await protocol.register(cucm.port, { ...profile, ciphers: 'NO-SUCH-CIPHER' })).toMatchObject({
      result: 'tls-failed',
      cause: '12',
    });
  });

  it('one that asks for no certificate, as where a token stands for it, takes any phone', async () => {
    const cucm = await protocol.start(listener({ clientCertificate: 'none', trust: [] }));
    expect(accepted(await protocol.register(cucm.port, tls(null))).tls).toBe('1.2');
  });
});

describe('a client that closes right after its handshake', () => {
  it.each(ALL_VERSIONS)('TLS %s: leaves nothing behind', async (version) => {
    const [protocol] = PROTOCOLS;
    if (protocol === undefined) throw new Error('no protocol');
    const cucm = await protocol.start(listener());
    const secureVersion = `TLSv${version === '1.0' ? '1' : version}` as 'TLSv1';
    for (let n = 0; n < 10; n += 1) {
      const socket = connectTls({
        ...{ host: cucm.address, port: cucm.port, rejectUnauthorized: false },
        ...{ minVersion: secureVersion, maxVersion: secureVersion, ciphers: 'DEFAULT:@SECLEVEL=0' },
        ...identityPem(lsc(protocol.device(1), n % 2 === 0 ? {} : { issuer: otherCapf })),
      });
      socket.on('error', () => {});
      socket.once('secureConnect', () => socket.destroy());
      await new Promise((closed) => socket.once('close', closed));
    }
    await until(() => cucm.connections() === 0);
    accepted(await protocol.register(cucm.port, tls(lsc(protocol.device(1)))));
  });
});

async function server(protocol: Protocol, onConnection: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const listening = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    onConnection(socket);
  });
  await new Promise<void>((resolve) => listening.listen(0, protocol.address, resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    listening.close();
  });
  const address = listening.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

interface Record {
  /** 20 ChangeCipherSpec, 21 alert, 22 handshake, 23 application data, or anything sealed in TLS 1.3. */
  readonly type: number;
  readonly octets: Buffer;
}

/** TLS records that went over a wire while `work` used it. */
async function overheard(
  host: string,
  port: number,
  work: (port: number) => Promise<unknown>,
): Promise<{ readonly toServer: readonly Record[]; readonly toPhone: readonly Record[] }> {
  const toServer: Buffer[] = [];
  const toPhone: Buffer[] = [];
  const { connect } = await import('node:net');
  let closed: () => void = () => {};
  const over = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const relay = createServer((phone) => {
    const far = connect({ host, port });
    phone.on('error', () => {});
    far.on('error', () => {});
    phone.on('data', (octets) => {
      toServer.push(octets);
      far.write(octets);
    });
    far.on('data', (octets) => {
      toPhone.push(octets);
      phone.write(octets);
    });
    phone.on('close', () => far.end());
    far.on('close', () => {
      phone.end();
      closed();
    });
  });
  await new Promise<void>((resolve) => relay.listen(0, host, resolve));
  const address = relay.address();
  await work(typeof address === 'object' && address !== null ? address.port : 0);
  await over;
  await new Promise((resolve) => relay.close(resolve));
  return { toServer: records(Buffer.concat(toServer)), toPhone: records(Buffer.concat(toPhone)) };
}

function records(octets: Buffer): Record[] {
  const found: Record[] = [];
  for (let at = 0; at < octets.length; ) {
    const end = at + 5 + octets.readUInt16BE(at + 3);
    found.push({ type: octets.readUInt8(at), octets: octets.subarray(at, end) });
    at = end;
  }
  return found;
}
