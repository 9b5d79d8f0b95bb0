import { beforeAll, describe, expect, it } from 'vitest';
import { bareClients, overlaps } from '../../src/fleet/bare-clients.js';
import { loadModels } from '../../src/fleet/profiles.js';
import { type BareServer, shakeHands, startBareServer } from '../../src/net/bare-handshakes.js';
import { handshakeCounts } from '../../src/net/handshake-count.js';
import type { Identity } from '../../src/pki/keys.js';
import { selfSigned } from './bare-identity.js';
import { withoutDescriptors } from './late-errors.js';

const models = loadModels();
const phones = ['7942', '8841'].map((name, index) => {
  const model = models.get(name);
  if (model === undefined) throw new Error(`no model ${name}`);
  return { address: `127.70.0.${index + 1}`, model };
});
const ALL_VERSIONS = { min: '1.0', max: '1.2' } as const;

let identity: Identity;
beforeAll(async () => {
  identity = await selfSigned();
});

async function withServer(
  kind: 'server-auth' | 'mutual',
  work: (server: BareServer) => Promise<void>,
): Promise<void> {
  const server = await startBareServer(kind, '127.70.1.1', identity, ALL_VERSIONS);
  try {
    await work(server);
  } finally {
    await server.close();
  }
}

describe('bare handshakes of a calibration', () => {
  it.each(['server-auth', 'mutual', 'mutual-one-certificate'] as const)(
    '%s: a 7942 and an 8841 in turn, and none of them counts as a phone’s',
    async (kind) => {
      const before = handshakeCounts();
      await withServer(kind === 'server-auth' ? kind : 'mutual', async (server) => {
        await shakeHands(server, await bareClients(kind, phones), 5);
      });
      expect(handshakeCounts()).toEqual(before);
    },
  );

  it('a certificate of its own is loaded anew for every second handshake: registration and standby share what was loaded', async () => {
    const [client] = await bareClients('mutual', phones);
    const contexts = Array.from({ length: 4 }, () => client?.secureContext());
    expect(contexts[1]).toBe(contexts[0]);
    expect(contexts[2]).not.toBe(contexts[0]);
    expect(contexts[3]).toBe(contexts[2]);
  });

  it('a server that is not there is an error, not a rate', async () => {
    const server = await startBareServer('mutual', '127.70.1.2', identity, ALL_VERSIONS);
    await server.close();
    const clients = await bareClients('mutual', phones);
    await expect(shakeHands(server, clients, 1)).rejects.toMatchObject({ code: 'TF_TIMEOUT' });
  });

  it('a server outlives connections that it cannot accept', async () => {
    const server = await withoutDescriptors(() =>
      startBareServer('mutual', '127.70.1.3', identity, ALL_VERSIONS),
    );
    try {
      await shakeHands(server, await bareClients('mutual', phones), 1);
    } finally {
      await server.close();
    }
  });

  it('phones without a version that the server offers are left out', () => {
    expect(overlaps({ min: '1.0', max: '1.0' }, { min: '1.2', max: '1.3' })).toBe(false);
    expect(overlaps({ min: '1.0', max: '1.2' }, { min: '1.2', max: '1.3' })).toBe(true);
  });
});
