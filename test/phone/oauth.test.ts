import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { ModelProfile } from '../../src/device/model.js';
import { chooseTransport } from '../../src/phone/decide/transport.js';
import { DEFAULT_KNOBS } from '../../src/phone/knobs.js';
import { Phone } from '../../src/phone/phone.js';
import type { ServiceAnswer } from '../../src/phone/service-world.js';
import { BootLab, makeParties, type Parties, TFTP } from './boot-lab.js';
import { configuration, DEVICE, LEGACY, MODERN, type Party, party } from './fixtures.js';

const A = '10.0.0.1';
const B = '10.0.0.2';
const OAUTH = { deviceSecurityMode: 'encrypted', sipOauth: true } as const;

let parties: Parties;
let tomcat: Party;
let lab: BootLab;
let phone: Phone | undefined;

beforeAll(async () => {
  parties = await makeParties();
  tomcat = await party('tomcat', { bits: 2048 });
});

beforeEach(() => {
  lab = new BootLab(parties);
  lab.flash.itl = lab.firstItl;
  lab.store(OAUTH);
  lab.world.callManagers.set(A, tomcat.certificate.der).set(B, tomcat.certificate.der);
  lab.tvsSays({ result: 'positive', certificate: tomcat.certificate.der, roles: [7], ttlSeconds: 86_400 });
  grants();
});

afterEach(() => phone?.powerOff());

function answer(text: string, status = 200): ServiceAnswer {
  return { result: 'answered', status, body: Buffer.from(text) };
}

/** The token service hands out `token-1`, `token-2`, … */
function grants(seconds = 3_600): void {
  let count = 0;
  for (const address of [A, B]) {
    lab.world.web.set(address, {
      certificate: tomcat.certificate.der,
      answer: () => {
        count += 1;
        return answer(JSON.stringify({ access_token: `token-${count}`, expires_in: seconds }));
      },
    });
  }
}

async function boot(model: ModelProfile = MODERN): Promise<Phone> {
  const { flash, world } = lab;
  phone = new Phone({ device: DEVICE, model, knobs: DEFAULT_KNOBS, flash, world, tftpServers: [TFTP] });
  await world.through(phone.powerOn(new AbortController().signal));
  return phone;
}

describe('SIP OAuth on the phone', () => {
  it.each([
    ['an 8841', configuration(OAUTH), MODERN, { by: 'token', mode: 'encrypted', port: 5090 }],
    [
      'an 8841 whose configuration names the port',
      configuration({
        ...OAUTH,
        callManagers: configuration().callManagers.map((entry) => ({ ...entry, oauthSipPort: 5190 })),
      }),
      MODERN,
      { by: 'token', port: 5190 },
    ],
    [
      'an 8841 without the mode',
      configuration({ deviceSecurityMode: 'encrypted' }),
      MODERN,
      { kind: 'none' },
    ],
    ['a 7962, which has none (R-105)', configuration(OAUTH), LEGACY, { kind: 'none' }],
    ['an SCCP phone', configuration({ ...OAUTH, deviceProtocol: 'SCCP' }), MODERN, { kind: 'none' }],
  ] as const)('%s without CTL', (_, settings, model, expected) => {
    const [server] = settings.callManagers;
    if (server === undefined) throw new Error('no CallManager');
    expect(chooseTransport(settings, null, server, model)).toMatchObject(expected);
  });

  it('fetches a token, has Tomcat vouched for once, and registers encrypted without CTL and certificate', async () => {
    expect((await boot()).mode).toBe('encrypted');
    expect(lab.world.figures('registrations')).toEqual({ [`${A} sip encrypted accepted  none 1.2`]: 1 });
    expect(lab.world.figures('tvs_requests')).toEqual({ [`${A} https positive`]: 1 });
    expect(lab.world.calls).toContain(`https ${A}:8443/ssosp/token?device=${DEVICE}`);
    expect(lab.world.attempts[0]).toMatchObject({
      token: 'token-1',
      server: { address: A, port: 5090 },
      tls: { identity: null },
    });
  });

  it('keeps its token for the next member, and asks TVS about a certificate that it meets there first', async () => {
    const other = await party('tomcat-b', { bits: 2048 });
    lab.world.registrars.delete(A);
    lab.world.callManagers.set(B, other.certificate.der);
    lab.tvsSays({ result: 'positive', certificate: other.certificate.der, roles: [7], ttlSeconds: 60 }, B);
    const knows = lab.world.tvs.get(A);
    lab.world.tvs.set(A, {
      certificate: parties.tvs.certificate.der,
      answer: (question) => {
        if (Buffer.compare(question.certificate ?? Buffer.alloc(0), tomcat.certificate.der) === 0)
          return knows?.answer(question) ?? { result: 'negative' };
        return { result: 'positive', certificate: other.certificate.der, roles: [7], ttlSeconds: 60 };
      },
    });
    expect((await boot()).node).toBe(B);
    expect(lab.world.attempts.map(({ token }) => token)).toEqual(['token-1', 'token-1', 'token-1']);
    expect(lab.world.counted('tvs_requests', { for: 'https' })).toBe(2);
  });

  it('throws away a token that the registrar refuses', async () => {
    const refusal = { result: 'rejected', cause: '', tls: '1.2', detail: '407' } as const;
    lab.world.refusals.set(A, refusal);
    expect((await boot()).node).toBe(B);
    expect(lab.world.attempts.map(({ token }) => token)).toEqual(['token-1', 'token-2']);
  });

  it.each([
    ['TVS does not know Tomcat', () => lab.tvsSays({ result: 'negative' }), 'tls-failed', '10'],
    ['there is no token service', () => lab.world.web.clear(), 'unreachable', '6'],
    ['the service has no token for it', () => setAnswers(answer('', 403)), 'rejected', '10'],
    [
      'what comes is no token',
      () => setAnswers(answer('{"access_token":"a b","expires_in":1}')),
      'rejected',
      '10',
    ],
    ['what comes is no JSON', () => setAnswers(answer('token')), 'rejected', '10'],
  ])('does not register when %s', async (_, arrange, result, cause) => {
    arrange();
    expect((await boot()).state).toBe('unregistered');
    expect(lab.world.attempts).toEqual([]);
    expect(lab.world.figures('registrations')).toEqual({
      [`${A} sip encrypted ${result} ${cause} none none`]: 1,
      [`${B} sip encrypted ${result} ${cause} none none`]: 1,
    });
  });

  it('is not kept back by a certificate operation: no LSC is needed (DT-5)', async () => {
    lab.store({ ...OAUTH, capfAuthMode: 1 });
    expect((await boot()).mode).toBe('encrypted');
  });
});

function setAnswers(given: ServiceAnswer): void {
  for (const address of [A, B])
    lab.world.web.set(address, { certificate: tomcat.certificate.der, answer: () => given });
}
