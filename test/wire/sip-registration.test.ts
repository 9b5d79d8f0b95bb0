import { afterEach, describe, expect, it } from 'vitest';
import { registerSip } from '../../src/net/sip-phone.js';
import type { Registration } from '../../src/phone/world.js';
import { phone, registrar, type Started, until } from './sip-setting.js';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function start(options: Parameters<typeof registrar>[0] = {}): Promise<Started> {
  const started = await registrar(options);
  open.unshift({ close: () => started.registrar.close('rst') });
  return started;
}

async function registered(options: ReturnType<typeof phone>): Promise<Registration> {
  const result = await registerSip(options);
  if (result.result !== 'accepted') throw new Error(`${result.result}: ${result.detail}`);
  open.unshift({ close: () => result.registration.drop() });
  return result.registration;
}

describe.each(['tcp', 'udp'] as const)('a phone over %s', (transport) => {
  it('registers, is known by its device name, and leaves with its cause (sip.md 3)', async () => {
    const { registrar: server, events } = await start();
    const registration = await registered(phone(server.port, { transport }));
    expect(server.registered()).toEqual([
      { deviceName: 'SEP001F9E000001', deviceType: 683, address: '127.77.1.1', transport },
    ]);
    await until(() => events.length >= 3, 'alarm');
    expect(events.map(({ event }) => event)).toEqual(['trust-lists', 'registered', 'alarm']);
    await registration.unregister(22);
    expect(await registration.ended).toEqual({ by: 'unregistered' });
    expect(server.registered()).toEqual([]);
    expect(events.at(-1)).toEqual({
      event: 'unregistered',
      device: 'SEP001F9E000001',
      because: 'asked',
      cause: 22,
    });
  });
});
