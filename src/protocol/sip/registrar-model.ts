import type { Release } from '../../device/release.js';
import type { RegistrationMode } from '../../device/security.js';
import type { Alarm, DeviceTlInfo } from './alarm.js';
import type { Credentials } from './digest.js';
import type { Random } from './identifiers.js';
import type { SipTransport } from './register-request.js';
import type { ServiceAction } from './service-control.js';
import type { RetransmissionTimers } from './transactions.js';

/** Where a message came from and where answers go: a connection, or the two ends of a datagram. */
export interface SipFlow {
  readonly transport: SipTransport;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
  /** Common name of the certificate that the peer showed; null without TLS or without a certificate. */
  readonly peerName: string | null;
  /** Over TLS: whether its cipher encrypts. Default: it does. */
  readonly mode?: 'authenticated' | 'encrypted';
  /** False for TLS that asks for no certificate, where a token names the device (SIP OAuth). Default: it was asked for. */
  readonly certificateAsked?: boolean;
  /** True on the port of SIP OAuth: who registers shows a token. */
  readonly tokenAsked?: boolean;
}

/** The cluster's answer to whether a device may register here. */
export type SipAdmission =
  | { readonly accepted: true; readonly lines: readonly { readonly name: string }[] }
  | {
      readonly accepted: false;
      readonly reason: 'unknown-device' | 'wrong-protocol' | 'wrong-security' | 'active-elsewhere';
      readonly text: string;
    };

export interface SipAdmissionRequest {
  readonly deviceName: string;
  readonly deviceType: number | null;
  readonly protocol: 'SIP';
  readonly address: string;
  readonly secure: boolean;
  readonly mode: RegistrationMode;
  readonly oauth?: boolean;
}

/** Digest authentication, where the security profile asks for it (sip.md 4.3). */
export interface DigestPolicy {
  /** Default `ccmsipline`. */
  readonly realm?: string;
  /** How long a nonce is good; default 600. */
  readonly nonceSeconds?: number;
  /** undefined: this device needs no digest. */
  readonly credentials: (deviceName: string) => Credentials | undefined;
}

export type TokenFault = (deviceName: string, token: string) => string | undefined;

export interface SipRegistrarOptions {
  /** Name of the node in Warning headers. */
  readonly node: string;
  readonly release: Release;
  /** Seconds of every registration, whatever the phone asks for ("SIP Station KeepAlive Interval", 120). */
  readonly grantSeconds: number;
  /** Seconds beyond them until the device is dropped (15). */
  readonly graceSeconds: number;
  readonly admit: (request: SipAdmissionRequest) => SipAdmission;
  readonly digest: DigestPolicy | null;
  /** What is wrong with a device's token, undefined: nothing. Asked on flows that ask for one; absent: no token is good. */
  readonly tokenFault?: TokenFault;
  /** Seconds that a device is to wait before it registers, 0 for none: call throttling or start-up, answered with 503. */
  readonly busySeconds: (deviceName: string) => number;
  /** The same for token requests: 0 grants. */
  readonly tokenWaitSeconds: (deviceName: string) => number;
  readonly retransmission: RetransmissionTimers;
  readonly random: Random;
  /** Milliseconds since 1970. */
  readonly date: () => number;
}

/** Why a device is not registered any more. */
export type UnregisteredBecause = 'asked' | 'expired' | 'connection-closed' | 'replaced';

export type SipRegistrarEvent =
  | {
      readonly event: 'registered';
      readonly device: string;
      readonly deviceType: number | null;
      readonly flow: SipFlow;
      readonly lines: readonly string[];
      readonly userAgent: string;
      /** Number in Reason: why the phone registers. */
      readonly cause: number | undefined;
    }
  | {
      readonly event: 'unregistered';
      readonly device: string;
      readonly because: UnregisteredBecause;
      readonly cause: number | undefined;
    }
  | {
      readonly event: 'rejected';
      readonly device: string;
      readonly flow: SipFlow;
      readonly status: number;
      readonly text: string;
    }
  /** DeviceTLInfo: which trust lists the phone holds. */
  | {
      readonly event: 'trust-lists';
      readonly device: string;
      readonly flow: SipFlow;
      readonly info: DeviceTlInfo;
    }
  /** Any other alarm, LastOutOfServiceInformation above all. */
  | { readonly event: 'alarm'; readonly device: string; readonly flow: SipFlow; readonly alarm: Alarm }
  | { readonly event: 'token'; readonly device: string; readonly granted: boolean }
  /** What the phone answered to `notify`; status 0: nothing. */
  | {
      readonly event: 'notified';
      readonly device: string;
      readonly action: ServiceAction;
      readonly status: number;
    };

export type SipRegistrarEffect =
  | { readonly do: 'send'; readonly flow: SipFlow; readonly bytes: Uint8Array }
  | { readonly do: 'event'; readonly event: SipRegistrarEvent };
