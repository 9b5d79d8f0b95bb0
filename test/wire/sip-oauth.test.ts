import { describe, expect, it, onTestFinished } from 'vitest';
import { registerSip } from '../../src/net/sip-phone.js';
import type { OauthListenerOptions } from '../../src/net/sip-registrar.js';
import type { RegistrationResult } from '../../src/phone/world.js';
import type { Identity } from '../../src/pki/keys.js';
import { device, phone, registrar, type Started } from './sip-setting.js';
import { believes, callManager, listener, lsc, renewed, tls } from './tls-support.js';

const GOOD = 'good.access.token';

/** A registrar whose OAuth port shows another certificate than its port for mutual TLS. */
async function started(oauth: Partial<OauthListenerOptions> = {}): Promise<Started> {
  const asked: string[] = [];
  const made = await registrar({
    tls: listener(),
    admit: ({ oauth: byToken }) => {
      asked.push(byToken === true ? 'oauth' : 'certificate');
      return byToken === true
        ? { accepted: true, lines: [{ name: '1001', displayName: '' }] }
        : { accepted: false, reason: 'wrong-security', text: 'Security Error' };
    },
    oauth: {
      port: 0,
      identity: renewed,
      versions: { min: '1.2', max: '1.3' },
      tokenFault: (name, token) => (token === GOOD && name === device(1).name ? undefined : 'bad signature'),
      ...oauth,
    },
  });
  onTestFinished(() => made.registrar.close('rst'));
  return made;
}

async function register(
  port: number,
  token: string | null,
  shown: Identity | null = null,
  k = 1,
): Promise<RegistrationResult> {
  const options = phone(port, { k });
  const attempt = {
    ...options.attempt,
    mode: 'encrypted',
    transport: 'tls',
    token,
    tls: tls(shown, { judge: believes(callManager, renewed) }),
  } as const;
  const result = await registerSip({ ...options, attempt });
  if (result.result === 'accepted') onTestFinished(() => result.registration.drop());
  return result;
}

describe('SIP OAuth over sockets', () => {
  it('asks for the token with 407, takes a good one, and wants no certificate', async () => {
    const { registrar: service, events } = await started();
    const result = await register(service.oauth.port ?? 0, GOOD);
    expect(result).toMatchObject({ result: 'accepted' });
    expect(service.registered()).toMatchObject([{ deviceName: device(1).name, transport: 'tls' }]);
    expect(events).toContainEqual(
      expect.objectContaining({ event: 'rejected', status: 407, text: 'token asked' }),
    );
    if (result.result === 'accepted') await result.registration.unregister(22);
    expect(service.registered()).toEqual([]);
  });

  it.each([
    ['a token that is no good', 'tampered.access.token', 1, /407.*/],
    ['the token of another device', GOOD, 2, /407.*/],
    ['no token', null, 1, /407.*/],
  ] as const)('refuses a phone with %s', async (_, token, k, detail) => {
    const { registrar: service, events } = await started();
    const result = await register(service.oauth.port ?? 0, token, null, k);
    expect(result).toMatchObject({ result: 'rejected', detail: expect.stringMatching(detail) });
    expect(service.registered()).toEqual([]);
    const texts = events.flatMap((event) => (event.event === 'rejected' ? [event.text] : []));
    // the phone shows a token once; it does not insist
    expect(texts).toEqual(token === null ? ['token asked'] : ['token asked', 'token bad signature']);
  });

  it('is no way in for a phone with certificate and no token, nor 5061 for one with token', async () => {
    const { registrar: service } = await started();
    const withCertificate = lsc(device(1).name);
    expect(await register(service.oauth.port ?? 0, null, withCertificate)).toMatchObject({
      result: 'rejected',
    });
    expect(await register(service.secure.port ?? 0, GOOD, withCertificate)).toMatchObject({
      result: 'rejected',
      detail: expect.stringContaining('SIP OAuth Registration port Mismatch'),
    });
  });

  it('refuses a token that has expired when it refreshes, and the phone hears of it', async () => {
    let fault: string | undefined;
    const options = { tokenFault: () => fault };
    const made = await registrar({
      grantSeconds: 6,
      oauth: { port: 0, identity: renewed, versions: { min: '1.2', max: '1.2' }, ...options },
    });
    onTestFinished(() => made.registrar.close('rst'));
    const result = await register(made.registrar.oauth.port ?? 0, GOOD);
    if (result.result !== 'accepted') throw new Error(result.detail);
    fault = 'expired';
    // 6 s granted, refreshed 5 s before their end
    expect(await result.registration.ended).toMatchObject({ by: 'connection-lost', cause: 24 });
  });
});
