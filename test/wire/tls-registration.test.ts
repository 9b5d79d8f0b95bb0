import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { until } from './sip-setting.js';
import { accepted, PROTOCOLS } from './tls-registrars.js';
import {
  believes,
  CIPHERS,
  callManager,
  ecCallManager,
  elliptic,
  listener,
  lsc,
  mic,
  renewed,
  tls,
} from './tls-support.js';

describe.each(PROTOCOLS)('a secure phone over $name', (protocol) => {
  const DEVICE = protocol.device(1);

  it.each([
    ['authenticated', CIPHERS.authenticated],
    ['encrypted', CIPHERS.modern],
    ['encrypted', CIPHERS.legacy],
  ] as const)(
    'registers %s with %s, and the cluster is asked about that mode (R-77)',
    async (mode, ciphers) => {
      const cucm = await protocol.start(listener());
      const registration = accepted(
        await protocol.register(cucm.port, tls(lsc(DEVICE), { ciphers }), { mode }),
      );
      expect(registration.tls).toBe('1.2');
      expect(cucm.registered()).toEqual([DEVICE]);
      expect(cucm.asked[0]).toMatchObject({
        deviceName: DEVICE,
        protocol: protocol.name,
        secure: true,
        mode,
      });
      await registration.unregister(22);
      expect(await registration.ended).toEqual({ by: 'unregistered' });
      await until(() => cucm.connections() === 0);
      expect(cucm.registered()).toEqual([]);
      expect(cucm.refusals()).toEqual([]);
    },
  );

  it('shows its MIC of 1024 bits and SHA-1 where it has no LSC (R-78, R-79)', async () => {
    const cucm = await protocol.start(listener());
    const choices = { min: '1.0', max: '1.0', ciphers: CIPHERS.legacy } as const;
    expect(accepted(await protocol.register(cucm.port, tls(mic(DEVICE), choices))).tls).toBe('1.0');
  });

  it('has an EC key, and so has its CallManager (R-98)', async () => {
    const cucm = await protocol.start(listener({ identity: ecCallManager }));
    const choices = { judge: believes(ecCallManager), ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' };
    accepted(await protocol.register(cucm.port, tls(lsc(DEVICE, { key: elliptic }), choices)));
  });

  it('has a clear neighbour on the other port, whom the cluster sees as nonsecure', async () => {
    const cucm = await protocol.start(listener());
    accepted(await protocol.register(cucm.port, tls(lsc(DEVICE))));
    const registration = accepted(await protocol.register(cucm.clearPort, null, { k: 2 }));
    expect(registration.tls).toBe('none');
    expect(cucm.asked.at(-1)).toMatchObject({ secure: false, mode: 'nonsecure' });
    expect([...cucm.registered()].sort()).toEqual([DEVICE, protocol.device(2)]);
  });

  it('is reset through the connection, and comes again', async () => {
    const cucm = await protocol.start(listener());
    const profile = tls(lsc(DEVICE));
    const registration = accepted(await protocol.register(cucm.port, profile));
    cucm.reset(DEVICE);
    expect(await registration.ended).toEqual({ by: 'registrar', action: 'reset' });
    await registration.unregister(22);
    accepted(await protocol.register(cucm.port, profile));
    expect(cucm.registered()).toEqual([DEVICE]);
  });

  it.each([
    ['fin', 14],
    ['rst', 12],
  ] as const)('loses a server that goes with %s, cause %i (sccp.md 6)', async (how, cause) => {
    const cucm = await protocol.start(listener());
    const registration = accepted(await protocol.register(cucm.port, tls(lsc(DEVICE))));
    cucm.dropAll(how);
    expect(await registration.ended).toEqual({ by: 'connection-lost', cause });
    await until(() => cucm.connections() === 0);
  });

  it('drops its connection like a power cut, and the registrar notices', async () => {
    const cucm = await protocol.start(listener());
    const registration = accepted(await protocol.register(cucm.port, tls(lsc(DEVICE))));
    registration.drop();
    await registration.ended;
    await until(() => cucm.connections() === 0);
    expect(cucm.registered()).toEqual([]);
  });

  it('keeps a standby connection and asks for a token over TLS (R-82)', async () => {
    const cucm = await protocol.start(listener());
    const profile = tls(lsc(DEVICE));
    const standby = await protocol.standby(cucm.port, profile);
    expect(standby).toBeDefined();
    expect(cucm.connections()).toBe(1);
    expect(cucm.registered()).toEqual([]);
    expect(await protocol.token(cucm.port, profile)).toEqual({ granted: true });
    standby?.close();
    await standby?.ended;
    await until(() => cucm.connections() === 0);
  });

  it('has no standby connection and no token where the certificate is not believed', async () => {
    const cucm = await protocol.start(listener());
    const profile = tls(lsc(DEVICE), { judge: believes(renewed) });
    expect(await protocol.standby(cucm.port, profile)).toBeUndefined();
    expect(await protocol.token(cucm.port, profile)).toMatchObject({ granted: false });
    await until(() => cucm.refusals().length === 2);
  });

  it('stops when its signal is aborted, before, during and after the handshake', async () => {
    const cucm = await protocol.start(listener());
    const profile = tls(lsc(DEVICE));
    const before = AbortSignal.abort(new Error('before'));
    await expect(protocol.register(cucm.port, profile, { signal: before })).rejects.toThrow('before');
    const during = new AbortController();
    const judge = () => {
      during.abort(new Error('during'));
      return { trusted: true } as const;
    };
    const pending = protocol.register(cucm.port, { ...profile, judge }, { signal: during.signal });
    await expect(pending).rejects.toThrow('during');
    await until(() => cucm.connections() === 0);
    expect(cucm.registered()).toEqual([]);
  });

  it('meets a renewed certificate after a replacement, while those that stand stay', async () => {
    const cucm = await protocol.start(listener());
    const standing = accepted(await protocol.register(cucm.port, tls(lsc(DEVICE))));
    const clear = accepted(await protocol.register(cucm.clearPort, null, { k: 2 }));
    cucm.secure.replace(listener({ identity: renewed }));
    const lsc3 = lsc(protocol.device(3));
    expect(await protocol.register(cucm.port, tls(lsc3), { k: 3 })).toMatchObject({
      result: 'tls-failed',
      cause: '10',
      detail: 'not-in-ctl (R-76)',
    });
    const knows = tls(lsc3, { judge: believes(callManager, renewed) });
    accepted(await protocol.register(cucm.port, knows, { k: 3 }));
    expect([...cucm.registered()].sort()).toEqual([1, 2, 3].map(protocol.device));
    expect(standing.tls).toBe('1.2');
    expect(clear.tls).toBe('none');
  });

  it('loses its connection when the TLS port closes; the clear port is left alone', async () => {
    const cucm = await protocol.start(listener());
    const secure = accepted(await protocol.register(cucm.port, tls(lsc(DEVICE))));
    accepted(await protocol.register(cucm.clearPort, null, { k: 2 }));
    await cucm.secure.close();
    expect(await secure.ended).toEqual({ by: 'connection-lost', cause: 14 });
    expect(cucm.registered()).toEqual([protocol.device(2)]);
    expect(await protocol.register(cucm.port, tls(lsc(DEVICE)))).toMatchObject({
      result: 'unreachable',
      cause: '6',
    });
    expect(await cucm.secure.open(listener({ port: cucm.port }))).toBe(cucm.port);
    accepted(await protocol.register(cucm.port, tls(lsc(DEVICE))));
    await expect(cucm.secure.open(listener())).rejects.toThrow('its TLS port is open');
  });

  it('is one of 60 that register at once, half of them authenticated', async () => {
    const cucm = await protocol.start(listener());
    const results = await Promise.all(
      Array.from({ length: 60 }, (_, index) => {
        const k = index + 1;
        const mode = k % 2 === 0 ? 'authenticated' : 'encrypted';
        const ciphers = mode === 'encrypted' ? CIPHERS.modern : CIPHERS.authenticated;
        return protocol.register(cucm.port, tls(lsc(protocol.device(k)), { ciphers }), { k, mode });
      }),
    );
    for (const result of results) accepted(result);
    expect(cucm.registered()).toHaveLength(60);
    expect(cucm.asked.filter(({ mode }) => mode === 'authenticated')).toHaveLength(30);
  });

  it('has its secrets logged at both ends where somebody asks for them, the same ones', async () => {
    const server: string[] = [];
    const cucm = await protocol.start(listener({ keylog: (line) => server.push(line.toString()) }));
    const phone: string[] = [];
    const keylog = (line: Buffer): number => phone.push(line.toString());
    for (const max of ['1.2', '1.3'] as const) {
      accepted(await protocol.register(cucm.port, tls(lsc(DEVICE), { max }), { keylog }));
    }
    const secrets = (lines: readonly string[]) => lines.filter((line) => !line.startsWith('RSA ')).sort();
    expect(secrets(phone)).toEqual(secrets(server));
    expect(new Set(secrets(phone).map((line) => line.split(' ')[0]))).toContain('CLIENT_RANDOM');
    expect(new Set(secrets(phone).map((line) => line.split(' ')[0]))).toContain('CLIENT_TRAFFIC_SECRET_0');
  });

  it('is not disturbed by peers that knock and go, or never speak', async () => {
    const cucm = await protocol.start(listener({ limits: { handshakes: 4, handshakeMs: 200 } }));
    const knock = () => connect({ host: cucm.address, port: cucm.port }).on('error', () => {});
    knock().on('connect', function (this: ReturnType<typeof knock>) {
      this.resetAndDestroy();
    });
    const silent = Array.from({ length: 6 }, knock);
    await until(() => silent.every((socket) => socket.destroyed));
    expect(cucm.refusals()).toContain('4 handshakes are under way');
    accepted(await protocol.register(cucm.port, tls(lsc(DEVICE))));
  });
});
