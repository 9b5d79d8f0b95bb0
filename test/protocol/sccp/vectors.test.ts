import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { alarmMessage } from '../../../src/protocol/sccp/alarm.js';
import { capabilityReports, registerMessage, tokenRequest } from '../../../src/protocol/sccp/device.js';
import {
  decodeMessage,
  encodeMessage,
  MESSAGES,
  type MessageName,
  type SccpMessage,
  type SkippedMessage,
  sccp,
} from '../../../src/protocol/sccp/message.js';
import { SOFT_KEY_SETS, SOFT_KEY_TEMPLATE } from '../../../src/protocol/sccp/soft-keys.js';
import { MessageStream } from '../../../src/protocol/sccp/stream.js';
import { DEVICE } from './support.js';

interface Vector {
  readonly name: string;
  readonly direction: 'phone->server' | 'server->phone';
  readonly messageId: string;
  readonly headerVersion: number;
  readonly lengthField: number;
  readonly hex: string;
  readonly fields: Readonly<Record<string, unknown>>;
}
interface VectorFile {
  readonly vectors: readonly Vector[];
  readonly sequenceRegistration: readonly string[];
  readonly streams: readonly {
    readonly name: string;
    readonly hex: string;
    readonly expect: readonly string[];
  }[];
  readonly negative: readonly { readonly name: string; readonly hex: string }[];
}

// The reference vectors live beside the checkout and are no part of the project.
const path = new URL('../../../../shared/reference/vectors/sccp.json', import.meta.url);
const present = existsSync(path);
const file: VectorFile = present
  ? JSON.parse(readFileSync(path, 'utf8'))
  : { vectors: [], sequenceRegistration: [], streams: [], negative: [] };

function octets(hex: string): Buffer {
  return Buffer.from(hex, 'hex');
}

function readAll(...segments: Buffer[]): (SccpMessage | SkippedMessage)[] {
  const stream = new MessageStream();
  const messages: (SccpMessage | SkippedMessage)[] = [];
  for (const segment of segments) {
    stream.push(segment);
    for (let message = stream.next(); message !== undefined; message = stream.next()) {
      messages.push(message);
    }
  }
  return messages;
}

function vector(name: string): Vector {
  const found = file.vectors.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`no vector ${name}`);
  }
  return found;
}

/** Where the vectors call a field otherwise than the codec, or write its value otherwise. */
const RENAMED: Readonly<Record<string, string>> = {
  alarmSeverity: 'severity',
  protocolVer: 'protocolVersion',
  maxProtocolVer: 'protocolVersion',
  waitTimeBeforeNextReq: 'waitSeconds',
  rtpMediaPort: 'port',
  headsetStatus: 'status',
  mediaPathID: 'path',
  mediaPathCapabilities: 'capability',
  lineDirNumber: 'directoryNumber',
  lineFullyQualifiedDisplayName: 'displayName',
  lineTextLabel: 'textLabel',
  lineDisplayOptions: 'displayOptions',
  lineType: 'displayOptions',
  speedDialDirNumber: 'directoryNumber',
  speedDialDisplayName: 'displayName',
  maxNumOfAvailLines: 'lines',
  wYear: 'year',
  wMonth: 'month',
  wDayOfWeek: 'dayOfWeek',
  wDay: 'day',
  wHour: 'hour',
  wMinute: 'minute',
  wSecond: 'second',
  wMilliseconds: 'millisecond',
  timeOutValue: 'timeout',
  promptStatus: 'text',
  stimulusInstance: 'instance',
  lampMode: 'mode',
  unRegReasonCode: 'reason',
  buttonOffset: 'offset',
  totalButtonCount: 'total',
  softKeyOffset: 'offset',
  totalSoftKeyCount: 'total',
  softKeySetOffset: 'offset',
  totalSoftKeySetCount: 'total',
};

describe.skipIf(!present)('reference vectors of sccp.md', () => {
  it('are 69 messages, and every message with a layout but a few has one', () => {
    expect(file.vectors).toHaveLength(69);
    const covered = new Set(file.vectors.map(({ hex }) => decodeMessage(octets(hex)).type));
    const missing = (Object.keys(MESSAGES) as MessageName[]).filter((name) => !covered.has(name));
    expect(missing.sort()).toEqual(['CallCountReq', 'MediaPathEvent']);
  });

  describe.each(file.vectors.map((one) => [one.name, one] as const))('%s', (name, one) => {
    const wire = octets(one.hex);

    it('is parsed', () => {
      const message = decodeMessage(wire);
      expect(name.startsWith(message.type)).toBe(true);
      expect(message.version).toBe(one.headerVersion);
      if (message.type === 'skipped') {
        throw new Error('skipped');
      }
      const type = MESSAGES[message.type];
      expect(type.id).toBe(Number(one.messageId));
      expect(`${type.from}->`).toBe(one.direction.replace(/>.*/, '>'));
      const body = message.body as Readonly<Record<string, unknown>>;
      for (const [field, value] of Object.entries(one.fields)) {
        const read = body[RENAMED[field] ?? field];
        if (read !== undefined && (typeof value === 'number' || typeof value === 'string')) {
          expect(`${field} ${read}`).toBe(`${field} ${value}`);
        }
      }
    });

    it('is generated from what was parsed, octet for octet', () => {
      expect(encodeMessage(decodeMessage(wire) as SccpMessage).toString('hex')).toBe(one.hex);
    });

    it('mirrors: what was generated is parsed to the same', () => {
      const message = decodeMessage(wire) as SccpMessage;
      expect(decodeMessage(encodeMessage(message))).toEqual(message);
    });

    it('survives a split at every octet, and octet by octet', () => {
      const message = decodeMessage(wire);
      for (let at = 1; at < wire.length; at++) {
        expect(readAll(wire.subarray(0, at), wire.subarray(at))).toEqual([message]);
      }
      expect(readAll(...Array.from(wire, (octet) => Buffer.of(octet)))).toEqual([message]);
    });
  });

  it('form a registration that is one stream', () => {
    const wires = file.sequenceRegistration.map((name) => octets(vector(name).hex));
    expect(readAll(Buffer.concat(wires))).toEqual(wires.map((wire) => decodeMessage(wire)));
  });

  it.each(file.streams.map((one) => [one.name, one] as const))('stream %s', (_name, one) => {
    const messages = readAll(octets(one.hex));
    expect(messages).toHaveLength(one.expect.length);
    one.expect.forEach((name, i) => {
      expect(name.startsWith(messages[i]?.type ?? '-')).toBe(true);
    });
  });

  // What our phones and our registrar say, beside what the reference says.
  it.each([
    ['Register_7962_v22', registerMessage(DEVICE)],
    [
      'Register_7942_v20',
      registerMessage({ ...DEVICE, deviceType: 434, lines: 2, sccpVersion: 20, load: 'SCCP42.9-2-1S' }),
    ],
    ['Register_7962_v22_ipv6', registerMessage({ ...DEVICE, address: '2001:db8::36' })],
    [
      'Register_7960_v11_short',
      registerMessage({
        ...DEVICE,
        name: 'SEP001B535CD3D6',
        deviceType: 7,
        address: '10.15.15.178',
        sccpVersion: 11,
      }),
    ],
    ['RegisterTokenReq_48', tokenRequest(DEVICE)],
    ['CapabilitiesRes', capabilityReports(22)[2]],
    ['HeadsetStatus_off', capabilityReports(22)[0]],
    ['MediaPathCapability_handset_enable', capabilityReports(22)[1]],
    ['Alarm_tcp_timeout', alarmMessage(DEVICE, 10)],
    ['SoftKeyTemplateRes_18', sccp('SoftKeyTemplateRes', 22, SOFT_KEY_TEMPLATE)],
    ['SoftKeySetRes_11', sccp('SoftKeySetRes', 22, SOFT_KEY_SETS)],
  ] as const)('%s is what we send', (name, message) => {
    if (message === undefined) {
      throw new Error('nothing is sent');
    }
    expect(encodeMessage(message).toString('hex')).toBe(vector(name).hex);
  });

  describe('negative cases', () => {
    const negative = (name: string) => octets(file.negative.find((one) => one.name === name)?.hex ?? '');

    it('are six', () => expect(file.negative).toHaveLength(6));
    it('a length below 4 is a protocol error', () => {
      expect(() => readAll(negative('length_below_4'))).toThrow(/length field is 2/);
    });
    it('a huge length is refused before anything is allocated', () => {
      expect(() => readAll(negative('length_huge'))).toThrow(
        expect.objectContaining({ code: 'TF_MESSAGE_TOO_LARGE' }),
      );
    });
    it('an unknown id is skipped and the next message read', () => {
      const [skipped, next] = readAll(
        Buffer.concat([negative('unknown_message_id'), octets(vector('KeepAlive').hex)]),
      );
      expect(skipped).toEqual({ type: 'skipped', id: 0xabcd, version: 0, why: 'unknown-id' });
      expect(next?.type).toBe('KeepAlive');
    });
    it('a message of an unknown header version is skipped', () => {
      expect(readAll(negative('unknown_header_version'))).toEqual([
        { type: 'skipped', id: 0, version: 99, why: 'unknown-version' },
      ]);
    });
    it('a truncated Register waits for more octets', () => {
      expect(readAll(negative('register_truncated'))).toEqual([]);
    });
    it('a name without NUL ends with its field', () => {
      const [message] = readAll(negative('register_name_not_terminated'));
      expect(message?.type === 'Register' && message.body.deviceName).toBe('SEP001F9E266369A');
    });
  });
});
