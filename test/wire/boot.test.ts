import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fileNames } from '../../src/device/name.js';
import type { Device } from '../../src/fleet/devices.js';
import { emptyFlash } from '../../src/phone/flash.js';
import { fleetOf, library, MODELS, type Setting, startSetting, type TestPhone } from './boot-setting.js';

const BIND = '127.30.1.1';

const EVERY_MODEL = [...MODELS.values()].flatMap(({ model, protocols }) =>
  protocols.map((protocol) => ({ model, protocol })),
);

/** */
const hasSecurityByDefault = ({ model }: { readonly model: string }): boolean =>
  MODELS.get(model)?.securityByDefault === true;

let setting: Setting;
let devices: readonly Device[];
const phones: TestPhone[] = [];

function deviceOf(model: string, protocol: 'SCCP' | 'SIP'): Device {
  const device = devices.find(({ kind }) => kind.model === model && kind.protocol === protocol);
  if (device === undefined) throw new Error(`no ${model} with ${protocol}`);
  return device;
}

function phone(device: Device, ...flash: Parameters<Setting['phone']>[1][]): TestPhone {
  const made = setting.phone(device, ...flash);
  phones.push(made);
  return made;
}

beforeAll(async () => {
  devices = fleetOf(EVERY_MODEL);
  setting = await startSetting(devices, BIND, { release: '12.5(1)' });
});

afterAll(async () => {
  for (const one of phones) one.powerOff();
  await setting.host.close();
});

describe('one phone boots over sockets against the embedded cluster (R-01, S-01)', () => {
  it('there is every model of the first issue, with every protocol that it speaks', () => {
    expect(EVERY_MODEL.map(({ model, protocol }) => `${model} ${protocol}`)).toEqual(
      expect.arrayContaining([
        ...['7942 SCCP', '7942 SIP', '7962 SCCP', '7962 SIP', '7975 SCCP', '7975 SIP'],
        ...['8811 SIP', '8841 SIP', '8845 SIP', '8851 SIP', '8861 SIP', '8865 SIP'],
      ]),
    );
  });

  it.each(EVERY_MODEL.filter(hasSecurityByDefault))(
    'a factory-new $model with $protocol: what it counts',
    async ({ model, protocol }) => {
      const device = deviceOf(model, protocol);
      const one = phone(device);
      const outcome = await one.powerOn();
      expect(outcome).toEqual({ state: 'registered', mode: 'nonsecure', node: 'SUB1', locked: false });

      // newer phones ask over HTTP 6970 first; 79xx use TFTP
      const transport = MODELS.get(model)?.fetchesOverHttp ? 'http' : 'tftp';
      const { octets, ...counted } = withoutOctets(one.counted());
      expect(counted).toEqual({
        'alarms 3': 1, // new ITL, no list before
        'configurations accepted sgn R-52': 1,
        // no TLS on 2000 and 5060
        [`registrations SUB1 ${protocol.toLowerCase()} nonsecure accepted none none`]: 1,
        'status_messages File Not Found <CTLFile.tlv>': 1,
        'status_messages ITL installed': 1,
        // the cluster serves ITLSEP, so three requests are the whole boot
        [`transfers ${transport} not-found`]: 1,
        [`transfers ${transport} ok`]: 2,
        'trust_lists ctl not-found R-05': 1,
        'trust_lists itl initial R-16': 1,
      });
      // the octets are those of the two files, neither more nor less
      const served = [fileNames.itl(device.name), fileNames.signedConfig(device.name)];
      const sizes = served.map((file) => setting.host.artefact('PUB', file)?.length ?? 0);
      expect(octets).toBe(sizes[0] === undefined ? 0 : sizes.reduce((sum, size) => sum + size, 0));

      expect(one.refusals).toEqual([]);
      expect(one.times.sort()).toEqual([
        ...['boot_seconds', 'register_seconds'],
        ...['transfer_seconds', 'transfer_seconds', 'transfer_seconds'],
        'verify_seconds',
      ]);
      expect(one.phone.flash.ctl).toBeNull();
      expect(one.phone.flash.itl?.bytes).toEqual(setting.host.artefact('PUB', fileNames.itl(device.name)));
      one.powerOff();
    },
  );

  const withoutLists = EVERY_MODEL.filter((one) => !hasSecurityByDefault(one));
  it.runIf(withoutLists.length > 0).each(withoutLists)(
    'a factory-new $model with $protocol has no Security By Default: no ITL, unsigned files (R-34)',
    async ({ model, protocol }) => {
      const one = phone(deviceOf(model, protocol));
      expect(await one.powerOn()).toMatchObject({ state: 'registered', mode: 'nonsecure', locked: false });
      const { octets, ...counted } = withoutOctets(one.counted());
      expect(counted).toEqual({
        'configurations accepted plain R-55': 1,
        [`registrations SUB1 ${protocol.toLowerCase()} nonsecure accepted none none`]: 1,
        'status_messages File Not Found <CTLFile.tlv>': 1,
        'status_messages No Trust List installed': 1,
        'transfers tftp not-found': 1,
        'transfers tftp ok': 1,
        'trust_lists ctl not-found R-05': 1,
      });
      expect(octets).toBe(setting.host.artefact('PUB', fileNames.config(one.phone.device))?.length);
      one.powerOff();
    },
  );

  it('the services saw the same: files in the order of R-07, one registration', async () => {
    const device = deviceOf('8841', 'SIP');
    const one = phone(device);
    setting.heard.files.length = 0;
    setting.heard.events.length = 0;
    await one.powerOn();
    expect(setting.heard.files).toEqual([
      `PUB http ${fileNames.ctl(device.name)} not-found`,
      `PUB http ${fileNames.itl(device.name)} ok`,
      `PUB http ${fileNames.signedConfig(device.name)} ok`,
    ]);
    expect(setting.heard.events.filter(({ event }) => event === 'registered')).toEqual([
      { node: 'SUB1', service: 'sip', event: 'registered' },
    ]);
    one.powerOff();
  });

  it.each([
    ['7975', 'SCCP'],
    ['8865', 'SIP'],
  ] as const)(
    'a %s with %s is reset: it unregisters on the wire, finds its ITL unchanged (R-13) and comes back',
    async (model, protocol) => {
      const one = phone(deviceOf(model, protocol));
      await one.powerOn();
      one.counted();
      setting.heard.events.length = 0;
      expect(await one.phone.reset('reset')).toMatchObject({ state: 'registered', node: 'SUB1' });
      expect(withoutTransfers(one.counted())).toEqual({
        'configurations accepted sgn R-52': 1,
        [`registrations SUB1 ${protocol.toLowerCase()} nonsecure accepted none none`]: 1,
        'status_messages File Not Found <CTLFile.tlv>': 1,
        'status_messages Restart requested by Cisco Unified Communications Manager': 1,
        'trust_lists ctl not-found R-05': 1,
        'trust_lists itl unchanged R-13': 1,
      });
      const seen = setting.heard.events.filter(({ node }) => node === 'SUB1').map(({ event }) => event);
      expect(seen.indexOf('unregistered')).toBeGreaterThanOrEqual(0);
      expect(seen.lastIndexOf('registered')).toBeGreaterThan(seen.indexOf('unregistered'));
      one.powerOff();
    },
  );

  it('a healthy phone finds the same ITL and raises no alarm (R-13)', async () => {
    const device = deviceOf('7942', 'SCCP');
    const flash = emptyFlash({ mic: () => setting.mic(device) });
    const itl = setting.host.artefact('PUB', fileNames.clusterItl);
    const xml = setting.host.artefact('PUB', fileNames.config(device.name));
    if (itl === undefined || xml === undefined) throw new Error('PUB serves no ITL or no configuration');
    flash.itl = library.readList(itl);
    flash.configuration = library.readConfiguration(xml);
    const one = phone(device, flash);
    await one.powerOn();
    expect(withoutTransfers(one.counted())).toEqual({
      'configurations accepted sgn R-52': 1,
      'registrations SUB1 sccp nonsecure accepted none none': 1,
      'status_messages File Not Found <CTLFile.tlv>': 1,
      'trust_lists ctl not-found R-05': 1,
      'trust_lists itl unchanged R-13': 1,
    });
    one.powerOff();
  });

  it('the second TFTP server answers when the first is stopped (R-12)', async () => {
    const one = phone(deviceOf('7942', 'SCCP'));
    await setting.host.fault({ stop: ['TFTP'], nodes: ['PUB'] });
    try {
      expect(await one.powerOn()).toMatchObject({ state: 'registered', node: 'SUB1' });
    } finally {
      await setting.host.fault({ clear: 'all' });
    }
    expect(one.counted()).toMatchObject({ 'trust_lists itl initial R-16': 1, 'transfers tftp ok': 2 });
    expect(one.phone.flash.itl?.bytes).toEqual(setting.host.artefact('SUB1', fileNames.clusterItl));
    one.powerOff();
  });

  it('a 7962 with SIP whose configuration says UDP registers by datagrams (R-12, sip.md 1)', async () => {
    const device = deviceOf('7962', 'SIP');
    const flash = emptyFlash({ mic: () => setting.mic(device) });
    const itl = setting.host.artefact('PUB', fileNames.clusterItl);
    const xml = setting.host.artefact('PUB', fileNames.config(device.name));
    if (itl === undefined || xml === undefined) throw new Error('PUB serves no ITL or no configuration');
    const stored = library.readConfiguration(xml);
    flash.itl = library.readList(itl);
    // CUCM's standard profile says TCP+UDP, of which the phone takes TCP: 2 is what the administrator may choose
    const configuration = { ...stored.configuration, transportLayerProtocol: 2 as const };
    flash.configuration = { ...stored, configuration };
    // its one TFTP server does not answer, so the stored configuration is in force
    const one = phone({ ...device, kind: { ...device.kind, tftp: ['PUB'] } }, flash);
    await setting.host.fault({ stop: ['TFTP'], nodes: ['PUB'] });
    try {
      expect(await one.powerOn()).toMatchObject({ state: 'registered', node: 'SUB1', locked: false });
    } finally {
      await setting.host.fault({ clear: 'all' });
    }
    const counted = one.counted();
    expect(counted).toMatchObject({
      'registrations SUB1 sip nonsecure accepted none none': 1,
      'status_messages TFTP timeout': 1,
    });
    expect(one.log.join('\n')).toContain('register SUB1 udp: accepted');
    one.powerOff();
  });

  it('no CallManager answers: the boot ends unregistered after each member was tried once (R-82)', async () => {
    const one = phone(deviceOf('8811', 'SIP'));
    await setting.host.fault({ stop: ['CallManager'], nodes: 'all' });
    try {
      expect(await one.powerOn()).toMatchObject({ state: 'unregistered', mode: 'none', node: '' });
      one.powerOff();
      expect(one.counted()).toMatchObject({
        'registrations SUB1 sip nonsecure unreachable 6 none none': expect.any(Number),
        'registrations SUB2 sip nonsecure unreachable 6 none none': expect.any(Number),
      });
    } finally {
      await setting.host.fault({ clear: 'all' });
    }
  });
});

/** Octets apart from the other figures: they differ with the sizes of the certificates drawn. */
function withoutOctets(counted: Record<string, number>) {
  const isOctets = (name: string): boolean => name.startsWith('transfer_bytes');
  const entries = Object.entries(counted);
  return {
    octets: entries.filter(([name]) => isOctets(name)).reduce((sum, [, value]) => sum + value, 0),
    ...Object.fromEntries(entries.filter(([name]) => !isOctets(name))),
  };
}

function withoutTransfers(counted: Record<string, number>): Record<string, number> {
  return Object.fromEntries(Object.entries(counted).filter(([name]) => !name.startsWith('transfer')));
}
