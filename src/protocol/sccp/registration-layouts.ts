import { hex, ipv4, ipv6, record, terminated, text, u8, u32 } from './layout.js';

/** Bodies of the messages around Register: its answers, tokens, alarms, the end of a registration (sccp.md 5, 6, 9, 10). */

/** No body: length 4. */
export const empty = record({});

/**
 * ```
 *  0   4  keepAliveInterval           seconds to the primary
 *  4   6  dateTemplate                "M/D/Y", NUL padded
 * 10   2  zero
 * 12   4  secondaryKeepAliveInterval  seconds to the backup
 * 16   1  protocolVersion             negotiated
 * 17   3  feature octets              20 f1 ff for version 11 and newer
 * ```
 */
export const registerAck = record({
  keepAliveInterval: u32,
  dateTemplate: text(6),
  alignment: hex(2),
  secondaryKeepAliveInterval: u32,
  protocolVersion: u8,
  features: hex(3),
});

/**
 * ```
 *  0  32  text  NUL padded, may be empty or a phrase reference (octet 0x80, index)
 * ```
 */
export const registerReject = record({ text: text(32) });

/**
 * ```
 *  0  16  deviceName
 * 16   4  userId
 * 20   4  instance
 * 24   4  stationIpAddr    octets in written order
 * 28   4  deviceType
 * 32  16  stationIpV6Addr
 * ```
 * Some firmware adds a u32 of zero: body length 52.
 */
export const registerTokenReq = record({
  deviceName: text(16),
  userId: u32,
  instance: u32,
  stationIpAddr: ipv4,
  deviceType: u32,
  stationIpV6Addr: ipv6,
});

/**
 * ```
 *  0   4  waitSeconds  before the next request
 * ```
 */
export const registerTokenReject = record({ waitSeconds: u32 });

/**
 * ```
 *  0   4  severity  0 critical, 1 warning, 2 informational, 4 unknown, 7 major, 8 minor, 10 marginal, 20 trace
 *  4  80  text      NUL padded
 * 84   4  parm1
 * 88   4  parm2
 * ```
 */
export const alarm = record({ severity: u32, text: text(80), parm1: u32, parm2: u32 });

/**
 * ```
 *  0   n  XML text, NUL-terminated
 *  n      zero up to a multiple of four
 * ```
 */
export const xmlAlarm = record({ xml: terminated });

/**
 * ```
 *  0   4  reason  0 normal, 1 power save; absent from old phones (length 4)
 * ```
 */
export const unregister = record({ reason: u32 });

/**
 * ```
 *  0   4  status  0 OK, 1 error, 2 NAK (a call is active)
 * ```
 */
export const unregisterAck = record({ status: u32 });

/**
 * ```
 *  0   4  resetType  1 reset, 2 restart, 3 apply configuration
 * ```
 */
export const reset = record({ resetType: u32 });
