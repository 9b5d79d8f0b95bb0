import { describe, expect, it } from 'vitest';
import {
  deviceTlInfo,
  encodeAlarm,
  outOfServiceInformation,
  parseAlarm,
  readDeviceTlInfo,
} from '../../../src/protocol/sip/alarm.js';
import { phoneAnswer, serverAnswer } from '../../../src/protocol/sip/answers.js';
import { bootReason, loadVersion, type SipDevice, userAgent } from '../../../src/protocol/sip/dialect.js';
import {
  authorizationValue,
  digestResponse,
  parseAuthorization,
  parseChallenge,
} from '../../../src/protocol/sip/digest.js';
import { headerValue, type SipRequest } from '../../../src/protocol/sip/message.js';
import { serviceControlNotify } from '../../../src/protocol/sip/notify-request.js';
import { parseDatagram } from '../../../src/protocol/sip/parse.js';
import { alarmRefer, tokenRefer } from '../../../src/protocol/sip/refer-request.js';
import {
  initialRegister,
  refreshRegister,
  registerForm,
  type Sender,
  standbyRegister,
  unregisterRegister,
} from '../../../src/protocol/sip/register-request.js';
import {
  hasOptionsIndication,
  REGISTER_BODY,
  RESPONSE_BODY,
  RESPONSE_CONTENT_TYPE,
} from '../../../src/protocol/sip/remotecc.js';
import {
  differs,
  parseServiceControl,
  type ServiceAction,
} from '../../../src/protocol/sip/service-control.js';
import { haveVectors, octets, vector, wire } from './vectors.js';

const P8841: SipDevice = {
  name: 'SEP001F9E266369',
  mac: '001F9E266369',
  deviceType: 683,
  productName: '8841',
  load: 'sip88xx.12-8-1-0001-455',
  inactiveLoad: 'sip88xx.12-7-1-0001-393',
  family: 'modern',
};
const P7962: SipDevice = {
  ...P8841,
  deviceType: 404,
  productName: '7962G',
  load: 'SIP42.9-4-2SR3-1S',
  inactiveLoad: '',
  family: 'legacy',
};
const LINE = { name: '1001', contact: '6270f0fa-80fe-b49f-7ad3-e61eb3cf9a16' };
const SENDER: Sender = {
  device: P8841,
  transport: 'tcp',
  address: '192.0.2.36',
  port: 51778,
  server: '192.0.2.2',
  sessionId: 'cead41d700105000a000001f9e266369;remote=00000000000000000000000000000000',
};
const date = 'Wed, 15 May 2024 13:45:30 GMT';
const callId = '001f9e26-63690003-255b99f4-783a63d4@192.0.2.36';
const fromTag = '001f9e26636900031411d727-7ecf20ad';
const form = registerForm(SENDER, LINE, callId, fromTag);
const initialized = bootReason(P8841, 25);

describe.skipIf(!haveVectors)('requests of the phone are those of vectors/sip.json, octet by octet', () => {
  it('first REGISTER of an 8841: body 1313 octets, 2505 in all (sip.md 3.6)', () => {
    const bytes = initialRegister(form, { branch: 'z9hG4bK66da98ae', cseq: 101, date }, initialized, 3600);
    expect(wire(bytes)).toBe(vector('REGISTER_initial_tcp'));
    expect(bytes).toHaveLength(2505);
    expect(REGISTER_BODY).toHaveLength(1313);
  });

  it('first REGISTER of a 7962: Load= in Reason, sis-6.0.0 in Supported (sip.md 3.3, 3.4)', () => {
    const own = registerForm({ ...SENDER, device: P7962 }, LINE, callId, fromTag);
    const bytes = initialRegister(
      own,
      { branch: 'z9hG4bK66da98af', cseq: 101, date },
      bootReason(P7962, 23),
      3600,
    );
    expect(wire(bytes)).toBe(vector('REGISTER_initial_7962_tcp'));
  });

  it('first REGISTER over TLS', () => {
    const own = registerForm({ ...SENDER, transport: 'tls' }, LINE, callId, fromTag);
    const bytes = initialRegister(own, { branch: 'z9hG4bK66da98b0', cseq: 101, date }, initialized, 3600);
    expect(wire(bytes)).toBe(vector('REGISTER_initial_tls'));
  });

  it('REGISTER with digest (RFC 2617 without qop)', () => {
    const challenge = parseChallenge(
      headerValue(parseDatagram(octets(vector('401_Unauthorized'))), 'www-authenticate') ?? '',
    );
    if (challenge === undefined) throw new Error('no challenge');
    const authorization = authorizationValue(
      challenge,
      { user: '1001', password: 'secret' },
      form.requestUri,
    );
    const turn = { branch: 'z9hG4bK66da98b1', cseq: 102, date, authorization };
    expect(wire(initialRegister(form, turn, initialized, 3600))).toBe(vector('REGISTER_with_digest'));
  });

  it('refresh (sip.md 3.7)', () => {
    const bytes = refreshRegister(form, { branch: 'z9hG4bK0259a19a', cseq: 102, date }, 3600);
    expect(wire(bytes)).toBe(vector('REGISTER_refresh_tcp'));
  });

  it('standby heartbeat (sip.md 3.8)', () => {
    const own = registerForm(
      { ...SENDER, server: '192.0.2.3', port: 51780 },
      LINE,
      '001f9e26-63690009-255b99f4-783a63d4@192.0.2.36',
      '001f9e26636900091411d727-7ecf20ad',
    );
    const text = wire(standbyRegister(own, { branch: 'z9hG4bK1c2d3e4f', cseq: 101, date }));
    // The vector's Via still has the port of the first connection; a phone writes the port of this one into both.
    expect(text.replace('192.0.2.36:51780;branch', '192.0.2.36:51778;branch')).toBe(
      vector('REGISTER_standby_keepalive'),
    );
  });

  it('unregistration with its cause (sip.md 3.9)', () => {
    const own = registerForm(
      SENDER,
      LINE,
      '001f9e26-63690004-255b99f4-783a63d4@192.0.2.36',
      '001f9e26636900041411d727-7ecf20ad',
    );
    const bytes = unregisterRegister(
      own,
      { branch: 'z9hG4bK7e57ab1e', cseq: 101, date },
      bootReason(P8841, 23),
    );
    expect(wire(bytes)).toBe(vector('REGISTER_unregister'));
  });

  it('alarm REFER with DeviceTLInfo, body 567 octets (sip.md 5.1)', () => {
    const turn = {
      branch: 'z9hG4bK20eb83bf',
      callId: '001f9e26-63690006-1a48a291-451dd0ff@192.0.2.36',
      fromTag: '001f9e26636900062cd20b33-123852dd',
      date,
    };
    const alarm = deviceTlInfo({
      deviceName: 'SEP001F9E266369',
      ipv4: '192.0.2.36',
      ipv6: '',
      ctl: null,
      itl: { signatureSha1: '1ba1c907e99e4d3c539dc81424af6c9f7dce4d6d', server: 'cucm1.example.test' },
      statusCode: 3,
    });
    const bytes = alarmRefer(SENDER, LINE, '1001', turn, alarm, '5098d8fa@192.0.2.36');
    expect(wire(bytes)).toBe(vector('REFER_alarm_DeviceTLInfo'));
    expect(encodeAlarm(alarm)).toHaveLength(567);
  });

  it('token REFER (sip.md 5.2)', () => {
    const turn = {
      branch: 'z9hG4bK6c29941b',
      callId: '001f9e26-63690002-1a48a291-451dd0ff@192.0.2.36',
      fromTag: '001f9e26636900022cd20b33-123852dd',
      date,
    };
    expect(wire(tokenRefer(SENDER, LINE, turn))).toBe(vector('REFER_token_registration'));
  });

  it('200 to a NOTIFY', () => {
    const notify = request('NOTIFY_service_control_reset');
    const tag = '001f9e26636900150acadc33-3512f52a';
    expect(wire(phoneAnswer(notify, 200, tag, userAgent(P8841)))).toBe(vector('200_OK_notify'));
  });
});

function request(name: string): SipRequest {
  const message = parseDatagram(octets(vector(name)));
  if (message.kind !== 'request') throw new Error(`${name} is no request`);
  return message;
}

const SERVER = 'Cisco-CUCM12.5';
const toTag = '2121423204';
const CONTACT =
  '<sip:6270f0fa-80fe-b49f-7ad3-e61eb3cf9a16@192.0.2.36:51778;transport=tcp>;+sip.instance="<urn:uuid:00000000-0000-0000-0000-001f9e266369>";+u.sip!devicename.ccm.cisco.com="SEP001F9E266369";+u.sip!model.ccm.cisco.com="683"';
const SUPPORTED = { name: 'Supported', value: 'X-cisco-srtp-fallback,X-cisco-sis-9.1.0' };
const own = { toTag, date, server: SERVER };
const refer = { toTag: '417801073', date, server: null };
const here = { name: 'Contact', value: '<sip:192.0.2.2:5060;transport=tcp>' };

describe.skipIf(!haveVectors)('answers of the server are those of vectors/sip.json, octet by octet', () => {
  it.each([
    ['100_Trying', 'REGISTER_initial_tcp', { status: 100, toTag: null, date, server: null }],
    [
      '200_OK_initial',
      'REGISTER_initial_tcp',
      {
        ...own,
        status: 200,
        extra: [
          { name: 'Expires', value: '120' },
          { name: 'Contact', value: `${CONTACT};x-cisco-newreg` },
          SUPPORTED,
        ],
        contentType: RESPONSE_CONTENT_TYPE,
        body: RESPONSE_BODY,
      },
    ],
    [
      '200_OK_refresh',
      'REGISTER_refresh_tcp',
      {
        ...own,
        status: 200,
        extra: [{ name: 'Expires', value: '120' }, { name: 'Contact', value: CONTACT }, SUPPORTED],
      },
    ],
    [
      '200_OK_standby',
      'REGISTER_standby_keepalive',
      {
        ...own,
        status: 200,
        extra: [
          { name: 'Expires', value: '0' },
          { name: 'Contact', value: CONTACT.replace('51778', '51780') },
          SUPPORTED,
        ],
      },
    ],
    [
      '200_OK_unregister',
      'REGISTER_unregister',
      { ...own, status: 200, extra: [{ name: 'Expires', value: '0' }] },
    ],
    [
      '401_Unauthorized',
      'REGISTER_initial_tcp',
      {
        ...own,
        status: 401,
        extra: [
          {
            name: 'WWW-Authenticate',
            value: 'Digest realm="ccmsipline", nonce="8fxyzR6v6lW3H5wJm3rQ0b1m5cVb2h6K", algorithm=MD5',
          },
        ],
      },
    ],
    [
      '403_Forbidden_active_elsewhere',
      'REGISTER_initial_tcp',
      {
        ...own,
        status: 403,
        extra: [
          { name: 'Retry-After', value: '35' },
          { name: 'Warning', value: '399 cucm1 "Registration is active for another client"' },
        ],
      },
    ],
    [
      '404_Not_Found',
      'REGISTER_initial_tcp',
      {
        ...own,
        status: 404,
        extra: [{ name: 'Warning', value: '399 cucm1 "Unable to find a device/user in database"' }],
      },
    ],
    [
      '423_Interval_Too_Brief',
      'REGISTER_initial_tcp',
      { ...own, status: 423, extra: [{ name: 'Min-Expires', value: '120' }] },
    ],
    [
      '503_Service_Unavailable',
      'REGISTER_initial_tcp',
      { ...own, status: 503, extra: [{ name: 'Retry-After', value: '45' }] },
    ],
    ['202_Accepted_alarm', 'REFER_alarm_DeviceTLInfo', { ...refer, status: 202, extra: [here] }],
    ['202_Accepted_token', 'REFER_token_registration', { ...refer, status: 202, extra: [here] }],
    [
      '503_token_refused',
      'REFER_token_registration',
      { ...refer, status: 503, extra: [{ name: 'Retry-After', value: '60' }, here] },
    ],
  ])('%s, in answer to %s', (name, asked, answer) => {
    expect(wire(serverAnswer(request(asked), answer))).toBe(vector(name));
  });

  it.each(['reset', 'restart', 'check_version'])('NOTIFY service-control %s (sip.md 5.3)', (action) => {
    const bytes = serviceControlNotify(
      {
        contactUri: `sip:${LINE.contact}@192.0.2.36:51778;transport=tcp`,
        user: '1001',
        phoneAddress: '192.0.2.36',
        serverAddress: '192.0.2.2',
        serverPort: 5060,
        transport: 'tcp',
        branch: 'z9hG4bK2cc6917b371',
        fromTag: '1676257482',
        callId: '9fdc4b00-1ef168f7-2ad-6450a8c0@192.0.2.2',
        date,
        userAgent: SERVER,
      },
      {
        action: action.replace('_', '-') as ServiceAction,
        registerCallId: callId,
        stamps: { ConfigVersionStamp: '1555108264-18843a73-f9e1-4a3b-99bb-86295a710462' },
      },
    );
    expect(wire(bytes)).toBe(vector(`NOTIFY_service_control_${action}`));
  });
});

describe('digest', () => {
  it('gives the response of sip.md 4.3', () => {
    const credentials = { user: '1001', password: 'secret' };
    expect(
      digestResponse(
        credentials,
        'ccmsipline',
        '8fxyzR6v6lW3H5wJm3rQ0b1m5cVb2h6K',
        'REGISTER',
        'sip:192.0.2.2',
      ),
    ).toBe('83dee4b6ee556399828370c1e00d58d1');
  });

  it('survives quotes in names and reads back what it wrote', () => {
    const challenge = { realm: 'a "b", c', nonce: 'n', opaque: 'o', stale: false };
    const value = authorizationValue(challenge, { user: 'x\\y', password: 'p' }, 'sip:h');
    expect(parseAuthorization(value)).toMatchObject({
      username: 'x\\y',
      realm: 'a "b", c',
      nonce: 'n',
      uri: 'sip:h',
    });
    expect(value).toContain(',opaque="o",');
  });

  it('does not answer what it cannot: another algorithm, another scheme, no nonce', () => {
    expect(parseChallenge('Digest realm="a", nonce="b", algorithm=SHA-256')).toBeUndefined();
    expect(parseChallenge('Basic realm="a"')).toBeUndefined();
    expect(parseChallenge('Digest realm="a"')).toBeUndefined();
    expect(parseChallenge('Digest nonce="b",realm="a",stale=TRUE')).toMatchObject({ stale: true });
  });
});

describe('dialect', () => {
  it.each([
    ['sip88xx.12-8-1-0001-455', '12.8.1'],
    ['SIP42.9-4-2SR3-1S', '9.4.2'],
    ['SIP75.9-4-2SR3-1S', '9.4.2'],
    ['sip8845_65.12-8-1-0001-455', '12.8.1'],
    ['sip78xx.12-1-1SR1-4.loads', '12.1.1'],
  ])('load %s is version %s', (load, version) => {
    expect(loadVersion(load)).toBe(version);
  });

  it('lets no load name end the quotes of Reason or begin a header', () => {
    const reason = bootReason({ ...P7962, load: 'x"\r\nContact: <sip:evil>' }, 25);
    expect(reason).toBe(
      'SIP;cause=200;text="cisco-alarm:25 Name=SEP001F9E266369 Load=xContact: <sip:evil> Last=initialized"',
    );
  });

  it('writes an empty second partition as nothing', () => {
    expect(bootReason({ ...P8841, inactiveLoad: '' }, 22)).toContain('InactiveLoad= Last=reset-reset"');
  });
});

describe('alarms', () => {
  it('DeviceTLInfo without lists says so, and is read back', () => {
    const info = { deviceName: 'SEP1', ipv4: '127.64.0.1', ipv6: '', ctl: null, itl: null, statusCode: 4 };
    const text = encodeAlarm(deviceTlInfo(info));
    expect(text).toContain('<String name="ITL_Signature">Not Installed</String>');
    expect(text).toContain('<String name="ITL_TFTP_Server">N/A</String>');
    expect(readDeviceTlInfo(parseAlarm(text))).toEqual(info);
  });

  it('LastOutOfServiceInformation has the 23 parameters of sccp.md 6 in their order', () => {
    const alarm = outOfServiceInformation({
      deviceName: 'SEP1',
      ipv4: '127.64.0.1/8',
      ipv6: '',
      modelNumber: 'CP-8841',
      server: '127.10.0.1',
      localPort: 5060,
      at: 1715780730000,
      reason: 14,
      lastSent: 'Sent:REGISTER <sip:a> & more',
      lastReceived: '',
    });
    expect(alarm.parameters.map(({ name }) => name)).toEqual([
      'DeviceName',
      'DeviceIPv4Address',
      'IPv4DefaultGateway',
      'DeviceIPv6Address',
      'IPv6DefaultGateway',
      'ModelNumber',
      'NeighborIPv4Address',
      'NeighborIPv6Address',
      'NeighborDeviceID',
      'NeighborPortID',
      'DHCPv4Status',
      'DHCPv6Status',
      'TFTPCfgStatus',
      'DNSStatusUnifiedCM1',
      'DNSStatusUnifiedCM2',
      'DNSStatusUnifiedCM3',
      'VoiceVLAN',
      'UnifiedCMIPAddress',
      'LocalPort',
      'TimeStamp',
      'ReasonForOutOfService',
      'LastProtocolEventSent',
      'LastProtocolEventReceived',
    ]);
    expect(parseAlarm(encodeAlarm(alarm))).toEqual(alarm);
  });

  it('refuses what is no alarm or too long', () => {
    expect(() => parseAlarm('<x/>')).toThrow(/no <Alarm/);
    expect(() => parseAlarm('x'.repeat(8193))).toThrow(/at most 8192/);
    const many = '<String name="a">b</String>'.repeat(65);
    expect(() => parseAlarm(`<x-cisco-alarm><Alarm Name="a">${many}</Alarm></x-cisco-alarm>`)).toThrow(
      /more than 64/,
    );
  });
});

describe('service control', () => {
  it('is read with CRLF too; empty braces say nothing', () => {
    const control = parseServiceControl(
      'action=check-version\r\nRegisterCallId={}\r\nConfigVersionStamp={a}\r\nSoftkeyVersionStamp={}\r\n',
    );
    expect(control).toEqual({
      action: 'check-version',
      registerCallId: '',
      stamps: { ConfigVersionStamp: 'a' },
    });
  });

  it('does not know other actions', () => {
    expect(parseServiceControl('action=explode\n')).toBeUndefined();
    expect(parseServiceControl('')).toBeUndefined();
  });

  it('check-version asks for a restart only when a stamp that the phone holds differs (sip.md 5.3)', () => {
    const control = {
      action: 'check-version' as const,
      registerCallId: '',
      stamps: { ConfigVersionStamp: 'a', SoftkeyVersionStamp: 's' },
    };
    expect(differs(control, { ConfigVersionStamp: 'a' })).toBe(false);
    expect(differs(control, { ConfigVersionStamp: 'b' })).toBe(true);
    expect(differs({ ...control, stamps: {} }, { ConfigVersionStamp: 'b' })).toBe(false);
  });
});

describe('bodies', () => {
  it('the answer of CUCM has optionsind, 379 octets', () => {
    expect(RESPONSE_BODY).toHaveLength(379);
    expect(hasOptionsIndication(octets(RESPONSE_BODY))).toBe(true);
    expect(hasOptionsIndication(new Uint8Array(0))).toBe(false);
  });
});
