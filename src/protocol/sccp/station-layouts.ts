import type { BodyReader, BodyWriter } from './body.js';
import {
  checkCount,
  counted,
  hex,
  type Layout,
  page,
  readItems,
  record,
  terminated,
  text,
  times,
  u8,
  u16,
  u32,
} from './layout.js';
import { MAX_BUTTONS, MAX_CAPABILITIES, MAX_SOFT_KEY_SETS, MAX_SOFT_KEYS } from './limits.js';

/** Bodies of what a phone tells and asks after RegisterAck, and of the answers (sccp.md 7). */

/**
 * ```
 *  0   4  count
 *  4      count x  0 4 payload, 4 4 maxFramesPerPacket, 8 8 parameters of the codec
 * ```
 */
export const capabilitiesRes = record({
  capabilities: counted(
    record({ payload: u32, maxFramesPerPacket: u32, parameters: hex(8) }),
    MAX_CAPABILITIES,
  ),
});

/**
 * ```
 *  0   4  port  RTP
 * ```
 */
export const ipPort = record({ port: u32 });

/**
 * ```
 *  0   4  status  1 on, 2 off
 * ```
 */
export const headsetStatus = record({ status: u32 });

/**
 * ```
 *  0   4  path        1 headset, 2 handset, 3 speaker
 *  4   4  capability  1 enable, 2 disable, 3 monitor
 * ```
 */
export const mediaPathCapability = record({ path: u32, capability: u32 });

/**
 * ```
 *  0   4  path   1 headset, 2 handset, 3 speaker
 *  4   4  event  1 on, 2 off
 * ```
 */
export const mediaPathEvent = record({ path: u32, event: u32 });

/**
 * ```
 *  0   4  lines  number of line keys in use
 * ```
 */
export const registerAvailableLines = record({ lines: u32 });

/**
 * ```
 *  0   4  lineNumber  from 1
 * ```
 */
export const lineRequest = record({ lineNumber: u32 });

/**
 * ```
 *  0   4  speedDialNumber  from 1
 * ```
 */
export const speedDialRequest = record({ speedDialNumber: u32 });

/** Instance from 1 for each type; types are those of sccp.md 7. */
export interface Button {
  readonly instance: number;
  readonly type: number;
}

export interface ButtonTemplateBody {
  readonly offset: number;
  readonly total: number;
  readonly buttons: readonly Button[];
  /** Pairs on the wire: CUCM 42, chan-sccp 56, others as many as there are buttons. Unused ones are (0, 0xFF). */
  readonly slots: number;
}

const UNUSED = { instance: 0, type: 0xff } as const;
const button = record({ instance: u8, type: u8 });

/**
 * ```
 *  0   4  offset
 *  4   4  count
 *  8   4  total
 * 12      slots x  0 1 instance, 1 1 type
 * ```
 */
export const buttonTemplate: Layout<ButtonTemplateBody> = {
  read(from: BodyReader) {
    const offset = from.u32();
    const count = from.u32();
    const total = from.u32();
    checkCount(count, 0, MAX_BUTTONS);
    const slots = Math.max(count, Math.min(from.left >> 1, MAX_BUTTONS));
    const buttons = readItems(from, button, count);
    from.skip(2 * (slots - count));
    return { offset, total, buttons, slots };
  },
  write(to: BodyWriter, value) {
    checkCount(value.buttons.length, 0, Math.min(value.slots, MAX_BUTTONS));
    to.u32(value.offset);
    to.u32(value.buttons.length);
    to.u32(value.total);
    for (let i = 0; i < value.slots; i++) {
      button.write(to, value.buttons[i] ?? UNUSED);
    }
  },
};

/**
 * ```
 *  0   4  offset
 *  4   4  count
 *  8   4  total
 * 12      count x  0 16 label (text, or octet 0x80 and a phrase index), 16 4 event
 * ```
 */
export const softKeyTemplateRes = page(record({ label: text(16), event: u32 }), MAX_SOFT_KEYS);

/**
 * ```
 *  0   4  offset
 *  4   4  count
 *  8   4  total
 * 12      count x  0 16x1 position in the template (from 1, 0 none), 16 16x2 info index (300 + the same, 0 none)
 * ```
 */
export const softKeySetRes = page(
  record({ positions: times(16, u8), infoIndexes: times(16, u16) }),
  MAX_SOFT_KEY_SETS,
);

/**
 * ```
 *  0   4  lineInstance
 *  4   4  callReference
 *  8   4  softKeySetIndex  0 on hook
 * 12   4  validKeyMask
 * ```
 */
export const selectSoftKeys = record({
  lineInstance: u32,
  callReference: u32,
  softKeySetIndex: u32,
  validKeyMask: u32,
});

/**
 * ```
 *  0  16  deviceName
 * 16   4  userId
 * 20   4  instance
 * 24  40  userName
 * 64  40  serverName
 *104   4  numberOfLines
 *108   4  numberOfSpeedDials
 * ```
 */
export const configStat = record({
  deviceName: text(16),
  userId: u32,
  instance: u32,
  userName: text(40),
  serverName: text(40),
  numberOfLines: u32,
  numberOfSpeedDials: u32,
});

/**
 * ```
 *  0  16  deviceName
 * 16   4  userId
 * 20   4  instance
 * 24   4  numberOfLines
 * 28   4  numberOfSpeedDials
 * 32   n  userName, serverName, each NUL-terminated; zero up to a multiple of four
 * ```
 */
export const configStatV2 = record({
  deviceName: text(16),
  userId: u32,
  instance: u32,
  numberOfLines: u32,
  numberOfSpeedDials: u32,
  userName: terminated,
  serverName: terminated,
});

/**
 * ```
 *  0   4  lineNumber
 *  4  24  directoryNumber
 * 28  40  displayName
 * 68  40  textLabel
 *108   4  displayOptions  15 all
 * ```
 */
export const lineStat = record({
  lineNumber: u32,
  directoryNumber: text(24),
  displayName: text(40),
  textLabel: text(40),
  displayOptions: u32,
});

/**
 * ```
 *  0   4  lineNumber
 *  4   4  displayOptions  bits: 0 original dialled, 1 redirected dialled, 2 calling number, 3 calling name
 *  8   n  directoryNumber, displayName, textLabel, each NUL-terminated; zero up to a multiple of four
 * ```
 */
export const lineStatV2 = record({
  lineNumber: u32,
  displayOptions: u32,
  directoryNumber: terminated,
  displayName: terminated,
  textLabel: terminated,
});

const forward = (octets: number) => record({ active: u32, number: text(octets) });

/**
 * ```
 *  0   4  activeForward
 *  4   4  lineNumber
 *  8      three times (all, busy, no answer)  0 4 active, 4 24 number
 * ```
 */
export const forwardStat = record({
  activeForward: u32,
  lineNumber: u32,
  all: forward(24),
  busy: forward(24),
  noAnswer: forward(24),
});

/**
 * From version 18 on numbers take 25 octets, so that what follows is unaligned.
 * ```
 *  0   4  activeForward
 *  4   4  lineNumber
 *  8      three times (all, busy, no answer)  0 4 active, 4 25 number
 * 95   1  zero
 * ```
 */
export const forwardStatWide = record({
  activeForward: u32,
  lineNumber: u32,
  all: forward(25),
  busy: forward(25),
  noAnswer: forward(25),
});

/**
 * ```
 *  0   4  speedDialNumber
 *  4  24  directoryNumber
 * 28  40  displayName
 * ```
 */
export const speedDialStat = record({
  speedDialNumber: u32,
  directoryNumber: text(24),
  displayName: text(40),
});

/**
 * ```
 *  0   4  speedDialNumber
 *  4   n  directoryNumber, displayName, each NUL-terminated; zero up to a multiple of four
 * ```
 */
export const speedDialStatV2 = record({
  speedDialNumber: u32,
  directoryNumber: terminated,
  displayName: terminated,
});

/**
 * Local time of the phone's date/time group; `systemTime` is in Unix seconds.
 * ```
 *  0   4  year          16   4  hour
 *  4   4  month 1..12   20   4  minute
 *  8   4  dayOfWeek     24   4  second
 *         0 = Sunday    28   4  millisecond
 * 12   4  day           32   4  systemTime
 * ```
 */
export const defineTimeDate = record({
  year: u32,
  month: u32,
  dayOfWeek: u32,
  day: u32,
  hour: u32,
  minute: u32,
  second: u32,
  millisecond: u32,
  systemTime: u32,
});

/**
 * ```
 *  0  16  version  load that the server wants
 * ```
 */
export const version = record({ version: text(16) });
