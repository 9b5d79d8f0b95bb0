import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_KNOBS, type Knobs } from '../../src/phone/knobs.js';
import { TvsClient, type TvsSearch } from '../../src/phone/tvs.js';
import type { TvsAnswer } from '../../src/phone/world.js';
import { signerIdOf, type TrustList } from '../../src/trustfile/index.js';
import { blankItl, DEVICE, itl, MODERN, type Party, party, record } from './fixtures.js';
import { FakeWorld } from './world.js';

let pub: Party;
let signer: Party;
let tvs1: Party;
let tvs2: Party;
let stranger: Party;
let list: TrustList;
let world: FakeWorld;

beforeAll(async () => {
  [pub, signer, tvs1, tvs2, stranger] = await Promise.all([
    party('pub'),
    party('signer'),
    party('tvs1'),
    party('tvs2'),
    party('stranger'),
  ]);
  list = itl(pub, [record('SAST', pub), record('TVS', tvs1), record('TVS', tvs2)]);
});

beforeEach(() => {
  world = new FakeWorld();
});

const SERVERS = [
  { priority: 0, address: '10.0.0.1', port: 2445 },
  { priority: 1, address: '10.0.0.2', port: 2445 },
];
const { signal } = new AbortController();

function client(knobs: Partial<Knobs> = {}): TvsClient {
  return new TvsClient({ device: DEVICE, model: MODERN, knobs: { ...DEFAULT_KNOBS, ...knobs }, world });
}

function search(changes: Partial<TvsSearch> = {}): TvsSearch {
  return {
    for: 'itl',
    signer: signerIdOf(signer.certificate),
    certificate: null,
    servers: SERVERS,
    itl: list,
    tls: { min: '1.0', max: '1.2', identity: null },
    ...changes,
  };
}

function knows(roles: readonly number[], ttlSeconds = 86_400): TvsAnswer {
  return { result: 'positive', certificate: signer.certificate.der, roles, ttlSeconds };
}

function answers(address: string, shown: Party, answer: TvsAnswer): void {
  world.tvs.set(address, { certificate: shown.certificate.der, answer: () => answer });
}

const asked = () => world.calls.filter((call) => call.startsWith('tvs'));

describe('which servers are asked', () => {
  it('R-37: in the order of their priorities, the first answer ends the search', async () => {
    answers('10.0.0.1', tvs1, knows([0]));
    answers('10.0.0.2', tvs2, knows([0]));
    const outcome = await client().search(search({ servers: [...SERVERS].reverse() }), signal);
    expect(outcome.result).toBe('positive');
    expect(asked()).toEqual(['tvs 10.0.0.1']);
  });

  it('K-14: round robin begins each search one server further', async () => {
    answers('10.0.0.1', tvs1, { result: 'negative' });
    answers('10.0.0.2', tvs2, { result: 'negative' });
    const robin = client({ tvsOrder: 'round-robin' });
    for (let searches = 0; searches < 3; searches += 1) await robin.search(search(), signal);
    expect(asked()).toEqual(['tvs 10.0.0.1', 'tvs 10.0.0.2', 'tvs 10.0.0.1']);
  });

  it('R-37: of six servers five are asked', async () => {
    const six = Array.from({ length: 6 }, (_, n) => ({ priority: n, address: `10.0.1.${n}`, port: 2445 }));
    await client().search(search({ servers: six }), signal);
    expect(asked()).toHaveLength(5);
  });

  it.each([
    ['does not answer TCP', undefined, 'unreachable'],
    ['takes too long', { result: 'timeout', detail: '' }, 'timeout'],
    ['closes without an answer', { result: 'handshake-failed', detail: '' }, 'handshake-failed'],
  ] as const)('R-39: a server that %s is passed for the next', async (_, answer, label) => {
    if (answer !== undefined) answers('10.0.0.1', tvs1, answer);
    answers('10.0.0.2', tvs2, knows([0]));
    expect((await client().search(search(), signal)).result).toBe('positive');
    expect(world.figures('tvs_requests')).toEqual({
      [`10.0.0.1 itl ${label}`]: 1,
      '10.0.0.2 itl positive': 1,
    });
  });

  it('R-39: a server whose certificate is not in the ITL is one failed handshake and one refused peer', async () => {
    answers('10.0.0.1', stranger, knows([0]));
    answers('10.0.0.2', stranger, knows([0]));
    expect(await client().search(search(), signal)).toMatchObject({ result: 'unusable' });
    expect(world.counted('tvs_requests', { result: 'handshake-failed', for: 'itl' })).toBe(2);
    expect(world.figures('trust_failures')).toEqual({ 'peer not-in-itl R-39': 2 });
  });

  it('R-39: where none is of use it says what came of each', async () => {
    answers('10.0.0.1', tvs1, { result: 'handshake-failed', detail: 'wrong version number' });
    answers('10.0.0.2', tvs2, { result: 'timeout', detail: 'no answer within 10000 ms' });
    const detail =
      '10.0.0.1: handshake-failed, wrong version number; 10.0.0.2: timeout, no answer within 10000 ms';
    expect(await client().search(search(), signal)).toEqual({ result: 'unusable', detail });
    expect(world.lines.join('\n')).toContain(': handshake-failed, wrong version number');
  });

  it('R-38: with a blank or missing ITL every server is contacted, each contact one failed handshake', async () => {
    for (const installed of [null, blankItl(pub)]) {
      world = new FakeWorld();
      answers('10.0.0.1', tvs1, knows([0]));
      answers('10.0.0.2', tvs2, knows([0]));
      expect(await client().search(search({ itl: installed }), signal)).toEqual({ result: 'no-record' });
      expect(world.counted('tvs_requests', { result: 'handshake-failed' })).toBe(2);
      expect(world.figures('trust_failures')).toEqual({ 'peer no-tvs-record R-38': 2 });
    }
  });

  it('R-45: a configuration without TVS entry leaves nothing to ask', async () => {
    expect(await client().search(search({ servers: [] }), signal)).toEqual({ result: 'no-server' });
    expect(await client().search(search({ servers: [], itl: null }), signal)).toEqual({
      result: 'no-record',
    });
    expect(asked()).toEqual([]);
  });

  it('R-40: a negative answer is final', async () => {
    answers('10.0.0.1', tvs1, { result: 'negative' });
    answers('10.0.0.2', tvs2, knows([0]));
    expect(await client().search(search(), signal)).toEqual({ result: 'negative' });
    expect(asked()).toEqual(['tvs 10.0.0.1']);
  });

  it('K-02 false: the next server is asked after a no, and the no stands when nobody else answers', async () => {
    answers('10.0.0.1', tvs1, { result: 'negative' });
    const stubborn = client({ tvsNegativeIsFinal: false });
    expect(await stubborn.search(search(), signal)).toEqual({ result: 'negative' });
    expect(asked()).toEqual(['tvs 10.0.0.1', 'tvs 10.0.0.2']);
    answers('10.0.0.2', tvs2, knows([0]));
    expect((await stubborn.search(search(), signal)).result).toBe('positive');
  });

  it('an answer whose certificate is none counts as no usable answer (R-39)', async () => {
    answers('10.0.0.1', tvs1, { ...knows([0]), certificate: Uint8Array.of(1, 2, 3) } as TvsAnswer);
    answers('10.0.0.2', tvs2, { result: 'negative' });
    expect(await client().search(search(), signal)).toEqual({ result: 'negative' });
    expect(world.counted('tvs_requests', { node: '10.0.0.1', result: 'timeout' })).toBe(1);
  });
});

describe('what is asked', () => {
  it('R-41, R-48: device name with four digits and no letter, session ids from 1001, the time-outs of K-03', async () => {
    answers('10.0.0.2', tvs2, { result: 'negative' });
    const asking = client({ tvsTimeouts: { connectMs: 1, answerMs: 2 } });
    await asking.search(search(), signal);
    await asking.search(search(), signal);
    expect(world.questions.map(({ sessionId }) => sessionId)).toEqual([1001, 1002, 1003, 1004]);
    expect(world.questions[0]).toMatchObject({
      deviceName: `CP-8841-${DEVICE}`,
      signer: signerIdOf(signer.certificate),
      certificate: null,
      connectTimeoutMs: 1,
      answerTimeoutMs: 2,
    });
    asking.reboot();
    await asking.search(search(), signal);
    expect(world.questions[4]?.sessionId).toBe(1001);
  });

  it('a positive answer counts as such whatever its roles are (R-43)', async () => {
    answers('10.0.0.1', tvs1, knows([4]));
    await client().search(search({ for: 'config' }), signal);
    expect(world.figures('tvs_requests')).toEqual({ '10.0.0.1 config positive': 1 });
  });
});

describe('the cache, R-42', () => {
  const id = () => signerIdOf(signer.certificate);

  it('keeps a positive answer for its life time', async () => {
    answers('10.0.0.1', tvs1, knows([0, 2], 60));
    const caching = client();
    await caching.search(search(), signal);
    expect(caching.find(id())).toMatchObject({ roles: [0, 2] });
    expect(caching.find({ ...id(), serial: `00${id().serial}` })).toBeDefined();
    expect(caching.find({ ...id(), issuer: 'CN=other' })).toBeUndefined();
    await world.advance(59_999);
    expect(caching.find(id())).toBeDefined();
    await world.advance(1);
    expect(caching.find(id())).toBeUndefined();
  });

  it('does not keep a negative answer', async () => {
    answers('10.0.0.1', tvs1, { result: 'negative' });
    const caching = client();
    await caching.search(search(), signal);
    expect(caching.find(id())).toBeUndefined();
  });

  it.each(['flush', 'reboot'] as const)('is empty after %s', async (what) => {
    answers('10.0.0.1', tvs1, knows([0]));
    const caching = client();
    await caching.search(search(), signal);
    caching[what]();
    expect(caching.find(id())).toBeUndefined();
  });
});
