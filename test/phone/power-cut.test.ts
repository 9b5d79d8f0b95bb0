import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_KNOBS } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import { A, CAPF_V4, EnrolLab, type EnrolParties, enrolParties } from './enrol-lab.js';
import { DEVICE, LEGACY } from './fixtures.js';
import { settle } from './world.js';

let parties: EnrolParties;
let lab: EnrolLab;

beforeAll(async () => {
  parties = await enrolParties();
});

beforeEach(() => {
  lab = new EnrolLab(parties);
});

const DEVICES = ['non-secure', 'encrypted'] as const;

describe('R-96: the power goes in the middle of a session', () => {
  it.each(DEVICES)(
    '%s: without TFTP after the restart, the mode in flash takes the phone to CAPF again',
    async (device) => {
      lab.serve({ capfAuthMode: 2, deviceSecurityMode: device });
      const phone = lab.phone();
      const booting = phone.powerOn(lab.power.signal);
      await settle();
      await lab.world.advance(20_000);
      phone.powerOff();
      expect(await booting).toBeNull();
      expect([lab.flash.capfAuthMode, lab.flash.lsc, phone.state]).toEqual([2, null, 'off']);
      lab.world.files.clear();
      expect(await lab.boot(phone)).toMatchObject({
        state: 'registered',
        mode: device === 'encrypted' ? 'encrypted' : 'nonsecure',
      });
      expect(lab.world.figures('capf_sessions')).toEqual({ 'install success ipv4': 1 });
      expect(lab.flash.capfAuthMode).toBe(0);
      phone.powerOff();
    },
  );

  it('when the operation has ended the flash is cleared: without TFTP nothing is repeated', async () => {
    lab.serve({ capfAuthMode: 2 });
    const phone = lab.phone();
    await lab.boot(phone);
    expect(lab.flash.capfAuthMode).toBe(0);
    lab.world.files.clear();
    await lab.world.through(phone.reset('reset'));
    expect(lab.flash.configuration?.configuration.capfAuthMode).toBe(2);
    expect(lab.world.counted('capf_attempts')).toBe(1);
    phone.powerOff();
  });

  it('a new configuration that says nothing is pending clears it, too', async () => {
    lab.flash.capfAuthMode = 2;
    lab.serve({ capfAuthMode: 0 });
    const phone = lab.phone();
    await lab.boot(phone);
    expect(lab.flash.capfAuthMode).toBe(0);
    expect(lab.world.counted('capf_attempts')).toBe(0);
    phone.powerOff();
  });

  it('R-86: what is pending again runs again, and replaces the LSC', async () => {
    lab.serve({ capfAuthMode: 2 });
    const phone = lab.phone();
    await lab.boot(phone);
    const first = lab.flash.lsc;
    lab.capf.operation = 'install';
    await lab.world.through(phone.reset('restart'));
    expect(lab.flash.lsc).not.toBe(first);
    phone.powerOff();
  });

  it('a reset in the middle ends the session, and the next boot enrols', async () => {
    lab.serve({ capfAuthMode: 2 });
    const phone = lab.phone();
    const booting = phone.powerOn(lab.power.signal);
    await settle();
    expect(phone.state).toBe('registered');
    lab.world.registrations[0]?.end({ by: 'registrar', action: 'restart' });
    expect(await lab.world.through(booting)).toMatchObject({ state: 'registered' });
    await lab.world.advance(60_000);
    expect(lab.flash.lsc).not.toBeNull();
    expect(lab.world.enrolments).toHaveLength(2);
    expect(lab.world.counted('capf_sessions')).toBe(1);
    phone.powerOff();
  });

  it('a lost registration does not end the session', async () => {
    lab.serve({ capfAuthMode: 2 });
    const phone = lab.phone();
    const booting = phone.powerOn(lab.power.signal);
    await settle();
    lab.world.registrations[0]?.end({ by: 'keep-alive-timeout' });
    await lab.world.through(booting);
    expect([phone.state, phone.node]).toEqual(['registered', '10.0.0.2']);
    expect(lab.world.figures('capf_sessions')).toEqual({ 'install success ipv4': 1 });
    phone.powerOff();
  });
});

/** Everything that a secure phone with an unlucky CAPF does: TVS, two addresses, a lost session, a wait, a key. */
function eventful(device: (typeof DEVICES)[number]): { lab: EnrolLab; phone: Phone } {
  const made = new EnrolLab(parties);
  made.listen(CAPF_V4.address, parties.stranger);
  made.tvsSays(() => ({
    result: 'positive',
    certificate: parties.stranger.certificate.der,
    roles: [4],
    ttlSeconds: 86_400,
  }));
  made.capf.losses = 1;
  made.capf.keys = [{ type: 'rsa', bits: 512 }];
  made.serve({ capfAuthMode: 2, deviceSecurityMode: device });
  const phone = new Phone({
    device: DEVICE,
    model: LEGACY,
    knobs: DEFAULT_KNOBS,
    flash: made.flash,
    world: made.world,
    tftpServers: [A],
  });
  return { lab: made, phone };
}

describe.each(DEVICES)('power-off at every call of the world, %s', (device) => {
  it('ends everything, rejects nothing, and leaves a phone that enrols when it is switched on again', async () => {
    let calls = 0;
    const whole = eventful(device);
    whole.lab.world.onCall = (number) => {
      calls = number;
    };
    expect(await whole.lab.world.through(whole.phone.powerOn(whole.lab.power.signal))).toMatchObject({
      state: 'registered',
    });
    whole.phone.powerOff();
    expect(calls).toBeGreaterThan(8);

    for (let cut = 1; cut <= calls; cut += 1) {
      const { lab: bed, phone } = eventful(device);
      bed.world.onCall = (number) => {
        if (number === cut) phone.powerOff();
      };
      const outcome = await bed.world.through(phone.powerOn(bed.power.signal));
      await settle();
      const hadOutcome = outcome !== null;
      expect([phone.state, phone.mode, bed.world.sleeping]).toEqual(['off', 'none', 0]);
      expect(bed.world.registrations.every(({ over }) => over)).toBe(true);
      bed.world.onCall = () => {};
      // the LSC is there whole or not at all, and the mode in flash says whether there is something left to do
      if (!hadOutcome && bed.flash.lsc === null && bed.flash.capfAuthMode !== 0) {
        bed.world.files.clear();
      }
      if (bed.flash.lsc === null) bed.capf.operation = 'install';
      expect(await bed.world.through(phone.powerOn(bed.power.signal)), `cut at call ${cut}`).toMatchObject({
        state: 'registered',
      });
      expect(bed.flash.lsc, `cut at call ${cut}`).not.toBeNull();
      phone.powerOff();
    }
  });
});
