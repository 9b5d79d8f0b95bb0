import { describe, expect, it } from 'vitest';
import { loadModel } from '../../src/fleet/profiles.js';
import { registerSccp } from '../../src/net/sccp-phone.js';
import { requestTokenSccp, standbySccp } from '../../src/net/sccp-standby.js';
import { SignallingIdentity } from '../../src/net/signalling-identity.js';
import { StopController } from '../../src/phone/stop.js';
import { encodeMessage, sccp } from '../../src/protocol/sccp/message.js';
import { attempt, phone, register, registered, registrar, SERVER, server, until } from './sccp-support.js';

describe('an SCCP phone and the registrar over TCP (sccp.md 3)', () => {
  it('is registered once it is through the whole sequence, and told so in the log', async () => {
    const cucm = await registrar();
    const device = phone(1);
    const memory = { secondaryKeepAliveSeconds: undefined };
    const registration = await registered(cucm.port, device, { memory });
    expect(registration.tls).toBe('none');
    expect(memory).toEqual({ secondaryKeepAliveSeconds: 60 });
    expect(cucm.registered()).toEqual([
      {
        deviceName: device.name,
        deviceType: 404,
        address: device.address,
        secure: false,
        since: expect.any(Number),
      },
    ]);
    expect(cucm.events.map(({ event }) => event)).toEqual(['alarm', 'alarm', 'registered']);
    expect(cucm.events[1]?.detail).toBe(`25: Name=${device.name} Load= ${device.load} Last=Initialized`);
  });

  it('unregisters, waits for the acknowledgement, and is gone', async () => {
    const cucm = await registrar();
    const registration = await registered(cucm.port, phone(2));
    await registration.unregister(20);
    expect(await registration.ended).toEqual({ by: 'unregistered' });
    expect(cucm.registered()).toEqual([]);
    expect(cucm.events.at(-1)).toMatchObject({ event: 'unregistered', deviceName: phone(2).name });
    await until(() => cucm.connections === 0);
  });

  it.each(['reset', 'restart'] as const)(
    'unregisters when the registrar says %s (sccp.md 10)',
    async (how) => {
      const cucm = await registrar();
      const device = phone(3);
      const registration = await registered(cucm.port, device);
      expect(cucm.reset(device.name, how)).toBe(true);
      expect(await registration.ended).toEqual({ by: 'registrar', action: how });
      await until(() => cucm.connections === 0);
      expect(cucm.events.at(-1)?.event).toBe('unregistered');
      expect(cucm.reset(device.name, how)).toBe(false);
    },
  );

  it('leaves without a word when its power is cut', async () => {
    const cucm = await registrar();
    const registration = await registered(cucm.port, phone(4));
    registration.drop();
    expect(await registration.ended).toMatchObject({ by: 'connection-lost' });
    await until(() => cucm.connections === 0);
    expect(cucm.events.at(-1)).toMatchObject({ event: 'lost', deviceName: phone(4).name });
    expect(cucm.registered()).toEqual([]);
  });

  it('hears the text of a refusal', async () => {
    const cucm = await registrar({
      admit: () => ({ accepted: false, reason: 'unknown-device', text: 'Device Unknown' }),
    });
    expect(await register(cucm.port, phone(5))).toEqual({
      result: 'rejected',
      cause: '',
      tls: 'none',
      detail: 'Device Unknown',
    });
    expect(cucm.events.at(-1)).toMatchObject({ event: 'rejected', detail: 'Device Unknown' });
    await until(() => cucm.connections === 0);
  });

  it('reports ProtocolMismatch when the device is a SIP phone in the database (R-83: 15)', async () => {
    const cucm = await registrar({ admit: () => ({ accepted: false, reason: 'wrong-protocol', text: '' }) });
    expect(await register(cucm.port, phone(6))).toMatchObject({
      result: 'rejected',
      cause: '15',
      detail: 'Error Mismatch',
    });
  });

  it('is asked for by name, type, address and security', async () => {
    const asked: unknown[] = [];
    const cucm = await registrar({
      admit: (request) => {
        asked.push(request);
        return { accepted: true, lines: [] };
      },
    });
    await registered(cucm.port, phone(7));
    expect(asked).toEqual([
      {
        deviceName: phone(7).name,
        deviceType: 404,
        protocol: 'SCCP',
        address: phone(7).address,
        secure: false,
        mode: 'nonsecure',
      },
    ]);
  });

  it('takes the place of its older connection (sccp.md 12)', async () => {
    const cucm = await registrar();
    const device = phone(8);
    const older = await registered(cucm.port, device);
    await registered(cucm.port, device);
    expect(await older.ended).toEqual({ by: 'connection-lost', cause: 12 });
    expect(cucm.registered()).toHaveLength(1);
    expect(cucm.events.map(({ event }) => event)).toContain('replaced');
  });

  it.each([
    ['fin', 14],
    ['rst', 12],
  ] as const)('loses a server that goes with %s, cause %i (sccp.md 6)', async (how, cause) => {
    const cucm = await registrar();
    const registration = await registered(cucm.port, phone(9));
    await cucm.close(how);
    expect(await registration.ended).toEqual({ by: 'connection-lost', cause });
  });

  it('registers 300 phones at once, and all can be reset', async () => {
    const cucm = await registrar();
    const phones = Array.from({ length: 300 }, (_, i) => phone(1000 + i));
    const registrations = await Promise.all(phones.map((device) => registered(cucm.port, device)));
    expect(
      cucm
        .registered()
        .map(({ deviceName }) => deviceName)
        .sort(),
    ).toEqual(phones.map(({ name }) => name).sort());
    for (const { name } of phones) {
      expect(cucm.reset(name, 'reset')).toBe(true);
    }
    const ends = await Promise.all(registrations.map(({ ended }) => ended));
    expect(new Set(ends.map((end) => JSON.stringify(end)))).toEqual(
      new Set([JSON.stringify({ by: 'registrar', action: 'reset' })]),
    );
    await until(() => cucm.connections === 0);
    expect(cucm.registered()).toEqual([]);
  });
});

describe('an SCCP phone whose server does not play', () => {
  it('is unreachable where nobody listens (R-83: 6)', async () => {
    const cucm = await registrar();
    await cucm.close();
    expect(await register(cucm.port, phone(20))).toMatchObject({
      result: 'unreachable',
      cause: '6',
      detail: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each([
    ['FIN', (socket: { end(): void }) => socket.end()],
    ['RST', (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy()],
  ] as const)('is unreachable when a %s comes instead of RegisterAck', async (_name, close) => {
    const port = await server((socket) => {
      socket.once('data', () => close(socket));
    });
    expect(await register(port, phone(21))).toMatchObject({ result: 'unreachable', cause: '6' });
  });

  it('is unreachable when rubbish comes', async () => {
    const port = await server((socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await register(port, phone(22))).toMatchObject({
      result: 'unreachable',
      detail: expect.stringContaining('announces'),
    });
  });

  it('gives up when aborted, with the reason of the signal', async () => {
    const abort = new AbortController();
    const port = await server(() => abort.abort(new Error('run is over')));
    await expect(register(port, phone(23), { signal: abort.signal })).rejects.toThrow('run is over');
    await expect(register(port, phone(23), { signal: abort.signal })).rejects.toThrow('run is over');
  });

  it('is lost after three keep-alives without an answer, at the interval that was granted', async () => {
    let keepAlives = 0;
    const port = await server((socket) => {
      socket.once('data', () => {
        socket.write(
          Buffer.concat(
            [
              sccp('RegisterAck', 0, {
                keepAliveInterval: 1,
                dateTemplate: 'M/D/Y',
                alignment: '0000',
                secondaryKeepAliveInterval: 60,
                protocolVersion: 22,
                features: '20f1ff',
              }),
              sccp('CapabilitiesReq', 22, {}),
              sccp('ButtonTemplate', 22, { offset: 0, total: 0, buttons: [], slots: 0 }),
              sccp('SoftKeyTemplateRes', 22, { offset: 0, total: 0, items: [] }),
              sccp('SoftKeySetRes', 22, { offset: 0, total: 0, items: [] }),
              sccp('ConfigStat', 22, {
                deviceName: '',
                userId: 0,
                instance: 0,
                userName: '',
                serverName: '',
                numberOfLines: 0,
                numberOfSpeedDials: 0,
              }),
              sccp('DefineTimeDate', 22, {
                year: 2024,
                month: 5,
                dayOfWeek: 3,
                day: 15,
                hour: 0,
                minute: 0,
                second: 0,
                millisecond: 0,
                systemTime: 0,
              }),
            ].map(encodeMessage),
          ),
        );
        const keepAlive = encodeMessage(sccp('KeepAlive', 0, {}));
        socket.on('data', (octets: Buffer) => {
          keepAlives += octets.equals(keepAlive) ? 1 : 0;
        });
      });
    });
    const registration = await registered(port, phone(24));
    expect(await registration.ended).toEqual({ by: 'keep-alive-timeout' });
    expect(keepAlives).toBe(3);
  });
});

describe('standby connection and token (sccp.md 5 and 8, R-82)', () => {
  const options = (port: number, index: number) => ({
    attempt,
    device: phone(index),
    target: { address: SERVER, port },
    localAddress: phone(index).address,
    signal: new AbortController().signal,
  });

  it('keeps a connection without registering', async () => {
    const cucm = await registrar();
    const standby = await standbySccp(options(cucm.port, 30));
    await until(() => cucm.connections === 1);
    expect(cucm.registered()).toEqual([]);
    standby?.close();
    await standby?.ended;
    await until(() => cucm.connections === 0);
  });

  it('ends when the backup dies, and is none where the backup does not answer', async () => {
    const cucm = await registrar();
    const standby = await standbySccp(options(cucm.port, 31));
    await until(() => cucm.connections === 1);
    await cucm.close('rst');
    await standby?.ended;
    expect(await standbySccp(options(cucm.port, 31))).toBeUndefined();
  });

  it('is kept at the interval that the primary granted, and lost when a backup that used to acknowledge falls silent', async () => {
    const primary = await registrar({ secondaryKeepAliveSeconds: 1 });
    let asked = 0;
    const port = await server((socket) => {
      socket.on('data', () => {
        if (asked++ === 0) {
          socket.write(encodeMessage(sccp('KeepAliveAck', 0, {})));
        }
      });
    });
    const { name, address } = phone(32);
    const routes = {
      ports: new Map([
        [2000, primary.port],
        [2001, port],
      ]),
    };
    const { signal } = new AbortController();
    const own = { ...attempt, load: phone(32).load };
    const identity = new SignallingIdentity({ name, address, model: loadModel('7962') }, routes, () => 0.5);
    const accepted = await registerSccp(identity.sccp(own, signal));
    expect(accepted.result).toBe('accepted');
    const backup = { ...own, server: { ...own.server, port: 2001 } };
    const standby = await standbySccp(identity.sccp(backup, signal));
    await standby?.ended;
    expect(asked).toBe(4);
    if (accepted.result === 'accepted') accepted.registration.drop();
  });

  it('is granted a token, or told how long to wait', async () => {
    const generous = await registrar();
    expect(await requestTokenSccp(options(generous.port, 33))).toEqual({ granted: true });
    const busy = await registrar({ tokenWaitSeconds: () => 45 });
    expect(await requestTokenSccp(options(busy.port, 34))).toEqual({ granted: false, retrySeconds: 45 });
    expect(busy.events.at(-1)).toMatchObject({
      event: 'token',
      deviceName: phone(34).name,
      detail: 'wait 45 s',
    });
  });

  /** Aborted in the moment in which nobody listens: the connection has just come to stand. */
  class LateStop extends StopController {
    override removeEventListener(...listener: Parameters<StopController['removeEventListener']>): void {
      super.removeEventListener(...listener);
      this.abort(POWER_CUT);
    }
  }
  const POWER_CUT = new Error('powered off');

  it.each([
    ['a standby connection', standbySccp],
    ['the question for a token', requestTokenSccp],
  ])('an abort while the connection of %s comes to stand closes it, unused', async (_, open) => {
    let over: (octets: number) => void = () => {};
    const closed = new Promise<number>((resolve) => {
      over = resolve;
    });
    const port = await server((socket) => {
      socket.resume().once('close', () => over(socket.bytesRead));
    });
    await expect(open({ ...options(port, 38), signal: new LateStop() })).rejects.toBe(POWER_CUT);
    expect(await closed).toBe(0);
  });

  it('waits 30 s after a server that is silent, gone or closing', async () => {
    const silent = await server(() => {});
    const refused = { granted: false, retrySeconds: 30 };
    expect(await requestTokenSccp({ ...options(silent, 35), answerTimeoutMs: 50 })).toEqual(refused);
    const closing = await server((socket) => socket.end());
    expect(await requestTokenSccp(options(closing, 36))).toEqual(refused);
    const gone = await registrar();
    await gone.close();
    expect(await requestTokenSccp(options(gone.port, 37))).toEqual(refused);
  });
});
