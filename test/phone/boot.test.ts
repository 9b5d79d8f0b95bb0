import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BootLab, CTL, ITL, makeParties, type Parties, PLAIN, SGN, TFTP } from './boot-lab.js';
import {
  blankItl,
  broken,
  CLASSIC,
  configurationXml,
  ctl,
  itl,
  LEGACY,
  type Party,
  record,
  rottenRecord,
  signed,
} from './fixtures.js';
import type { FakeWorld } from './world.js';

let pub: Party;
let renewed: Party;
let recovery: Party;
let tvs: Party;
let parties: Parties;
let lab: BootLab;
let world: FakeWorld;

beforeAll(async () => {
  parties = await makeParties();
  ({ pub, renewed, recovery, tvs } = parties);
});

beforeEach(() => {
  lab = new BootLab(parties);
  world = lab.world;
});

describe('S-01, first power-on', () => {
  it('R-01, R-20: three requests, ITL by R-16, signed configuration by R-52, registered, no TVS query', async () => {
    lab.serveHealthy();
    expect(await lab.bootOnce()).toEqual({
      state: 'registered',
      mode: 'nonsecure',
      node: TFTP,
      locked: false,
    });
    expect(world.calls.filter((call) => call.startsWith('http'))).toEqual([
      `http ${TFTP} ${CTL}`,
      `http ${TFTP} ${ITL}`,
      `http ${TFTP} ${SGN}`,
    ]);
    expect(world.figures('trust_lists')).toEqual({ 'ctl not-found R-05': 1, 'itl initial R-16': 1 });
    expect(world.figures('configurations')).toEqual({ 'accepted sgn R-52': 1 });
    expect(world.figures('alarms')).toEqual({ 3: 1 });
    expect(lab.messages()).toEqual(['File Not Found <CTLFile.tlv>', 'ITL installed']);
    expect(world.counted('tvs_requests')).toBe(0);
    expect(world.counted('trust_failures')).toBe(0);
    expect(world.figures('registrations')).toEqual({ '10.0.0.1 sip nonsecure accepted  none none': 1 });
    expect(world.seconds('boot_seconds')).toHaveLength(1);
    expect(lab.flash.itl).toMatchObject({ kind: 'trust-list' });
  });

  it('R-04: a 79xx whose ITL of its own is missing asks for that of the cluster', async () => {
    world.serve(TFTP, { 'ITLFile.tlv': lab.firstItl.bytes, [SGN]: signed(pub, configurationXml()).bytes });
    await lab.bootOnce({ model: LEGACY });
    expect(world.calls.slice(0, 4)).toEqual([
      `tftp ${TFTP} ${CTL}`,
      `tftp ${TFTP} ${ITL}`,
      `tftp ${TFTP} ITLFile.tlv`,
      `tftp ${TFTP} ${SGN}`,
    ]);
  });

  it('R-34: a phone without Security By Default asks for no ITL and takes the bare configuration', async () => {
    world.serve(TFTP, { [PLAIN]: configurationXml({ deviceProtocol: 'SCCP' }) });
    expect(await lab.bootOnce({ model: CLASSIC })).toMatchObject({ state: 'registered' });
    expect(world.calls.filter((call) => call.startsWith('tftp'))).toEqual([
      `tftp ${TFTP} ${CTL}`,
      `tftp ${TFTP} ${PLAIN}`,
    ]);
    expect(world.counted('trust_lists')).toBe(1);
    expect(world.figures('configurations')).toEqual({ 'accepted plain R-55': 1 });
    expect(lab.messages()).toEqual(['File Not Found <CTLFile.tlv>', 'No Trust List installed']);
  });

  it('R-07, R-18: a CTL and an ITL of one boot: the ITL is judged by the CTL just taken, alarm 4', async () => {
    lab.serveHealthy();
    world.serve(TFTP, { [CTL]: ctl(recovery, [record('SAST', recovery), record('CCM+TFTP', pub)]).bytes });
    await lab.bootOnce();
    expect(world.figures('trust_lists')).toEqual({ 'ctl initial R-15': 1, 'itl initial R-22': 1 });
    expect(world.figures('alarms')).toEqual({ 4: 1 });
    expect(lab.messages()).toEqual(['CTL and ITL installed']);
  });
});

describe('later boots', () => {
  beforeEach(() => {
    lab.serveHealthy();
    lab.flash.itl = lab.firstItl;
    lab.store();
  });

  it('R-13: an identical ITL is unchanged without alarm, the configuration is verified all the same', async () => {
    await lab.bootOnce();
    expect(world.figures('trust_lists')).toEqual({ 'ctl not-found R-05': 1, 'itl unchanged R-13': 1 });
    expect(world.figures('configurations')).toEqual({ 'accepted sgn R-52': 1 });
    expect(world.counted('alarms')).toBe(0);
    expect(world.seconds('verify_seconds')).toHaveLength(1);
  });

  it('R-06: an ITL that is gone from the server stays installed', async () => {
    world.files.get(TFTP)?.delete(ITL);
    await lab.bootOnce();
    expect(lab.flash.itl).toBe(lab.firstItl);
    expect(world.figures('trust_lists')).toEqual({ 'ctl not-found R-05': 1, 'itl not-found R-06': 1 });
    expect(world.counted('alarms')).toBe(0);
  });

  it('R-26, R-27, R-36: an unknown signer is vouched for by the TVS of the stored configuration', async () => {
    const next = lab.itlOf(renewed, renewed);
    world.serve(TFTP, {
      [ITL]: next.bytes,
      [SGN]: signed(renewed, configurationXml({ members: ['10.0.0.8'] })).bytes,
    });
    lab.tvsKnows(renewed);
    world.registrars.add('10.0.0.8');
    expect(await lab.bootOnce()).toMatchObject({ node: '10.0.0.8', locked: false });
    expect(world.figures('trust_lists')).toMatchObject({ 'itl updated R-26': 1 });
    // the ITL taken a moment ago has the new TFTP certificate: no second question
    expect(world.figures('tvs_requests')).toEqual({ '10.0.0.1 itl positive': 1 });
    expect(world.figures('configurations')).toEqual({ 'accepted sgn R-52': 1 });
    expect(world.figures('alarms')).toEqual({ 1: 1 });
    expect(lab.messages()).toContain('Trust List updated');
  });

  it('R-42: installing a list empties the cache, so the configuration asks for its own signer', async () => {
    const next = itl(renewed, [record('SAST', recovery), record('TFTP', pub), record('TVS', tvs)]);
    world.serve(TFTP, { [ITL]: next.bytes, [SGN]: signed(renewed, configurationXml()).bytes });
    lab.tvsKnows(renewed);
    await lab.bootOnce();
    expect(world.figures('tvs_requests')).toEqual({
      '10.0.0.1 itl positive': 1,
      '10.0.0.1 config positive': 1,
    });
    expect(world.figures('configurations')).toEqual({ 'accepted sgn R-26': 1 });
  });

  it('R-42: a refused list leaves the answer in the cache for the configuration', async () => {
    const next = broken(lab.itlOf(renewed, renewed));
    world.serve(TFTP, { [ITL]: next.bytes, [SGN]: signed(renewed, configurationXml()).bytes });
    lab.tvsKnows(renewed);
    await lab.bootOnce();
    expect(world.figures('tvs_requests')).toEqual({ '10.0.0.1 itl positive': 1 });
    expect(world.figures('trust_failures')).toEqual({ 'itl signature-invalid R-25': 1 });
    expect(world.figures('configurations')).toEqual({ 'accepted sgn R-42': 1 });
  });

  it('R-45: without TVS entry in the configuration an unknown signer is refused at once', async () => {
    lab.store({ tvs: [] });
    lab.tvsKnows(renewed);
    world.serve(TFTP, { [ITL]: lab.itlOf(renewed, renewed).bytes });
    await lab.bootOnce();
    expect(world.figures('trust_lists')).toMatchObject({ 'itl refused R-45': 1 });
    expect(world.figures('trust_failures')).toEqual({ 'itl no-tvs-server R-45': 1 });
    expect(world.counted('tvs_requests')).toBe(0);
  });

  it('R-65, R-66: a blank ITL is taken by the normal rules, the bare configuration with it (R-55)', async () => {
    world.serve(TFTP, { [ITL]: blankItl(recovery).bytes, [PLAIN]: configurationXml() });
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered', locked: false });
    expect(world.figures('trust_lists')).toMatchObject({ 'itl updated R-22': 1 });
    expect(world.figures('configurations')).toEqual({ 'accepted plain R-55': 1 });
  });

  it('R-28, R-29: a refused CTL stays refused, the ITL is judged on its own', async () => {
    world.serve(TFTP, {
      [CTL]: ctl(renewed, [record('SAST', renewed)]).bytes,
      [ITL]: lab.itlOf(recovery, pub, 1).bytes,
    });
    lab.tvsSays({ result: 'negative' });
    await lab.bootOnce();
    expect(world.figures('trust_lists')).toEqual({ 'ctl refused R-40': 1, 'itl updated R-22': 1 });
    expect(lab.flash.ctl).toBeNull();
    expect(world.figures('alarms')).toEqual({ 5: 1 });
    expect(lab.messages()).toContain('Trust List update failed');
  });

  it('R-28: what cannot be read is an error, alarm 7, and the old list stays', async () => {
    world.serve(TFTP, { [ITL]: lab.firstItl.bytes.subarray(0, 200) });
    await lab.bootOnce();
    expect(world.figures('trust_lists')).toMatchObject({ 'itl error R-28': 1 });
    expect(world.figures('trust_failures')).toEqual({ 'itl malformed R-28': 1 });
    expect(world.figures('alarms')).toEqual({ 7: 1 });
    expect(lab.flash.itl).toBe(lab.firstItl);
    expect(lab.messages()).toContain('Trust List Verification Failed');
  });

  it.each(['ctl', 'itl'] as const)(
    'R-28: a %s with a certificate that is none cannot be read, whoever signed it, and is not installed',
    async (list) => {
      const rotten = rottenRecord(record('CCM+TFTP', pub));
      const make = list === 'ctl' ? ctl : itl;
      world.serve(TFTP, { [list === 'ctl' ? CTL : ITL]: make(pub, [record('SAST', pub), rotten]).bytes });
      expect(await lab.bootOnce()).toMatchObject({ state: 'registered' });
      expect(lab.flash[list]).toBe(list === 'ctl' ? null : lab.firstItl);
      expect(world.figures('trust_lists')).toMatchObject({ [`${list} error R-28`]: 1 });
      expect(world.figures('trust_failures')).toMatchObject({ [`${list} malformed R-28`]: 1 });
    },
  );

  it('a CTL that is installed counts, even if the power goes before the ITL is there', async () => {
    world.serve(TFTP, { [CTL]: ctl(recovery, [record('SAST', recovery), record('CCM+TFTP', pub)]).bytes });
    const fetch = world.fetch.bind(world);
    world.fetch = (request, signal) =>
      request.file === ITL ? Promise.reject(new Error('power cut')) : fetch(request, signal);
    await expect(lab.bootOnce()).rejects.toThrow('power cut');
    expect(lab.flash.ctl).not.toBeNull();
    expect(world.figures('trust_lists')).toEqual({ 'ctl initial R-22': 1 });
  });

  it('R-28: a signed file in the place of a list is no list', async () => {
    world.serve(TFTP, { [ITL]: signed(pub, configurationXml()).bytes });
    await lab.bootOnce();
    expect(world.figures('trust_lists')).toMatchObject({ 'itl error R-28': 1 });
  });

  it('R-32: an ITL that is too large is refused with alarm 7, and the phone does not register', async () => {
    const filler = Array.from({ length: 40 }, () => record('TVS', tvs));
    world.serve(TFTP, { [ITL]: itl(recovery, [record('SAST', recovery), ...filler]).bytes });
    expect(await lab.bootOnce()).toMatchObject({ state: 'unregistered', node: '' });
    expect(world.figures('trust_lists')).toMatchObject({ 'itl refused R-32': 1 });
    expect(world.figures('alarms')).toEqual({ 7: 1 });
    expect(world.attempts).toHaveLength(0);
  });

  it('R-53: a configuration that fails is discarded and the last one stays in use', async () => {
    const stranger = signed(renewed, configurationXml({ members: ['10.0.0.8'] }));
    world.serve(TFTP, { [SGN]: stranger.bytes });
    lab.tvsSays({ result: 'negative' });
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered', node: '10.0.0.1', locked: false });
    expect(world.figures('configurations')).toEqual({ 'refused sgn R-40': 1 });
    expect(lab.messages()).toContain('Error Verifying Config Info');
  });

  it('R-54: the bare file is not asked for, however often the signed one is missing', async () => {
    world.files.get(TFTP)?.delete(SGN);
    world.serve(TFTP, { [PLAIN]: configurationXml() });
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered' });
    expect(world.calls.some((call) => call.endsWith(PLAIN))).toBe(false);
    expect(world.figures('configurations')).toEqual({ 'not-found sgn R-50': 1 });
    expect(lab.messages()).toContain('File not found <Cfg File>');
  });

  it('a signed file that holds no configuration is an error', async () => {
    world.serve(TFTP, { [SGN]: signed(pub, Buffer.from('<device><')).bytes });
    await lab.bootOnce();
    expect(world.figures('configurations')).toEqual({ 'error sgn R-28': 1 });
    expect(world.figures('trust_failures')).toEqual({ 'config malformed R-28': 1 });
  });
});
