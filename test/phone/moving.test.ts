import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { loadModel } from '../../src/fleet/profiles.js';
import type { BootOutcome } from '../../src/observe/events.js';
import { isBlank } from '../../src/phone/decide/held.js';
import { asksAboutLists } from '../../src/phone/decide/tftp-change.js';
import { emptyFlash, type Flash } from '../../src/phone/flash.js';
import { DEFAULT_KNOBS } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import type { TvsAnswer } from '../../src/phone/world.js';
import type { TrustList } from '../../src/trustfile/index.js';
import { A, B, EnrolLab, enrolParties, lscOf } from './enrol-lab.js';
import {
  blankItl,
  configuration,
  configurationXml,
  ctl,
  DEVICE,
  emptyRecord,
  itl,
  LEGACY,
  MODERN,
  type Party,
  party,
  record,
  signed,
} from './fixtures.js';
import { FakeWorld } from './world.js';

/** The old cluster is 10.0.0.x, the new one 10.1.0.x; TFTP and CallManager are one server each. */
const OLD = ['10.0.0.1', '10.0.0.2'] as const;
const NEW = ['10.1.0.1', '10.1.0.2'] as const;
const CTL = `CTL${DEVICE}.tlv`;
const ITL = `ITL${DEVICE}.tlv`;
const SGN = `${DEVICE}.cnf.xml.sgn`;
const PLAIN = `${DEVICE}.cnf.xml`;

let old: { readonly cm: Party; readonly tvs: Party };
let fresh: { readonly cm: Party; readonly tvs: Party; readonly recovery: Party };
let oldItl: TrustList;
let world: FakeWorld;
let flash: Flash;

beforeAll(async () => {
  const [oldCm, oldTvs, cm, tvs, recovery] = await Promise.all([
    party('old-pub'),
    party('old-tvs'),
    party('new-pub'),
    party('new-tvs'),
    party('ITLRECOVERY_new-pub'),
  ]);
  old = { cm: oldCm, tvs: oldTvs };
  fresh = { cm, tvs, recovery };
  oldItl = itl(oldCm, [record('SAST', oldCm), record('TFTP', oldCm), record('TVS', oldTvs)]);
});

beforeEach(() => {
  world = new FakeWorld();
  flash = emptyFlash({ mic: () => null });
  flash.itl = oldItl;
  flash.configuration = { configuration: configuration({ members: OLD }), sha256: '' };
  for (const address of [...OLD, ...NEW]) world.registrars.add(address);
  for (const address of NEW) newTvsAt(address);
});

/** What the new cluster serves: before 12.0 CallManager signs the ITL, from then on ITLRecovery. */
function serveNew(signer: 'cm' | 'recovery' = 'cm'): TrustList {
  const { cm, tvs, recovery } = fresh;
  const list = itl(fresh[signer], [
    record('SAST', recovery),
    record('SAST', cm),
    record('TFTP', cm),
    record('TVS', tvs),
  ]);
  world.serve(NEW[0], {
    [ITL]: list.bytes,
    [SGN]: signed(cm, configurationXml({ members: NEW })).bytes,
    [PLAIN]: configurationXml({ members: NEW }),
  });
  return list;
}

function newTvsAt(address: string): void {
  world.tvs.set(address, { certificate: fresh.tvs.certificate.der, answer: () => ({ result: 'negative' }) });
}

/** TVS of the old cluster, which has taken over these certificates of the new one. */
function oldTvsKnows(...known: readonly Party[]): void {
  for (const address of OLD) {
    world.tvs.set(address, {
      certificate: old.tvs.certificate.der,
      answer: ({ signer }): TvsAnswer => {
        const found = known.find(({ certificate }) => certificate.serial === signer.serial);
        return found === undefined
          ? { result: 'negative' }
          : { result: 'positive', certificate: found.certificate.der, roles: [0, 3], ttlSeconds: 86_400 };
      },
    });
  }
}

function build(model = MODERN, tftpServers: readonly string[] = [NEW[0]]): Phone {
  return new Phone({ device: DEVICE, model, knobs: DEFAULT_KNOBS, flash, world, tftpServers });
}

/** One boot at the new cluster. */
async function boot(model = MODERN): Promise<BootOutcome | null> {
  const phone = build(model);
  try {
    return await world.through(phone.powerOn(new AbortController().signal));
  } finally {
    phone.powerOff();
  }
}

const asked = (): string[] => world.questions.map(({ server }) => server.address);
const inForce = (): string[] | undefined =>
  flash.configuration?.configuration.callManagers.map(({ address }) => address);

describe('R-116: a moved phone judges with its old lists and its old TVS', () => {
  it('asks the TVS servers of the configuration in force, none of the new ones', async () => {
    serveNew();
    oldTvsKnows();
    const outcome = await boot();
    expect(asked()).toEqual([OLD[0], OLD[0]]);
    // and goes on with what it has, at the old cluster
    expect(outcome).toMatchObject({ node: OLD[0], locked: true });
    expect(flash.itl).toBe(oldItl);
  });
});

describe('R-117: when a move succeeds', () => {
  it('(a) with a blank ITL and no CTL: no question is asked', async () => {
    flash.itl = blankItl(old.cm);
    const list = serveNew();
    expect(await boot()).toMatchObject({ node: NEW[0], locked: false });
    expect(flash.itl?.bytes).toEqual(list.bytes);
    expect(asked()).toEqual([]);
    expect(world.figures('trust_lists')).toMatchObject({ 'itl updated R-17': 1 });
  });

  it('(a) but not beside a CTL, which knows nobody there (R-19, R-67)', async () => {
    flash.ctl = ctl(old.cm, [record('SAST', old.cm), record('CCM+TFTP', old.cm, OLD[0])]);
    flash.itl = blankItl(old.cm);
    serveNew();
    oldTvsKnows(fresh.cm);
    expect(await boot()).toMatchObject({ node: OLD[0], locked: true });
    expect(flash.itl !== null && isBlank(flash.itl)).toBe(true);
    expect(world.counted('tvs_requests', { result: 'handshake-failed' })).toBe(4);
  });

  it('(b) the old TVS knows the new signer: one question for the ITL, and the file signer is in it', async () => {
    const list = serveNew();
    oldTvsKnows(fresh.cm);
    expect(await boot()).toMatchObject({ node: NEW[0], locked: false });
    expect(flash.itl?.bytes).toEqual(list.bytes);
    expect(asked()).toEqual([OLD[0]]);
    expect(inForce()).toEqual(NEW);
  });

  it.each<[what: string, breaks: () => void, result: string]>([
    [
      'is unreachable',
      () => {
        for (const address of OLD) world.tvs.delete(address);
      },
      'unreachable',
    ],
    [
      'has another certificate than the ITL',
      () => {
        for (const address of OLD) newTvsAt(address);
      },
      'handshake-failed',
    ],
  ])('(b) not where the old TVS %s', async (_, breaks, result) => {
    serveNew();
    oldTvsKnows(fresh.cm);
    breaks();
    expect(await boot()).toMatchObject({ node: OLD[0], locked: true });
    expect(world.counted('tvs_requests', { result: result as 'unreachable' })).toBe(4);
  });

  it.each<[what: string, itlSigner: 'cm' | 'recovery', common: () => Party]>([
    ['CallManager', 'cm', () => fresh.cm],
    ['ITLRecovery (a common p12)', 'recovery', () => fresh.recovery],
  ])('(c) with a signer that both clusters have: %s', async (_, itlSigner, common) => {
    flash.itl = itl(old.cm, [
      record('SAST', old.cm),
      record('SAST', common()),
      record('TFTP', old.cm),
      record('TVS', old.tvs),
    ]);
    const list = serveNew(itlSigner);
    expect(await boot()).toMatchObject({ node: NEW[0], locked: false });
    expect(flash.itl?.bytes).toEqual(list.bytes);
    expect(asked()).toEqual([]);
  });

  it('(c) with a token that signs the CTL of both: the CTL brings the rest', async () => {
    const [token, other] = [fresh.recovery, old.tvs];
    flash.ctl = ctl(token, [
      record('SAST', token),
      record('SAST', other),
      record('CCM+TFTP', old.cm, OLD[0]),
    ]);
    serveNew();
    const served = ctl(token, [
      record('SAST', token),
      record('SAST', old.cm),
      record('CCM+TFTP', fresh.cm, NEW[0]),
    ]);
    world.serve(NEW[0], { [CTL]: served.bytes });
    expect(await boot()).toMatchObject({ node: NEW[0], locked: false });
    expect(flash.ctl?.bytes).toEqual(served.bytes);
    expect(asked()).toEqual([]);
    expect(world.figures('trust_lists')).toMatchObject({
      'ctl updated R-22': 1,
      'itl updated R-22': 1,
    });
  });

  it('(d) with its lists erased: first trust', async () => {
    Object.assign(flash, { itl: null });
    const list = serveNew();
    expect(await boot()).toMatchObject({ node: NEW[0], locked: false });
    expect(flash.itl?.bytes).toEqual(list.bytes);
    expect(world.figures('trust_lists')).toMatchObject({ 'itl initial R-16': 1 });
  });
});

describe('R-118: ITLRecovery signs from 12.0 on, and the old TVS must know it, too', () => {
  it.each<[known: string, parties: () => Party[], result: string, locked: boolean]>([
    ['nothing', () => [], 'itl refused R-40', true],
    ['CallManager alone', () => [fresh.cm], 'itl refused R-40', false],
    ['ITLRecovery alone', () => [fresh.recovery], 'itl updated R-26', false],
    ['both', () => [fresh.cm, fresh.recovery], 'itl updated R-26', false],
  ])('the old TVS knows %s', async (_, parties, result, locked) => {
    serveNew('recovery');
    oldTvsKnows(...parties());
    expect(await boot()).toMatchObject({ locked });
    expect(world.figures('trust_lists')).toMatchObject({ [result]: 1 });
  });
});

describe('R-121: the configuration is taken, the list is not', () => {
  it('works once; at the second boot the phone is locked', async () => {
    serveNew('recovery');
    oldTvsKnows(fresh.cm);
    expect(await boot()).toEqual({ state: 'registered', mode: 'nonsecure', node: NEW[0], locked: false });
    expect(world.figures('trust_lists')).toMatchObject({ 'itl refused R-40': 1 });
    expect(world.figures('configurations')).toEqual({ 'accepted sgn R-26': 1 });
    expect(flash.itl).toBe(oldItl);
    expect(inForce()).toEqual(NEW);

    world.forget();
    // the TVS list is now that of the new cluster, whose certificate is not in the old ITL
    expect(await boot()).toEqual({ state: 'registered', mode: 'nonsecure', node: NEW[0], locked: true });
    expect(asked()).toEqual([...NEW, ...NEW]);
    expect(world.figures('tvs_requests')).toEqual({
      [`${NEW[0]} itl handshake-failed`]: 1,
      [`${NEW[1]} itl handshake-failed`]: 1,
      [`${NEW[0]} config handshake-failed`]: 1,
      [`${NEW[1]} config handshake-failed`]: 1,
    });
    expect(world.figures('trust_lists')).toMatchObject({ 'itl refused R-39': 1 });
    // although its file is the same
    expect(world.figures('configurations')).toEqual({ 'refused sgn R-39': 1 });
  });
});

describe('R-119 and R-120: secure phones with an LSC of the old CAPF', () => {
  /** At the new cluster, with an LSC that its CallManagers do not know. */
  async function moved() {
    const lab = new EnrolLab(await enrolParties());
    lab.flash.lsc = await lscOf(lab.parties.stranger);
    lab.serve({ deviceSecurityMode: 'encrypted' });
    const refusal = { result: 'tls-failed', cause: '10', tls: 'none', detail: 'unknown CA' } as const;
    return { lab, refuse: () => [A, B].map((address) => lab.world.refusals.set(address, refusal)) };
  }

  it('R-119: it fails at every member with `unknown CA`, and the MIC would have done', async () => {
    const { lab, refuse } = await moved();
    refuse();
    expect(await lab.boot()).toMatchObject({ state: 'unregistered' });
    expect(
      lab.world.counted('registrations', { result: 'tls-failed', cause: '10', certificate: 'lsc' }),
    ).toBe(2);
    lab.off();
    // cure: the LSC is deleted
    const without = await moved();
    without.lab.flash.lsc = null;
    expect(await without.lab.boot()).toMatchObject({ state: 'registered', mode: 'encrypted' });
    expect(without.lab.world.counted('registrations', { certificate: 'mic' })).toBe(1);
    without.lab.off();
  });

  it('R-120: CTL erased, a new LSC of the new CAPF, and it registers with that', async () => {
    const { lab } = await moved();
    const { recovery, pub, capf } = lab.parties;
    const served = ctl(recovery, [
      record('SAST', recovery),
      record('CCM+TFTP', pub, A),
      record('CAPF', capf),
    ]);
    const list = lab.flash.itl;
    lab.flash.ctl = null;
    lab.flash.itl = null;
    lab.world.serve(A, { [CTL]: served.bytes, ...(list === null ? {} : { [ITL]: list.bytes }) });
    lab.serve({ deviceSecurityMode: 'encrypted', capfAuthMode: 2 });
    expect(await lab.boot()).toMatchObject({ state: 'registered', mode: 'encrypted' });
    expect(lab.world.figures('trust_lists')).toMatchObject({ 'ctl initial R-15': 1 });
    expect(lab.world.counted('capf_sessions', { operation: 'install', result: 'success' })).toBe(1);
    expect(lab.flash.lsc?.certificate.issuer).toBe(capf.certificate.subject);
    expect(lab.world.counted('registrations', { result: 'accepted', certificate: 'lsc' })).toBe(1);
    lab.off();
  });
});

describe('an 8945, which was staged elsewhere (S-19)', () => {
  it('R-56: says on its screen which file it refused', async () => {
    serveNew();
    await boot(loadModel('8945'));
    expect(world.figures('status_messages')).toEqual({
      'Trust List Update Failed': 1,
      'File Not Found <CTLFile.tlv>': 1,
      'invalid file SEP<MAC>.cnf.xml.sgn, authenticated fail. Reason:14': 1,
    });
  });

  it('R-71: has the security reset alone, so both lists go', async () => {
    flash.ctl = ctl(old.cm, [record('SAST', old.cm)]);
    serveNew();
    const phone = build(loadModel('8945'));
    const power = new AbortController();
    await world.through(phone.powerOn(power.signal));
    const erased = phone.erase('itl');
    expect([flash.ctl, flash.itl]).toEqual([null, null]);
    expect(await world.through(erased)).toMatchObject({ node: NEW[0], locked: false });
    power.abort();
  });
});

describe('R-73: somebody types another TFTP server', () => {
  const known = (): TrustList =>
    ctl(old.cm, [
      record('SAST', old.cm),
      record('CCM+TFTP', old.cm, OLD[0]),
      emptyRecord('CCM', { ipAddress: OLD[1] }),
    ]);

  it.each<
    [
      what: string,
      held: () => { ctl: TrustList | null; itl: TrustList | null },
      servers: readonly string[],
      asks: boolean,
    ]
  >([
    ['no list at all', () => ({ ctl: null, itl: null }), [NEW[0]], false],
    ['an ITL alone, whose records have no address', () => ({ ctl: null, itl: oldItl }), [OLD[0]], true],
    ['a CTL that has the address', () => ({ ctl: known(), itl: oldItl }), [OLD[0]], false],
    ['a CTL that has both addresses', () => ({ ctl: known(), itl: null }), [...OLD], false],
    ['a CTL that has one of two', () => ({ ctl: known(), itl: oldItl }), [OLD[0], NEW[0]], true],
    ['lists without the address', () => ({ ctl: known(), itl: oldItl }), [NEW[0]], true],
  ])('%s', (_, held, servers, asks) => {
    expect(asksAboutLists(held(), servers)).toBe(asks);
  });

  async function typed(answer: 'keep' | 'erase', servers: readonly string[] = [NEW[0]]): Promise<Phone> {
    const power = new AbortController();
    const phone = build(LEGACY, [OLD[0]]);
    world.serve(OLD[0], {
      [ITL]: oldItl.bytes,
      [SGN]: signed(old.cm, configurationXml({ members: OLD })).bytes,
    });
    await world.through(phone.powerOn(power.signal));
    world.forget();
    await world.through(phone.typeTftpServers(servers, answer));
    phone.powerOff();
    return phone;
  }

  it('"Continue" keeps the lists: the new cluster is a stranger', async () => {
    serveNew();
    oldTvsKnows();
    const phone = await typed('keep');
    expect(flash.itl).toBe(oldItl);
    expect(phone.locked).toBe(true);
  });

  it('accepting the deletion erases them: the new cluster is trusted at first sight', async () => {
    const list = serveNew();
    const phone = await typed('erase');
    expect(flash.itl?.bytes).toEqual(list.bytes);
    expect(phone.locked).toBe(false);
    expect(world.figures('status_messages')).toMatchObject({ 'Erasing CTL and ITL files': 1 });
  });

  it('nothing is asked, and so nothing erased, where the CTL has the server', async () => {
    flash.ctl = known();
    oldTvsKnows();
    await typed('erase', [OLD[0]]);
    expect(flash.itl).toBe(oldItl);
    expect(flash.ctl).not.toBeNull();
  });

  it('does nothing on a phone without power', async () => {
    const phone = build(MODERN, []);
    expect(await phone.typeTftpServers([NEW[0]], 'erase')).toBeNull();
    expect(flash.itl).toBe(oldItl);
  });
});
