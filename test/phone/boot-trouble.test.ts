import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BootLab, CTL, ITL, makeParties, type Parties, SECOND_TFTP, SGN, TFTP } from './boot-lab.js';
import {
  blankItl,
  CLASSIC,
  configurationXml,
  ctl,
  itl,
  LEGACY,
  type Party,
  record,
  signed,
} from './fixtures.js';
import type { FakeWorld } from './world.js';

let pub: Party;
let renewed: Party;
let parties: Parties;
let lab: BootLab;
let world: FakeWorld;

beforeAll(async () => {
  parties = await makeParties();
  ({ pub, renewed } = parties);
});

beforeEach(() => {
  lab = new BootLab(parties);
  world = lab.world;
});

describe('a TFTP server that is not in the CTL, R-59', () => {
  const ctlOf = (address: string) => ctl(pub, [record('SAST', pub), record('CCM+TFTP', pub, address)]);
  const message = 'TFTP authorization failure';

  it.each([
    ['a 7960', CLASSIC, SECOND_TFTP, true],
    ['a 7960 whose server stands there', CLASSIC, TFTP, false],
    ['a 7962, which does not look', LEGACY, SECOND_TFTP, false],
  ] as const)('%s', async (_, model, address, expected) => {
    lab.flash.ctl = ctlOf(address);
    lab.serveHealthy();
    await lab.bootOnce({ model });
    expect(lab.messages().includes(message)).toBe(expected);
    // the file is for its signature
    expect(world.figures('configurations')).toEqual({ 'accepted sgn R-52': 1 });
  });
});

describe('no server', () => {
  it('R-12: none answers: TFTP timeout, lists and configuration untouched, registered as before', async () => {
    lab.flash.itl = lab.firstItl;
    lab.store();
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered', locked: false });
    expect(lab.flash.itl).toBe(lab.firstItl);
    expect(world.figures('trust_lists')).toEqual({ 'ctl error R-12': 1, 'itl error R-12': 1 });
    expect(world.figures('configurations')).toEqual({ 'error sgn R-12': 1 });
    expect(world.figures('status_messages')).toEqual({ 'TFTP timeout': 1, 'Trust List update failed': 1 });
    expect(world.figures('alarms')).toEqual({ 7: 1 });
    expect(world.counted('trust_failures')).toBe(0);
  });

  it('R-12: the second server serves the rest of the boot', async () => {
    world.serve(SECOND_TFTP, { [ITL]: lab.firstItl.bytes, [SGN]: signed(pub, configurationXml()).bytes });
    await lab.bootOnce({ model: LEGACY });
    expect(world.calls.slice(0, 4)).toEqual([
      `tftp ${TFTP} ${CTL}`,
      `tftp ${SECOND_TFTP} ${CTL}`,
      `tftp ${SECOND_TFTP} ${ITL}`,
      `tftp ${SECOND_TFTP} ${SGN}`,
    ]);
  });

  it('a phone that never had a configuration is unregistered', async () => {
    expect(await lab.bootOnce()).toEqual({ state: 'unregistered', mode: 'none', node: '', locked: false });
    expect(world.refusedEvents.at(-1)).toMatchObject({ what: 'registration', reason: 'no-configuration' });
  });

  it.each([
    [4, {}],
    [2, { noListRetry: 2 }],
  ])('R-08, K-12: a secure phone without any list tries %i times, 10 s apart', async (tries, knobs) => {
    lab.store({ deviceSecurityMode: 'encrypted' });
    world.serve(TFTP, {});
    expect(await lab.bootOnce({ knobs })).toMatchObject({ state: 'unregistered' });
    expect(world.calls.filter((call) => call.endsWith(CTL))).toHaveLength(tries);
    expect(world.slept.slice(0, tries - 1)).toEqual(Array(tries - 1).fill(10_000));
    expect(world.counted('trust_lists')).toBe(2);
    // DT-4, row 4
    expect(world.attempts).toHaveLength(0);
    expect(world.refusedEvents).toContainEqual(
      expect.objectContaining({ what: 'registration', rule: 'R-76', reason: 'no-ctl' }),
    );
  });

  it('R-08 is for secure phones without a list: not with one, not for a refused one, not when non-secure', async () => {
    world.serve(TFTP, {});
    const requests = () => world.calls.filter((call) => call.endsWith(CTL)).length;
    lab.store();
    await lab.bootOnce();
    expect(requests()).toBe(1);
    world.forget();
    lab.store({ deviceSecurityMode: 'authenticated' });
    lab.flash.itl = lab.firstItl;
    await lab.bootOnce();
    expect(requests()).toBe(1);
    world.forget();
    lab.flash.itl = null;
    world.serve(TFTP, { [ITL]: itl(pub, [record('SAST', pub)], { digest: 'sha512' }).bytes });
    await lab.bootOnce({ model: LEGACY });
    expect(requests()).toBe(1);
    // refused, and there is no list at all
    expect(world.figures('alarms')).toMatchObject({ 6: 1 });
  });
});

describe('a locked phone, R-62', () => {
  beforeEach(() => {
    lab.flash.itl = lab.firstItl;
    lab.store();
    world.serve(TFTP, {
      [ITL]: lab.itlOf(renewed, renewed).bytes,
      [SGN]: signed(renewed, configurationXml()).bytes,
    });
  });

  it('refuses ITL and configuration and registers with the cached list', async () => {
    expect(await lab.bootOnce()).toEqual({
      state: 'registered',
      mode: 'nonsecure',
      node: '10.0.0.1',
      locked: true,
    });
    expect(world.figures('alarms')).toEqual({ 8: 1 });
    expect(world.figures('trust_lists')).toMatchObject({ 'itl refused R-39': 1 });
    expect(world.figures('configurations')).toEqual({ 'refused sgn R-39': 1 });
    // two unreachable servers for each of the two files (4.0)
    expect(world.figures('tvs_requests')).toEqual({
      '10.0.0.1 itl unreachable': 1,
      '10.0.0.2 itl unreachable': 1,
      '10.0.0.1 config unreachable': 1,
      '10.0.0.2 config unreachable': 1,
    });
    expect(world.refusedEvents.filter(({ what }) => what === 'itl')[0]?.detail).toContain('no TVS server');
  });

  it('K-05: tries its TFTP server as CallManager when no member answers', async () => {
    lab.store({ members: ['10.0.0.7'] });
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered', node: TFTP, locked: true });
    expect(world.calls.filter((call) => call.startsWith('register'))).toEqual([
      'register 10.0.0.7:5060 25',
      `register ${TFTP}:5060 10`,
    ]);
  });

  it('K-05 false: stays unregistered', async () => {
    const knobs = { lockedNonSecureRegisters: false };
    expect(await lab.bootOnce({ knobs })).toMatchObject({ state: 'unregistered', locked: true });
    expect(world.attempts).toHaveLength(0);
  });

  it('a phone that refused only the list is not locked', async () => {
    world.serve(TFTP, { [SGN]: signed(pub, configurationXml()).bytes });
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered', locked: false });
  });

  it('R-38: an unknown signer and a blank ITL beside a CTL: failed handshakes, locked all the same', async () => {
    lab.flash.ctl = ctl(pub, [record('SAST', pub), record('CCM+TFTP', pub)]);
    lab.flash.itl = blankItl(pub);
    lab.tvsSays({ result: 'negative' });
    lab.tvsSays({ result: 'negative' }, '10.0.0.2');
    expect(await lab.bootOnce()).toMatchObject({ locked: true });
    expect(world.counted('tvs_requests', { result: 'handshake-failed' })).toBe(4);
    expect(world.counted('trust_failures', { file: 'peer', rule: 'R-38' })).toBe(4);
    expect(world.figures('trust_lists')).toMatchObject({ 'itl refused R-38': 1 });
  });

  it('R-66: a blank ITL without CTL takes whatever comes', async () => {
    lab.flash.itl = blankItl(pub);
    expect(await lab.bootOnce()).toMatchObject({ locked: false });
    expect(world.figures('trust_lists')).toMatchObject({ 'itl updated R-17': 1 });
    expect(world.counted('tvs_requests')).toBe(0);
  });

  it('R-62 without Security By Default: the CTL decides', async () => {
    lab.flash.itl = null;
    lab.flash.ctl = ctl(pub, [record('SAST', pub), record('CCM+TFTP', pub)]);
    world.serve(TFTP, { [CTL]: ctl(renewed, [record('SAST', renewed)]).bytes });
    expect(await lab.bootOnce({ model: CLASSIC })).toMatchObject({ locked: true });
    expect(world.figures('alarms')).toEqual({ 5: 1 });
    expect(world.counted('tvs_requests')).toBe(0);
  });
});
