import { describe, expect, it } from 'vitest';
import { deviceTlInfo } from '../../../src/protocol/sip/alarm.js';
import { headerValue, type SipRequest } from '../../../src/protocol/sip/message.js';
import { ORDER_LIMIT_MS, type SipPhone, UNREGISTER_LIMIT_MS } from '../../../src/protocol/sip/phone.js';
import { RESPONSE_BODY } from '../../../src/protocol/sip/remotecc.js';
import { answer, asked, first, line, only, others, phone, requests, responses, SENDER } from './machines.js';

const CISCO_OK = ['Expires: 120'];

function registered(one: SipPhone, now = 0): SipRequest {
  const register = only(requests(one.start(now)));
  const effects = one.receive(answer(register, '200 OK', CISCO_OK, RESPONSE_BODY), now);
  expect(first(others(effects))).toEqual({ do: 'accepted', grantedSeconds: 120, cisco: true });
  return register;
}

const header = (message: SipRequest, name: string): string => headerValue(message, name) ?? '';

describe('registration', () => {
  it('asks for 3600 s with Reason and body, and takes what is granted (sip.md 3.1, 4.2)', () => {
    const register = registered(phone());
    expect(header(register, 'expires')).toBe('3600');
    expect(header(register, 'reason')).toContain('cisco-alarm:25 Name=SEP001F9E266369');
    expect(header(register, 'cseq')).toBe('101 REGISTER');
    expect(register.body).toHaveLength(1313);
  });

  it('sends DeviceTLInfo before the first REGISTER without waiting for its answer (sip.md 2)', () => {
    const trustListAlarm = deviceTlInfo({
      deviceName: 'SEP1',
      ipv4: 'a',
      ipv6: '',
      ctl: null,
      itl: null,
      statusCode: 4,
    });
    const [refer, register] = requests(phone({ trustListAlarm }).start(0));
    expect(refer?.method).toBe('REFER');
    expect(refer === undefined ? '' : header(refer, 'content-type')).toBe('application/x-cisco-alarm+xml');
    expect(register?.method).toBe('REGISTER');
  });

  it('a refused or unanswered alarm changes nothing', () => {
    const trustListAlarm = deviceTlInfo({
      deviceName: 'SEP1',
      ipv4: 'a',
      ipv6: '',
      ctl: null,
      itl: null,
      statusCode: 4,
    });
    const one = phone({ trustListAlarm });
    const [refer, register] = requests(one.start(0));
    if (refer === undefined || register === undefined) throw new Error('two requests expected');
    expect(one.receive(answer(refer, '481 No'), 1)).toEqual([]);
    expect(others(one.receive(answer(register, '200 OK', CISCO_OK, RESPONSE_BODY), 2))).toHaveLength(1);
  });

  it('says after a registration why it was out of service (sccp.md 6)', () => {
    const one = phone({ reportsOutOfService: true, cause: 14 });
    const register = only(requests(one.start(0)));
    const refer = only(requests(one.receive(answer(register, '200 OK', CISCO_OK, RESPONSE_BODY), 0)));
    expect(Buffer.from(refer.body).toString()).toContain('<Enum name="ReasonForOutOfService">14</Enum>');
  });

  it('waits on after 100 Trying', () => {
    const one = phone();
    const register = only(requests(one.start(0)));
    expect(one.receive(answer(register, '100 Trying'), 10)).toEqual([]);
    expect(one.deadline).toBe(32_000);
  });

  it('does not take an answer to another request for its own: other branch, other method', () => {
    const one = phone();
    const register = only(requests(one.start(0)));
    const other = answer(register, '200 OK', CISCO_OK);
    const headers = other.headers.map(({ name, value }) => ({
      name,
      value: name === 'Via' ? value.replace(/branch=.*/, 'branch=z9hG4bKother') : value,
    }));
    expect(one.receive({ ...other, headers }, 1)).toEqual([]);
    const method = other.headers.map(({ name, value }) => ({
      name,
      value: name === 'CSeq' ? '101 REFER' : value,
    }));
    expect(one.receive({ ...other, headers: method }, 1)).toEqual([]);
  });

  it('registers each further line by itself where 200 has no optionsind (sip.md 3.5)', () => {
    const one = phone({ lines: [line('1001'), line('1002'), line('1003')] });
    const register = only(requests(one.start(0)));
    const contact = header(register, 'contact').split(';+')[0];
    const effects = one.receive(answer(register, '200 OK', [`Contact: ${contact};expires=60`]), 0);
    expect(first(others(effects))).toEqual({ do: 'accepted', grantedSeconds: 60, cisco: false });
    const further = requests(effects);
    expect(further.map((each) => header(each, 'to'))).toEqual([
      '<sip:1002@127.10.0.1>',
      '<sip:1003@127.10.0.1>',
    ]);
    expect(new Set([register, ...further].map((each) => header(each, 'call-id'))).size).toBe(3);
    expect(further.map((each) => each.body.length)).toEqual([0, 0]);
    const [second, third] = further;
    if (second === undefined || third === undefined) throw new Error('two lines expected');
    expect(others(one.receive(answer(second, '200 OK', ['Expires: 60']), 0))).toEqual([
      { do: 'line', name: '1002', status: 200 },
    ]);
    expect(others(one.receive(answer(third, '403 Forbidden'), 0))).toEqual([
      { do: 'line', name: '1003', status: 403 },
    ]);
    const leaving = requests(one.unregister(22, 1));
    expect(leaving.map((each) => header(each, 'to'))).toEqual([
      '<sip:1001@127.10.0.1>',
      '<sip:1002@127.10.0.1>',
    ]);
  });
});

describe('granted time', () => {
  it.each([
    ['Expires alone', (_: string) => ['Expires: 120'], 120],
    [
      'expires of its own Contact before Expires',
      (own: string) => [`Contact: ${own};expires=77`, 'Expires: 3600'],
      77,
    ],
    [
      'its own among several contacts',
      (own: string) => [`Contact: <sip:x@h>;expires=9, ${own};expires=66;q=1, <sip:y@h>;expires=8`],
      66,
    ],
    ['what it asked for, where the server says nothing', (own: string) => [`Contact: ${own}`], 3600],
  ])('%s', (_, lines, seconds) => {
    const one = phone();
    const register = only(requests(one.start(0)));
    const own = header(register, 'contact').split(';+')[0] ?? '';
    const effects = one.receive(answer(register, '200 OK', lines(own)), 0);
    expect(first(others(effects))).toMatchObject({ do: 'accepted', grantedSeconds: seconds });
    expect(one.deadline).toBe((seconds - 5) * 1000);
  });

  it('under the phone’s minimum it unregisters and counts as refused (sip.md 4.2)', () => {
    const one = phone();
    const register = only(requests(one.start(0)));
    const effects = one.receive(answer(register, '200 OK', ['Expires: 5']), 0);
    expect(header(only(requests(effects)), 'expires')).toBe('0');
    expect(only(others(effects))).toMatchObject({
      do: 'refused',
      text: '200 grants 5 s, more than 5 s are needed',
    });
  });
});

describe('refresh (sip.md 3.7)', () => {
  it('5 s before the end: same Call-ID and tag, CSeq + 1, no Reason, no body', () => {
    const one = phone();
    const register = registered(one, 1_000);
    expect(one.deadline).toBe(116_000);
    expect(one.tick(115_999)).toEqual([]);
    const refresh = only(requests(one.tick(116_000)));
    expect(header(refresh, 'call-id')).toBe(header(register, 'call-id'));
    expect(header(refresh, 'from')).toBe(header(register, 'from'));
    expect(header(refresh, 'cseq')).toBe('102 REGISTER');
    expect(header(refresh, 'reason')).toBe('');
    expect(refresh.body).toHaveLength(0);
    expect(refresh.headers.slice(-2).map(({ name }) => name)).toEqual(['Content-Length', 'Expires']);
    expect(one.receive(answer(refresh, '200 OK', CISCO_OK), 116_010)).toEqual([]);
    expect(one.deadline).toBe(231_010);
  });

  it('x-cisco-newreg on a refresh: the server had lost its state, the phone alarms again (sip.md 4.2)', () => {
    const one = phone({ reportsOutOfService: true });
    const register = only(requests(one.start(0)));
    one.receive(answer(register, '200 OK', CISCO_OK, RESPONSE_BODY), 0);
    const refresh = only(requests(one.tick(115_000)).filter(({ method }) => method === 'REGISTER'));
    const contact = `Contact: ${header(refresh, 'contact')};x-cisco-newreg`;
    const effects = one.receive(answer(refresh, '200 OK', [...CISCO_OK, contact]), 115_001);
    expect(others(effects)).toEqual([{ do: 'renewed' }]);
    expect(only(requests(effects)).method).toBe('REFER');
  });

  it('without an answer the registration ends after 32 s', () => {
    const one = phone();
    registered(one);
    one.tick(115_000);
    expect(one.tick(146_999)).toEqual([]);
    expect(one.tick(147_000)).toEqual([{ do: 'ended', end: { by: 'keep-alive-timeout' } }]);
    expect(one.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it('refused, it ends the registration', () => {
    const one = phone();
    registered(one);
    const refresh = only(requests(one.tick(115_000)));
    expect(one.receive(answer(refresh, '404 Not Found'), 115_001)).toEqual([
      { do: 'ended', end: { by: 'refused', text: '404 Not Found' } },
    ]);
  });
});

describe('answers other than 200 (sip.md 4.3)', () => {
  it.each([
    [
      '403 Forbidden',
      ['Warning: 399 cucm1 "Registration is active for another client"', 'Retry-After: 35'],
      '403 Forbidden: Registration is active for another client, Retry-After 35 s',
      35,
    ],
    [
      '403 Forbidden',
      ['Warning: 399 cucm1 "TLS authentication failure"'],
      '403 Forbidden: TLS authentication failure',
      undefined,
    ],
    [
      '404 Not Found',
      ['Warning: 399 cucm1 "Unable to find a device/user in database"'],
      '404 Not Found: Unable to find a device/user in database',
      undefined,
    ],
    ['400 Bad Request', [], '400 Bad Request', undefined],
    ['413 Too Big', ['Retry-After: 7 (soon)'], '413 Too Big, Retry-After 7 s', 7],
    ['302 Moved Temporarily', ['Contact: <sip:10.0.0.1>'], '302 Moved Temporarily', undefined],
    ['500 Server Internal Error', [], '500 Server Internal Error', undefined],
    ['503 Service Unavailable', ['Retry-After: 45'], '503 Service Unavailable, Retry-After 45 s', 45],
    ['603 Decline', [], '603 Decline', undefined],
  ])('%s with %j: refused', (status, lines, text, retrySeconds) => {
    const one = phone();
    const effects = one.receive(answer(only(requests(one.start(0))), status, lines), 5);
    expect(effects).toEqual([{ do: 'refused', status: Number(status.slice(0, 3)), text, retrySeconds }]);
    expect(one.deadline).toBe(Number.POSITIVE_INFINITY);
  });

  it('423: a new Call-ID and the time that the server wants', () => {
    const one = phone({ registerExpires: 60 });
    const register = only(requests(one.start(0)));
    const again = only(
      requests(one.receive(answer(register, '423 Interval Too Brief', ['Min-Expires: 120']), 1)),
    );
    expect(header(again, 'expires')).toBe('120');
    expect(header(again, 'call-id')).not.toBe(header(register, 'call-id'));
    expect(header(again, 'cseq')).toBe('101 REGISTER');
    expect(again.body).toHaveLength(1313);
  });

  it('423 that asks for no more than was asked for, or for ever more: refused', () => {
    const one = phone();
    const register = only(requests(one.start(0)));
    expect(only(one.receive(answer(register, '423 x', ['Min-Expires: 3600']), 1))).toMatchObject({
      do: 'refused',
      status: 423,
    });
    const other = phone();
    let request = only(requests(other.start(0)));
    for (const wanted of [4000, 5000]) {
      request = only(requests(other.receive(answer(request, '423 x', [`Min-Expires: ${wanted}`]), 1)));
    }
    expect(only(other.receive(answer(request, '423 x', ['Min-Expires: 6000']), 1))).toMatchObject({
      do: 'refused',
    });
  });

  it('no answer at all on TCP: 32 s', () => {
    const one = phone();
    one.start(100);
    expect(one.deadline).toBe(32_100);
    expect(one.tick(32_100)).toEqual([{ do: 'unanswered' }]);
  });
});

describe('digest (sip.md 4.3)', () => {
  const challenge = (nonce: string, more = ''): string =>
    `WWW-Authenticate: Digest realm="ccmsipline", nonce="${nonce}", algorithm=MD5${more}`;

  it('401: same Call-ID, CSeq + 1, Reason and body again, credentials also in refreshes', () => {
    const one = phone({ lines: [line('1001', 'secret')] });
    const register = only(requests(one.start(0)));
    const again = only(requests(one.receive(answer(register, '401 Unauthorized', [challenge('n1')]), 1)));
    expect(header(again, 'call-id')).toBe(header(register, 'call-id'));
    expect(header(again, 'cseq')).toBe('102 REGISTER');
    expect(header(again, 'authorization')).toMatch(
      /^Digest username="1001",realm="ccmsipline",uri="sip:127.10.0.1",/,
    );
    expect(again.body).toHaveLength(1313);
    one.receive(answer(again, '200 OK', CISCO_OK, RESPONSE_BODY), 2);
    const refresh = only(requests(one.tick(115_002)));
    expect(header(refresh, 'authorization')).toBe(header(again, 'authorization'));
    const renewed = only(
      requests(one.receive(answer(refresh, '401 x', [challenge('n2', ', stale=true')]), 115_003)),
    );
    expect(header(renewed, 'authorization')).toContain('nonce="n2"');
    expect(renewed.body).toHaveLength(0);
  });

  it('a server that goes on asking counts as failed after three answers', () => {
    const one = phone({ lines: [line('1001', 'wrong')] });
    let request = only(requests(one.start(0)));
    for (const nonce of ['a', 'b', 'c']) {
      request = only(requests(one.receive(answer(request, '401 Unauthorized', [challenge(nonce)]), 1)));
    }
    expect(only(one.receive(answer(request, '401 Unauthorized', [challenge('d')]), 1))).toMatchObject({
      do: 'refused',
      status: 401,
    });
  });

  it('a phone without a password cannot answer', () => {
    const one = phone();
    const register = only(requests(one.start(0)));
    expect(only(one.receive(answer(register, '401 Unauthorized', [challenge('a')]), 1))).toMatchObject({
      do: 'refused',
    });
  });
});

describe('UDP (sip.md 6)', () => {
  const udp = { sender: { ...SENDER, transport: 'udp' as const } };

  it('repeats after T1, doubling to T2, ten times, then gives up', () => {
    const one = phone(udp);
    const register = only(one.start(0));
    const times: number[] = [];
    for (let step = 0; step < 20; step += 1) {
      const at = one.deadline;
      const [effect] = one.tick(at);
      if (effect?.do === 'unanswered') {
        expect(at).toBe(35_500);
        break;
      }
      expect(effect).toEqual(register);
      times.push(at);
    }
    expect(times).toEqual([500, 1_500, 3_500, 7_500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500]);
  });

  it('stops repeating after 100 Trying and waits 32 s from then', () => {
    const one = phone(udp);
    const register = only(requests(one.start(0)));
    one.receive(answer(register, '100 Trying'), 600);
    expect(one.deadline).toBe(32_600);
    expect(one.tick(32_600)).toEqual([{ do: 'unanswered' }]);
  });

  it('answers a repeated NOTIFY with the same octets and acts once', () => {
    const one = phone(udp);
    registered(one);
    const notify = asked('NOTIFY', ['Event: service-control'], 'action=reset\nRegisterCallId={}\n');
    const before = one.receive(notify, 1);
    expect(others(before)).toEqual([{ do: 'ordered', action: 'reset' }]);
    expect(one.receive(notify, 2)).toEqual([first(before)]);
  });
});

describe('service control (sip.md 5.3)', () => {
  const notify = (action: string, callId: string, stamps = ''): SipRequest =>
    asked('NOTIFY', ['Event: service-control'], `action=${action}\nRegisterCallId={${callId}}\n${stamps}`);

  it.each([
    ['reset', '', 'reset'],
    ['restart', '', 'restart'],
    ['check-version', 'ConfigVersionStamp={stamp-2}\n', 'restart'],
  ] as const)('%s is answered with 200 and ordered', (action, stamps, ordered) => {
    const one = phone();
    const callId = header(registered(one), 'call-id');
    const effects = one.receive(notify(action, callId, stamps), 5);
    expect(only(responses(effects)).status).toBe(200);
    expect(others(effects)).toEqual([{ do: 'ordered', action: ordered }]);
    expect(effects[0]?.do).toBe('send');
  });

  it.each([
    ['check-version of what it has', 'check-version', 'ConfigVersionStamp={stamp-1}\n', undefined],
    ['a problem report', 'prt-report', '', 'problem-report-asked'],
  ])('%s resets nothing', (_, action, stamps, effect) => {
    const one = phone();
    registered(one);
    const effects = one.receive(notify(action, '', stamps), 5);
    expect(only(responses(effects)).status).toBe(200);
    expect(others(effects).map((each) => each.do)).toEqual(effect === undefined ? [] : [effect]);
  });

  it('for the Call-ID of another registration: answered and ignored', () => {
    const one = phone();
    registered(one);
    const effects = one.receive(notify('reset', 'somebody@else'), 5);
    expect(only(responses(effects)).status).toBe(200);
    expect(others(effects)).toEqual([]);
  });

  it('the phone unregisters with cause 22 when its owner does not', () => {
    const one = phone();
    registered(one);
    one.receive(notify('reset', ''), 5);
    expect(one.deadline).toBe(5 + ORDER_LIMIT_MS);
    const leave = only(requests(one.tick(5 + ORDER_LIMIT_MS)));
    expect(header(leave, 'reason')).toContain('cisco-alarm:22');
  });
});

describe('unregistration (sip.md 3.9)', () => {
  it('a Call-ID of its own, Expires 0, Contact expires=0, Reason with the cause', () => {
    const one = phone();
    const register = registered(one);
    const leave = only(requests(one.unregister(23, 10)));
    expect(header(leave, 'expires')).toBe('0');
    expect(header(leave, 'contact')).toMatch(/;expires=0$/);
    expect(header(leave, 'reason')).toContain('cisco-alarm:23 Name=SEP001F9E266369');
    expect(header(leave, 'call-id')).not.toBe(header(register, 'call-id'));
    expect(one.receive(answer(leave, '200 OK', ['Expires: 0']), 20)).toEqual([
      { do: 'ended', end: { by: 'unregistered' } },
    ]);
  });

  it('ends without an answer after four seconds', () => {
    const one = phone();
    registered(one);
    one.unregister(22, 10);
    expect(one.deadline).toBe(10 + UNREGISTER_LIMIT_MS);
    expect(one.tick(one.deadline)).toEqual([{ do: 'ended', end: { by: 'unregistered' } }]);
  });

  it('is done once, whoever asks again', () => {
    const one = phone();
    registered(one);
    one.unregister(22, 10);
    expect(one.unregister(23, 11)).toEqual([]);
  });
});

describe('requests that a phone must survive (sip.md 5.4)', () => {
  it.each([
    ['OPTIONS', [], 200],
    ['NOTIFY', ['Event: message-summary'], 200],
    ['NOTIFY', ['Event: unheard-of'], 489],
    ['NOTIFY', [], 489],
    ['NOTIFY', ['Event: service-control'], 400],
    ['REFER', ['Content-Type: multipart/mixed'], 202],
    ['SUBSCRIBE', ['Event: kpml'], 489],
    ['INVITE', [], 486],
    ['BYE', [], 481],
    ['CANCEL', [], 481],
    ['REGISTER', [], 405],
    ['JUMP', [], 501],
  ])('%s %j is answered with %i', (method, lines, status) => {
    const one = phone();
    registered(one);
    const effects = one.receive(asked(method, lines), 1);
    const response = only(responses(effects));
    expect(response.status).toBe(status);
    expect(headerValue(response, 'to')).toMatch(/;tag=001f9e266369/);
    expect(headerValue(response, 'server')).toBe('Cisco-CP8841/12.8.1');
    expect(others(effects)).toEqual([]);
  });

  it('ACK is never answered', () => {
    const one = phone();
    registered(one);
    expect(one.receive(asked('ACK'), 1)).toEqual([]);
  });

  it('a request without Call-ID or with the CSeq of another method is a 400', () => {
    const one = phone();
    registered(one);
    const options = asked('OPTIONS');
    const without = { ...options, headers: options.headers.filter(({ name }) => name !== 'Call-ID') };
    expect(only(responses(one.receive(without, 1))).status).toBe(400);
    const other = options.headers.map((each) =>
      each.name === 'CSeq' ? { name: 'CSeq', value: '1 BYE' } : each,
    );
    expect(only(responses(one.receive({ ...options, headers: other }, 1))).status).toBe(400);
  });
});
