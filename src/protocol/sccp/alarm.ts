import { familyOf } from '../../device/address-family.js';
import type { SccpDevice } from './device.js';
import { type SccpMessage, sccp } from './message.js';
import { wireText } from './text.js';

/**
 * `<number>: … Last=<name>` of the Alarm that precedes a Register, by the reason number for the new start. Which name goes
 * with 15, 18, 20 and 24 is inferred; nothing in a server depends on it (sccp.md 6).
 */
export const ALARM_NAMES: Readonly<Record<number, string>> = {
  10: 'TCP-timeout',
  12: 'CM-reset-TCP',
  13: 'CM-aborted-TCP',
  14: 'CM-closed-TCP',
  15: 'KeepaliveTO',
  18: 'Failback',
  20: 'Phone-Keypad',
  22: 'Reset-Reset',
  23: 'Reset-Restart',
  24: 'Phone-Reg-Rej',
  25: 'Initialized',
};

/** 16 and 17 (registration timed out) have no published name; the phone calls them a time-out, as after "no answer" (14). */
const WITHOUT_NAME = 10;

const INFORMATIONAL = 2;
const ALARM_TEXT = 80;

export function alarmText(device: SccpDevice, cause: number, names = ALARM_NAMES): string {
  const number = names[cause] === undefined ? WITHOUT_NAME : cause;
  return `${number}: Name=${device.name} Load= ${device.load} Last=${names[number] ?? ''}`;
}

/** Alarm, header version 0; the text is cut at 80 octets. Both parameters are 0, as seen. */
export function alarmMessage(device: SccpDevice, cause: number, names = ALARM_NAMES): SccpMessage<'Alarm'> {
  return sccp('Alarm', 0, {
    severity: INFORMATIONAL,
    text: wireText(alarmText(device, cause, names), false, ALARM_TEXT),
    parm1: 0,
    parm2: 0,
  });
}

/** Where the phone stands when it tells why it was out of service. */
export interface OutOfService {
  readonly cause: number;
  readonly server: string;
  readonly localPort: number;
  /** Milliseconds since 1970. */
  readonly unixMs: number;
}

/** Last messages before each reason, `<decimal id>:<name>`; those of 25 are the ones of the reference vector. */
const LAST_EVENTS: Readonly<Record<number, readonly [sent: string, received: string]>> = {
  15: ['0:KeepAlive', '256:KeepAliveAck'],
  22: ['39:Unregister', '159:Reset'],
  23: ['39:Unregister', '159:Reset'],
  24: ['1:Register', '157:RegisterReject'],
};
const OTHERWISE = ['1:Register', '129:RegisterAck'] as const;

/** Firmware 9 and newer sends the XML alarm (sccp.md 3): the first number of the load name's version. */
export function sendsXmlAlarm(load: string): boolean {
  const version = /\.(\d+)-/.exec(load)?.[1];
  return version !== undefined && Number(version) >= 9;
}

/**
 * XMLAlarm with `LastOutOfServiceInformation`, header version 0 (sccp.md 6). The phones live on one flat network without
 * neighbours: prefix /8 of 127.0.0.0, no gateway.
 */
export function xmlAlarmMessage(device: SccpDevice, at: OutOfService): SccpMessage<'XMLAlarm'> {
  const [sent, received] = LAST_EVENTS[at.cause] ?? OTHERWISE;
  const v6 = familyOf(device.address) === 'ipv6';
  const parameters: readonly (readonly ['String' | 'Enum', string, string | number])[] = [
    ['String', 'DeviceName', device.name],
    ['String', 'DeviceIPv4Address', v6 ? '' : `${device.address}/8`],
    ['String', 'IPv4DefaultGateway', ''],
    ['String', 'DeviceIPv6Address', v6 ? device.address : ''],
    ['String', 'IPv6DefaultGateway', ''],
    ['String', 'ModelNumber', `CP-${device.model}`],
    ['String', 'NeighborIPv4Address', ''],
    ['String', 'NeighborIPv6Address', ''],
    ['String', 'NeighborDeviceID', ''],
    ['String', 'NeighborPortID', ''],
    ['Enum', 'DHCPv4Status', v6 ? 0 : 1],
    ['Enum', 'DHCPv6Status', v6 ? 1 : 0],
    ['Enum', 'TFTPCfgStatus', 1],
    ['Enum', 'DNSStatusUnifiedCM1', 0],
    ['Enum', 'DNSStatusUnifiedCM2', 0],
    ['Enum', 'DNSStatusUnifiedCM3', 0],
    ['String', 'VoiceVLAN', 4095],
    ['String', 'UnifiedCMIPAddress', at.server],
    ['String', 'LocalPort', at.localPort],
    ['String', 'TimeStamp', at.unixMs],
    ['Enum', 'ReasonForOutOfService', at.cause],
    ['String', 'LastProtocolEventSent', sent],
    ['String', 'LastProtocolEventReceived', received],
  ];
  const lines = parameters.map(
    ([kind, name, value]) => `<${kind} name="${name}">${escapeXml(value)}</${kind}>\n`,
  );
  return sccp('XMLAlarm', 0, {
    xml:
      '<?xml version="1.0" encoding="UTF-8"?>\n<x-cisco-alarm>\n<Alarm Name="LastOutOfServiceInformation">\n' +
      `<ParameterList>\n${lines.join('')}</ParameterList>\n</Alarm>\n</x-cisco-alarm>\n`,
  });
}

function escapeXml(value: string | number): string {
  return String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
