import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyFlash, type Flash } from '../../src/phone/flash.js';
import { DEFAULT_KNOBS } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import type { TrustList } from '../../src/trustfile/index.js';
import { configurationXml, DEVICE, itl, MODERN, type Party, party, record, signed } from './fixtures.js';
import { FakeWorld, settle } from './world.js';

const TFTP = '10.0.0.9';
const A = '10.0.0.1';
const B = '10.0.0.2';
const C = '10.0.0.3';
const SGN = `${DEVICE}.cnf.xml.sgn`;

let pub: Party;
let list: TrustList;
let world: FakeWorld;
let flash: Flash;
let phone: Phone;
let power: AbortController;

beforeAll(async () => {
  pub = await party('pub');
  list = itl(pub, [record('SAST', pub), record('TFTP', pub), record('TVS', pub)]);
});

function serve(members: readonly string[]): void {
  world.serve(TFTP, {
    [`ITL${DEVICE}.tlv`]: list.bytes,
    [SGN]: signed(pub, configurationXml({ members })).bytes,
  });
}

function build(model = MODERN): Phone {
  return new Phone({ device: DEVICE, model, knobs: DEFAULT_KNOBS, flash, world, tftpServers: [TFTP] });
}

beforeEach(() => {
  world = new FakeWorld();
  flash = emptyFlash(() => null);
  power = new AbortController();
  serve([A, B]);
  world.registrars.add(A).add(B).add(C);
  phone = build();
});

async function registered(): Promise<void> {
  await world.through(phone.powerOn(power.signal));
  await settle();
}

const current = () => {
  const registration = world.registrations.at(-1);
  if (registration === undefined) throw new Error('nobody registered');
  return registration;
};
const openStandbys = () => world.standbys.filter(({ open }) => open).map(({ address }) => address);
const since = (mark: number) => world.calls.slice(mark);

describe('fail-over, R-82', () => {
  it.each([
    [{ by: 'connection-lost', cause: 14 }, 14],
    [{ by: 'connection-lost', cause: 12 }, 12],
    [{ by: 'keep-alive-timeout' }, 15],
  ] as const)('%j: the next member, cause %i', async (end, cause) => {
    await registered();
    const mark = world.calls.length;
    current().end(end);
    await settle();
    expect(since(mark)).toContain(`register ${B}:5060 ${cause}`);
    expect(phone.node).toBe(B);
    expect(world.counted('registrations', { node: B, result: 'accepted' })).toBe(1);
    phone.powerOff();
  });

  it('round the group once, the lost one last; then R-84', async () => {
    serve([A, B, C]);
    await registered();
    world.registrars.clear();
    const mark = world.calls.length;
    current().end({ by: 'connection-lost', cause: 14 });
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
    serve([A, B, C]);
    await registered();
    expect(openStandbys()).toEqual([B]);
    world.registrars.delete(B);
    world.standbys[0]?.lose();
    await world.advance(30_000);
    expect(openStandbys()).toEqual([C]);
    phone.powerOff();
    await settle();
    expect(openStandbys()).toEqual([]);
  });

  it('opens no other standby connection for one that it closed itself', async () => {
    serve([A, B]);
    await registered();
    current().end({ by: 'connection-lost', cause: 14 });
    await settle();
    phone.powerOff();
    const opened = world.standbys.length;
    await world.advance(600_000);
    expect(world.standbys).toHaveLength(opened);
    expect(openStandbys()).toEqual([]);
  });

  it('a group of one has no standby', async () => {
    serve([A]);
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
    expect(openStandbys()).toEqual([A]);
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
    current().end({ by: 'connection-lost', cause: 14 });
    await settle();
    expect(phone.node).toBe(A);
    phone.powerOff();
    await settle();
    expect(openStandbys()).toEqual([]);
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
