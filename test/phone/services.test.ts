import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ModelProfile } from '../../src/device/model.js';
import { serviceAddress } from '../../src/phone/decide/service.js';
import { DEFAULT_KNOBS } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import type { TvsAnswer } from '../../src/phone/world.js';
import { BootLab, makeParties, type Parties, TFTP } from './boot-lab.js';
import {
  blankItl,
  CLASSIC,
  configuration,
  DEVICE,
  itl,
  MODERN,
  type Party,
  party,
  record,
} from './fixtures.js';

const DIRECTORY = 'https://10.0.0.9:8443/ccmcip/xmldirectory.jsp';
const urls = { secureDirectoryURL: DIRECTORY };

let parties: Parties;
let tomcat: Party;
let lab: BootLab;

beforeAll(async () => {
  parties = await makeParties();
  tomcat = await party('tomcat');
});

beforeEach(() => {
  lab = new BootLab(parties);
  lab.flash.itl = lab.firstItl;
  lab.store({ urls });
  serveWeb(200);
});

function serveWeb(status: number): void {
  const answer = { result: 'answered', status, body: new Uint8Array(0) } as const;
  lab.world.web.set('10.0.0.1', { certificate: tomcat.certificate.der, answer: () => answer });
}

/** The phone boots without any server but CallManager, so its flash stays as it is, and the user presses the button. */
async function open(model: ModelProfile = MODERN): Promise<Phone> {
  lab.world.answers.clear();
  const { flash, world } = lab;
  const phone = new Phone({ device: DEVICE, model, knobs: DEFAULT_KNOBS, flash, world, tftpServers: [TFTP] });
  await world.through(phone.powerOn(new AbortController().signal));
  world.forget();
  await world.through(phone.open('directory'));
  return phone;
}

const POSITIVE = (): TvsAnswer => ({
  result: 'positive',
  certificate: tomcat.certificate.der,
  roles: [7],
  ttlSeconds: 86_400,
});

describe('R-49, HTTPS services', () => {
  it('asks the first server of the CallManager group, whatever host the URL names', () => {
    const address = serviceAddress(configuration({ urls }), 'directory');
    expect(address).toEqual({
      server: { address: '10.0.0.1', port: 8443 },
      path: '/ccmcip/xmldirectory.jsp',
    });
  });

  it.each([
    ['no configuration', null],
    ['no URL', configuration()],
    ['a URL that is not HTTPS', configuration({ urls: { secureDirectoryURL: 'http://10.0.0.1/' } })],
    ['a URL that is none', configuration({ urls: { secureDirectoryURL: 'directory' } })],
    ['no CallManager', configuration({ urls, members: [] })],
  ])('asks nobody with %s', (_, stored) => {
    expect(serviceAddress(stored, 'directory')).toBeUndefined();
  });

  it('a certificate in no list goes to TVS as a whole, and its yes lets the phone in', async () => {
    lab.tvsSays(POSITIVE());
    const phone = await open();
    expect(lab.world.figures('services')).toEqual({ 'directory ok': 1 });
    expect(lab.world.figures('tvs_requests')).toEqual({ '10.0.0.1 https positive': 1 });
    expect(lab.world.questions[0]?.certificate).toEqual(tomcat.certificate.der);
    expect(phone.state).toBe('registered');
    phone.powerOff();
  });

  it('asks TVS once while the answer is good (R-42)', async () => {
    lab.tvsSays(POSITIVE());
    const phone = await open();
    await lab.world.through(phone.open('directory'));
    expect(lab.world.figures('services')).toEqual({ 'directory ok': 2 });
    expect(lab.world.counted('tvs_requests')).toBe(1);
    phone.powerOff();
  });

  it('a certificate that a list has needs no TVS', async () => {
    const records = [
      record('SAST', parties.recovery),
      record('TVS', parties.tvs),
      record('APP-SERVER', tomcat),
    ];
    lab.flash.itl = itl(parties.recovery, records);
    const phone = await open();
    expect(lab.world.figures('services')).toEqual({ 'directory ok': 1 });
    expect(lab.world.counted('tvs_requests')).toBe(0);
    phone.powerOff();
  });

  it.each([
    ['TVS does not know it', () => lab.tvsSays({ result: 'negative' }), 'tvs-negative'],
    ['no TVS answers', () => undefined, 'tvs-unusable'],
    [
      'the TVS certificate is not in the ITL, as on a locked phone (R-62)',
      () => lab.world.tvs.set('10.0.0.1', { certificate: tomcat.certificate.der, answer: POSITIVE }),
      'tvs-unusable',
    ],
    [
      'the ITL is blank (R-66)',
      () => {
        lab.flash.itl = blankItl(parties.recovery);
      },
      'no-tvs-record',
    ],
  ])('shows Host Not Found when %s, and stays registered', async (_, arrange, reason) => {
    arrange();
    const phone = await open();
    expect(lab.world.figures('services')).toEqual({ 'directory host-not-found': 1 });
    expect(lab.messages()).toEqual(['Host Not Found']);
    expect(lab.world.figures('trust_failures')).toMatchObject({ [`peer ${reason} R-49`]: 1 });
    expect(phone.state).toBe('registered');
    phone.powerOff();
  });

  it('a phone without Security By Default has nobody to ask (R-34)', async () => {
    lab.flash.itl = null;
    const phone = await open(CLASSIC);
    expect(lab.world.figures('services')).toEqual({ 'directory host-not-found': 1 });
    expect(lab.world.figures('trust_failures')).toEqual({ 'peer no-security-by-default R-34': 1 });
    phone.powerOff();
  });

  it('shows Host Not Found for a server that is not there, or has no such page', async () => {
    lab.tvsSays(POSITIVE());
    serveWeb(404);
    const phone = await open();
    lab.world.web.clear();
    await lab.world.through(phone.open('directory'));
    expect(lab.world.figures('services')).toEqual({ 'directory host-not-found': 2 });
    phone.powerOff();
  });

  it('a phone that is off opens nothing', async () => {
    const phone = await open();
    phone.powerOff();
    lab.world.forget();
    await phone.open('directory');
    expect(lab.world.calls).toEqual([]);
  });
});
