import { describe, expect, it } from 'vitest';
import { sccp } from '../../../src/protocol/sccp/message.js';
import {
  BUTTON_LINE as LINE,
  BUTTON_SPEED_DIAL as SPEED_DIAL,
} from '../../../src/protocol/sccp/phone-questions.js';
import {
  buttonTemplate,
  CONFIG_STAT,
  DEVICE,
  registerAck,
  registeredPhone,
  SOFT_KEYS,
  settings,
  TIME,
  VirtualPhone,
} from './support.js';

const CAPABILITIES_REQ = sccp('CapabilitiesReq', 22, {});
const forwardStat = (lineNumber: number) =>
  sccp('ForwardStat', 22, {
    activeForward: 0,
    lineNumber,
    all: { active: 0, number: '' },
    busy: { active: 0, number: '' },
    noAnswer: { active: 0, number: '' },
  });
const lineStat = (lineNumber: number) =>
  sccp('LineStatV2', 22, {
    lineNumber,
    displayOptions: 15,
    directoryNumber: '1001',
    displayName: '',
    textLabel: '',
  });

describe('a phone that registers (sccp.md 3)', () => {
  it('says why it was away, then registers, all with header version 0', () => {
    const phone = new VirtualPhone();
    expect(phone.sent.map(({ version }) => version)).toEqual([0, 0, 0]);
    expect(phone.types()).toEqual(['XMLAlarm', 'Alarm', 'Register']);
  });

  it('sends no XML alarm with firmware older than 9', () => {
    const phone = new VirtualPhone(settings({ device: { ...DEVICE, load: 'SCCP41.8-5-3S' } }));
    expect(phone.types()).toEqual(['Alarm', 'Register']);
  });

  it('asks one question after the other, line by line, and TimeDateReq last', () => {
    const phone = new VirtualPhone();
    phone.types();
    phone.hear(registerAck());
    expect(phone.types()).toEqual([]);
    phone.hear(CAPABILITIES_REQ);
    expect(phone.types()).toEqual([
      'HeadsetStatus',
      'MediaPathCapability',
      'CapabilitiesRes',
      'ButtonTemplateReq',
    ]);
    phone.hear(buttonTemplate(LINE, LINE, SPEED_DIAL));
    expect(phone.types()).toEqual(['SoftKeyTemplateReq']);
    phone.hear(...SOFT_KEYS, CONFIG_STAT);
    expect(phone.types()).toEqual(['SoftKeySetReq', 'ConfigStatReq', 'LineStatReq']);
    phone.hear(lineStat(1), forwardStat(1), lineStat(2), forwardStat(2));
    expect(phone.types()).toEqual(['ForwardStatReq', 'LineStatReq', 'ForwardStatReq', 'SpeedDialStatReq']);
    phone.hear(
      sccp('SpeedDialStatV2', 22, { speedDialNumber: 1, directoryNumber: '1002', displayName: 'Bob' }),
    );
    expect(phone.sent.map(({ body }) => body)).toEqual([{ lines: 2 }, {}]);
    expect(phone.types()).toEqual(['RegisterAvailableLines', 'TimeDateReq']);
    expect(phone.events).toEqual([]);
    phone.hear(TIME);
    expect(phone.events).toEqual([{ event: 'registered', secondaryKeepAliveSeconds: 60 }]);
  });

  it.each([
    [22, 22],
    [17, 17],
    [11, 11],
    // Above its own: the smaller one. Below 10: basic headers (sccp.md 15). 12 to 14 are no header versions.
    [25, 22],
    [5, 0],
    [13, 11],
  ])('speaks after RegisterAck with version %i by header version %i', (granted, version) => {
    const phone = new VirtualPhone();
    phone.types();
    phone.hear(registerAck({ version: granted }), CAPABILITIES_REQ);
    expect(new Set(phone.sent.map((message) => message.version))).toEqual(new Set([version]));
  });

  it('accepts the old layouts and answers in several messages', () => {
    const phone = new VirtualPhone();
    phone.hear(registerAck(), CAPABILITIES_REQ);
    const half = { total: 2, slots: 42 };
    phone.hear(sccp('ButtonTemplate', 22, { ...half, offset: 0, buttons: [{ instance: 1, type: LINE }] }));
    phone.types();
    phone.hear(sccp('ButtonTemplate', 22, { ...half, offset: 1, buttons: [{ instance: 2, type: LINE }] }));
    expect(phone.types()).toEqual(['SoftKeyTemplateReq']);
    phone.hear(
      ...SOFT_KEYS,
      sccp('ConfigStat', 22, { ...CONFIG_STAT.body }),
      sccp('LineStat', 22, { ...lineStat(1).body }),
      forwardStat(1),
      lineStat(2),
      forwardStat(2),
      TIME,
    );
    expect(phone.events).toHaveLength(1);
  });

  it('asks for no more lines than it has keys', () => {
    const phone = new VirtualPhone();
    phone.hear(registerAck(), CAPABILITIES_REQ, buttonTemplate(...Array.from({ length: 42 }, () => LINE)));
    phone.hear(...SOFT_KEYS, CONFIG_STAT);
    for (let line = 1; line <= 6; line++) {
      phone.hear(lineStat(line), forwardStat(line));
    }
    phone.hear(TIME);
    expect(phone.types().filter((type) => type === 'LineStatReq')).toHaveLength(6);
    expect(phone.events).toHaveLength(1);
  });

  it('goes on without answers that several servers never give, and asks no kind of them twice (sccp.md 15)', () => {
    const phone = new VirtualPhone();
    phone.hear(registerAck({ keepAlive: 3600 }));
    phone.types();
    phone.pass(10_000);
    expect(phone.types()).toEqual(['ButtonTemplateReq']);
    phone.hear(buttonTemplate(LINE, LINE, LINE), ...SOFT_KEYS);
    phone.types();
    phone.pass(10_000);
    expect(phone.types()).toEqual(['LineStatReq']);
    phone.hear(lineStat(1));
    phone.types();
    phone.pass(10_000);
    expect(phone.types()).toEqual(['LineStatReq']);
    phone.hear(lineStat(2), lineStat(3));
    expect(phone.types()).toEqual(['LineStatReq', 'RegisterAvailableLines', 'TimeDateReq']);
    phone.hear(TIME);
    expect(phone.events).toEqual([{ event: 'registered', secondaryKeepAliveSeconds: 60 }]);
  });

  it('bears SetLamp before RegisterAck, CapabilitiesReq at any time and answers to nothing', () => {
    const phone = new VirtualPhone();
    phone.types();
    phone.hear(sccp('SetLamp', 0, { stimulus: 15, instance: 0, mode: 1 }), TIME, sccp('KeepAliveAck', 0, {}));
    phone.hear(registerAck(), CAPABILITIES_REQ);
    phone.types();
    phone.hear(CAPABILITIES_REQ);
    expect(phone.types()).toEqual(['HeadsetStatus', 'MediaPathCapability', 'CapabilitiesRes']);
    expect(phone.events).toEqual([]);
  });
});

describe('an attempt that fails', () => {
  it.each([
    ['RegisterAck', 0],
    ['ButtonTemplate', 2],
    ['SoftKeyTemplateRes', 3],
    ['SoftKeySetRes', 4],
    ['DefineTimeDate', 6],
  ])('no %s within 10 s is unreachable, cause 6', (_missing, answers) => {
    const phone = new VirtualPhone();
    const script = [registerAck(), CAPABILITIES_REQ, buttonTemplate(), ...SOFT_KEYS, CONFIG_STAT];
    phone.hear(...script.slice(0, answers));
    phone.pass(9_999);
    expect(phone.events).toEqual([]);
    phone.pass(1);
    expect(phone.events).toMatchObject([{ event: 'failed', result: 'unreachable', cause: '6' }]);
    expect(phone.state.name).toBe('closed');
  });

  it.each([
    ['Device Unknown', '', 'Device Unknown'],
    ['', '', 'RegisterReject without text'],
    ['\u0080\u0056', '', 'Security Error'],
    ['\u0080\u0033', '15', 'Error Mismatch'],
    ['Error Mismatch', '15', 'Error Mismatch'],
    ['\u0080\u0001', '', 'phrase 0x01'],
  ])('RegisterReject "%s" is a reject with cause "%s"', (text, cause, detail) => {
    const phone = new VirtualPhone();
    phone.hear(sccp('RegisterReject', 0, { text }));
    expect(phone.events).toEqual([{ event: 'failed', result: 'rejected', cause, detail }]);
  });

  it.each([0, 1, 2, 3, 4, 5])('a connection that closes after %i answers is unreachable', (answers) => {
    const phone = new VirtualPhone();
    phone.hear(...[registerAck(), CAPABILITIES_REQ, buttonTemplate(), ...SOFT_KEYS].slice(0, answers));
    phone.input({ input: 'closed', detail: 'FIN' });
    expect(phone.events).toMatchObject([{ event: 'failed', result: 'unreachable', cause: '6' }]);
  });

  it('keeps its keep-alives from RegisterAck on, and gives up after three missed (R-83: 13)', () => {
    const phone = new VirtualPhone(settings({ answerTimeoutMs: 60_000 }));
    phone.types();
    phone.hear(registerAck({ keepAlive: 5 }), CAPABILITIES_REQ);
    phone.types();
    phone.pass(15_000);
    expect(phone.types()).toEqual(['KeepAlive', 'KeepAlive', 'KeepAlive']);
    phone.pass(5_000);
    expect(phone.events).toMatchObject([{ event: 'failed', cause: '13' }]);
  });
});

describe('a registered phone (sccp.md 8 to 10)', () => {
  it('sends a keep-alive each granted interval, whatever else travels', () => {
    const phone = registeredPhone({ keepAlive: 30 });
    for (let i = 0; i < 10; i++) {
      phone.pass(29_999);
      expect(phone.types()).toEqual([]);
      phone.pass(1);
      expect(phone.types()).toEqual(['KeepAlive']);
      phone.hear(sccp('KeepAliveAck', 0, {}));
    }
    expect(phone.events).toHaveLength(1);
  });

  it('is lost when the fourth keep-alive would be due and three are unanswered', () => {
    const phone = registeredPhone({ keepAlive: 30 });
    phone.pass(119_999);
    expect(phone.types()).toEqual(['KeepAlive', 'KeepAlive', 'KeepAlive']);
    expect(phone.events).toHaveLength(1);
    phone.pass(1);
    expect(phone.events.at(-1)).toEqual({ event: 'ended', why: 'keep-alive-timeout' });
  });

  it.each([0, 0xffffffff])('takes 30 s where the server grants %i', (keepAlive) => {
    const phone = registeredPhone({ keepAlive });
    phone.pass(30_000);
    expect(phone.types()).toEqual(['KeepAlive']);
  });

  it('spreads its first keep-alive over the second half of the interval', () => {
    const phone = new VirtualPhone(settings({ phase: 0.999 }));
    phone.hear(registerAck(), CAPABILITIES_REQ, buttonTemplate(), ...SOFT_KEYS, CONFIG_STAT, TIME);
    phone.types();
    phone.pass(15_100);
    expect(phone.types()).toEqual(['KeepAlive']);
    phone.pass(29_000);
    expect(phone.types()).toEqual([]);
    phone.pass(1_000);
    expect(phone.types()).toEqual(['KeepAlive']);
  });

  it.each([
    [1, 'reset'],
    [2, 'restart'],
    [3, 'restart'],
  ])('unregisters after Reset %i, waits for the acknowledgement, and does a %s', (resetType, why) => {
    const phone = registeredPhone();
    phone.hear(sccp('Reset', 22, { resetType }));
    expect(phone.types()).toEqual(['Unregister']);
    expect(phone.events).toHaveLength(1);
    phone.hear(sccp('UnregisterAck', 0, { status: 0 }));
    expect(phone.events.at(-1)).toEqual({ event: 'ended', why });
  });

  it('takes a Reset in the middle of a registration', () => {
    const phone = new VirtualPhone();
    phone.hear(registerAck(), CAPABILITIES_REQ);
    phone.types();
    phone.hear(sccp('Reset', 22, { resetType: 1 }));
    expect(phone.types()).toEqual(['Unregister']);
    phone.input({ input: 'closed', detail: 'FIN' });
    expect(phone.events).toEqual([{ event: 'ended', why: 'reset' }]);
  });

  it.each([
    ['UnregisterAck', sccp('UnregisterAck', 0, { status: 0 })],
    ['a NAK, as it has no call to wait for', sccp('UnregisterAck', 0, { status: 2 })],
    ['Reset in its place', sccp('Reset', 22, { resetType: 1 })],
  ])('unregisters on demand and is done with %s', (_name, answer) => {
    const phone = registeredPhone();
    phone.input({ input: 'unregister' });
    expect(phone.types()).toEqual(['Unregister']);
    phone.hear(TIME, answer);
    expect(phone.events.at(-1)).toEqual({ event: 'ended', why: 'unregistered' });
  });

  it('waits 5 s for UnregisterAck and closes anyway', () => {
    const phone = registeredPhone();
    phone.input({ input: 'unregister' });
    phone.pass(4_999);
    expect(phone.events).toHaveLength(1);
    phone.pass(1);
    expect(phone.events.at(-1)).toEqual({ event: 'ended', why: 'unregistered' });
  });

  it('takes a RegisterReject, and a closed connection, for the end', () => {
    const rejected = registeredPhone();
    rejected.hear(sccp('RegisterReject', 22, { text: '' }));
    expect(rejected.events.at(-1)).toEqual({ event: 'ended', why: 'rejected' });
    const closed = registeredPhone();
    closed.input({ input: 'closed', detail: 'FIN' });
    expect(closed.events.at(-1)).toEqual({ event: 'ended', why: 'connection-lost' });
    // Whatever comes later changes nothing.
    closed.hear(registerAck(), sccp('Reset', 22, { resetType: 1 }));
    closed.input({ input: 'unregister' });
    closed.pass(100_000);
    expect(closed.events).toHaveLength(2);
    expect(closed.types()).toEqual([]);
  });
});
