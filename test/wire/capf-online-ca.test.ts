import { createServer, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { ClusterHost } from '../../src/fleet/cluster-host.js';
import type { Device } from '../../src/fleet/devices.js';
import { onlineCaPlace } from '../../src/net/addresses.js';
import { freshKeys } from '../../src/pki/keys.js';
import { ONLINE_CA } from '../online-ca-settings.js';
import { keyFor, RSA_1024 } from '../protocol/capf/support.js';
import { within } from '../within.js';
import { fleetOf, MODELS } from './boot-setting.js';
import { phone } from './capf-support.js';

const PUBLISHER = '127.92.4.1';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** Something at the place of the online CA that lets connections in and says nothing. */
function silentCa(): Promise<{ readonly asked: Promise<Socket> }> {
  const { address, port } = onlineCaPlace(PUBLISHER, ONLINE_CA.port);
  const server = createServer();
  const asked = new Promise<Socket>((resolve) => {
    server.on('connection', (socket) => {
      socket.on('error', () => undefined).resume();
      cleanups.push(async () => socket.destroy());
      resolve(socket);
    });
  });
  cleanups.push(() => new Promise((done) => server.close(done)));
  return new Promise((resolve, reject) => {
    server.on('error', reject);
    server.listen(port, address, () => resolve({ asked }));
  });
}

it('a phone that goes takes the request to the online CA with it (OP-26)', async () => {
  const [unset] = fleetOf([{ model: '8841', protocol: 'SIP' }]);
  if (unset === undefined) throw new Error('one phone');
  const device: Device = {
    ...unset,
    kind: {
      ...unset.kind,
      capf: { ...unset.kind.capf, operation: 'install', key: { order: 'rsa-only', rsaBits: 1024 } },
      callManagerGroup: { name: 'CMG-1', nodes: ['PUB'] },
      tftp: ['PUB'],
    },
  };
  const { asked } = await silentCa();
  const host = await ClusterHost.start(
    {
      name: 'one node',
      release: '12.5(1)',
      mode: 'non-secure',
      nodes: [{ name: 'PUB', address: PUBLISHER, services: ['CallManager', 'TFTP', 'TVS', 'CAPF'] }],
      parameters: { 'certificate-issuer': 'online-ca' },
      knobs: {},
      onlineCa: { settings: ONLINE_CA, embedded: 'absent' },
    },
    [device],
    MODELS,
    {
      seed: 1,
      keys: freshKeys,
      log: { file: () => undefined, event: () => undefined },
      micRoots: [],
      ipv6: false,
    },
  );
  cleanups.push(() => host.close());
  const port = host.nodes()[0]?.services.capf ?? 0;

  const power = new AbortController();
  const enrolment = phone(port, {
    server: { address: PUBLISHER, port },
    deviceName: device.name,
    generateKey: () => Promise.resolve(keyFor(RSA_1024)),
    signal: power.signal,
  });
  const request = await within(20_000, 'a request to the CA', Promise.race([asked, enrolment]));
  if (!('destroyed' in request)) throw new Error(`the CA was not asked: ${JSON.stringify(request)}`);
  const closed = new Promise<void>((resolve) => request.once('close', () => resolve()));
  power.abort(new Error('the power is gone'));
  await expect(enrolment).rejects.toThrow('the power is gone');
  // far less than the 30 s that CAPF waits for an answer
  await within(5_000, 'the end of the request', closed);
});
