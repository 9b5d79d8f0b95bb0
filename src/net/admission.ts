import type { RegistrationMode, SignallingProtocol } from '../device/security.js';

/**
 * What a registrar asks of the cluster when a device wants to register, and what it hears: the same question for SCCP and
 * SIP, so that one function of the cluster's state answers both (sccp.md 12, sip.md 4).
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

export interface AdmittedLine {
  /** Directory number; user part of the address of record with SIP. */
  readonly name: string;
  readonly displayName: string;
  /** Text beside the button, the directory number where absent. */
  readonly label?: string;
}

export interface AdmittedSpeedDial {
  readonly number: string;
  readonly label: string;
}

export type AdmissionRefusal = 'unknown-device' | 'wrong-protocol' | 'wrong-security' | 'active-elsewhere';

export type Admission =
  | {
      readonly accepted: true;
      readonly lines: readonly AdmittedLine[];
      readonly speedDials?: readonly AdmittedSpeedDial[];
    }
  | {
      readonly accepted: false;
      readonly reason: AdmissionRefusal;
      /** What the phone is told, e.g. `Device Unknown`; SCCP cuts it at 32 octets. */
      readonly text: string;
    };

/** Answers at once from the state of the cluster; called once for each Register or REGISTER. */
export type Admit = (request: AdmissionRequest) => Admission;
