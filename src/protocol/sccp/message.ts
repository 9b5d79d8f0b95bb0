import { TrustfleetError } from '../../errors.js';
import { BodyReader, BodyWriter } from './body.js';
import { type Layout, padded, type ValueOf } from './layout.js';
import {
  HEADER_LENGTH,
  HEADER_VERSIONS,
  MAX_LENGTH_FIELD,
  MAX_XML_ALARM,
  MIN_LENGTH_FIELD,
} from './limits.js';
import { registerLayout } from './register-layout.js';
import * as registration from './registration-layouts.js';
import * as server from './server-display-layouts.js';
import * as station from './station-layouts.js';

/** Who sends a message. */
type Sender = 'phone' | 'server';

interface MessageType<T> {
  readonly id: number;
  readonly from: Sender;
  /** The layout depends on the header version of that very message (sccp.md 1) and, with lax servers, on its length (15). */
  readonly layout: (version: number, bodyLength: number | undefined) => Layout<T>;
}

function message<T>(id: number, from: Sender, layout: Layout<T>): MessageType<T> {
  return { id, from, layout: () => layout };
}

/** `wide` from header version `since` on; also below it where the body is at least as long as that form. */
function versioned<T>(
  id: number,
  from: Sender,
  since: number,
  narrow: Layout<T>,
  wide: Layout<T>,
  wideLength: number,
): MessageType<T> {
  return {
    id,
    from,
    layout: (version, bodyLength = 0) => (version >= since || bodyLength >= wideLength ? wide : narrow),
  };
}

/** Every message with a known layout: sccp.md 2. */
export const MESSAGES = {
  KeepAlive: message(0x0000, 'phone', registration.empty),
  Register: message(0x0001, 'phone', registerLayout),
  IpPort: message(0x0002, 'phone', station.ipPort),
  ForwardStatReq: message(0x0009, 'phone', station.lineRequest),
  SpeedDialStatReq: message(0x000a, 'phone', station.speedDialRequest),
  LineStatReq: message(0x000b, 'phone', station.lineRequest),
  ConfigStatReq: message(0x000c, 'phone', registration.empty),
  TimeDateReq: message(0x000d, 'phone', registration.empty),
  ButtonTemplateReq: message(0x000e, 'phone', registration.empty),
  VersionReq: message(0x000f, 'phone', registration.empty),
  CapabilitiesRes: message(0x0010, 'phone', station.capabilitiesRes),
  ServerReq: message(0x0012, 'phone', registration.empty),
  Alarm: message(0x0020, 'phone', registration.alarm),
  SoftKeySetReq: message(0x0025, 'phone', registration.empty),
  Unregister: message(0x0027, 'phone', registration.unregister),
  SoftKeyTemplateReq: message(0x0028, 'phone', registration.empty),
  RegisterTokenReq: message(0x0029, 'phone', registration.registerTokenReq),
  HeadsetStatus: message(0x002b, 'phone', station.headsetStatus),
  RegisterAvailableLines: message(0x002d, 'phone', station.registerAvailableLines),
  MediaPathEvent: message(0x0049, 'phone', station.mediaPathEvent),
  MediaPathCapability: message(0x004a, 'phone', station.mediaPathCapability),
  XMLAlarm: message(0x015a, 'phone', padded(registration.xmlAlarm)),
  CallCountReq: message(0x015e, 'phone', registration.empty),
  RegisterAck: message(0x0081, 'server', registration.registerAck),
  SetLamp: message(0x0086, 'server', server.setLamp),
  ForwardStat: versioned(0x0090, 'server', 18, station.forwardStat, padded(station.forwardStatWide), 96),
  SpeedDialStat: message(0x0091, 'server', station.speedDialStat),
  LineStat: message(0x0092, 'server', station.lineStat),
  ConfigStat: message(0x0093, 'server', station.configStat),
  DefineTimeDate: message(0x0094, 'server', station.defineTimeDate),
  ButtonTemplate: message(0x0097, 'server', station.buttonTemplate),
  Version: message(0x0098, 'server', station.version),
  CapabilitiesReq: message(0x009b, 'server', registration.empty),
  RegisterReject: message(0x009d, 'server', registration.registerReject),
  ServerRes: versioned(0x009e, 'server', 17, server.serverRes, server.serverResTyped, 360),
  Reset: message(0x009f, 'server', registration.reset),
  KeepAliveAck: message(0x0100, 'server', registration.empty),
  SoftKeyTemplateRes: message(0x0108, 'server', station.softKeyTemplateRes),
  SoftKeySetRes: message(0x0109, 'server', station.softKeySetRes),
  SelectSoftKeys: message(0x0110, 'server', station.selectSoftKeys),
  DisplayPromptStatus: message(0x0112, 'server', server.displayPromptStatus),
  ClearPromptStatus: message(0x0113, 'server', server.clearPromptStatus),
  UnregisterAck: message(0x0118, 'server', registration.unregisterAck),
  RegisterTokenAck: message(0x011a, 'server', registration.empty),
  RegisterTokenReject: message(0x011b, 'server', registration.registerTokenReject),
  ConfigStatV2: message(0x0142, 'server', padded(station.configStatV2)),
  DisplayPromptStatusV2: message(0x0145, 'server', padded(server.displayPromptStatusV2)),
  LineStatV2: message(0x0147, 'server', padded(station.lineStatV2)),
  SpeedDialStatV2: message(0x0149, 'server', padded(station.speedDialStatV2)),
} as const;

export type MessageName = keyof typeof MESSAGES;

type BodyOf<N extends MessageName> = ValueOf<ReturnType<(typeof MESSAGES)[N]['layout']>>;

/** One message; `type` decides what `body` holds. */
export type SccpMessage<N extends MessageName = MessageName> = {
  readonly [K in N]: {
    readonly type: K;
    /** Header version, one of HEADER_VERSIONS. */
    readonly version: number;
    readonly body: BodyOf<K>;
    /**
     * Octets of the body where they are not those of the layout: the short Register of a 7936 or 7960, an Unregister
     * without reason. The rest is cut, or filled with zeros.
     */
    readonly bodyLength?: number | undefined;
  };
}[N];

/** A message that is framed well but says nothing to us (sccp.md 1). */
export interface SkippedMessage {
  readonly type: 'skipped';
  readonly id: number;
  readonly version: number;
  readonly why: 'unknown-id' | 'unknown-version';
}

const NAMES: ReadonlyMap<number, MessageName> = new Map(
  Object.entries(MESSAGES).map(([name, { id }]) => [id, name as MessageName]),
);

const writer = new BodyWriter();

/** A message of the phone's or the server's in one line of code: `sccp('LineStatReq', version, { lineNumber: 1 })`. */
export function sccp<N extends MessageName>(type: N, version: number, body: BodyOf<N>): SccpMessage<N> {
  return { type, version, body } as SccpMessage<N>;
}

/**
 * The octets of a message, header included.
 * @throws TrustfleetError TF_SCCP_MALFORMED where a value does not fit its field or the header version does not exist
 */
export function encodeMessage(value: SccpMessage): Buffer {
  if (!HEADER_VERSIONS.includes(value.version)) {
    throw new TrustfleetError(
      'TF_SCCP_MALFORMED',
      `${value.type} with header version ${value.version}; it is one of ${HEADER_VERSIONS.join(', ')}`,
    );
  }
  const { id, layout } = MESSAGES[value.type] as MessageType<unknown>;
  writer.restart();
  layout(value.version, value.bodyLength).write(writer, value.body);
  const bodyLength = value.bodyLength ?? writer.position;
  if (bodyLength + MIN_LENGTH_FIELD > MAX_LENGTH_FIELD) {
    throw tooLarge(bodyLength + MIN_LENGTH_FIELD);
  }
  const octets = writer.copy(HEADER_LENGTH, bodyLength);
  octets.writeUInt32LE(MIN_LENGTH_FIELD + bodyLength, 0);
  octets.writeUInt32LE(value.version, 4);
  octets.writeUInt32LE(id, 8);
  return octets;
}

/** Octets of the whole message whose header stands at `offset`; there are at least HEADER_LENGTH of them. */
export function messageLength(octets: Buffer, offset: number): number {
  const length = octets.readUInt32LE(offset);
  if (length < MIN_LENGTH_FIELD) {
    throw new TrustfleetError(
      'TF_SCCP_MALFORMED',
      `the length field is ${length}; it counts the message id and is at least ${MIN_LENGTH_FIELD}`,
    );
  }
  if (length > MAX_LENGTH_FIELD) {
    throw tooLarge(length);
  }
  return length + HEADER_LENGTH - MIN_LENGTH_FIELD;
}

/**
 * Reads one whole message, header included.
 * @throws TrustfleetError TF_SCCP_MALFORMED, TF_MESSAGE_TOO_LARGE
 */
export function decodeMessage(octets: Buffer): SccpMessage | SkippedMessage {
  if (octets.length < HEADER_LENGTH || octets.length !== messageLength(octets, 0)) {
    throw new TrustfleetError('TF_SCCP_MALFORMED', `${octets.length} octets are not one whole SCCP message`);
  }
  const version = octets.readUInt32LE(4);
  const id = octets.readUInt32LE(8);
  if (!HEADER_VERSIONS.includes(version)) {
    return { type: 'skipped', id, version, why: 'unknown-version' };
  }
  const type = NAMES.get(id);
  if (type === undefined) {
    return { type: 'skipped', id, version, why: 'unknown-id' };
  }
  const bodyLength = octets.length - HEADER_LENGTH;
  if (type === 'XMLAlarm' && bodyLength > MAX_XML_ALARM) {
    throw tooLarge(bodyLength + MIN_LENGTH_FIELD);
  }
  const reader = new BodyReader(octets.subarray(HEADER_LENGTH));
  const body = MESSAGES[type].layout(version, bodyLength).read(reader);
  return reader.position === bodyLength
    ? ({ type, version, body } as SccpMessage)
    : ({ type, version, body, bodyLength } as SccpMessage);
}

/** Header version for what follows RegisterAck: the highest known one that is not above what was negotiated (sccp.md 1). */
export function headerVersion(negotiated: number): number {
  return HEADER_VERSIONS.reduce((best, version) => (version <= negotiated ? version : best), 0);
}

function tooLarge(length: number): TrustfleetError {
  return new TrustfleetError(
    'TF_MESSAGE_TOO_LARGE',
    `an SCCP message announces ${length} octets; at most ${MAX_LENGTH_FIELD} are read (${MAX_XML_ALARM} of an XMLAlarm)`,
  );
}
