import { describe, expect, it } from 'vitest';
import { artefact } from '../../src/cluster/artefacts.js';
import { tvsIdentity, tvsQuery } from '../../src/cluster/tvs.js';
import { emptyFlash } from '../../src/phone/flash.js';
import { DEFAULT_KNOBS, type Knobs } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import type { FetchResult, TvsAnswer, TvsQuestion } from '../../src/phone/world.js';
import { CL_3, type Cluster, cluster, phones, restartAll } from '../cluster/lab.js';
import { FakeWorld } from './world.js';

/** The world of a phone whose servers are a simulated cluster, without a socket between them. */
class ClusterWorld extends FakeWorld {
  readonly cluster: Cluster;
  /** Nodes whose TFTP is stopped. */
  readonly silent = new Set<string>();

  constructor(of: Cluster) {
    super();
    this.cluster = of;
    for (const { address } of CL_3) this.registrars.add(address);
  }

  override nodeName(address: string): string {
    return CL_3.find((node) => node.address === address)?.name ?? address;
  }

  override async fetch(
    { server, file }: { server: string; file: string; transport: 'tftp' | 'http' },
    signal: AbortSignal,
  ): Promise<FetchResult> {
    signal.throwIfAborted();
    const node = this.nodeName(server);
    if (this.silent.has(node)) return { status: 'timeout' };
    const bytes = artefact(this.cluster.state, node, file);
    return bytes === undefined ? { status: 'not-found' } : { status: 'ok', bytes };
  }

  override async askTvs(question: TvsQuestion, signal: AbortSignal): Promise<TvsAnswer> {
    signal.throwIfAborted();
    const node = this.nodeName(question.server.address);
    const identity = tvsIdentity(this.cluster.state, node);
    if (identity === undefined) return { result: 'unreachable', detail: 'no TVS on that node' };
    const peer = question.judge(identity.certificate.der);
    if (!peer.trusted) return { result: 'handshake-failed', detail: peer.reason };
    const answer = tvsQuery(this.cluster.state, node, question.signer);
    return answer.result === 'negative' ? answer : { ...answer, certificate: answer.certificate.der };
  }
}

interface Bed {
  readonly made: Cluster;
  readonly world: ClusterWorld;
  readonly phone: Phone;
  reset(): ReturnType<Phone['reset']>;
}

/** One phone of FLEET-A, whose first TFTP server is `tftp`, after its first boot. */
async function bed(
  release: string,
  { phone: index = 0, tftp = 'PUB', knobs = {} as Partial<Knobs> } = {},
): Promise<Bed> {
  const made = await cluster(release);
  const world = new ClusterWorld(made);
  const device = phones()[index];
  if (device === undefined) throw new Error(`no phone ${index}`);
  const nodes = CL_3.filter(({ services }) => services.includes('TFTP')).map(({ name }) => name);
  const order = [tftp, ...nodes.filter((name) => name !== tftp)];
  const phone = new Phone({
    device: device.name,
    model: device.model,
    knobs: { ...DEFAULT_KNOBS, ...knobs },
    flash: emptyFlash({ mic: () => null }),
    world,
    tftpServers: order.map((name) => CL_3.find((node) => node.name === name)?.address ?? ''),
  });
  await world.through(phone.powerOn(new AbortController().signal));
  return {
    made,
    world,
    phone,
    async reset() {
      world.forget();
      return world.through(phone.reset('reset'));
    },
  };
}

const BOTH = [
  ['8841 of CMG-1', 0, 'SUB1', 'SUB2'],
  ['7942 of CMG-2', 1, 'SUB2', 'PUB'],
] as const;

describe('ctl-change, 12.5(1), phone by phone', () => {
  it.each(BOTH)('%s goes through all four stages without TVS', async (_, phone) => {
    const { made, world, reset, phone: subject } = await bed('12.5(1)', { phone });
    expect(world.figures('alarms')).toEqual({ 3: 1 });
    expect(world.figures('trust_lists')).toEqual({ 'ctl not-found R-05': 1, 'itl initial R-16': 1 });
    const restart = restartAll('TFTP', 'CallManager');

    await made.run({ op: 'set-cluster', mode: 'mixed-mode' });
    await made.run(restart);
    expect(await reset()).toMatchObject({ state: 'registered', mode: 'nonsecure', locked: false });
    expect(world.figures('trust_lists')).toEqual({ 'ctl initial R-22': 1, 'itl updated R-22': 1 });
    expect(world.figures('alarms')).toEqual({ 1: 1 });

    await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: 'all' });
    await made.run({ op: 'update-ctl' });
    await made.run(restart);
    await reset();
    expect(world.figures('trust_lists')).toEqual({ 'ctl updated R-22': 1, 'itl updated R-22': 1 });
    expect(world.figures('alarms')).toEqual({ 1: 1 });

    await made.run({ op: 'set-cluster', mode: 'non-secure-mode' });
    await made.run(restart);
    expect(await reset()).toMatchObject({ state: 'registered', mode: 'nonsecure', locked: false });
    expect(world.figures('trust_lists')).toEqual({ 'ctl updated R-22': 1, 'itl updated R-22': 1 });
    expect(world.figures('configurations')).toMatchObject({ 'accepted sgn R-52': 1 });
    expect(world.counted('tvs_requests')).toBe(0);
    subject.powerOff();
  });

  it('with 11.5(1) a phone of SUB1 asks TVS about the CTL that PUB signed (R-18a, R-26)', async () => {
    const { made, world, reset, phone } = await bed('11.5(1)', { tftp: 'SUB1' });
    await made.run({ op: 'set-cluster', mode: 'mixed-mode' });
    await made.run(restartAll('TFTP', 'CallManager'));
    await reset();
    expect(world.figures('tvs_requests')).toEqual({ 'SUB1 ctl positive': 1 });
    expect(world.figures('trust_lists')).toEqual({ 'ctl initial R-26': 1, 'itl updated R-22': 1 });
    phone.powerOff();
  });
});

describe('S-02, one CallManager renewed', () => {
  it('the phones of that node ask the first TVS of their group, the others nobody', async () => {
    for (const [tftp, asked] of [
      ['PUB', { 'SUB1 itl positive': 1 }],
      ['SUB1', {}],
    ] as const) {
      const { made, world, reset, phone } = await bed('11.5(1)', { tftp });
      await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: ['PUB'] });
      await made.run({ op: 'restart', services: ['CallManager', 'TVS', 'TFTP'], nodes: ['PUB'] });
      expect(await reset()).toMatchObject({ state: 'registered', locked: false });
      expect(world.figures('tvs_requests')).toEqual(asked);
      phone.powerOff();
    }
  });
});

describe('S-03, the forbidden pair', () => {
  async function forbiddenPair(made: Cluster): Promise<void> {
    await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: 'all' });
    await made.run({ op: 'regenerate', purpose: 'TVS', nodes: 'all' });
    await made.run(restartAll('TVS', 'TFTP', 'CallManager'));
  }

  describe.each([
    ['a', '9.1(2)'],
    ['b', '11.5(1)'],
  ])('variant %s, %s', (_, release) => {
    it.each(BOTH)(
      '%s is locked, asks %i, alarm 8, registered with its cached configuration',
      async (...row) => {
        const [, phone, first, second] = row;
        const { made, world, reset, phone: subject } = await bed(release, { phone });
        await forbiddenPair(made);
        expect(await reset()).toEqual({ state: 'registered', mode: 'nonsecure', node: first, locked: true });
        expect(world.figures('trust_lists')).toMatchObject({ 'itl refused R-39': 1 });
        expect(world.figures('configurations')).toEqual({ 'refused sgn R-39': 1 });
        expect(world.figures('alarms')).toEqual({ 8: 1 });
        expect(world.figures('tvs_requests')).toEqual({
          [`${first} itl handshake-failed`]: 1,
          [`${second} itl handshake-failed`]: 1,
          [`${first} config handshake-failed`]: 1,
          [`${second} config handshake-failed`]: 1,
        });
        // cure: erase
        expect(await world.through(subject.erase('itl'))).toMatchObject({
          state: 'registered',
          locked: false,
        });
        subject.powerOff();
      },
    );
  });

  it('K-05 false: a locked phone does not register', async () => {
    const { made, reset, phone } = await bed('11.5(1)', { knobs: { lockedNonSecureRegisters: false } });
    await forbiddenPair(made);
    expect(await reset()).toMatchObject({ state: 'unregistered', locked: true });
    phone.powerOff();
  });

  it.each(BOTH)('variant c, 14SU3: %s takes the ITL of ITLRecovery without a question', async (_, phone) => {
    const { made, world, reset, phone: subject } = await bed('14SU3', { phone });
    await forbiddenPair(made);
    expect(await reset()).toMatchObject({ state: 'registered', locked: false });
    expect(world.figures('trust_lists')).toMatchObject({ 'itl updated R-22': 1 });
    expect(world.figures('alarms')).toEqual({ 1: 1 });
    expect(world.counted('tvs_requests')).toBe(0);
    subject.powerOff();
  });
});

describe('S-15, SHA-512', () => {
  it('the 79xx refuse list and configuration without a question and are locked; the 88xx take both', async () => {
    for (const [phone, locked] of [
      [0, false],
      [1, true],
    ] as const) {
      const { made, world, reset, phone: subject } = await bed('12.5(1)', { phone });
      await made.run({ op: 'parameter', name: 'tftp-signature', value: 'SHA-512' });
      await made.run(restartAll('TFTP'));
      expect(await reset()).toMatchObject({ state: 'registered', locked });
      expect(world.figures('alarms')).toEqual(locked ? { 8: 1 } : { 1: 1 });
      expect(world.counted('tvs_requests')).toBe(0);
      if (locked) expect(world.figures('configurations')).toEqual({ 'refused sgn R-24': 1 });
      await made.run({ op: 'parameter', name: 'tftp-signature', value: 'SHA-1' });
      await made.run(restartAll('TFTP'));
      expect(await reset()).toMatchObject({ locked: false });
      expect(world.figures('trust_lists')).toMatchObject({ 'itl updated R-22': 1 });
      subject.powerOff();
    }
  });
});

describe('S-22, powered off during two renewals', () => {
  it('a straggler of 11.5 is locked when it comes back', async () => {
    const { made, world, phone } = await bed('11.5(1)');
    phone.powerOff();
    await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: 'all' });
    await made.run(restartAll('CallManager', 'TVS', 'TFTP'));
    await made.run({ op: 'regenerate', purpose: 'TVS', nodes: 'all' });
    await made.run(restartAll('TVS', 'TFTP'));
    world.forget();
    expect(await world.through(phone.powerOn(new AbortController().signal))).toMatchObject({
      state: 'registered',
      node: 'SUB1',
      locked: true,
    });
    expect(world.counted('tvs_requests', { for: 'itl', result: 'handshake-failed' })).toBe(2);
    expect(world.figures('alarms')).toEqual({ 8: 1 });
    phone.powerOff();
  });
});

describe('S-23, TFTP nodes out of step', () => {
  it('a phone of PUB that has to go to SUB1 is refused there until its TFTP is restarted', async () => {
    const { made, world, reset, phone } = await bed('11.5(1)');
    await made.run({ op: 'regenerate', purpose: 'CallManager', nodes: ['PUB', 'SUB1'] });
    await made.run({ op: 'restart', services: ['TFTP'], nodes: ['PUB'] });
    await reset();
    expect(world.figures('tvs_requests')).toEqual({ 'SUB1 itl positive': 1 });
    world.silent.add('PUB');
    expect(await reset()).toMatchObject({ state: 'registered', locked: true });
    expect(world.counted('tvs_requests', { for: 'itl', result: 'negative' })).toBe(1);
    expect(world.figures('alarms')).toEqual({ 8: 1 });
    await made.run({ op: 'restart', services: ['TFTP'], nodes: ['SUB1'] });
    expect(await reset()).toMatchObject({ state: 'registered', locked: false });
    expect(world.counted('tvs_requests', { for: 'itl', result: 'positive' })).toBe(1);
    phone.powerOff();
  });
});
