import { describe, expect, it } from 'vitest';
import { registerMessage } from '../../../src/protocol/sccp/device.js';
import { decodeMessage, encodeMessage, type SccpMessage, sccp } from '../../../src/protocol/sccp/message.js';
import {
  type RegistrarEvent,
  type RegistrarSettings,
  type RegistrarState,
  registrarDeadline,
  registrarHears,
  registrarTime,
  startRegistrar,
} from '../../../src/protocol/sccp/registrar-session.js';
import { DEVICE, PEER, registrarSettings, settings, UNIX_MS, VirtualPhone } from './support.js';

/** A server's session in virtual time. */
class VirtualRegistrar {
  now = 0;
  state: RegistrarState;
  readonly events: RegistrarEvent[] = [];
  readonly settings: RegistrarSettings;

  constructor(of: Partial<RegistrarSettings> = {}) {
    this.settings = registrarSettings(of);
    this.state = startRegistrar(PEER, this.settings, 0);
  }

  hear(message: SccpMessage): SccpMessage[] {
    const { state, send, event } = registrarHears(this.state, message, this.settings, this.now);
    this.state = state;
    if (event !== undefined) {
      this.events.push(event);
    }
    return send.map((answer) => decodeMessage(encodeMessage(answer)) as SccpMessage);
  }

  pass(ms: number): void {
    this.now += ms;
    const { state, event } = registrarTime(this.state, this.now);
    this.state = state;
    if (event !== undefined) {
      this.events.push(event);
    }
  }
}

const REGISTER = registerMessage(DEVICE);

function registeredAt(version: number, of: Partial<RegistrarSettings> = {}): VirtualRegistrar {
  const registrar = new VirtualRegistrar(of);
  registrar.hear(registerMessage({ ...DEVICE, sccpVersion: version }));
  return registrar;
}

describe('the registrar and a whole phone, in virtual time', () => {
  it.each([22, 20, 17, 11])('register each other with version %i', (version) => {
    const phone = new VirtualPhone(settings({ device: { ...DEVICE, sccpVersion: version } }));
    const registrar = new VirtualRegistrar();
    for (let message = phone.sent.shift(); message !== undefined; message = phone.sent.shift()) {
      phone.hear(...registrar.hear(message));
    }
    expect(phone.events).toEqual([{ event: 'registered', secondaryKeepAliveSeconds: 60 }]);
    expect(registrar.events.map(({ event }) => event)).toEqual([
      'xml-alarm',
      'alarm',
      'accepted',
      'registered',
    ]);
    // A day of keep-alives.
    for (let i = 0; i < 2_880; i++) {
      phone.pass(30_000);
      registrar.pass(30_000);
      for (const message of phone.sent.splice(0)) {
        phone.hear(...registrar.hear(message));
      }
    }
    expect(phone.state.name).toBe('registered');
    expect(registrar.state.name).toBe('registered');
    phone.input({ input: 'unregister' });
    for (const message of phone.sent.splice(0)) {
      phone.hear(...registrar.hear(message));
    }
    expect(phone.events.at(-1)).toEqual({ event: 'ended', why: 'unregistered' });
    expect(registrar.events.at(-1)?.event).toBe('unregistered');
  });
});

describe('the registrar before Register (sccp.md 3)', () => {
  it('logs alarms and never answers them', () => {
    const registrar = new VirtualRegistrar();
    expect(registrar.hear(sccp('Alarm', 0, { severity: 2, text: '25: x', parm1: 0, parm2: 0 }))).toEqual([]);
    expect(registrar.hear(sccp('XMLAlarm', 0, { xml: '<x/>' }))).toEqual([]);
    expect(registrar.events).toEqual([
      { event: 'alarm', severity: 2, text: '25: x' },
      { event: 'xml-alarm', xml: '<x/>' },
    ]);
  });

  it('acknowledges KeepAlive and Unregister, and ignores other requests', () => {
    const registrar = new VirtualRegistrar();
    expect(registrar.hear(sccp('KeepAlive', 0, {}))).toMatchObject([{ type: 'KeepAliveAck', version: 0 }]);
    expect(registrar.hear(sccp('Unregister', 0, { reason: 0 }))).toMatchObject([{ type: 'UnregisterAck' }]);
    expect(registrar.hear(sccp('ButtonTemplateReq', 0, {}))).toEqual([]);
  });

  it.each([
    [0, 'RegisterTokenAck', {}],
    [60, 'RegisterTokenReject', { waitSeconds: 60 }],
  ])('answers a token request, wait %i s', (waitSeconds, type, body) => {
    const registrar = new VirtualRegistrar({ tokenWaitSeconds: () => waitSeconds });
    const request = {
      deviceName: DEVICE.name,
      userId: 0,
      instance: 0,
      stationIpAddr: DEVICE.address,
      deviceType: 404,
      stationIpV6Addr: '::',
    };
    const long = { ...sccp('RegisterTokenReq', 0, request), bodyLength: 52 };
    expect(registrar.hear(sccp('RegisterTokenReq', 0, request))).toMatchObject([{ type, version: 0, body }]);
    expect(registrar.hear(long)).toMatchObject([{ type, body }]);
  });

  it('rejects with the text of the cluster, cut at 32 octets, and closes', () => {
    const registrar = new VirtualRegistrar({ admit: () => ({ accepted: false, text: 'x'.repeat(40) }) });
    expect(registrar.hear(REGISTER)).toMatchObject([
      { type: 'RegisterReject', version: 0, body: { text: 'x'.repeat(32) } },
    ]);
    expect(registrar.state.name).toBe('closed');
    expect(registrar.hear(REGISTER)).toEqual([]);
  });

  it('accepts a Register of any length (sccp.md 4.3)', () => {
    for (const bodyLength of [36, 44, 52, 68, 92, 124, 172, 188, 300]) {
      const registrar = new VirtualRegistrar();
      const octets = encodeMessage({ ...REGISTER, bodyLength });
      const [ack] = registrar.hear(decodeMessage(octets) as SccpMessage);
      expect(ack?.type).toBe('RegisterAck');
    }
  });
});

describe('the registrar after RegisterAck (sccp.md 5 and 7)', () => {
  it.each([
    [22, 22, '20f1ff', 22],
    [24, 22, '20f1ff', 22],
    [17, 17, '20f1ff', 17],
    [14, 14, '20f1ff', 11],
    [11, 11, '20f1ff', 11],
    [9, 9, '20f1fe', 0],
    [3, 3, '000000', 0],
  ])('negotiates version %i to %i, features %s, header version %i', (phone, negotiated, features, header) => {
    const registrar = new VirtualRegistrar();
    const answers = registrar.hear(registerMessage({ ...DEVICE, sccpVersion: phone }));
    expect(answers).toMatchObject([
      {
        type: 'RegisterAck',
        version: 0,
        body: {
          keepAliveInterval: 30,
          secondaryKeepAliveInterval: 60,
          dateTemplate: 'M/D/Y',
          protocolVersion: negotiated,
          features,
        },
      },
      { type: 'CapabilitiesReq', version: header },
    ]);
  });

  it('speaks the fixed layouts with header version 0 to a phone of version 9', () => {
    const registrar = registeredAt(9);
    expect(registrar.hear(sccp('LineStatReq', 0, { lineNumber: 1 }))).toMatchObject([
      { type: 'LineStat', version: 0, body: { directoryNumber: '1001' } },
    ]);
  });

  it.each([
    ['ButtonTemplateReq', {}, ['ButtonTemplate']],
    ['SoftKeyTemplateReq', {}, ['SoftKeyTemplateRes']],
    ['SoftKeySetReq', {}, ['SoftKeySetRes', 'SelectSoftKeys', 'DisplayPromptStatusV2']],
    ['ConfigStatReq', {}, ['ConfigStatV2']],
    ['LineStatReq', { lineNumber: 1 }, ['LineStatV2']],
    ['ForwardStatReq', { lineNumber: 1 }, ['ForwardStat']],
    ['SpeedDialStatReq', { speedDialNumber: 1 }, ['SpeedDialStatV2']],
    ['TimeDateReq', {}, ['DefineTimeDate', 'SetLamp']],
    ['VersionReq', {}, ['Version']],
    ['ServerReq', {}, ['ServerRes']],
    ['KeepAlive', {}, ['KeepAliveAck']],
    ['HeadsetStatus', { status: 2 }, []],
    ['RegisterAvailableLines', { lines: 1 }, []],
  ] as const)('answers %s at once, in any order', (type, body, answers) => {
    const registrar = registeredAt(22);
    const sent = registrar.hear({ type, version: 22, body } as SccpMessage);
    expect(sent.map((message) => message.type)).toEqual(answers);
    for (const { version, type: answer } of sent) {
      expect(version).toBe(answer === 'KeepAliveAck' ? 0 : 22);
    }
  });

  it.each([
    [16, ['cucm1', 'cucm3', '', '', '']],
    [22, ['cucm1', 'cucm2', 'cucm3', '', '']],
  ])('names the group of the device, in version %i those that it has a place for', (version, names) => {
    const group = [
      { name: 'cucm1', port: 2000, address: '10.0.0.1' },
      { name: 'cucm2', port: 2000, address: '2001:db8::2' },
      { name: 'cucm3', port: 2000, address: '10.0.0.3' },
    ];
    const asked: string[] = [];
    const registrar = registeredAt(version, {
      serversOf: (device) => {
        asked.push(device);
        return group;
      },
    });
    const [list] = registrar.hear(sccp('ServerReq', version, {}));
    expect(list?.type === 'ServerRes' && list.body.servers.map(({ name }) => name)).toEqual(names);
    expect(asked).toEqual([DEVICE.name]);
  });

  it('shows lines first, then speed dials, in 42 pairs', () => {
    const [template] = registeredAt(22).hear(sccp('ButtonTemplateReq', 22, {}));
    expect(template?.body).toEqual({
      offset: 0,
      total: 2,
      slots: 42,
      buttons: [
        { instance: 1, type: 0x09 },
        { instance: 1, type: 0x02 },
      ],
    });
  });

  it('tells the local time, and the true second', () => {
    const registrar = registeredAt(22, { localUnixMs: () => UNIX_MS + 2 * 3_600_000 });
    const [time] = registrar.hear(sccp('TimeDateReq', 22, {}));
    expect(time?.body).toEqual({
      year: 2024,
      month: 5,
      dayOfWeek: 3,
      day: 15,
      hour: 15,
      minute: 45,
      second: 30,
      millisecond: 0,
      systemTime: 1715780730,
    });
  });

  it('writes names in UTF-8 to those who read it, and cut between characters', () => {
    const registrar = registeredAt(22, {
      admit: () => ({
        accepted: true,
        lines: [{ name: '1001', displayName: 'é'.repeat(30), label: 'Zoë 漢' }],
      }),
    });
    const [line] = registrar.hear(sccp('LineStatReq', 22, { lineNumber: 1 }));
    const { displayName, textLabel } = (line as SccpMessage<'LineStatV2'>).body;
    expect(Buffer.from(displayName, 'latin1').toString('utf8')).toBe('é'.repeat(20));
    expect(Buffer.from(textLabel, 'latin1').toString('utf8')).toBe('Zoë 漢');
  });

  it('writes Latin-1 to those who do not', () => {
    const registrar = new VirtualRegistrar({
      admit: () => ({ accepted: true, lines: [{ name: '1001', displayName: 'Zoë 漢' }] }),
    });
    registrar.hear({ ...REGISTER, body: { ...REGISTER.body, features: '006285' } });
    const [line] = registrar.hear(sccp('LineStatReq', 22, { lineNumber: 1 }));
    expect((line as SccpMessage<'LineStatV2'>).body.displayName).toBe('Zoë ?');
  });

  it('sends empty texts for a line that is not configured', () => {
    const [line] = registeredAt(22).hear(sccp('LineStatReq', 22, { lineNumber: 7 }));
    expect(line?.body).toMatchObject({ lineNumber: 7, directoryNumber: '', displayName: '', textLabel: '' });
  });

  it('unregisters: acknowledges and closes', () => {
    const registrar = registeredAt(22);
    expect(registrar.hear(sccp('Unregister', 22, { reason: 0 }))).toMatchObject([
      { type: 'UnregisterAck', body: { status: 0 } },
    ]);
    expect(registrar.state.name).toBe('closed');
  });

  it('takes a phone that keeps alive without TimeDateReq for registered', () => {
    const registrar = registeredAt(22);
    registrar.hear(sccp('KeepAlive', 0, {}));
    registrar.hear(sccp('KeepAlive', 0, {}));
    expect(registrar.events.map(({ event }) => event)).toEqual(['accepted', 'registered']);
  });
});

describe('how long the registrar waits (sccp.md 8)', () => {
  it('cuts a connection on which nothing was registered after 30 s', () => {
    const registrar = new VirtualRegistrar();
    registrar.pass(29_999);
    expect(registrar.events).toEqual([]);
    registrar.pass(1);
    expect(registrar.events).toEqual([{ event: 'silent', station: undefined }]);
    expect(registrarDeadline(registrar.state)).toBeUndefined();
  });

  it('unregisters after three intervals without any message; any message counts as life', () => {
    const registrar = registeredAt(22);
    registrar.pass(89_000);
    registrar.hear(sccp('HeadsetStatus', 22, { status: 1 }));
    registrar.pass(89_999);
    expect(registrar.events.at(-1)?.event).toBe('accepted');
    registrar.pass(1);
    expect(registrar.events.at(-1)?.event).toBe('silent');
  });

  it('gives standby connections three secondary intervals', () => {
    const registrar = new VirtualRegistrar();
    registrar.hear(sccp('KeepAlive', 0, {}));
    registrar.pass(179_999);
    registrar.hear(sccp('KeepAlive', 0, {}));
    registrar.pass(179_999);
    expect(registrar.events).toEqual([]);
    registrar.pass(1);
    expect(registrar.events.at(-1)?.event).toBe('silent');
  });
});
