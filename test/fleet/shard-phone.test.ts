import { describe, expect, it } from 'vitest';
import { expandFleet } from '../../src/fleet/devices.js';
import { MicMaker } from '../../src/fleet/mics.js';
import type { PhoneAction } from '../../src/fleet/model.js';
import { loadFleet, loadModels } from '../../src/fleet/profiles.js';
import { ShardPhone } from '../../src/fleet/shard-phone.js';
import { TftpPlaces } from '../../src/fleet/tftp-places.js';
import { Firewall } from '../../src/net/firewall.js';
import { DEFAULT_KNOBS } from '../../src/phone/knobs.js';
import { StopController } from '../../src/phone/stop.js';
import { FakeWorld } from '../phone/world.js';

/** The first phone of FLEET-A, whose TFTP server has no file for it. */
function phoneWithoutFiles() {
  const models = loadModels();
  const [device] = expandFleet(loadFleet('FLEET-A'), models, 1);
  const model = models.get(device?.kind.model ?? '');
  if (device === undefined || model === undefined) throw new Error('FLEET-A has no phone');
  const world = new FakeWorld();
  world.serve('10.0.0.1', {});
  const nodes = device.kind.tftp.map((name) => ({
    name,
    label: name,
    address: '10.0.0.1',
    addresses: ['10.0.0.1'],
    tftp: true,
  }));
  const phone = new ShardPhone(device, model, world, {
    knobs: DEFAULT_KNOBS,
    firewall: new Firewall(() => world.now()),
    places: new TftpPlaces([{ name: 'CL-3', nodes }]),
    mics: new MicMaker([], new Date(0)),
    stop: new StopController(),
  });
  return { phone, world };
}

const BY_HAND = { tftp: { cluster: 'CL-3' }, by: 'hand', lists: 'keep' } as const;

describe('a phone of a shard', () => {
  it.each<PhoneAction>([
    { action: 'power-on' },
    { action: 'reset' },
    { action: 'restart' },
    { action: 'factory-reset' },
    { action: 'erase', what: 'both' },
    { action: 'retarget', ...BY_HAND },
  ])('times a boot by $action from the moment it was due (contracts.md 2)', async (action) => {
    const { phone, world } = phoneWithoutFiles();
    const isOn = action.action !== 'power-on';
    if (isOn) await world.through(phone.do({ action: 'power-on' }, world.now()));
    await world.advance(7_000);
    await world.through(phone.do(action, world.now() - 5_000));
    const seconds = world.seconds('boot_seconds');
    // waits by its rules are the same in both
    expect(seconds.at(-1)).toBe(5 + (isOn ? (seconds[0] ?? Number.NaN) : 0));
    expect(seconds).toHaveLength(isOn ? 2 : 1);
    phone.pull();
  });
});
