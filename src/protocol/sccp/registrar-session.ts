import { grantedMs } from './keep-alive.js';
import {
  KEEP_ALIVE_MISSES,
  KEEP_ALIVE_SECONDS,
  MAX_UNEXPECTED_MESSAGES,
  SECONDARY_KEEP_ALIVE_SECONDS,
} from './limits.js';
import { headerVersion, type SccpMessage, sccp } from './message.js';
import { speaksUtf8, wantsDynamicMessages } from './register-layout.js';
import { answerStation, type Station, type StationLine, type StationSpeedDial } from './registrar-answers.js';
import type { ServerOfList } from './server-display-layouts.js';
import { shownText, wireText } from './text.js';

/**
 * The server's side of one connection, without socket and clock: each message with its time gives the next state, the answers
 * and at most one event. After RegisterAck requests are answered in any order, each at once (sccp.md 3). Times are
 * milliseconds of any monotonic clock.
 */
export type RegistrarState =
  /** Nobody registered: a new connection, or a phone that keeps this server as its backup (`standby`). */
  | {
      readonly name: 'waiting';
      readonly peer: SccpPeer;
      readonly standby: boolean;
      /** Messages that nobody sends before Register. */
      readonly unexpected: number;
      readonly until: number;
    }
  | {
      readonly name: 'registered';
      readonly peer: SccpPeer;
      readonly station: Station;
      /** The phone was through the whole sequence (its TimeDateReq), or keeps the registration alive without it. */
      readonly complete: boolean;
      readonly silenceMs: number;
      readonly until: number;
    }
  | { readonly name: 'closed' };

/** The other end of the connection. */
export interface SccpPeer {
  readonly address: string;
  readonly secure: boolean;
  /** Over TLS: whether its cipher encrypts. Default: it does. */
  readonly mode?: 'authenticated' | 'encrypted';
  /** Common name of the certificate that the peer showed; absent where none was asked for. */
  readonly peerName?: string;
}

export type SccpAdmission =
  | {
      readonly accepted: true;
      readonly lines: readonly StationLine[];
      readonly speedDials?: readonly StationSpeedDial[];
    }
  | { readonly accepted: false; readonly text: string };

export interface RegistrarSettings {
  /** Highest version that the server speaks. */
  readonly protocolVersion: number;
  /** Seconds granted to registered phones, and to those that keep this server as their backup (30 and 60). */
  readonly keepAliveSeconds: number;
  readonly secondaryKeepAliveSeconds: number;
  /** At most 6 characters: `M/D/Y`, `D/M/YA`. */
  readonly dateTemplate: string;
  /** Name of the server in ConfigStat. */
  readonly serverName: string;
  /** Members of the device's CallManager group in its order, for ServerRes. */
  readonly serversOf: (deviceName: string) => readonly ServerOfList[];
  /** Milliseconds since 1970 that the date/time group shows, local time of the phones included. */
  readonly localUnixMs: () => number;
  readonly unixMs: () => number;
  /** How long a connection may stand without Register or KeepAlive. */
  readonly waitingMs: number;
  readonly admit: (
    request: SccpPeer & { readonly deviceName: string; readonly deviceType: number },
  ) => SccpAdmission;
  /** 0 grants the token, otherwise the seconds after which the phone may ask again. */
  readonly tokenWaitSeconds: (deviceName: string) => number;
}

export type RegistrarEvent =
  /** RegisterAck is sent. An older connection of the same device is to be dropped (sccp.md 12). */
  | { readonly event: 'accepted'; readonly station: Station }
  | { readonly event: 'registered'; readonly station: Station }
  | { readonly event: 'rejected'; readonly deviceName: string; readonly text: string }
  | { readonly event: 'unregistered'; readonly station: Station }
  | { readonly event: 'alarm'; readonly severity: number; readonly text: string }
  | { readonly event: 'xml-alarm'; readonly xml: string }
  | { readonly event: 'token'; readonly deviceName: string; readonly waitSeconds: number }
  /** Three intervals without a word; `station` is undefined on a connection that nobody registered on. */
  | { readonly event: 'silent'; readonly station: Station | undefined }
  | { readonly event: 'refused'; readonly detail: string };

export interface RegistrarStep {
  readonly state: RegistrarState;
  readonly send: readonly SccpMessage[];
  readonly event?: RegistrarEvent;
}

const CLOSED: RegistrarState = { name: 'closed' };
const NOTHING: readonly SccpMessage[] = [];
const KEEP_ALIVE_ACK = [sccp('KeepAliveAck', 0, {})];
const REJECT_TEXT = 32;
/** Feature octets of RegisterAck by negotiated version: 11 and newer, 4 to 10, 3 (sccp.md 5). */
const ACK_FEATURES = [
  [11, '20f1ff'],
  [4, '20f1fe'],
  [0, '000000'],
] as const;

export function startRegistrar(peer: SccpPeer, settings: RegistrarSettings, now: number): RegistrarState {
  return { name: 'waiting', peer, standby: false, unexpected: 0, until: now + settings.waitingMs };
}

/** When the connection is cut unless something is heard before. */
export function registrarDeadline(state: RegistrarState): number | undefined {
  return state.name === 'closed' ? undefined : state.until;
}

export function registrarTime(state: RegistrarState, now: number): RegistrarStep {
  if (state.name === 'closed' || now < state.until) {
    return { state, send: NOTHING };
  }
  const station = state.name === 'registered' ? state.station : undefined;
  return { state: CLOSED, send: NOTHING, event: { event: 'silent', station } };
}

export function registrarHears(
  state: RegistrarState,
  message: SccpMessage,
  settings: RegistrarSettings,
  now: number,
): RegistrarStep {
  if (state.name === 'closed') {
    return { state, send: NOTHING };
  }
  switch (message.type) {
    case 'Register':
      return register(state.peer, message, settings, now);
    case 'RegisterTokenReq':
      return token(alive(state, settings, now), message, settings);
    case 'Alarm': {
      const { severity, text } = message.body;
      return {
        state: alive(state, settings, now),
        send: NOTHING,
        event: { event: 'alarm', severity, text: shownText(text) },
      };
    }
    case 'XMLAlarm':
      return {
        state: alive(state, settings, now),
        send: NOTHING,
        event: { event: 'xml-alarm', xml: shownText(message.body.xml) },
      };
    default:
      return state.name === 'registered'
        ? whileRegistered(state, message, settings, now)
        : whileWaiting(state, message, settings, now);
  }
}

/** Register, also a second one on the same connection (sccp.md 4, 5, 12). */
function register(
  peer: SccpPeer,
  { body }: SccpMessage<'Register'>,
  settings: RegistrarSettings,
  now: number,
): RegistrarStep {
  const { deviceName, deviceType } = body;
  const admission = settings.admit({ ...peer, deviceName: shownText(deviceName), deviceType });
  if (!admission.accepted) {
    const text = wireText(admission.text, false, REJECT_TEXT);
    return {
      state: CLOSED,
      send: [sccp('RegisterReject', 0, { text })],
      event: { event: 'rejected', deviceName: shownText(deviceName), text: shownText(text) },
    };
  }
  const negotiated = Math.min(body.protocolVersion, settings.protocolVersion);
  const version = headerVersion(negotiated);
  const station: Station = {
    deviceName,
    deviceType,
    instance: body.instance,
    load: body.firmwareLoadName,
    address: peer.address,
    version,
    utf8: speaksUtf8(body.features),
    dynamic: wantsDynamicMessages(body.features, version),
    lines: admission.lines,
    speedDials: admission.speedDials ?? [],
  };
  const silenceMs = KEEP_ALIVE_MISSES * grantedMs(settings.keepAliveSeconds, KEEP_ALIVE_SECONDS);
  return {
    state: { name: 'registered', peer, station, complete: false, silenceMs, until: now + silenceMs },
    send: [
      sccp('RegisterAck', 0, {
        keepAliveInterval: settings.keepAliveSeconds,
        dateTemplate: settings.dateTemplate,
        alignment: '0000',
        secondaryKeepAliveInterval: settings.secondaryKeepAliveSeconds,
        protocolVersion: negotiated,
        features: ACK_FEATURES.find(([since]) => negotiated >= since)?.[1] ?? '000000',
      }),
      sccp('CapabilitiesReq', version, {}),
    ],
    event: { event: 'accepted', station },
  };
}

function token(
  state: RegistrarState,
  { body }: SccpMessage<'RegisterTokenReq'>,
  settings: RegistrarSettings,
): RegistrarStep {
  const deviceName = shownText(body.deviceName);
  const waitSeconds = settings.tokenWaitSeconds(deviceName);
  return {
    state,
    send: [
      waitSeconds === 0 ? sccp('RegisterTokenAck', 0, {}) : sccp('RegisterTokenReject', 0, { waitSeconds }),
    ],
    event: { event: 'token', deviceName, waitSeconds },
  };
}

function whileWaiting(
  state: RegistrarState & { name: 'waiting' },
  message: SccpMessage,
  settings: RegistrarSettings,
  now: number,
): RegistrarStep {
  switch (message.type) {
    case 'KeepAlive':
      return { state: alive({ ...state, standby: true }, settings, now), send: KEEP_ALIVE_ACK };
    case 'Unregister':
      return { state: alive(state, settings, now), send: [sccp('UnregisterAck', 0, { status: 0 })] };
    default: {
      // Requests before Register are ignored; whoever keeps sending them is no phone. They buy no time either.
      const unexpected = state.unexpected + 1;
      return unexpected > MAX_UNEXPECTED_MESSAGES
        ? {
            state: CLOSED,
            send: NOTHING,
            event: {
              event: 'refused',
              detail: `${unexpected} messages such as ${message.type} before Register`,
            },
          }
        : { state: { ...state, unexpected }, send: NOTHING };
    }
  }
}

function whileRegistered(
  state: RegistrarState & { name: 'registered' },
  message: SccpMessage,
  settings: RegistrarSettings,
  now: number,
): RegistrarStep {
  const { station } = state;
  switch (message.type) {
    case 'KeepAlive':
    case 'TimeDateReq': {
      const send = message.type === 'KeepAlive' ? KEEP_ALIVE_ACK : answerStation(station, message, settings);
      const next = alive({ ...state, complete: true }, settings, now);
      return state.complete
        ? { state: next, send }
        : { state: next, send, event: { event: 'registered', station } };
    }
    case 'Unregister':
      return {
        state: CLOSED,
        send: [sccp('UnregisterAck', 0, { status: 0 })],
        event: { event: 'unregistered', station },
      };
    default:
      return { state: alive(state, settings, now), send: answerStation(station, message, settings) };
  }
}

/** Any message of a phone counts as life (sccp.md 8). Before Register only keep-alives do: they tell a standby connection. */
function alive(state: RegistrarState, settings: RegistrarSettings, now: number): RegistrarState {
  switch (state.name) {
    case 'registered':
      return { ...state, until: now + state.silenceMs };
    case 'waiting':
      return state.standby
        ? { ...state, until: now + KEEP_ALIVE_MISSES * secondaryIntervalMs(settings) }
        : state;
    case 'closed':
      return state;
  }
}

function secondaryIntervalMs(settings: RegistrarSettings): number {
  return grantedMs(settings.secondaryKeepAliveSeconds, SECONDARY_KEEP_ALIVE_SECONDS);
}
