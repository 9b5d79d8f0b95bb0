import { type SccpMessage, sccp } from './message.js';
import { BUTTON_LINE, BUTTON_SPEED_DIAL } from './phone-questions.js';
import type { ServerOfList } from './server-display-layouts.js';
import { SOFT_KEY_SETS, SOFT_KEY_TEMPLATE } from './soft-keys.js';
import type { Button } from './station-layouts.js';
import { phrase, wireText } from './text.js';

export interface StationLine {
  /** Directory number. */
  readonly name: string;
  readonly displayName: string;
  /** Text beside the button; the directory number where absent. */
  readonly label?: string;
}

export interface StationSpeedDial {
  readonly number: string;
  readonly label: string;
}

/** A registered phone as its server knows it. */
export interface Station {
  readonly deviceName: string;
  readonly deviceType: number;
  readonly instance: number;
  readonly load: string;
  readonly address: string;
  /** Header version of what the server sends. */
  readonly version: number;
  readonly utf8: boolean;
  /** Reads LineStatV2 and its like. */
  readonly dynamic: boolean;
  readonly lines: readonly StationLine[];
  readonly speedDials: readonly StationSpeedDial[];
}

/** What the answers need to know of the server. */
export interface StationServer {
  readonly serverName: string;
  readonly serversOf: (deviceName: string) => readonly ServerOfList[];
  readonly localUnixMs: () => number;
  readonly unixMs: () => number;
}

/** Pairs of a ButtonTemplate of CUCM, used or not (sccp.md 7). */
const TEMPLATE_SLOTS = 42;
const SERVERS = 5;
/** From this version on ServerRes says of each address what it is (sccp.md 7). */
const TYPED_ADDRESSES = 17;
const NO_SERVER: ServerOfList = { name: '', port: 0, address: '0.0.0.0' };
const ALL_OPTIONS = 15;
const VOICE_MAIL = 0x0f;
const LAMP_OFF = 1;
const ALL_KEYS = 0xffffffff;
const YOUR_CURRENT_OPTIONS = phrase(0x13);
/** Longest texts of the answers, octets: those of the fixed layouts, for the dynamic ones too. */
const NUMBER = 24;
const NAME = 40;
const NOT_FORWARDED = { active: 0, number: '' };
const NO_ANSWER: readonly SccpMessage[] = [];

/** What a server says to a registered phone's message; nothing where none is asked for (sccp.md 7). */
export function answerStation(
  station: Station,
  message: SccpMessage,
  server: StationServer,
): readonly SccpMessage[] {
  const { version } = station;
  switch (message.type) {
    case 'ButtonTemplateReq':
      return [buttonTemplate(station)];
    case 'SoftKeyTemplateReq':
      return [sccp('SoftKeyTemplateRes', version, SOFT_KEY_TEMPLATE)];
    case 'SoftKeySetReq':
      return [
        sccp('SoftKeySetRes', version, SOFT_KEY_SETS),
        sccp('SelectSoftKeys', version, {
          lineInstance: 0,
          callReference: 0,
          softKeySetIndex: 0,
          validKeyMask: ALL_KEYS,
        }),
        prompt(station),
      ];
    case 'ConfigStatReq':
      return [configStat(station, server)];
    case 'LineStatReq':
      return [lineStat(station, message.body.lineNumber)];
    case 'ForwardStatReq':
      return [
        sccp('ForwardStat', version, {
          activeForward: 0,
          lineNumber: message.body.lineNumber,
          all: NOT_FORWARDED,
          busy: NOT_FORWARDED,
          noAnswer: NOT_FORWARDED,
        }),
      ];
    case 'SpeedDialStatReq':
      return [speedDialStat(station, message.body.speedDialNumber)];
    case 'TimeDateReq':
      return [
        timeDate(station, server),
        sccp('SetLamp', version, { stimulus: VOICE_MAIL, instance: 0, mode: LAMP_OFF }),
      ];
    case 'VersionReq':
      // The server wants the load that runs; its field is half as long as that of Register.
      return [sccp('Version', version, { version: station.load.slice(0, 16) })];
    case 'ServerReq':
      return [serverList(station, server)];
    case 'KeepAlive':
      return [sccp('KeepAliveAck', 0, {})];
    default:
      return NO_ANSWER;
  }
}

/** Below version 17 there is no place for an IPv6 address. */
function serverList({ deviceName, version }: Station, { serversOf }: StationServer): SccpMessage {
  const group = serversOf(deviceName).filter(
    ({ address }) => version >= TYPED_ADDRESSES || !address.includes(':'),
  );
  const servers = Array.from({ length: SERVERS }, (_, i) => group[i] ?? NO_SERVER);
  return sccp('ServerRes', version, { servers });
}

/** Lines first, then speed dials, each kind counted from 1. */
function buttonTemplate({ version, lines, speedDials }: Station): SccpMessage {
  const buttons: readonly Button[] = [
    ...lines.map((_, i) => ({ instance: i + 1, type: BUTTON_LINE })),
    ...speedDials.map((_, i) => ({ instance: i + 1, type: BUTTON_SPEED_DIAL })),
  ].slice(0, TEMPLATE_SLOTS);
  return sccp('ButtonTemplate', version, {
    offset: 0,
    total: buttons.length,
    buttons,
    slots: TEMPLATE_SLOTS,
  });
}

function prompt({ version, dynamic }: Station): SccpMessage {
  const body = { timeout: 0, lineInstance: 0, callReference: 0, text: YOUR_CURRENT_OPTIONS };
  return dynamic ? sccp('DisplayPromptStatusV2', version, body) : sccp('DisplayPromptStatus', version, body);
}

function configStat(station: Station, { serverName }: StationServer): SccpMessage {
  const body = {
    deviceName: station.deviceName,
    userId: 0,
    instance: station.instance,
    userName: '',
    serverName: wireText(serverName, station.utf8, NAME),
    numberOfLines: station.lines.length,
    numberOfSpeedDials: station.speedDials.length,
  };
  return station.dynamic
    ? sccp('ConfigStatV2', station.version, body)
    : sccp('ConfigStat', station.version, body);
}

/** A line that is not configured has empty texts; a phone shows none then (sccp.md 7). */
function lineStat({ version, utf8, dynamic, lines }: Station, lineNumber: number): SccpMessage {
  const line = lines[lineNumber - 1];
  const body = {
    lineNumber,
    directoryNumber: wireText(line?.name ?? '', utf8, NUMBER),
    displayName: wireText(line?.displayName ?? '', utf8, NAME),
    textLabel: wireText(line?.label ?? line?.name ?? '', utf8, NAME),
    displayOptions: ALL_OPTIONS,
  };
  return dynamic ? sccp('LineStatV2', version, body) : sccp('LineStat', version, body);
}

function speedDialStat(
  { version, utf8, dynamic, speedDials }: Station,
  speedDialNumber: number,
): SccpMessage {
  const speedDial = speedDials[speedDialNumber - 1];
  const body = {
    speedDialNumber,
    directoryNumber: wireText(speedDial?.number ?? '', utf8, NUMBER),
    displayName: wireText(speedDial?.label ?? '', utf8, NAME),
  };
  return dynamic ? sccp('SpeedDialStatV2', version, body) : sccp('SpeedDialStat', version, body);
}

/** Eight figures of the phones' local time, then the true second (sccp.md 7). */
function timeDate({ version }: Station, { localUnixMs, unixMs }: StationServer): SccpMessage {
  const local = new Date(localUnixMs());
  return sccp('DefineTimeDate', version, {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    dayOfWeek: local.getUTCDay(),
    day: local.getUTCDate(),
    hour: local.getUTCHours(),
    minute: local.getUTCMinutes(),
    second: local.getUTCSeconds(),
    millisecond: local.getUTCMilliseconds(),
    systemTime: Math.floor(unixMs() / 1000),
  });
}
