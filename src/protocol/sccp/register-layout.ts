import type { BodyReader, BodyWriter } from './body.js';
import { hex, ipv4, ipv6, type Layout, record, text, u8, u32, type ValueOf } from './layout.js';

/** Octet 1 of the feature octets: strings are UTF-8 (sccp.md 4.1). */
const UTF8_STRINGS = 0x10;
/** Octet 2: the phone reads the dynamic (V2) messages. */
const DYNAMIC_MESSAGES = 0x01;

/**
 * ```
 * offset size
 *  0     16  deviceName          "SEP" + 12 hex digits, NUL padded
 * 16      4  userId              0
 * 20      4  instance            0; 1 on 7940, 7960, 6961
 * 24      4  stationIpAddr       octets in written order
 * 28      4  deviceType          sccp.md 11
 * 32      4  maxStreams
 * 36      4  activeStreams       calls kept through a fail-over      (oldest phones end before this)
 * 40      1  protocolVersion     highest that the phone speaks
 * 41      3  feature octets
 * 44      4  maxConferences                                           (7936 ends before this)
 * 48      4  activeConferences
 * 52     12  macAddress          six octets and six zeros; 6961: 12 ASCII hex digits
 * 64      4  ipV4AddressScope                                         (7960 at version 11 ends here after zeros)
 * 68      4  maxNumberOfLines
 * 72     16  stationIpV6Addr
 * 88      4  ipV6AddressScope
 * 92     32  firmwareLoadName    NUL padded                           (the common form ends here: 124 octets)
 * 124    48  configVersionStamp  optional
 * 172    16  zero                only after a stamp
 * ```
 * sccp.md 4.1 to 4.3
 */
const commonRegister = record({
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
});

const STAMP_LENGTH = 48;
const AFTER_STAMP = 16;

export interface RegisterBody extends ValueOf<typeof commonRegister> {
  /** `versionStamp` of the configuration file; empty where the phone sends the common form. */
  readonly configVersionStamp: string;
}

export const registerLayout: Layout<RegisterBody> = {
  read(from: BodyReader) {
    const common = commonRegister.read(from);
    const before = from.position;
    const configVersionStamp = from.left >= STAMP_LENGTH ? from.text(STAMP_LENGTH) : '';
    if (configVersionStamp === '') {
      // Nothing but zeros: the common form with octets behind it.
      from.position = before;
    } else {
      from.skip(AFTER_STAMP);
    }
    return { ...common, configVersionStamp };
  },
  write(to: BodyWriter, value) {
    commonRegister.write(to, value);
    if (value.configVersionStamp !== '') {
      to.text(value.configVersionStamp, STAMP_LENGTH);
      to.zeros(AFTER_STAMP);
    }
  },
};

/** The phone's strings are UTF-8, otherwise Latin-1. */
export function speaksUtf8(features: string): boolean {
  return (featureOctet(features, 1) & UTF8_STRINGS) !== 0;
}

/** The phone wants LineStatV2 and its like; they exist from version 17 on. */
export function wantsDynamicMessages(features: string, version: number): boolean {
  return version >= 17 && (featureOctet(features, 2) & DYNAMIC_MESSAGES) !== 0;
}

function featureOctet(features: string, octet: number): number {
  return Number.parseInt(features.slice(2 * octet, 2 * octet + 2), 16);
}
