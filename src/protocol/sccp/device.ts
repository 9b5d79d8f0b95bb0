import { familyOf } from '../../device/address-family.js';
import type { ModelProfile } from '../../device/model.js';
import { macOf } from '../../device/name.js';
import { type SccpMessage, sccp } from './message.js';
import { wireText } from './text.js';

/** What a phone says of itself in SCCP. */
export interface SccpDevice {
  /** `SEP001F9E266369`. */
  readonly name: string;
  /** sccp.md 11. */
  readonly deviceType: number;
  /** Line buttons. */
  readonly lines: number;
  /** Load name without extension, `SCCP42.9-4-2SR3-1S`. */
  readonly load: string;
  /** Highest version that it speaks (sccp.md 4.2). */
  readonly sccpVersion: number;
  /** Own address, IPv4 or IPv6. */
  readonly address: string;
  /** As on the box: `7962G`. */
  readonly model: string;
}

/** A phone of a model with the load that the model ships with. */
export function sccpDevice(name: string, address: string, model: ModelProfile): SccpDevice {
  return {
    name,
    address,
    deviceType: model.deviceType,
    lines: model.lines,
    load: model.loads.SCCP ?? '',
    sccpVersion: model.sccpVersion,
    model: model.productName,
  };
}

/** Scope of an address that the phone has (sccp.md 4.1; 3 with a global IPv6 address is inferred there). */
const SCOPE = 3;

/** Values that differ between the generations (observed, sccp.md 4.1 and 4.3). */
interface RegisterTraits {
  readonly instance: number;
  readonly maxStreams: number;
  readonly maxConferences: number;
  readonly features: string;
  readonly bodyLength?: number;
}

const MODERN: RegisterTraits = { instance: 0, maxStreams: 5, maxConferences: 1, features: '007285' };
/** 7940 and 7960 with version 11: their Register stops after 68 octets, of which those past 52 carry no meaning. */
const CLASSIC: RegisterTraits = {
  instance: 1,
  maxStreams: 0,
  maxConferences: 0,
  features: '006085',
  bodyLength: 68,
};
const CLASSIC_TYPES: readonly number[] = [7, 8];

function addressPair(address: string): { readonly ipv4: string; readonly ipv6: string } {
  return familyOf(address) === 'ipv6' ? { ipv4: '0.0.0.0', ipv6: address } : { ipv4: address, ipv6: '::' };
}

/** Register, header version 0 (sccp.md 4). */
export function registerMessage(device: SccpDevice): SccpMessage<'Register'> {
  const { bodyLength, ...traits } = CLASSIC_TYPES.includes(device.deviceType) ? CLASSIC : MODERN;
  const { ipv4, ipv6 } = addressPair(device.address);
  const short = bodyLength !== undefined;
  const message = sccp('Register', 0, {
    deviceName: wireText(device.name, false, 16),
    userId: 0,
    stationIpAddr: ipv4,
    deviceType: device.deviceType,
    activeStreams: 0,
    protocolVersion: device.sccpVersion,
    activeConferences: 0,
    macField: `${short ? '' : (macOf(device.name)?.toLowerCase() ?? '')}`.padEnd(24, '0'),
    ipV4AddressScope: !short && ipv6 === '::' ? SCOPE : 0,
    maxNumberOfLines: device.lines,
    stationIpV6Addr: ipv6,
    ipV6AddressScope: ipv6 === '::' ? 0 : SCOPE,
    firmwareLoadName: wireText(device.load, false, 32),
    configVersionStamp: '',
    ...traits,
  });
  return short ? { ...message, bodyLength } : message;
}

/** RegisterTokenReq, header version 0 (sccp.md 5). */
export function tokenRequest(device: SccpDevice): SccpMessage<'RegisterTokenReq'> {
  const { ipv4, ipv6 } = addressPair(device.address);
  return sccp('RegisterTokenReq', 0, {
    deviceName: wireText(device.name, false, 16),
    userId: 0,
    instance: 0,
    stationIpAddr: ipv4,
    deviceType: device.deviceType,
    stationIpV6Addr: ipv6,
  });
}

/** What a phone without video can do: G.711, G.722, G.729 family, wideband, RFC 2833 (sccp.md 7). */
const PAYLOADS: readonly (readonly [payload: number, maxFramesPerPacket: number])[] = [
  [4, 40],
  [2, 40],
  [6, 40],
  [11, 40],
  [12, 40],
  [15, 40],
  [16, 40],
  [25, 40],
  [0x101, 1],
];

const HEADSET_OFF = 2;
const HANDSET = 2;
const ENABLED = 1;

/** Answer to CapabilitiesReq, with the small reports that come before it (sccp.md 3). */
export function capabilityReports(version: number): readonly SccpMessage[] {
  return [
    sccp('HeadsetStatus', version, { status: HEADSET_OFF }),
    sccp('MediaPathCapability', version, { path: HANDSET, capability: ENABLED }),
    sccp('CapabilitiesRes', version, {
      capabilities: PAYLOADS.map(([payload, maxFramesPerPacket]) => ({
        payload,
        maxFramesPerPacket,
        parameters: '0000000000000000',
      })),
    }),
  ];
}
