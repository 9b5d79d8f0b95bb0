import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyFlash } from '../../src/phone/flash.js';
import { DEFAULT_KNOBS } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import { type DefaultConfiguration, writeDefaultConfiguration } from '../../src/protocol/cnf/index.js';
import { BootLab, ITL, makeParties, type Parties, PLAIN, SECOND_TFTP, SGN, TFTP } from './boot-lab.js';
import { CLASSIC, configuration, configurationXml, DEVICE, LEGACY, MODERN, signed } from './fixtures.js';

const DEFAULT = 'XMLDefault.cnf.xml';

let parties: Parties;
let lab: BootLab;

beforeAll(async () => {
  parties = await makeParties();
});

beforeEach(() => {
  lab = new BootLab(parties);
});

function defaultXml(changes: Partial<DefaultConfiguration> = {}): Buffer {
  const { callManagers, tvs } = configuration();
  const loads = [{ deviceType: MODERN.deviceType, model: 'Cisco 8841', load: 'sip88xx.12-8-1-0001-455' }];
  const file: DefaultConfiguration = {
    callManagers,
    tvs,
    autoRegistration: 'enabled',
    loads,
    urls: {},
    ...changes,
  };
  return writeDefaultConfiguration(file);
}

/** A TFTP node that does not know the phone. */
function serveDefault(changes: Partial<DefaultConfiguration> = {}): void {
  const xml = defaultXml(changes);
  lab.world.serve(TFTP, {
    [ITL]: lab.firstItl.bytes,
    [DEFAULT]: xml,
    [`${DEFAULT}.sgn`]: signed(parties.pub, xml, { filename: `${DEFAULT}.sgn` }).bytes,
  });
}

function refuseAll(): void {
  const refusal = { result: 'rejected', cause: '', tls: 'none', detail: 'Device Unknown' } as const;
  for (const address of [TFTP, SECOND_TFTP]) lab.world.refusals.set(address, refusal);
}

describe('a phone that is not in the database, R-09', () => {
  it('takes the default configuration, signed where it holds an ITL, and registers non-secure with its group', async () => {
    serveDefault();
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered', mode: 'nonsecure' });
    const asked = lab.world.calls.filter((call) => call.includes('.cnf.xml'));
    expect(asked).toEqual([`http ${TFTP} ${SGN}`, `http ${TFTP} ${DEFAULT}.sgn`]);
    expect(lab.world.figures('configurations')).toEqual({ 'accepted sgn R-52': 1 });
    expect(lab.flash.configuration).toMatchObject({
      isDefault: { autoRegistration: 'enabled' },
      configuration: { deviceSecurityMode: 'non-secure', loadInformation: 'sip88xx.12-8-1-0001-455' },
    });
  });

  it('takes the unsigned one without Security By Default', async () => {
    serveDefault();
    expect(await lab.bootOnce({ model: CLASSIC })).toMatchObject({ state: 'registered' });
    const asked = lab.world.calls.filter((call) => call.includes('.cnf.xml'));
    expect(asked).toEqual([`tftp ${TFTP} ${PLAIN}`, `tftp ${TFTP} ${DEFAULT}`]);
    expect(lab.world.figures('configurations')).toEqual({ 'accepted plain R-55': 1 });
  });

  it('a default file of a signer that it does not know is refused like any other configuration', async () => {
    lab.flash.itl = lab.firstItl;
    const bytes = signed(parties.renewed, defaultXml(), { filename: `${DEFAULT}.sgn` }).bytes;
    lab.world.serve(TFTP, { [ITL]: lab.firstItl.bytes, [`${DEFAULT}.sgn`]: bytes });
    expect(await lab.bootOnce()).toMatchObject({ state: 'unregistered' });
    expect(lab.world.figures('configurations')).toEqual({ 'refused sgn R-45': 1 });
  });

  it('one that cannot be read is an error, one that is missing leaves the phone with what it has', async () => {
    lab.world.serve(TFTP, { [ITL]: lab.firstItl.bytes });
    lab.store();
    expect(await lab.bootOnce()).toMatchObject({ state: 'registered' });
    expect(lab.world.figures('configurations')).toEqual({ 'not-found sgn R-50': 1 });
    expect(lab.messages()).toContain('File not found <Cfg File>');
    lab = new BootLab(parties);
    const bytes = signed(parties.pub, Buffer.from('<device/>'), { filename: `${DEFAULT}.sgn` }).bytes;
    lab.world.serve(TFTP, { [ITL]: lab.firstItl.bytes, [`${DEFAULT}.sgn`]: bytes });
    await lab.bootOnce();
    expect(lab.world.figures('configurations')).toEqual({ 'error sgn R-28': 1 });
  });

  it('refused, it resets and tries again without end, and goes over to its own file once there is one', async () => {
    serveDefault();
    refuseAll();
    const { world } = lab;
    const flash = emptyFlash({ mic: () => null });
    const phone = new Phone({
      device: DEVICE,
      model: MODERN,
      knobs: DEFAULT_KNOBS,
      flash,
      world,
      tftpServers: [TFTP],
    });
    expect(await world.through(phone.powerOn(new AbortController().signal))).toMatchObject({
      state: 'unregistered',
    });
    for (let boots = 2; boots <= 4; boots += 1) {
      await world.advance(30_000);
      expect(world.counted('configurations')).toBe(boots);
      expect(phone.state).toBe('unregistered');
    }
    world.refusals.clear();
    world.serve(TFTP, { [SGN]: signed(parties.pub, configurationXml()).bytes });
    await world.advance(30_000);
    expect(phone.state).toBe('registered');
    expect(flash.configuration?.isDefault).toBeUndefined();
    // nobody ordered these restarts
    expect(lab.messages()).not.toContain('Restart requested by Cisco Unified Communications Manager');
    phone.powerOff();
  });
});

describe('the default file of a mixed cluster before 11.5, R-10', () => {
  it('an 88xx hears that auto-registration is disabled', async () => {
    serveDefault({ autoRegistration: 'disabled' });
    expect(await lab.bootOnce()).toMatchObject({ state: 'unregistered' });
    expect(lab.world.attempts).toEqual([]);
    expect(lab.world.refusedEvents.at(-1)).toMatchObject({
      rule: 'R-10',
      reason: 'auto-registration-disabled',
    });
  });

  it.each([LEGACY, CLASSIC])('a $model tries all the same, and is rejected', async (model) => {
    serveDefault({ autoRegistration: 'disabled' });
    refuseAll();
    expect(await lab.bootOnce({ model })).toMatchObject({ state: 'unregistered' });
    expect(lab.world.attempts).toHaveLength(2);
  });
});

describe('TVS of the default file, R-45', () => {
  it.each([
    ['names none (8.6(2)): nobody is asked', [], 'refused R-45'],
    ['names servers', configuration().tvs, 'updated R-26'],
  ] as const)('%s', async (_, tvs, result) => {
    serveDefault({ tvs });
    await lab.bootOnce();
    lab.tvsKnows(parties.renewed);
    lab.world.serve(TFTP, { [ITL]: lab.itlOf(parties.renewed, parties.renewed).bytes });
    await lab.bootOnce();
    expect(lab.world.figures('trust_lists')).toMatchObject({ [`itl ${result}`]: 1 });
  });
});
