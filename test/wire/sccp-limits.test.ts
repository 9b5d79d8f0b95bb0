import { describe, expect, it } from 'vitest';
import { registerMessage } from '../../src/protocol/sccp/device.js';
import { encodeMessage, sccp } from '../../src/protocol/sccp/message.js';
import { client, phone, registered, registrar, until } from './sccp-support.js';

const KEEP_ALIVE = encodeMessage(sccp('KeepAlive', 0, {}));
const REGISTER = encodeMessage(registerMessage(phone(50)));

describe('the SCCP registrar and peers that are no phones', () => {
  it('cuts a connection that says nothing', async () => {
    const cucm = await registrar({ limits: { waitingMs: 100 } });
    const { closed } = await client(cucm.port);
    expect(await closed).toHaveLength(0);
    await until(() => cucm.connections === 0);
    expect(cucm.events).toMatchObject([{ event: 'refused', detail: 'silent for too long' }]);
  });

  it('cuts a connection that only sends alarms, which buy no time', async () => {
    const cucm = await registrar({ limits: { waitingMs: 200 } });
    const { socket, closed } = await client(cucm.port);
    const alarm = encodeMessage(sccp('Alarm', 0, { severity: 2, text: '25: x', parm1: 0, parm2: 0 }));
    const timer = setInterval(() => socket.write(alarm), 20);
    await closed;
    clearInterval(timer);
    expect(cucm.events.at(-1)?.event).toBe('refused');
  });

  it('keeps a standby connection as long as its keep-alives come, and cuts it after three missed', async () => {
    const cucm = await registrar({ secondaryKeepAliveSeconds: 1, limits: { waitingMs: 50 } });
    const { socket, closed } = await client(cucm.port);
    socket.write(KEEP_ALIVE);
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(cucm.connections).toBe(1);
    expect(await closed).toEqual(encodeMessage(sccp('KeepAliveAck', 0, {})));
  });

  it('unregisters a phone that is silent for three intervals', async () => {
    const cucm = await registrar({ keepAliveSeconds: 1 });
    const { socket, closed } = await client(cucm.port);
    socket.write(Buffer.concat([REGISTER, encodeMessage(sccp('TimeDateReq', 22, {}))]));
    await until(() => cucm.registered().length === 1);
    await closed;
    expect(cucm.events.at(-1)).toMatchObject({ event: 'lost', deviceName: phone(50).name });
    expect(cucm.registered()).toEqual([]);
  });

  it.each([
    ['a length below 4', '020000000000000000000000'],
    ['a huge length', 'ffffff7f0000000001000000'],
    ['a CapabilitiesRes of 1,000 entries', '080000000000000010000000e8030000'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nHost: cucm1\r\n\r\n').toString('hex')],
    ['a TLS hello', '16030100050100000100000000000000'],
  ])('cuts a connection that sends %s', async (_name, hex) => {
    const cucm = await registrar();
    const { socket, closed } = await client(cucm.port);
    socket.write(Buffer.from(hex, 'hex'));
    expect(await closed).toHaveLength(0);
    await until(() => cucm.events.length > 0);
    expect(cucm.events.at(-1)?.event).toBe('refused');
  });

  it('cuts who sends requests again and again without Register', async () => {
    const cucm = await registrar();
    const { socket, closed } = await client(cucm.port);
    socket.write(Buffer.concat(Array.from({ length: 17 }, () => encodeMessage(sccp('TimeDateReq', 0, {})))));
    await closed;
    expect(cucm.events.at(-1)?.detail).toContain('before Register');
  });

  it('cuts who floods it', async () => {
    const cucm = await registrar();
    const { socket, closed } = await client(cucm.port);
    socket.write(Buffer.concat(Array.from({ length: 3_000 }, () => KEEP_ALIVE)));
    await closed;
    expect(cucm.events.at(-1)?.detail).toContain('messages in a second');
  });

  it('resets new connections above its limits, and serves those that stand', async () => {
    const cucm = await registrar({ limits: { waiting: 2 } });
    const device = phone(51);
    await registered(cucm.port, device);
    await client(cucm.port);
    await client(cucm.port);
    await until(() => cucm.connections === 3);
    const third = await client(cucm.port);
    await third.closed;
    expect(cucm.connections).toBe(3);
    expect(cucm.events.at(-1)).toMatchObject({
      event: 'refused',
      detail: '3 connections, 2 of them without Register',
    });
    expect(cucm.registered()).toHaveLength(1);
  });

  it('is not disturbed by a phone that vanishes in the middle of a message', async () => {
    const cucm = await registrar();
    const { socket, closed } = await client(cucm.port);
    socket.write(REGISTER.subarray(0, 40));
    await until(() => cucm.connections === 1);
    socket.end();
    await closed;
    await until(() => cucm.connections === 0);
    await registered(cucm.port, phone(52));
  });

  it('says which port is taken, and which address this machine does not have', async () => {
    const cucm = await registrar();
    await expect(registrar({ port: cucm.port })).rejects.toMatchObject({ code: 'TF_PORT_TAKEN' });
    await expect(registrar({ address: '192.0.2.1' })).rejects.toMatchObject({
      code: 'TF_ADDRESS_UNAVAILABLE',
    });
  });
});
