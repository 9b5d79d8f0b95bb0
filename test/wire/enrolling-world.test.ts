import { afterEach, describe, expect, it } from 'vitest';
import type { AddressFamily } from '../../src/device/address-family.js';
import { loadModel } from '../../src/fleet/profiles.js';
import { type CapfService, startCapfServer } from '../../src/net/capf-server.js';
import { createNetworkContext, createNetworkWorld } from '../../src/net/world.js';
import type { CapfAnswer } from '../../src/phone/capf-world.js';
import type { PhoneWorld } from '../../src/phone/world.js';
import type { KeyPair } from '../../src/pki/keys.js';
import { anOrder, capf, issueOwn, keyFor, NOW, trustsOwn } from '../protocol/capf/support.js';
import { hasIpv6 } from './capf-support.js';

const ADDRESS = '127.95.0.1';
const MODEL = loadModel('7962');
const PHONES = 20;

let service: CapfService | undefined;

afterEach(async () => {
  await service?.close();
  service = undefined;
});

/** `PhoneWorld.enrol` for phone number `index`; the rest of the world is not asked. */
function worlds(port: number, count: number): readonly Pick<PhoneWorld, 'enrol'>[] {
  const local = {} as Parameters<typeof createNetworkWorld>[2];
  const context = createNetworkContext({ ports: new Map([[3804, port]]), nodes: new Map(), scale: 1 });
  return Array.from({ length: count }, (_, index) =>
    createNetworkWorld(
      { name: nameOf(index), address: `127.95.1.${index + 1}`, model: MODEL },
      context,
      Object.assign(local, { random: () => 0.5 }),
    ),
  );
}

function nameOf(index: number): string {
  return `SEP0200000003${String(index).padStart(2, '0')}`;
}

async function listen(address: string): Promise<number> {
  service = await startCapfServer({
    listen: [{ address, port: 0 }],
    identity: capf,
    decide: { order: () => anOrder(), trusts: trustsOwn, issue: issueOwn, report: () => undefined },
    unixMs: () => NOW,
  });
  return service.port;
}

function enrol(
  world: Pick<PhoneWorld, 'enrol'>,
  index: number,
  address: string,
  makeKey: () => Promise<KeyPair>,
  family: AddressFamily = 'ipv4',
): Promise<CapfAnswer> {
  return world.enrol(
    {
      server: { address, port: 3804 },
      family,
      deviceName: nameOf(index),
      credentials: { refusedAs: 'fail' },
      certificates: { lsc: null, mic: null },
      canGenerate: () => true,
      generateKey: makeKey,
      tls: { min: '1.0', max: '1.0', identity: null },
      judge: (der) =>
        Promise.resolve(
          Buffer.compare(der, capf.certificate.der) === 0
            ? { trusted: true }
            : { trusted: false, rule: 'R-88', reason: 'tvs-negative' },
        ),
    },
    new AbortController().signal,
  );
}

describe('CAPF through the world of network phones', () => {
  it('R-97: phones that are making their keys take no place from those that have not begun', async () => {
    const port = await listen(ADDRESS);
    let making = 0;
    let allMaking: () => void = () => {};
    const everyone = new Promise<void>((resolve) => {
      allMaking = resolve;
    });
    const makeKey = async (): Promise<KeyPair> => {
      making += 1;
      if (making === PHONES) allMaking();
      // no key before every phone was asked for one: a gate that were held meanwhile would never let the last ones in
      await everyone;
      return keyFor({ type: 'rsa', bits: 1024 });
    };
    const answers = await Promise.all(
      worlds(port, PHONES).map((world, index) => enrol(world, index, ADDRESS, makeKey)),
    );
    expect(answers.map((answer) => answer.outcome === 'result' && answer.result)).toEqual(
      Array.from({ length: PHONES }, () => 'success'),
    );
  });

  it('nobody listens: refused', async () => {
    const port = await listen(ADDRESS);
    await service?.close();
    service = undefined;
    const [world] = worlds(port, 1);
    if (world === undefined) throw new Error('one world');
    expect(await enrol(world, 0, ADDRESS, () => Promise.reject(new Error('no key')))).toMatchObject({
      outcome: 'refused',
    });
  });

  it.skipIf(!hasIpv6)('over IPv6 from ::1, whatever IPv4 address the phone has', async () => {
    const port = await listen('::1');
    const [world] = worlds(port, 1);
    if (world === undefined) throw new Error('one world');
    const key = () => Promise.resolve(keyFor({ type: 'rsa', bits: 1024 }));
    expect(await enrol(world, 0, '::1', key, 'ipv6')).toMatchObject({ outcome: 'result', result: 'success' });
  });

  it('an abort while a key is made ends the session', async () => {
    const port = await listen(ADDRESS);
    const [world] = worlds(port, 1);
    if (world === undefined) throw new Error('one world');
    const cut = new AbortController();
    const reason = new Error('power cut');
    const session = world.enrol(
      {
        server: { address: ADDRESS, port: 3804 },
        family: 'ipv4',
        deviceName: nameOf(0),
        credentials: { refusedAs: 'fail' },
        certificates: { lsc: null, mic: null },
        canGenerate: () => true,
        generateKey: () => {
          cut.abort(reason);
          return new Promise(() => {});
        },
        tls: { min: '1.0', max: '1.0', identity: null },
        judge: () => Promise.resolve({ trusted: true }),
      },
      cut.signal,
    );
    await expect(session).rejects.toBe(reason);
  });
});
