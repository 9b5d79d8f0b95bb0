import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { operate } from '../../src/cluster/operate.js';
import type { ClusterState } from '../../src/cluster/state.js';
import {
  type OnlineCaMaker,
  type OnlineCaOfRun,
  onlineCaAtHand,
  onlineCaOverHttps,
} from '../../src/fleet/online-ca.js';
import type { OnlineCaPlan } from '../../src/fleet/plan.js';
import { Certificate } from '../../src/pki/certificate.js';
import { readRequest, writeRequest } from '../../src/pki/certificate-request.js';
import { type KeyPair, pooledKeys } from '../../src/pki/keys.js';
import { type Cluster, cluster } from '../cluster/lab.js';
import { ONLINE_CA } from '../online-ca-settings.js';

const PUBLISHER = '127.38.1.1';
const CONDUCT = { conduct: 'issue', username: 'capf', password: 'secret', days: 730 } as const;
const PLAN: OnlineCaPlan = { settings: ONLINE_CA, embedded: CONDUCT };

let installed: Cluster;
let phone: KeyPair;
let request: Uint8Array;

beforeAll(async () => {
  installed = await cluster('12.5(1)');
  phone = await pooledKeys().rsa(1024);
  request = writeRequest({
    ...phone,
    subject: [{ key: 'CN', value: 'CP-8841-SEP001F9E266369' }],
    extensions: [],
  });
});

const open: OnlineCaOfRun[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((ca) => ca.close()));
});

/** An online CA of this plan, and the cluster that asks it with these CAs in CAPF-trust. */
async function start(
  maker: OnlineCaMaker,
  plan: OnlineCaPlan,
  trusted: readonly string[],
): Promise<OnlineCaOfRun> {
  let state: ClusterState | undefined;
  // the dates of its certificates are those of the machine: OpenSSL looks at no other
  const context = { ...installed.lab.context, now: () => new Date() };
  const ca = maker(plan, PUBLISHER, () => state);
  open.push(ca);
  state = await ca.start(installed.state, context);
  if (trusted.length > 0) {
    const source = { authorities: trusted };
    ({ state } = await operate(state, { op: 'trust-import', source, to: ['CAPF-trust'] }, context));
  }
  return ca;
}

const ROOT = ['Example Root CA'];

describe.each<[string, OnlineCaMaker]>([
  ['over HTTPS', onlineCaOverHttps],
  ['at hand, in virtual time', onlineCaAtHand],
])('the online CA of OP-26, %s', (_, maker) => {
  it('certifies the phone’s key by its intermediate CA, for as long as the CA says', async () => {
    const ca = await start(maker, PLAN, ROOT);
    const issued = Certificate.fromDer(await ca.ask(request, 'SEP001F9E266369'));
    expect(issued.issuer).toContain('Example Issuing CA');
    expect(issued.subject).toContain('CP-8841-SEP001F9E266369');
    expect(Buffer.from(issued.spki)).toEqual(Buffer.from(readRequest(request).publicKey));
    expect((issued.notAfter.getTime() - issued.notBefore.getTime()) / 86_400_000).toBe(730);
  });

  it('other-key: certifies another key, which is for CAPF to see', async () => {
    const ca = await start(maker, { ...PLAN, embedded: { ...CONDUCT, conduct: 'other-key' } }, ROOT);
    const issued = Certificate.fromDer(await ca.ask(request, 'SEP001F9E266369'));
    expect(Buffer.from(issued.spki)).not.toEqual(Buffer.from(readRequest(request).publicKey));
  });

  it.each<[what: string, embedded: OnlineCaPlan['embedded'], trusted: readonly string[], message: RegExp]>([
    ['nothing listens', 'absent', ROOT, /ECONNREFUSED|nothing answers/],
    ['its root is not in CAPF-trust', CONDUCT, [], /certificate/],
    ['its intermediate alone is in CAPF-trust', CONDUCT, ['Example Issuing CA'], /certificate/],
    [
      'a user that it does not know',
      { ...CONDUCT, username: 'other' },
      ROOT,
      /does not let user "capf" in \(401\)/,
    ],
    ['a wrong password', { ...CONDUCT, password: 'other' }, ROOT, /does not let user "capf" in \(401\)/],
    ['deny', { ...CONDUCT, conduct: 'deny' }, ROOT, /443: the request was denied: Denied by Policy Module$/],
    [
      'pending',
      { ...CONDUCT, conduct: 'pending' },
      ROOT,
      /443: the request is pending, its manager has to issue it: Taken Under Submission$/,
    ],
  ])('%s: no certificate, and why', async (_what, embedded, trusted, message) => {
    const ca = await start(maker, { ...PLAN, embedded }, trusted);
    await expect(ca.ask(request, 'SEP001F9E266369')).rejects.toMatchObject({
      code: 'TF_ONLINE_CA',
      message: expect.stringMatching(message),
    });
  });

  it('a request that is none is denied', async () => {
    const ca = await start(maker, PLAN, ROOT);
    await expect(ca.ask(Buffer.from('rubbish'), 'SEP001F9E266369')).rejects.toMatchObject({
      code: 'TF_ONLINE_CA',
      message: expect.stringContaining('the request was denied'),
    });
  });
});
