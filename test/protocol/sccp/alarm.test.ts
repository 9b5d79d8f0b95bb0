import { describe, expect, it } from 'vitest';
import {
  ALARM_NAMES,
  alarmMessage,
  alarmText,
  sendsXmlAlarm,
  xmlAlarmMessage,
} from '../../../src/protocol/sccp/alarm.js';
import { decodeMessage, encodeMessage } from '../../../src/protocol/sccp/message.js';
import { DEVICE, settings } from './support.js';

const AT = settings().outOfService;

describe('alarms before Register (sccp.md 6)', () => {
  it.each(Object.entries(ALARM_NAMES))('cause %s is called %s', (cause, name) => {
    expect(alarmText(DEVICE, Number(cause))).toBe(
      `${cause}: Name=SEP001F9E266369 Load= SCCP42.9-4-2SR3-1S Last=${name}`,
    );
  });

  it('17 has no published name and is told as a time-out', () => {
    expect(alarmText(DEVICE, 17)).toMatch(/^10: .* Last=TCP-timeout$/);
  });

  it('names are a table that may be replaced', () => {
    expect(alarmText(DEVICE, 17, { 17: 'Registration-timeout' })).toMatch(
      /^17: .* Last=Registration-timeout$/,
    );
  });

  it('the text is cut at 80 octets, never longer', () => {
    const message = alarmMessage({ ...DEVICE, load: 'X'.repeat(90) }, 25);
    expect(message.body.text).toHaveLength(80);
    expect(encodeMessage(message).readUInt32LE(0)).toBe(96);
  });

  it.each([
    ['SCCP42.9-4-2SR3-1S', true],
    ['SCCP75.9-2-1S', true],
    ['SCCP11.11-8-4-2S', true],
    ['SCCP41.8-5-3S', false],
    ['P00308010200', false],
  ])('firmware %s sends the XML alarm: %s', (load, sends) => {
    expect(sendsXmlAlarm(load)).toBe(sends);
  });

  it('the XML alarm says who, where and why, in the order of the reference', () => {
    const { xml } = xmlAlarmMessage(DEVICE, { ...AT, cause: 22 }).body;
    expect(Array.from(xml.matchAll(/name="(\w+)"/g), ([, name]) => name)).toEqual([
      ...['DeviceName', 'DeviceIPv4Address', 'IPv4DefaultGateway', 'DeviceIPv6Address', 'IPv6DefaultGateway'],
      ...['ModelNumber', 'NeighborIPv4Address', 'NeighborIPv6Address', 'NeighborDeviceID', 'NeighborPortID'],
      ...['DHCPv4Status', 'DHCPv6Status', 'TFTPCfgStatus'],
      ...[
        'DNSStatusUnifiedCM1',
        'DNSStatusUnifiedCM2',
        'DNSStatusUnifiedCM3',
        'VoiceVLAN',
        'UnifiedCMIPAddress',
      ],
      ...[
        'LocalPort',
        'TimeStamp',
        'ReasonForOutOfService',
        'LastProtocolEventSent',
        'LastProtocolEventReceived',
      ],
    ]);
    expect(xml).toContain('<String name="ModelNumber">CP-7962G</String>\n');
    expect(xml).toContain('<Enum name="ReasonForOutOfService">22</Enum>\n');
    expect(xml).toContain('<String name="LastProtocolEventSent">39:Unregister</String>\n');
  });

  it('stays below 2048 octets with the longest of everything, and XML', () => {
    const message = xmlAlarmMessage(
      { ...DEVICE, name: '<&'.repeat(8), address: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', model: '7962G' },
      { cause: 25, server: 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', localPort: 65535, unixMs: 9e15 },
    );
    expect(decodeMessage(encodeMessage(message))).toEqual(message);
    expect(message.body.xml).toContain('&lt;&amp;');
  });
});
