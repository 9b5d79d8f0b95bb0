import type { RegistrationMode, SecurityProfile, SignallingProtocol } from '../device/security.js';
import { autoRegistered } from './auto-registration.js';
import { isSecure } from './configuration.js';
import { type DeviceLine, type DeviceSpec, linesOf } from './spec.js';
import { type ClusterState, findNode } from './state.js';

/**
 * What a registrar asks of the cluster when a device wants to register: the same question for SCCP and SIP, so that one function
 * of the cluster's state answers both (sccp.md 12, sip.md 4).
 */
export interface AdmissionRequest {
  /** As the device wrote it, e.g. `SEP001F9E266369`; it may be anything. */
  readonly deviceName: string;
  /** Number of sccp.md 11; null where the device did not name one. */
  readonly deviceType: number | null;
  readonly protocol: SignallingProtocol;
  /** Address of the other end of the connection. */
  readonly address: string;
  /** Came over TLS. */
  readonly secure: boolean;
  /** What the connection gives: the cipher decides between authenticated and encrypted. */
  readonly mode: RegistrationMode;
  /** Came to the port of SIP OAuth, where a token names the device. Absent: no. */
  readonly oauth?: boolean;
}

export type AdmissionRefusal = 'unknown-device' | 'wrong-protocol' | 'wrong-security' | 'active-elsewhere';

export type Admission =
  | {
      readonly accepted: true;
      readonly lines: readonly DeviceLine[];
      /** The phone registered by itself: whoever has the state takes it into the database. */
      readonly added?: DeviceSpec;
    }
  | {
      readonly accepted: false;
      readonly reason: AdmissionRefusal;
      /** What the phone is told, at most 32 octets (sccp.md, RegisterReject). */
      readonly text: string;
    };

const UNKNOWN: Admission = { accepted: false, reason: 'unknown-device', text: 'Device Unknown' };
const MISMATCH: Admission = { accepted: false, reason: 'wrong-protocol', text: 'Error Mismatch' };
const SECURITY: Admission = { accepted: false, reason: 'wrong-security', text: 'Security Error' };

/** The words of profiles for those of labels. */
const MODES: Readonly<Record<RegistrationMode, SecurityProfile>> = {
  nonsecure: 'non-secure',
  authenticated: 'authenticated',
  encrypted: 'encrypted',
};

/**
 * Does the CallManager of a node register this device (sccp.md 12, sip.md 4.4)? Whether the name is in use elsewhere is not
 * in the database: whoever holds the connections knows it.
 *
 * Any node registers any device: a locked phone comes to its TFTP server, which need not be in its group (R-62, K-05).
 */
export function admit(state: ClusterState, nodeName: string, request: AdmissionRequest): Admission {
  const callManager = findNode(state, nodeName)?.held.callManager;
  const device = state.devices.get(request.deviceName);
  if (callManager === undefined || callManager === null) return UNKNOWN;
  if (device === undefined) {
    const added = autoRegistered(state, callManager.mode, request);
    return added === undefined ? UNKNOWN : { accepted: true, lines: linesOf(added), added };
  }
  if (device.protocol !== request.protocol) return MISMATCH;
  if (request.deviceType !== null && request.deviceType !== device.model.deviceType) return MISMATCH;
  // in non-secure mode every device counts as non-secure; the mode is that of the service's last start (1.4)
  const expected = isSecure(device, callManager.mode) ? device.security : 'non-secure';
  const offered = request.oauth === true ? 'sip-oauth' : MODES[request.secure ? request.mode : 'nonsecure'];
  if (expected !== offered) return SECURITY;
  return { accepted: true, lines: linesOf(device) };
}
