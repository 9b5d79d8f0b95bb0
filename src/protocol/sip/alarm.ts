import { TrustfleetError } from '../../errors.js';

export const ALARM_CONTENT_TYPE = 'application/x-cisco-alarm+xml';

/** Octets of an alarm document that are read; the longest known has 1.6 kB. */
const ALARM_MAX_OCTETS = 8_192;
/** Parameters of an alarm that are read; LastOutOfServiceInformation has 23. */
const ALARM_MAX_PARAMETERS = 64;

export interface AlarmParameter {
  readonly type: 'String' | 'Enum';
  readonly name: string;
  readonly value: string;
}

/** `x-cisco-alarm`: DeviceTLInfo (sip.md 5.1) or LastOutOfServiceInformation (sccp.md 6). */
export interface Alarm {
  readonly name: string;
  readonly parameters: readonly AlarmParameter[];
}

/** A trust list as DeviceTLInfo reports it: SHA-1 of its signature in hex, and where it came from. */
export interface ReportedList {
  readonly signatureSha1: string;
  readonly server: string;
}

export interface DeviceTlInfo {
  readonly deviceName: string;
  readonly ipv4: string;
  readonly ipv6: string;
  readonly ctl: ReportedList | null;
  readonly itl: ReportedList | null;
  /** */
  readonly statusCode: number;
}

/** Which trust lists are installed (R-75: the cluster compares the hash with its own ITL file). */
export function deviceTlInfo(info: DeviceTlInfo): Alarm {
  return {
    name: 'DeviceTLInfo',
    parameters: [
      text('DeviceName', info.deviceName),
      text('IPv4Address', info.ipv4),
      text('IPv6Address', info.ipv6),
      text('CTL_Signature', info.ctl === null ? 'Not Installed' : hexPairs(info.ctl.signatureSha1)),
      text('CTL_TFTP_Server', info.ctl?.server ?? 'N/A'),
      text('ITL_Signature', info.itl === null ? 'Not Installed' : hexPairs(info.itl.signatureSha1)),
      text('ITL_TFTP_Server', info.itl?.server ?? 'N/A'),
      text('StatusCode', `${info.statusCode}`),
    ],
  };
}

export interface OutOfService {
  readonly deviceName: string;
  readonly ipv4: string;
  readonly ipv6: string;
  /** `CP-8841`. */
  readonly modelNumber: string;
  readonly server: string;
  readonly localPort: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Number of sccp.md 6. */
  readonly reason: number;
  readonly lastSent: string;
  readonly lastReceived: string;
}

/** Why the phone was out of service, in the parameter order of sccp.md 6. What the simulator has no value for is empty. */
export function outOfServiceInformation(facts: OutOfService): Alarm {
  return {
    name: 'LastOutOfServiceInformation',
    parameters: [
      text('DeviceName', facts.deviceName),
      text('DeviceIPv4Address', facts.ipv4),
      text('IPv4DefaultGateway', ''),
      text('DeviceIPv6Address', facts.ipv6),
      text('IPv6DefaultGateway', ''),
      text('ModelNumber', facts.modelNumber),
      text('NeighborIPv4Address', ''),
      text('NeighborIPv6Address', ''),
      text('NeighborDeviceID', ''),
      text('NeighborPortID', ''),
      enumeration('DHCPv4Status', 1),
      enumeration('DHCPv6Status', 0),
      enumeration('TFTPCfgStatus', 1),
      enumeration('DNSStatusUnifiedCM1', 0),
      enumeration('DNSStatusUnifiedCM2', 0),
      enumeration('DNSStatusUnifiedCM3', 0),
      text('VoiceVLAN', '4095'),
      text('UnifiedCMIPAddress', facts.server),
      text('LocalPort', `${facts.localPort}`),
      text('TimeStamp', `${Math.floor(facts.at)}`),
      enumeration('ReasonForOutOfService', facts.reason),
      text('LastProtocolEventSent', facts.lastSent),
      text('LastProtocolEventReceived', facts.lastReceived),
    ],
  };
}

/** Writes an alarm: LF line ends, none after the last line (the published body of 569 octets adds up so). */
export function encodeAlarm(alarm: Alarm): string {
  const parameters = alarm.parameters.map(
    ({ type, name, value }) => `<${type} name="${xmlEscaped(name)}">${xmlEscaped(value)}</${type}>\n`,
  );
  return (
    '<?xml version="1.0" encoding="UTF-8"?>\n<x-cisco-alarm>\n' +
    `<Alarm Name="${xmlEscaped(alarm.name)}">\n<ParameterList>\n${parameters.join('')}</ParameterList>\n</Alarm>\n</x-cisco-alarm>`
  );
}

const ALARM = /<Alarm\s+Name="([^"<]{1,64})"\s*>/;
const PARAMETER = /<(String|Enum)\s+name="([^"<]{1,64})"\s*(?:\/>|>([^<]*)<\/\1\s*>)/g;

/**
 * Reads an alarm document: the flat list that phones write. Only XML's own five entities are
 * resolved; nothing is expanded.
 * @throws TrustfleetError TF_SIP_MALFORMED, TF_MESSAGE_TOO_LARGE
 */
export function parseAlarm(document: string): Alarm {
  if (document.length > ALARM_MAX_OCTETS) {
    throw new TrustfleetError(
      'TF_MESSAGE_TOO_LARGE',
      `alarm of ${document.length} octets, at most ${ALARM_MAX_OCTETS} are read`,
    );
  }
  const name = ALARM.exec(document)?.[1];
  if (name === undefined || !document.includes('</x-cisco-alarm>')) {
    throw new TrustfleetError('TF_SIP_MALFORMED', 'alarm body: no <Alarm Name="…"> inside <x-cisco-alarm>');
  }
  const parameters: AlarmParameter[] = [];
  for (const [, type, parameterName = '', value = ''] of document.matchAll(PARAMETER)) {
    if (parameters.length === ALARM_MAX_PARAMETERS) {
      throw new TrustfleetError(
        'TF_MESSAGE_TOO_LARGE',
        `alarm with more than ${ALARM_MAX_PARAMETERS} parameters`,
      );
    }
    parameters.push({
      type: type === 'Enum' ? 'Enum' : 'String',
      name: xmlPlain(parameterName),
      value: xmlPlain(value),
    });
  }
  return { name: xmlPlain(name), parameters };
}

/** Value of a parameter of an alarm; undefined where it is absent. */
function alarmValue(alarm: Alarm, name: string): string | undefined {
  return alarm.parameters.find((each) => each.name === name)?.value;
}

/** DeviceTLInfo as data again; undefined for another alarm. */
export function readDeviceTlInfo(alarm: Alarm): DeviceTlInfo | undefined {
  if (alarm.name !== 'DeviceTLInfo') return undefined;
  const value = (name: string): string => alarmValue(alarm, name) ?? '';
  return {
    deviceName: value('DeviceName'),
    ipv4: value('IPv4Address'),
    ipv6: value('IPv6Address'),
    ctl: reportedList(value('CTL_Signature'), value('CTL_TFTP_Server')),
    itl: reportedList(value('ITL_Signature'), value('ITL_TFTP_Server')),
    statusCode: /^\d{1,3}$/.test(value('StatusCode')) ? Number(value('StatusCode')) : 0,
  };
}

function reportedList(signature: string, server: string): ReportedList | null {
  const hex = signature.replace(/\s/g, '').toLowerCase();
  return /^[0-9a-f]{40}$/.test(hex) ? { signatureSha1: hex, server } : null;
}

/** `1ba1c9…` -> `1B A1 C9 … ` with a space behind the last pair, too. */
function hexPairs(hex: string): string {
  return hex
    .replace(/[^0-9a-fA-F]/g, '')
    .toUpperCase()
    .replace(/../g, '$& ');
}

function text(name: string, value: string): AlarmParameter {
  return { type: 'String', name, value };
}

function enumeration(name: string, value: number): AlarmParameter {
  return { type: 'Enum', name, value: `${value}` };
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

function xmlEscaped(value: string): string {
  return /[&<>"]/.test(value) ? value.replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char) : value;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function xmlPlain(value: string): string {
  return value.replace(/&(amp|lt|gt|quot|apos);/g, (_, entity: string) => ENTITIES[entity] ?? '');
}
