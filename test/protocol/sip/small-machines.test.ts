import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  branchOf,
  contacts,
  cseqOf,
  grantedSeconds,
  parameter,
  parseAddress,
  splitOutside,
  userOf,
  viaWithSource,
} from '../../../src/protocol/sip/fields.js';
import { Identifiers, sipDate } from '../../../src/protocol/sip/identifiers.js';
import { headerValue } from '../../../src/protocol/sip/message.js';
import { uriUser } from '../../../src/protocol/sip/register-request.js';
import { SipStandby } from '../../../src/protocol/sip/standby.js';
import { SipToken } from '../../../src/protocol/sip/token.js';
import { DEFAULT_RETRANSMISSION } from '../../../src/protocol/sip/transactions.js';
import {
  answer,
  asked,
  DATE,
  DEVICE,
  line,
  only,
  others,
  requests,
  responses,
  SENDER,
  seeded,
} from './machines.js';

const shared = {
  sender: SENDER,
  line: line('1001'),
  retransmission: DEFAULT_RETRANSMISSION,
  date: DATE,
};
const identifiers = (): Identifiers => new Identifiers(DEVICE.mac, seeded());
const standby = (): SipStandby =>
  new SipStandby({ ...shared, keepAliveExpires: 120, identifiers: identifiers() });
const token = (): SipToken => new SipToken({ ...shared, identifiers: identifiers() });

describe('standby (sip.md 3.8, R-82)', () => {
  it('sends a heartbeat every 120 s in one dialog, and is up with the first answer', () => {
    const one = standby();
    const heartbeat = only(requests(one.start(0)));
    expect(headerValue(heartbeat, 'contact')).toMatch(/;expires=0;cisco-keep-alive$/);
    expect(headerValue(heartbeat, 'expires')).toBe('0');
    expect(one.receive(answer(heartbeat, '200 OK', ['Expires: 0']), 10)).toEqual([{ do: 'up' }]);
    expect(one.deadline).toBe(120_010);
    const second = only(requests(one.tick(120_010)));
    expect(headerValue(second, 'call-id')).toBe(headerValue(heartbeat, 'call-id'));
    expect(headerValue(second, 'cseq')).toBe('102 REGISTER');
    expect(one.receive(answer(second, '200 OK'), 120_020)).toEqual([]);
  });

  it('counts a server as down that does not answer or says 503', () => {
    const silent = standby();
    silent.start(0);
    expect(silent.tick(32_000)).toEqual([{ do: 'down', text: 'heartbeat not answered' }]);
    expect(silent.deadline).toBe(Number.POSITIVE_INFINITY);
    const busy = standby();
    const heartbeat = only(requests(busy.start(0)));
    expect(busy.receive(answer(heartbeat, '503 Service Unavailable'), 1)).toEqual([
      { do: 'down', text: '503 Service Unavailable' },
    ]);
  });

  it('answers requests meanwhile', () => {
    const one = standby();
    one.start(0);
    expect(only(responses(one.receive(asked('OPTIONS'), 1))).status).toBe(200);
  });
});

describe('token (sip.md 5.2)', () => {
  it.each([
    ['202 Accepted', [], { do: 'granted' }],
    ['503 Service Unavailable', ['Retry-After: 45'], { do: 'denied', retrySeconds: 45 }],
    ['403 Forbidden', [], { do: 'denied', retrySeconds: 60 }],
  ])('%s %j', (status, lines, expected) => {
    const one = token();
    const refer = only(requests(one.start(0)));
    expect(headerValue(refer, 'refer-to')).toBe('<urn:X-cisco-remotecc:token-registration>');
    expect(headerValue(refer, 'from')).toMatch(/^"001f9e266369" <sip:001f9e266369@127\.64\.0\.1>/);
    expect(others(one.receive(answer(refer, status, lines), 1))).toEqual([expected]);
  });

  it('silence is a no', () => {
    const one = token();
    one.start(0);
    expect(one.tick(32_000)).toEqual([{ do: 'denied', retrySeconds: 60 }]);
  });
});

describe('fields', () => {
  const CONTACT =
    '<sip:6270f0fa@192.0.2.36:51778;transport=tcp>;+sip.instance="<urn:uuid:0000;1>";+u.sip!devicename.ccm.cisco.com="SEP001F9E266369";expires=0;cisco-keep-alive';

  it('quotes come before semicolons: a Contact of a Cisco phone (sip.md 7)', () => {
    const address = parseAddress(CONTACT);
    expect(address?.uri).toBe('sip:6270f0fa@192.0.2.36:51778;transport=tcp');
    expect(address?.parameters.map(({ name }) => name)).toEqual([
      '+sip.instance',
      '+u.sip!devicename.ccm.cisco.com',
      'expires',
      'cisco-keep-alive',
    ]);
    expect(parameter(address?.parameters ?? [], '+SIP.Instance')).toBe('<urn:uuid:0000;1>');
    expect(parameter(address?.parameters ?? [], 'cisco-keep-alive')).toBe('');
    expect(parameter(address?.parameters ?? [], 'q')).toBeUndefined();
  });

  it.each([
    ['"a, b; <c>" <sip:x@h>;tag=1', 'a, b; <c>', 'sip:x@h'],
    ['"say \\"hi\\"" <sip:x@h>', 'say "hi"', 'sip:x@h'],
    ['sip:x@h;tag=1', '', 'sip:x@h'],
    ['<sips:x@[::1]:5061>', '', 'sips:x@[::1]:5061'],
  ])('%s', (text, display, uri) => {
    expect(parseAddress(text)).toMatchObject({ display, uri });
  });

  it.each(['', '*', '<sip:a@b', 'nonsense', '<>', '<sip:a b@c>', '"<sip:a@b>"'])(
    '%j is no address',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );

  it.each([
    ['SIP/2.0/TCP h:5060;branch=z9hG4bK1', 'z9hG4bK1'],
    ['SIP/2.0/TCP h ; x=1 ; Branch = b ;y, SIP/2.0/TCP i;branch=c', 'b'],
    ['SIP/2.0/TCP h, SIP/2.0/TCP i;branch=c', ''],
    ['SIP/2.0/TCP h', ''],
  ])('the branch of %s is "%s"', (value, branch) => {
    expect(branchOf({ ...asked('OPTIONS'), headers: [{ name: 'Via', value }] })).toBe(branch);
  });

  it.each([
    ['SIP/2.0/UDP 127.0.0.1:5060;branch=b', 'SIP/2.0/UDP 127.0.0.1:5060;branch=b'],
    ['SIP/2.0/UDP 127.0.0.1;rport;branch=b', 'SIP/2.0/UDP 127.0.0.1;received=127.0.0.1;rport=999;branch=b'],
    [
      'SIP/2.0/UDP host;branch=b, SIP/2.0/UDP x',
      'SIP/2.0/UDP host;branch=b;received=127.0.0.1, SIP/2.0/UDP x',
    ],
    ['SIP / 2.0 / udp [::1]:5060 ;branch=b', 'SIP / 2.0 / udp [::1]:5060 ;branch=b;received=127.0.0.1'],
    ['nonsense', 'nonsense'],
  ])('Via %s from 127.0.0.1:999 is answered with %s (RFC 3581)', (value, expected) => {
    expect(viaWithSource(value, '127.0.0.1', 999)).toBe(expected);
  });

  it.each([
    ['102 REGISTER', { number: 102, method: 'REGISTER' }],
    ['2147483648 REGISTER', undefined],
    ['x REGISTER', undefined],
    ['1', undefined],
  ])('CSeq %s', (value, expected) => {
    expect(cseqOf({ ...asked('REGISTER'), headers: [{ name: 'CSeq', value }] })).toEqual(expected);
  });

  it('contacts come from several headers and lists', () => {
    const message = asked('OPTIONS', ['Contact: <sip:a@h>, "b, c" <sip:b@h>', 'm: <sip:c@h>;expires=5']);
    expect(contacts(message).map((each) => each?.uri)).toEqual(['sip:a@h', 'sip:b@h', 'sip:c@h']);
    const response = answer(message, '200 OK', ['Contact: <sip:a@h>;expires=3', 'Expires: 9']);
    expect(grantedSeconds(response, 'sip:other@h')).toBe(3);
  });

  it('user parts survive the way into a URI and back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (user) => {
        expect(userOf(`sip:${uriUser(user)}@h`)).toBe(user);
      }),
    );
    expect(uriUser('+4930123')).toBe('+4930123');
    expect(userOf('sip:a;b?c@h')).toBe('a;b?c');
    expect(userOf('sip:h')).toBe('');
    expect(userOf('sip:%zz@h')).toBe('%zz');
  });

  it('whatever is split comes back when joined', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^["<>;,\\ab=]{0,40}$/), (text) => {
        expect(splitOutside(text, ';').join(';')).toBe(text);
        expect(splitOutside(text, ',').join(',')).toBe(text);
      }),
    );
  });
});

describe('identifiers (sip.md 3.1)', () => {
  it('hold the MAC and a counter that goes up with each dialog', () => {
    const one = identifiers();
    expect(one.dialog('192.0.2.36')).toMatchObject({
      tag: expect.stringMatching(/^001f9e2663690002[0-9a-f]{8}-[0-9a-f]{8}$/),
      callId: expect.stringMatching(/^001f9e26-63690002-[0-9a-f]{8}-[0-9a-f]{8}@192\.0\.2\.36$/),
    });
    expect(one.dialog('::1').callId).toContain('-63690003-');
    expect(one.branch()).toMatch(/^z9hG4bK[0-9a-f]{8}$/);
    expect(one.sessionId()).toMatch(/^[0-9a-f]{8}00105000a000001f9e266369;remote=0{32}$/);
  });

  it('dates are RFC 1123', () => {
    expect(sipDate(DATE() + 999)).toBe('Wed, 15 May 2024 13:45:30 GMT');
    expect(sipDate(DATE() + 1_000)).toBe('Wed, 15 May 2024 13:45:31 GMT');
  });
});
