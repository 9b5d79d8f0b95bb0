import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Phone } from '../../src/phone/phone.js';
import type { TrustList } from '../../src/trustfile/index.js';
import { type Party, party } from './fixtures.js';
import { A, B, C, LifeLab, listOf } from './life-lab.js';
import { type FakeWorld, settle } from './world.js';

let pub: Party;
let list: TrustList;
let lab: LifeLab;
let world: FakeWorld;
let phone: Phone;

beforeAll(async () => {
  pub = await party('pub');
  list = listOf(pub);
});

beforeEach(() => {
  lab = new LifeLab(pub, list);
  ({ world } = lab);
  phone = lab.build();
});

const registered = () => lab.boot(phone);
const since = (mark: number) => world.calls.slice(mark);

describe('fail-over, R-82', () => {
  it.each([
    [{ by: 'connection-lost', cause: 14 }, 14],
    [{ by: 'connection-lost', cause: 12 }, 12],
    [{ by: 'keep-alive-timeout' }, 15],
  ] as const)('%j: the next member, cause %i', async (end, cause) => {
    await registered();
    const mark = world.calls.length;
    lab.current.end(end);
    await settle();
    expect(since(mark)).toContain(`register ${B}:5060 ${cause}`);
    expect(phone.node).toBe(B);
    expect(world.counted('registrations', { node: B, result: 'accepted' })).toBe(1);
    phone.powerOff();
  });

  it('round the group once, the lost one last; then R-84', async () => {
    lab.serve([A, B, C]);
    await registered();
    world.registrars.clear();
    const mark = world.calls.length;
    lab.current.end({ by: 'connection-lost', cause: 14 });
    await settle();
    expect(since(mark).filter((call) => call.startsWith('register'))).toEqual([
      `register ${B}:5060 14`,
      `register ${C}:5060 10`,
      `register ${A}:5060 10`,
    ]);
    expect(phone.state).toBe('unregistered');
    phone.powerOff();
  });

  it('keeps a standby connection to the next member and opens it again when it is lost', async () => {
    lab.serve([A, B, C]);
    await registered();
    expect(lab.openStandbys).toEqual([B]);
    world.registrars.delete(B);
    world.standbys[0]?.lose();
    await world.advance(30_000);
    expect(lab.openStandbys).toEqual([C]);
    phone.powerOff();
    await settle();
    expect(lab.openStandbys).toEqual([]);
  });

  it('opens no other standby connection for one that it closed itself', async () => {
    lab.serve([A, B]);
    await registered();
    lab.current.end({ by: 'connection-lost', cause: 14 });
    await settle();
    phone.powerOff();
    const opened = world.standbys.length;
    await world.advance(600_000);
    expect(world.standbys).toHaveLength(opened);
    expect(lab.openStandbys).toEqual([]);
  });

  it('a group of one has no standby', async () => {
    lab.serve([A]);
    await registered();
    expect(world.standbys).toHaveLength(0);
    phone.powerOff();
  });
});

describe('back-off, R-84', () => {
  it('30 s, doubled up to 5 min; only the registration is repeated (R-14)', async () => {
    world.registrars.clear();
    await registered();
    world.forget();
    await world.advance(30_000 + 60_000 + 120_000 + 240_000 + 300_000 + 300_000);
    expect(world.slept).toEqual([60_000, 120_000, 240_000, 300_000, 300_000, 300_000]);
    expect(world.calls.every((call) => call.startsWith('register'))).toBe(true);
    expect(world.calls).toHaveLength(12);
    expect(phone.state).toBe('unregistered');
    world.registrars.add(B);
    await world.advance(300_000);
    expect(phone.node).toBe(B);
    expect(world.counted('trust_lists')).toBe(0);
    phone.powerOff();
  });

  it('a phone with nobody to register with waits for a reset and asks nothing', async () => {
    world.files.clear();
    await registered();
    world.forget();
    await world.advance(3_600_000);
    expect(world.calls).toEqual([]);
    phone.powerOff();
    await settle();
    expect(world.sleeping).toBe(0);
  });
});

describe('fall-back, R-82', () => {
  beforeEach(async () => {
    world.registrars.delete(A);
    await registered();
    expect(phone.node).toBe(B);
    world.registrars.add(A);
    world.forget();
  });

  it('to the better member after connectionMonitorDuration, with a token, unregistered first', async () => {
    await world.advance(30_000);
    expect(lab.openStandbys).toEqual([A]);
    await world.advance(119_999);
    expect(world.calls).not.toContain(`token ${A}`);
    await world.advance(1);
    expect(world.calls.filter((call) => !call.startsWith('standby'))).toEqual([
      `token ${A}`,
      `unregister ${B} 18`,
      `register ${A}:5060 18`,
    ]);
    expect(phone.node).toBe(A);
    phone.powerOff();
  });

  it('a refused token is asked for again when its time is over', async () => {
    world.tokens.push({ granted: false, retrySeconds: 45 });
    await world.advance(150_000);
    expect(phone.node).toBe(B);
    await world.advance(45_000);
    expect(phone.node).toBe(A);
    phone.powerOff();
  });

  it('a registrar that says "in 0 s" is asked once a second, no more', async () => {
    for (let i = 0; i < 10; i += 1) world.tokens.push({ granted: false, retrySeconds: 0 });
    await world.advance(150_000);
    const asked = () => world.calls.filter((call) => call.startsWith('token')).length;
    expect(asked()).toBe(1);
    await world.advance(3_000);
    expect(asked()).toBe(4);
    await world.advance(7_000);
    expect(phone.node).toBe(A);
    phone.powerOff();
  });

  it('a connection that is lost before counts from the start again', async () => {
    await world.advance(140_000);
    world.standbys.at(-1)?.lose();
    await world.advance(20_000);
    expect(phone.node).toBe(B);
    await world.advance(60_000 + 120_000);
    expect(phone.node).toBe(A);
    phone.powerOff();
  });

  it('when the better member refuses after all, the phone comes back to where it was', async () => {
    world.refusals.set(A, { result: 'rejected', cause: '', tls: 'none', detail: 'busy' });
    await world.advance(150_000);
    expect(phone.node).toBe(B);
    expect(world.registrations).toHaveLength(2);
    phone.powerOff();
  });

  it('the present member fails meanwhile: fail-over, the watch is given up', async () => {
    await world.advance(60_000);
    lab.current.end({ by: 'connection-lost', cause: 14 });
    await settle();
    expect(phone.node).toBe(A);
    phone.powerOff();
    await settle();
    expect(lab.openStandbys).toEqual([]);
    expect(world.sleeping).toBe(0);
  });
});

it('a registration that is accepted in the moment of the power cut is dropped', async () => {
  const accept = world.register.bind(world);
  world.register = async (attempt, signal) => {
    const result = await accept(attempt, signal);
    phone.powerOff();
    return result;
  };
  await registered();
  expect(phone.state).toBe('off');
  expect(world.registrations.map(({ over }) => over)).toEqual([true]);
  expect(world.calls.at(-1)).toBe(`drop ${A}`);
  expect(world.counted('registrations')).toBe(0);
});
