import fc, { type Arbitrary } from 'fast-check';
import { HEADER_VERSIONS } from '../../../src/protocol/sccp/limits.js';
import type { MessageName, SccpMessage } from '../../../src/protocol/sccp/message.js';

const u8 = fc.nat(0xff);
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffffffff);
const hex = (octets: number) =>
  fc.uint8Array({ minLength: octets, maxLength: octets }).map((value) => Buffer.from(value).toString('hex'));
/** Octets other than NUL, one character each. */
const text = (octets: number) =>
  fc
    .array(fc.integer({ min: 1, max: 0xff }), { maxLength: octets })
    .map((codes) => String.fromCharCode(...codes));
const ipv4 = fc.ipV4();
/** As the codec writes them (RFC 5952 without dotted quads). */
const ipv6 = fc.constantFrom(
  '::',
  '::1',
  '2001:db8::36',
  'fe80::1:0:0:1',
  '1:2:3:4:5:6:7:8',
  '1::',
  '2001:db8:0:1:1:1:1:1',
);
const address = fc.oneof(ipv4, ipv6);
const forward = fc.record({ active: u32, number: text(24) });
const page = <T>(item: Arbitrary<T>, most: number) =>
  fc.record({ offset: u32, total: u32, items: fc.array(item, { maxLength: most }) });
const empty = fc.constant({});
const prompt = { timeout: u32, lineInstance: u32, callReference: u32, text: text(32) };
const config = {
  deviceName: text(16),
  userId: u32,
  instance: u32,
  userName: text(40),
  serverName: text(40),
  numberOfLines: u32,
  numberOfSpeedDials: u32,
};
const line = {
  lineNumber: u32,
  directoryNumber: text(24),
  displayName: text(40),
  textLabel: text(40),
  displayOptions: u32,
};
const speedDial = { speedDialNumber: u32, directoryNumber: text(24), displayName: text(40) };

/** Bodies of every message of the table; the compiler says when one is missing. */
const BODIES: { readonly [N in MessageName]: Arbitrary<SccpMessage<N>['body']> } = {
  KeepAlive: empty,
  Register: fc.record({
    deviceName: text(16),
    userId: u32,
    instance: u32,
    stationIpAddr: ipv4,
    deviceType: u32,
    maxStreams: u32,
    activeStreams: u32,
    protocolVersion: u8,
    features: hex(3),
    maxConferences: u32,
    activeConferences: u32,
    macField: hex(12),
    ipV4AddressScope: u32,
    maxNumberOfLines: u32,
    stationIpV6Addr: ipv6,
    ipV6AddressScope: u32,
    firmwareLoadName: text(32),
    configVersionStamp: text(48),
  }),
  IpPort: fc.record({ port: u32 }),
  ForwardStatReq: fc.record({ lineNumber: u32 }),
  SpeedDialStatReq: fc.record({ speedDialNumber: u32 }),
  LineStatReq: fc.record({ lineNumber: u32 }),
  ConfigStatReq: empty,
  TimeDateReq: empty,
  ButtonTemplateReq: empty,
  VersionReq: empty,
  CapabilitiesRes: fc.record({
    capabilities: fc.array(fc.record({ payload: u32, maxFramesPerPacket: u32, parameters: hex(8) }), {
      maxLength: 18,
    }),
  }),
  ServerReq: empty,
  Alarm: fc.record({ severity: u32, text: text(80), parm1: u32, parm2: u32 }),
  SoftKeySetReq: empty,
  Unregister: fc.record({ reason: u32 }),
  SoftKeyTemplateReq: empty,
  RegisterTokenReq: fc.record({
    deviceName: text(16),
    userId: u32,
    instance: u32,
    stationIpAddr: ipv4,
    deviceType: u32,
    stationIpV6Addr: ipv6,
  }),
  HeadsetStatus: fc.record({ status: u32 }),
  RegisterAvailableLines: fc.record({ lines: u32 }),
  MediaPathEvent: fc.record({ path: u32, event: u32 }),
  MediaPathCapability: fc.record({ path: u32, capability: u32 }),
  XMLAlarm: fc.record({ xml: text(2047) }),
  CallCountReq: empty,
  RegisterAck: fc.record({
    keepAliveInterval: u32,
    dateTemplate: text(6),
    alignment: hex(2),
    secondaryKeepAliveInterval: u32,
    protocolVersion: u8,
    features: hex(3),
  }),
  SetLamp: fc.record({ stimulus: u32, instance: u32, mode: u32 }),
  ForwardStat: fc.record({
    activeForward: u32,
    lineNumber: u32,
    all: forward,
    busy: forward,
    noAnswer: forward,
  }),
  SpeedDialStat: fc.record(speedDial),
  LineStat: fc.record(line),
  ConfigStat: fc.record(config),
  DefineTimeDate: fc.record({
    year: u32,
    month: u32,
    dayOfWeek: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    millisecond: u32,
    systemTime: u32,
  }),
  ButtonTemplate: fc.integer({ min: 0, max: 56 }).chain((slots) =>
    fc.record({
      offset: u32,
      total: u32,
      slots: fc.constant(slots),
      buttons: fc.array(fc.record({ instance: u8, type: u8 }), { maxLength: slots }),
    }),
  ),
  Version: fc.record({ version: text(16) }),
  CapabilitiesReq: empty,
  RegisterReject: fc.record({ text: text(32) }),
  ServerRes: fc.record({
    servers: fc.array(fc.record({ name: text(48), port: u32, address: ipv4 }), {
      minLength: 5,
      maxLength: 5,
    }),
  }),
  Reset: fc.record({ resetType: u32 }),
  KeepAliveAck: empty,
  SoftKeyTemplateRes: page(fc.record({ label: text(16), event: u32 }), 32),
  SoftKeySetRes: page(
    fc.record({
      positions: fc.array(u8, { minLength: 16, maxLength: 16 }),
      infoIndexes: fc.array(u16, { minLength: 16, maxLength: 16 }),
    }),
    16,
  ),
  SelectSoftKeys: fc.record({
    lineInstance: u32,
    callReference: u32,
    softKeySetIndex: u32,
    validKeyMask: u32,
  }),
  DisplayPromptStatus: fc.record(prompt),
  ClearPromptStatus: fc.record({ lineInstance: u32, callReference: u32 }),
  UnregisterAck: fc.record({ status: u32 }),
  RegisterTokenAck: empty,
  RegisterTokenReject: fc.record({ waitSeconds: u32 }),
  ConfigStatV2: fc.record(config),
  DisplayPromptStatusV2: fc.record(prompt),
  LineStatV2: fc.record(line),
  SpeedDialStatV2: fc.record(speedDial),
};

/** Messages of one type with any header version that exists; ServerRes has IPv6 addresses where its layout does. */
export function anyOf(type: MessageName): Arbitrary<SccpMessage> {
  return fc.constantFrom(...HEADER_VERSIONS).chain((version) => {
    const body: Arbitrary<unknown> =
      type === 'ServerRes' && version >= 17
        ? fc.record({
            servers: fc.array(fc.record({ name: text(48), port: u32, address }), {
              minLength: 5,
              maxLength: 5,
            }),
          })
        : BODIES[type];
    return body.map((value) => ({ type, version, body: value }) as SccpMessage);
  });
}

export const TYPES = Object.keys(BODIES) as MessageName[];
export const anyMessage: Arbitrary<SccpMessage> = fc.constantFrom(...TYPES).chain(anyOf);
