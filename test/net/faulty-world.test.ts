import { describe, expect, it } from 'vitest';
import { type BootPoint, type Plug, withFaults } from '../../src/net/faulty-world.js';
import { Firewall } from '../../src/net/firewall.js';
import type { PhoneWorld } from '../../src/phone/world.js';

const PHONE = 'SEP020001000001';
const never = new AbortController().signal;

/** A world in which every server answers, and that remembers who was asked. */
function open(): { world: PhoneWorld; asked: string[] } {
  const asked: string[] = [];
  const world = {
    fetch: async ({ server, file }: { server: string; file: string }) => {
      asked.push(`${server} ${file}`);
      return { status: 'not-found' };
    },
    enrol: async ({ server }: { server: { address: string } }) => {
      asked.push(`${server.address} CAPF`);
      return { outcome: 'unreachable', detail: '' };
    },
    register: async ({ server }: { server: { address: string } }) => {
      asked.push(`${server.address} register`);
      return { result: 'rejected', cause: '', tls: 'none', detail: '' };
    },
    standby: async () => expect.unreachable('a standby connection'),
    requestToken: async () => expect.unreachable('a token request'),
  } as unknown as PhoneWorld;
  return { world, asked };
}

const unplugged = (): Plug => ({ name: PHONE, armedAt: null, pull: () => undefined });
const fetchOf = (file: string) => ({ server: '127.10.0.1', file, transport: 'tftp' as const });

describe('connections that a scenario refuses (contracts.md 4, fault)', () => {
  it('never reach the service of the nodes named, and all others do', async () => {
    const { world, asked } = open();
    const firewall = new Firewall();
    firewall.add({ service: 'TFTP', addresses: ['127.10.0.1'], family: null, eachPhoneMs: null });
    const faulty = withFaults(world, firewall, unplugged());
    expect(await faulty.fetch(fetchOf('CTLFile.tlv'), never)).toEqual({ status: 'refused' });
    await faulty.fetch({ ...fetchOf('CTLFile.tlv'), server: '127.10.0.2' }, never);
    expect(asked).toEqual(['127.10.0.2 CTLFile.tlv']);
    firewall.clear();
    await faulty.fetch(fetchOf('ITLFile.tlv'), never);
    expect(asked).toEqual(['127.10.0.2 CTLFile.tlv', '127.10.0.1 ITLFile.tlv']);
  });

  it('are those of one family where the fault names it', () => {
    const firewall = new Firewall();
    firewall.add({ service: 'CAPF', addresses: ['127.10.0.1'], family: 'ipv6', eachPhoneMs: null });
    expect(firewall.refuses(PHONE, 'CAPF', '::1')).toBe(true);
    expect(firewall.refuses(PHONE, 'CAPF', '127.10.0.1')).toBe(false);
    expect(firewall.refuses(PHONE, 'TVS', '::1')).toBe(false);
  });

  it('are those to CallManager of every kind: registration, standby connection, token request', async () => {
    const { world, asked } = open();
    const firewall = new Firewall();
    firewall.add({ service: 'CallManager', addresses: ['127.10.0.1'], family: null, eachPhoneMs: null });
    const faulty = withFaults(world, firewall, unplugged());
    const attempt = { server: { address: '127.10.0.1', port: 2000 } } as never;
    expect(await faulty.register(attempt, never)).toMatchObject({ result: 'unreachable' });
    expect(await faulty.standby(attempt, never)).toBeUndefined();
    expect(await faulty.requestToken(attempt, never)).toEqual({ granted: false, retrySeconds: 30 });
    expect(asked).toEqual([]);
  });

  it('are counted for each phone from its own first attempt', async () => {
    const firewall = new Firewall();
    firewall.add({ service: 'CAPF', addresses: ['127.10.0.1'], family: null, eachPhoneMs: 40 });
    expect(firewall.refuses('early', 'CAPF', '127.10.0.1')).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(firewall.refuses('early', 'CAPF', '127.10.0.1')).toBe(false);
    expect(firewall.refuses('late', 'CAPF', '127.10.0.1')).toBe(true);
  });
});

describe('power that goes in the middle of a boot', () => {
  it.each<[BootPoint, (world: PhoneWorld) => Promise<unknown>]>([
    ['ctl', (world) => world.fetch(fetchOf('CTLSEP020001000001.tlv'), never)],
    ['itl', (world) => world.fetch(fetchOf('ITLFile.tlv'), never)],
    ['config', (world) => world.fetch(fetchOf('SEP020001000001.cnf.xml.sgn'), never)],
    ['capf', (world) => world.enrol({ server: { address: '127.10.0.1', port: 3804 } } as never, never)],
    [
      'register',
      (world) => world.register({ server: { address: '127.10.0.1', port: 2000 } } as never, never),
    ],
  ])('at %s, once', async (armedAt, act) => {
    const { world } = open();
    let pulled = 0;
    const plug: Plug = { name: PHONE, armedAt, pull: () => (pulled += 1) };
    const faulty = withFaults(world, new Firewall(), plug);
    await act(faulty);
    await act(faulty);
    expect(pulled).toBe(1);
  });

  it('keeps the phone from asking anything more', async () => {
    const { world, asked } = open();
    const power = new AbortController();
    const plug: Plug = { name: PHONE, armedAt: 'itl', pull: () => power.abort(new Error('power cut')) };
    const faulty = withFaults(world, new Firewall(), plug);
    await faulty.fetch(fetchOf('CTLFile.tlv'), power.signal);
    await expect(faulty.fetch(fetchOf('ITLFile.tlv'), power.signal)).rejects.toThrow('power cut');
    expect(asked).toEqual(['127.10.0.1 CTLFile.tlv']);
  });
});
