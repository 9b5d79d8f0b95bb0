import { describe, expect, it } from 'vitest';
import { parseRelease } from '../../../src/device/release.js';
import { deviceTlInfo } from '../../../src/protocol/sip/alarm.js';
import { headerValue, type SipRequest } from '../../../src/protocol/sip/message.js';
import { parseDatagram } from '../../../src/protocol/sip/parse.js';
import type { SipAdmission, SipRegistrarEffect } from '../../../src/protocol/sip/registrar-model.js';
import { serverSupported } from '../../../src/protocol/sip/release-dialect.js';
import {
  asked,
  first,
  flow,
  line,
  only,
  others,
  phone,
  registrar,
  requests,
  responses,
  SENDER,
} from './machines.js';
import { haveVectors, octets, vector } from './vectors.js';

const TCP = flow();
const refusing = (reason: Extract<SipAdmission, { accepted: false }>['reason']) => ({
  admit: (): SipAdmission => ({ accepted: false, reason, text: 'x' }),
});

function events(effects: readonly SipRegistrarEffect[]): readonly unknown[] {
  return others(effects).map((effect) => {
    if (effect.do !== 'event') throw new Error('no event');
    const { flow: _, ...event } = effect.event as { flow?: unknown };
    return event;
  });
}

/** The request with header lines replaced, dropped (undefined) or added. */
function changed(request: SipRequest, headers: Readonly<Record<string, string | undefined>>): SipRequest {
  const kept = request.headers.filter(({ name }) => !Object.hasOwn(headers, name));
  const added = Object.entries(headers).flatMap(([name, value]) =>
    value === undefined ? [] : [{ name, value }],
  );
  return { ...request, headers: [...kept, ...added] };
}

const register = (options: Parameters<typeof phone>[0] = {}): SipRequest =>
  only(requests(phone(options).start(0)));
const status = (effects: readonly SipRegistrarEffect[]): readonly number[] =>
  responses(effects).map((each) => each.status);
const contact = (request: SipRequest): string => headerValue(request, 'contact') ?? '';

describe('REGISTER', () => {
  it('is answered with 100, then 200: 120 s whatever was asked, x-cisco-newreg, body for body (sip.md 4.1, 4.2)', () => {
    const effects = registrar().receive(TCP, register(), 0);
    const [trying, ok] = responses(effects);
    expect(trying?.headers.map(({ name }) => name)).toEqual([
      'Via',
      'From',
      'To',
      'Date',
      'Call-ID',
      'CSeq',
      'Content-Length',
    ]);
    expect(trying === undefined ? '' : headerValue(trying, 'to')).not.toContain('tag=');
    if (ok === undefined) throw new Error('no 200');
    expect(ok.headers.map(({ name }) => name)).toEqual([
      'Via',
      'From',
      'To',
      'Date',
      'Call-ID',
      'Server',
      'CSeq',
      'Expires',
      'Contact',
      'Supported',
      'Content-Type',
      'Content-Length',
    ]);
    expect(headerValue(ok, 'expires')).toBe('120');
    expect(headerValue(ok, 'contact')).toBe(`${contact(register())};x-cisco-newreg`);
    expect(headerValue(ok, 'to')).toMatch(/;tag=\d+$/);
    expect(headerValue(ok, 'server')).toBe('Cisco-CUCM12.5');
    expect(ok.body).toHaveLength(379);
    expect(events(effects)).toEqual([
      {
        event: 'registered',
        device: 'SEP001F9E266369',
        deviceType: 683,
        lines: ['1001'],
        userAgent: 'Cisco-CP8841/12.8.1',
        cause: 25,
      },
    ]);
  });

  it.skipIf(!haveVectors)('takes the reference message, and a refresh without newreg and body', () => {
    const server = registrar();
    const read = (name: string): SipRequest => parseDatagram(octets(vector(name))) as SipRequest;
    const from = flow({ remoteAddress: '192.0.2.36' });
    expect(status(server.receive(from, read('REGISTER_initial_tcp'), 0))).toEqual([100, 200]);
    const effects = server.receive(from, read('REGISTER_refresh_tcp'), 115_000);
    const ok = responses(effects)[1];
    if (ok === undefined) throw new Error('no 200');
    expect(headerValue(ok, 'contact')).not.toContain('newreg');
    expect(headerValue(ok, 'content-type')).toBeUndefined();
    expect(events(effects)).toEqual([]);
    expect(status(server.receive(from, read('REGISTER_standby_keepalive'), 116_000))).toEqual([100, 200]);
    expect(server.size).toBe(1);
    expect(status(server.receive(from, read('REGISTER_unregister'), 117_000))).toEqual([100, 200]);
    expect(server.size).toBe(0);
  });

  it.each([
    ['with bulkregisterreq: all lines of the device', {}, ['1001', '1002']],
    ['without a body: the line of its To', { body: new Uint8Array(0) }, ['1001']],
  ])('%s (sip.md 3.5)', (_, changes, lines) => {
    const server = registrar({
      admit: () => ({ accepted: true, lines: [{ name: '1001' }, { name: '1002' }] }),
    });
    const effects = server.receive(TCP, { ...register(), ...changes }, 0);
    expect(events(effects)).toMatchObject([{ event: 'registered', lines }]);
  });

  it('repeated over UDP it hears the same again, newreg included, and is counted once', () => {
    const server = registrar();
    const request = register({ sender: { ...SENDER, transport: 'udp' } });
    const once = server.receive(flow({ transport: 'udp' }), request, 0);
    const again = server.receive(flow({ transport: 'udp' }), request, 500);
    expect(responses(again)).toEqual(responses(once));
    expect(events(again)).toEqual([]);
  });

  it('a refresh at a registrar that has lost its state is a new registration', () => {
    const one = phone();
    const initial = only(requests(one.start(0)));
    const before = registrar().receive(TCP, initial, 0);
    for (const response of responses(before)) one.receive(response, 0);
    const refresh = only(requests(one.tick(115_000)));
    const effects = registrar().receive(TCP, refresh, 115_000);
    const ok = responses(effects)[1];
    expect(ok === undefined ? '' : headerValue(ok, 'contact')).toContain(';x-cisco-newreg');
    const renewed = ok === undefined ? [] : one.receive(ok, 115_001);
    expect(others(renewed)).toEqual([{ do: 'renewed' }]);
  });

  it('with a lower CSeq than before is refused (RFC 3261 10.3)', () => {
    const server = registrar();
    const request = register();
    server.receive(TCP, changed(request, { CSeq: '105 REGISTER' }), 0);
    expect(status(server.receive(TCP, request, 1))).toEqual([100, 500]);
  });
});

describe('what CUCM checks (sip.md 4.4), and the answers of 4.3', () => {
  it.each([
    ['1: no Call-ID', { 'Call-ID': undefined }],
    ['1: no address of record', { To: 'nonsense' }],
    ['1: no Contact', { Contact: undefined }],
    ['1: malformed Contact', { Contact: '<sip:a@b' }],
    ['1: Contact *', { Contact: '*' }],
    ['1: Expires that is no number', { Expires: 'soon' }],
  ])('%s: 400', (_, headers) => {
    const effects = registrar().receive(TCP, changed(register(), headers), 0);
    expect(status(effects)).toEqual([100, 400]);
    expect(events(effects)).toMatchObject([{ event: 'rejected', status: 400 }]);
  });

  it.each([
    ['2: unknown device', refusing('unknown-device'), 404, 'Unable to find a device/user in database', false],
    ['2: an SCCP device', refusing('wrong-protocol'), 403, 'Device type / protocol mismatch', true],
    ['4: wrong port class', refusing('wrong-security'), 403, 'SIP OAuth Registration port Mismatch', true],
    [
      '8: the cluster says so',
      refusing('active-elsewhere'),
      403,
      'Registration is active for another client',
      true,
    ],
  ])('%s', (_, options, expected, warning, retry) => {
    const effects = registrar(options).receive(TCP, register(), 0);
    expect(status(effects)).toEqual([100, expected]);
    const refusal = responses(effects)[1];
    if (refusal === undefined) throw new Error('no answer');
    expect(headerValue(refusal, 'warning')).toBe(`399 cucm1 "${warning}"`);
    expect(headerValue(refusal, 'retry-after')).toBe(retry ? '35' : undefined);
    expect(events(effects)).toEqual([
      { event: 'rejected', device: 'SEP001F9E266369', status: expected, text: warning },
    ]);
  });

  it('asks the cluster about name, type, address and whether it came over TLS', () => {
    const questions: unknown[] = [];
    const server = registrar({
      admit: (question) => {
        questions.push(question);
        return { accepted: true, lines: [] };
      },
    });
    server.receive(flow({ transport: 'tls', peerName: 'CP-8841-SEP001F9E266369' }), register(), 0);
    expect(questions).toEqual([
      {
        deviceName: 'SEP001F9E266369',
        deviceType: 683,
        protocol: 'SIP',
        address: '127.64.0.1',
        secure: true,
        mode: 'encrypted',
      },
    ]);
  });

  it.each([
    ['an LSC', 'SEP001F9E266369', 200],
    ['a MIC', 'CP-8841-SEP001F9E266369', 200],
    ['another phone’s', 'SEP001F9E000001', 403],
    ['none', null, 403],
  ])('5: over TLS the certificate’s name must be the device’s: %s', (_, peerName, expected) => {
    const effects = registrar().receive(flow({ transport: 'tls', peerName }), register(), 0);
    expect(status(effects)).toEqual([100, expected]);
  });

  it('8: active at another address: 403, until that one is gone', () => {
    const server = registrar();
    const elsewhere = flow({ remoteAddress: '127.64.0.2' });
    server.receive(TCP, register(), 0);
    expect(status(server.receive(elsewhere, register(), 1))).toEqual([100, 403]);
    expect(events(server.closed(TCP))).toEqual([
      { event: 'unregistered', device: 'SEP001F9E266369', because: 'connection-closed', cause: undefined },
    ]);
    expect(status(server.receive(elsewhere, register(), 2))).toEqual([100, 200]);
  });

  it('8: again from the same address, with another Call-ID: the old registration is replaced', () => {
    const server = registrar();
    server.receive(TCP, register(), 0);
    const again = changed(register(), { 'Call-ID': 'other@127.64.0.1' });
    const later = flow({ remotePort: 51999 });
    expect(events(server.receive(later, again, 1)).map((each) => (each as { event: string }).event)).toEqual([
      'unregistered',
      'registered',
    ]);
    // The old connection breaks after the new one stands: nothing happens.
    expect(server.closed(TCP)).toEqual([]);
    expect(server.size).toBe(1);
  });

  it('423 for less than what everybody is granted (Min-Expires)', () => {
    const effects = registrar().receive(TCP, changed(register(), { Expires: '60' }), 0);
    expect(status(effects)).toEqual([100, 423]);
    const refusal = responses(effects)[1];
    expect(refusal === undefined ? '' : headerValue(refusal, 'min-expires')).toBe('120');
  });
});

describe('6: digest', () => {
  const digest = {
    realm: 'ccmsipline',
    nonceSeconds: 600,
    credentials: () => ({ user: '1001', password: 'secret' }),
  };

  it('401, then the phone’s answer is right', () => {
    const server = registrar({ digest });
    const one = phone({ lines: [line('1001', 'secret')] });
    const refused = responses(server.receive(TCP, only(requests(one.start(0))), 0));
    expect(refused.map((each) => each.status)).toEqual([100, 401]);
    const again = only(requests(refused.flatMap((each) => one.receive(each, 1))));
    expect(status(server.receive(TCP, again, 1))).toEqual([100, 200]);
  });

  it('wrong password: 401 again and again', () => {
    const server = registrar({ digest });
    const one = phone({ lines: [line('1001', 'wrong')] });
    let request: SipRequest | undefined = only(requests(one.start(0)));
    let asked401 = 0;
    while (request !== undefined) {
      const refused = responses(server.receive(TCP, request, 0));
      expect(refused.map((each) => each.status)).toEqual([100, 401]);
      asked401 += 1;
      [request] = requests(refused.flatMap((each) => one.receive(each, 1)));
    }
    expect(asked401).toBe(4);
    expect(server.size).toBe(0);
  });

  it('an old nonce is stale, a foreign one is not; both are asked anew', () => {
    let now = Date.UTC(2024, 4, 15);
    const server = registrar({ digest, date: () => now });
    const one = phone({ lines: [line('1001', 'secret')] });
    const refused = responses(server.receive(TCP, only(requests(one.start(0))), 0));
    const again = only(requests(refused.flatMap((each) => one.receive(each, 1))));
    now += 601_000;
    const stale = responses(server.receive(TCP, again, 1))[1];
    expect(stale === undefined ? '' : headerValue(stale, 'www-authenticate')).toContain('stale=true');
    const foreign = responses(
      registrar({ digest, random: () => 0.9, date: () => now }).receive(TCP, again, 1),
    )[1];
    expect(foreign === undefined ? '' : headerValue(foreign, 'www-authenticate')).not.toContain('stale');
  });
});

describe('time', () => {
  it('drops a device 15 s after the 120 s that it was granted (R-82)', () => {
    const server = registrar();
    server.receive(TCP, register(), 1_000);
    expect(server.deadline).toBe(136_000);
    expect(server.tick(135_999)).toEqual([]);
    expect(events(server.tick(136_000))).toEqual([
      { event: 'unregistered', device: 'SEP001F9E266369', because: 'expired', cause: undefined },
    ]);
    expect(server.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it('a heartbeat with cisco-keep-alive neither registers nor deregisters nor prolongs (sip.md 3.8, 7)', () => {
    const server = registrar();
    const heartbeat = changed(register(), {
      Contact: `${contact(register())};expires=0;cisco-keep-alive`,
      Expires: '0',
      'Call-ID': 'standby@127.64.0.1',
    });
    const ok = responses(server.receive(TCP, heartbeat, 0))[1];
    expect(server.size).toBe(0);
    if (ok === undefined) throw new Error('no 200');
    expect(headerValue(ok, 'expires')).toBe('0');
    expect(headerValue(ok, 'contact')).toBe(contact(register()));
    server.receive(TCP, register(), 0);
    server.receive(TCP, heartbeat, 100_000);
    expect(server.size).toBe(1);
    expect(server.deadline).toBe(135_000);
  });
});

describe('REFER', () => {
  const info = {
    deviceName: 'SEP001F9E266369',
    ipv4: '127.64.0.1',
    ipv6: '',
    ctl: null,
    itl: { signatureSha1: '1ba1c907e99e4d3c539dc81424af6c9f7dce4d6d', server: 'PUB' },
    statusCode: 3,
  };

  it('DeviceTLInfo becomes an event with the hash of the ITL (R-75), 202', () => {
    const refer = first(requests(phone({ trustListAlarm: deviceTlInfo(info) }).start(0)));
    const effects = registrar().receive(TCP, refer, 0);
    const accepted = only(responses(effects));
    expect(accepted.status).toBe(202);
    expect(accepted.headers.map(({ name }) => name)).toEqual([
      'Via',
      'From',
      'To',
      'Date',
      'Call-ID',
      'CSeq',
      'Contact',
      'Content-Length',
    ]);
    expect(events(effects)).toEqual([{ event: 'trust-lists', device: 'SEP001F9E266369', info }]);
  });

  it('an alarm that cannot be read is accepted and told', () => {
    const refer = asked('REFER', ['Content-Type: application/x-cisco-alarm+xml'], '<broken');
    const effects = registrar().receive(TCP, refer, 0);
    expect(status(effects)).toEqual([202]);
    expect(events(effects)).toMatchObject([{ event: 'rejected' }]);
  });

  it('a token is granted to whom the cluster admits (sip.md 5.2)', () => {
    const refer = asked('REFER', [
      'Refer-To: <urn:X-cisco-remotecc:token-registration>',
      'Contact: <sip:a@127.64.0.1>;+u.sip!devicename.ccm.cisco.com="SEP1"',
    ]);
    expect(events(registrar().receive(TCP, refer, 0))).toEqual([
      { event: 'token', device: 'SEP1', granted: true },
    ]);
    const refused = registrar(refusing('unknown-device')).receive(TCP, refer, 0);
    expect(status(refused)).toEqual([404]);
    expect(events(refused)).toEqual([{ event: 'token', device: 'SEP1', granted: false }]);
  });
});

describe('503 + Retry-After (sip.md 4.3, 5.2)', () => {
  it('while the node is busy; leaving is always possible', () => {
    const server = registrar({ busySeconds: () => 45 });
    const refused = responses(server.receive(TCP, register(), 0));
    expect(refused.map((each) => each.status)).toEqual([100, 503]);
    expect(refused[1] === undefined ? '' : headerValue(refused[1], 'retry-after')).toBe('45');
    expect(status(server.receive(TCP, changed(register(), { Expires: '0' }), 0))).toEqual([100, 200]);
  });

  it('to a token request', () => {
    const refer = asked('REFER', [
      'Refer-To: <urn:X-cisco-remotecc:token-registration>',
      'Contact: <sip:a@127.64.0.1>;+u.sip!devicename.ccm.cisco.com="SEP1"',
    ]);
    const effects = registrar({ tokenWaitSeconds: () => 60 }).receive(TCP, refer, 0);
    const refused = only(responses(effects));
    expect(refused.status).toBe(503);
    expect(refused.headers.slice(-3).map(({ name }) => name)).toEqual([
      'Retry-After',
      'Contact',
      'Content-Length',
    ]);
    expect(events(effects)).toEqual([{ event: 'token', device: 'SEP1', granted: false }]);
  });
});

describe('other requests', () => {
  it.each([
    ['OPTIONS', 200],
    ['INVITE', 405],
    ['SUBSCRIBE', 489],
    ['NOTIFY', 489],
    ['JUMP', 501],
  ])('%s: %i', (method, expected) => {
    expect(status(registrar().receive(TCP, asked(method), 0))).toEqual([expected]);
  });

  it('without Via or with the CSeq of another method nothing can be answered', () => {
    const options = asked('OPTIONS');
    expect(registrar().receive(TCP, changed(options, { Via: undefined }), 0)).toEqual([]);
    expect(registrar().receive(TCP, changed(options, { CSeq: '1 BYE' }), 0)).toEqual([]);
    expect(registrar().receive(TCP, asked('ACK'), 0)).toEqual([]);
  });
});

describe('NOTIFY service-control (sip.md 5.3)', () => {
  it.each(['reset', 'restart'] as const)('%s reaches the phone, which answers and obeys', (action) => {
    const server = registrar();
    const one = phone();
    const ok = responses(server.receive(TCP, only(requests(one.start(0))), 0));
    for (const each of ok) one.receive(each, 0);
    const notify = only(
      requests(server.notify('SEP001F9E266369', action, 10, { ConfigVersionStamp: 'a' }) ?? []),
    );
    expect(Buffer.from(notify.body).toString()).toContain('ConfigVersionStamp={a}');
    const heard = one.receive(notify, 11);
    expect(others(heard)).toEqual([{ do: 'ordered', action }]);
    const answered = only(responses(heard));
    expect(events(server.receive(TCP, answered, 12))).toEqual([
      { event: 'notified', device: 'SEP001F9E266369', action, status: 200 },
    ]);
    const leave = only(requests(one.unregister(action === 'reset' ? 22 : 23, 13)));
    expect(events(server.receive(TCP, leave, 14))).toEqual([
      {
        event: 'unregistered',
        device: 'SEP001F9E266369',
        because: 'asked',
        cause: action === 'reset' ? 22 : 23,
      },
    ]);
  });

  it('to a device that is not registered there is none', () => {
    expect(registrar().notify('SEP001F9E266369', 'reset', 0)).toBeUndefined();
  });

  it('over UDP it is repeated; without an answer that is told', () => {
    const server = registrar();
    const udp = flow({ transport: 'udp' });
    server.receive(udp, register({ sender: { ...SENDER, transport: 'udp' } }), 0);
    server.notify('SEP001F9E266369', 'reset', 0);
    let repeated = 0;
    for (let now = 500; now <= 60_000; now += 500) {
      for (const effect of server.tick(now)) {
        if (effect.do === 'send') repeated += 1;
        else
          expect(effect.event).toEqual({
            event: 'notified',
            device: 'SEP001F9E266369',
            action: 'reset',
            status: 0,
          });
      }
    }
    expect(repeated).toBe(10);
  });
});

describe('version of Cisco’s SIP interface (sip.md 4.2)', () => {
  it.each([
    ['9.1(2)', '6.0.0'],
    ['11.5(1)', '8.0.0'],
    ['12.0(1)', '9.0.0'],
    ['12.5(1)SU2', '9.1.0'],
    ['14SU3', '10.0.0'],
    ['15', '10.0.0'],
  ])('%s: sis-%s', (release, version) => {
    expect(serverSupported(parseRelease(release))).toBe(`X-cisco-srtp-fallback,X-cisco-sis-${version}`);
  });
});
