import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { emptyFlash, type Flash } from '../../src/phone/flash.js';
import { DEFAULT_KNOBS } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import type { TrustList } from '../../src/trustfile/index.js';
import {
  configurationXml,
  ctl,
  DEVICE,
  itl,
  LEGACY,
  MODERN,
  type Party,
  party,
  record,
  signed,
} from './fixtures.js';
import { A, B, C, LifeLab, listOf, SGN, TFTP } from './life-lab.js';
import { FakeWorld, settle } from './world.js';

let pub: Party;
let list: TrustList;
let lab: LifeLab;
let world: FakeWorld;
let flash: Flash;
let phone: Phone;
let power: AbortController;

beforeAll(async () => {
  pub = await party('pub');
  list = listOf(pub);
});

beforeEach(() => {
  lab = new LifeLab(pub, list);
  ({ world, flash, power } = lab);
  phone = lab.build();
});

const registered = () => lab.boot(phone);
const since = (mark: number) => world.calls.slice(mark);

describe('gauges', () => {
  it('off, booting, registered, off', async () => {
    expect([phone.state, phone.mode, phone.node]).toEqual(['off', 'none', '']);
    const booting = phone.powerOn(power.signal);
    expect([phone.state, phone.mode, phone.node]).toEqual(['booting', 'none', '']);
    await world.through(booting);
    expect([phone.state, phone.mode, phone.node]).toEqual(['registered', 'nonsecure', A]);
    phone.powerOff();
    expect([phone.state, phone.mode, phone.node]).toEqual(['off', 'none', '']);
  });

  it('unregistered when nobody takes it', async () => {
    world.registrars.clear();
    expect(await world.through(phone.powerOn(power.signal))).toMatchObject({ state: 'unregistered' });
    expect([phone.state, phone.mode, phone.node]).toEqual(['unregistered', 'none', '']);
    phone.powerOff();
  });

  it('a phone that is on already is not started by another power-on', async () => {
    await registered();
    expect(await phone.powerOn(power.signal)).toBeNull();
    phone.powerOff();
  });
});

describe('power', () => {
  it('power-off drops the registration and the standby without a word, and nothing stays behind', async () => {
    await registered();
    expect(lab.openStandbys).toEqual([B]);
    const mark = world.calls.length;
    phone.powerOff();
    await settle();
    expect(since(mark)).toEqual([`drop ${A}`]);
    expect(lab.openStandbys).toEqual([]);
    expect(world.sleeping).toBe(0);
  });

  it('a boot that power-off cuts short has no outcome', async () => {
    const booting = phone.powerOn(power.signal);
    phone.powerOff();
    expect(await booting).toBeNull();
  });

  it('the signal of power-on is a power cut: the promise of a boot under way rejects with its reason', async () => {
    const booting = phone.powerOn(power.signal);
    power.abort(new Error('the run ends'));
    await expect(booting).rejects.toThrow('the run ends');
    expect(phone.state).toBe('off');
    await expect(phone.powerOn(power.signal)).rejects.toThrow('the run ends');
  });

  it('the signal ends a registered phone, too', async () => {
    await registered();
    power.abort();
    await settle();
    expect(phone.state).toBe('off');
    expect(lab.current.over).toBe(true);
    expect(lab.openStandbys).toEqual([]);
  });

  it('can be switched on again, with what its flash holds', async () => {
    await registered();
    phone.powerOff();
    world.forget();
    await registered();
    expect(world.figures('trust_lists')).toMatchObject({ 'itl unchanged R-13': 1 });
    phone.powerOff();
  });
});

describe('reset and restart, contracts.md 4', () => {
  it.each([
    ['reset', 22],
    ['restart', 23],
  ] as const)('%s unregisters on the wire with cause %i and boots anew', async (kind, cause) => {
    await registered();
    const mark = world.calls.length;
    expect(await world.through(phone.reset(kind))).toMatchObject({ state: 'registered', node: A });
    expect(since(mark)[0]).toBe(`unregister ${A} ${cause}`);
    expect(since(mark)).toContain(`register ${A}:5060 ${cause}`);
    expect(world.figures('status_messages')).toMatchObject({
      'Restart requested by Cisco Unified Communications Manager': 1,
    });
    phone.powerOff();
  });

  it('a phone that is off is left off', async () => {
    expect(await phone.reset('reset')).toBeNull();
    expect(world.calls).toEqual([]);
  });

  it('an unregistered phone boots anew, without waiting for its back-off', async () => {
    world.registrars.clear();
    await registered();
    world.registrars.add(B);
    expect(await world.through(phone.reset('reset'))).toMatchObject({ node: B });
    phone.powerOff();
  });

  it('a reset while a boot is under way cuts it short', async () => {
    const first = phone.powerOn(power.signal);
    const second = phone.reset('reset');
    expect(await first).toBeNull();
    expect(await world.through(second)).toMatchObject({ state: 'registered' });
    expect(world.registrations).toHaveLength(1);
    phone.powerOff();
  });

  it('two resets at once: the first boot has no outcome, the registration ends once', async () => {
    await registered();
    const [first, second] = [phone.reset('reset'), phone.reset('restart')];
    expect(await first).toBeNull();
    expect(await world.through(second)).toMatchObject({ state: 'registered' });
    expect(world.registrations.filter(({ over }) => !over)).toHaveLength(1);
    phone.powerOff();
  });

  it.each([
    ['reset', 22],
    ['restart', 23],
  ] as const)('the registrar orders a %s: the same, and the phone goes on living', async (action, cause) => {
    await registered();
    world.registrations[0]?.end({ by: 'registrar', action });
    await settle();
    await world.advance(0);
    expect(world.calls).toContain(`register ${A}:5060 ${cause}`);
    expect(phone.state).toBe('registered');
    expect(world.registrations).toHaveLength(2);
    phone.powerOff();
  });
});

describe('the user at the phone', () => {
  async function withBothLists(model: typeof MODERN): Promise<void> {
    flash.ctl = ctl(pub, [record('SAST', pub), record('CCM+TFTP', pub)]);
    flash.itl = list;
    phone = lab.build(model);
    await registered();
    world.files.get(TFTP)?.delete(`ITL${DEVICE}.tlv`);
  }

  it('R-71, R-72: a 79xx erases one list and restarts', async () => {
    await withBothLists(LEGACY);
    const mark = world.calls.length;
    expect(await world.through(phone.erase('ctl'))).toMatchObject({ state: 'registered' });
    expect(since(mark)[0]).toBe(`unregister ${A} 20`);
    expect(flash.ctl).toBeNull();
    expect(flash.itl).toBe(list);
    expect(world.figures('status_messages')).toMatchObject({ 'Erasing CTL and ITL files': 1 });
    phone.powerOff();
  });

  it('R-71: an 88xx erases both, whichever was asked for', async () => {
    await withBothLists(MODERN);
    await world.through(phone.erase('itl'));
    expect([flash.ctl, flash.itl]).toEqual([null, null]);
    phone.powerOff();
  });

  it('a factory reset leaves the MIC alone', async () => {
    await withBothLists(MODERN);
    world.files.clear();
    expect(await world.through(phone.factoryReset())).toMatchObject({ state: 'unregistered', locked: false });
    expect([flash.ctl, flash.itl, flash.configuration, flash.lsc]).toEqual([null, null, null, null]);
    phone.powerOff();
  });

  it('nobody can press keys on a phone that is off', async () => {
    flash.itl = list;
    expect(await phone.erase('both')).toBeNull();
    expect(await phone.factoryReset()).toBeNull();
    expect(flash.itl).toBe(list);
  });

  it('R-63: erasing the lists frees a locked phone', async () => {
    const renewed = await party('renewed');
    await registered();
    world.serve(TFTP, {
      [`ITL${DEVICE}.tlv`]: itl(renewed, [record('SAST', renewed), record('TFTP', renewed)]).bytes,
      [SGN]: signed(renewed, configurationXml({ members: [C] })).bytes,
    });
    expect(await world.through(phone.reset('reset'))).toMatchObject({ node: A, locked: true });
    expect(phone.locked).toBe(true);
    expect(await world.through(phone.erase('both'))).toMatchObject({ node: C, locked: false });
    expect(phone.locked).toBe(false);
    phone.powerOff();
  });

  it('R-02: new option 150 counts from the next boot on', async () => {
    await registered();
    phone.retarget(['10.0.0.99']);
    world.forget();
    await world.through(phone.reset('reset'));
    expect(world.calls.filter((call) => call.startsWith('http'))).toEqual(
      expect.arrayContaining([expect.stringContaining('10.0.0.99')]),
    );
    expect(world.calls.some((call) => call.startsWith(`http ${TFTP} `))).toBe(false);
    phone.powerOff();
  });
});

describe('abort at every await point', () => {
  /** A boot with every kind of call: HTTP, TFTP, TVS, two registrations, a standby, a watch. */
  function eventful(): void {
    flash.itl = itl(pub, [record('SAST', pub), record('TVS', pub)]);
    world.files.clear();
    world.serve('10.0.0.8', {
      [`ITL${DEVICE}.tlv`]: list.bytes,
      [SGN]: signed(pub, configurationXml({ members: [A, B] })).bytes,
    });
    world.answers.set(`tftp ${TFTP} CTL${DEVICE}.tlv`, [{ status: 'busy' }]);
    world.registrars.delete(A);
    phone = new Phone({
      device: DEVICE,
      model: MODERN,
      knobs: DEFAULT_KNOBS,
      flash,
      world,
      tftpServers: [TFTP, '10.0.0.8'],
    });
  }

  async function calls(): Promise<number> {
    eventful();
    let most = 0;
    world.onCall = (number) => {
      most = number;
    };
    await world.through(phone.powerOn(power.signal));
    await world.advance(30_000);
    phone.powerOff();
    return most;
  }

  it.each(['signal', 'power-off'] as const)(
    'by %s: settles, calls nothing any more, leaves nothing open',
    async (by) => {
      const total = await calls();
      expect(total).toBeGreaterThan(10);
      for (let point = 1; point <= total; point += 1) {
        world = new FakeWorld();
        world.registrars.add(B);
        flash = emptyFlash({ mic: () => null });
        power = new AbortController();
        eventful();
        let after = -1;
        world.onCall = (number) => {
          if (number !== point) return;
          after = world.calls.length;
          if (by === 'signal') power.abort(new Error('stop'));
          else phone.powerOff();
        };
        const ended = phone.powerOn(power.signal).then(
          (outcome) => outcome?.state ?? 'none',
          (error: Error) => error.message,
        );
        await world.advance(60_000);
        expect(['none', 'stop', 'registered']).toContain(await ended);
        expect(phone.state).toBe('off');
        expect(world.calls.slice(after).filter((call) => !call.startsWith('drop'))).toEqual([]);
        expect(world.sleeping).toBe(0);
        expect(lab.openStandbys).toEqual([]);
        expect(world.registrations.every(({ over }) => over)).toBe(true);
      }
    },
  );
});

describe('time of a boot (contracts.md 2: latency counts from the moment an action was due)', () => {
  const bootSeconds = () => world.seconds('boot_seconds').at(-1);

  it('counts from when it starts where nobody is late', async () => {
    await registered();
    expect(bootSeconds()).toBe(0);
    phone.powerOff();
  });

  it.each<[string, (dueMs: number) => Promise<unknown>]>([
    ['reset', (dueMs) => phone.reset('reset', dueMs)],
    ['restart', (dueMs) => phone.reset('restart', dueMs)],
    ['erase', (dueMs) => phone.erase('itl', dueMs)],
    ['factory reset', (dueMs) => phone.factoryReset(dueMs)],
    ['other TFTP servers', (dueMs) => phone.typeTftpServers([TFTP, A], 'keep', dueMs)],
    [
      'power-on',
      (dueMs) => {
        phone.powerOff();
        return phone.powerOn(power.signal, dueMs);
      },
    ],
  ])('counts the 3 s that a %s came late', async (_, start) => {
    await registered();
    const due = world.now();
    await world.advance(3_000);
    await world.through(start(due));
    expect(bootSeconds()).toBe(3);
    phone.powerOff();
  });

  it('counts a reset by the registrar from the moment the order came, unregistering included', async () => {
    await registered();
    vi.spyOn(lab.current, 'unregister').mockImplementation(() => world.sleep(2_000, power.signal));
    lab.current.end({ by: 'registrar', action: 'reset' });
    await settle();
    await world.advance(2_000);
    expect(bootSeconds()).toBe(2);
    phone.powerOff();
  });
});
