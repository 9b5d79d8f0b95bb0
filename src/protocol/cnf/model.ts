import type { DeviceSecurityMode, SignallingProtocol } from '../../device/security.js';

/** A CallManager of the phone's group, in the order of registration attempts (phone-config.md 5.1). */
export interface CallManagerEntry {
  /** 0 is asked first. */
  readonly priority: number;
  readonly name: string;
  /** `processNodeName`: an address (contracts.md 1: files carry addresses, never names). */
  readonly address: string;
  readonly sccpPort: number;
  readonly sipPort: number;
  readonly securedSipPort: number;
  /** `sipOAuthPort`, where the file names it. */
  readonly oauthSipPort?: number;
}

export interface ServerEntry {
  readonly priority: number;
  readonly address: string;
  readonly port: number;
}

/** A line of a SIP phone. */
export interface LineEntry {
  readonly index: number;
  /** Directory number, user part of the address of record. */
  readonly name: string;
  readonly displayName: string;
  /** Contact user: a UUID with CUCM. */
  readonly contact: string;
  readonly authName: string;
  readonly authPassword: string;
}

/** Seconds unless the name says otherwise; defaults of sip.md 6. */
export interface SipTimers {
  readonly registerExpires: number;
  readonly registerDelta: number;
  readonly keepAliveExpires: number;
  readonly t1Ms: number;
  readonly t2Ms: number;
  readonly retransmissions: number;
}

/** `SEP<MAC>.cnf.xml`: the part of it that decides what a phone does. Unknown elements are ignored on reading. */
export interface PhoneConfiguration {
  /** false: the reduced file that precedes `.enc.sgn`. */
  readonly fullConfig: boolean;
  readonly deviceProtocol: SignallingProtocol;
  readonly deviceSecurityMode: DeviceSecurityMode;
  /** `sipOAuthMode` is 1: a token in place of the certificate, on the port for it. Absent: no. */
  readonly sipOauth?: boolean;
  /** 0 IPv4 only, 1 IPv6 only, 2 two-stack. */
  readonly ipAddressMode: 0 | 1 | 2;
  readonly callManagers: readonly CallManagerEntry[];
  /** In priority order, at most 5. */
  readonly tvs: readonly ServerEntry[];
  /** 0 nothing pending, 1 string, 2 null string, 3 existing LSC, 4 existing MIC. */
  readonly capfAuthMode: 0 | 1 | 2 | 3 | 4;
  readonly capf: readonly ServerEntry[];
  /** Load name without extension; empty keeps the running one. */
  readonly loadInformation: string;
  readonly versionStamp: string;
  /** 1 TCP, 2 UDP, 3 TLS, 4 TCP and UDP (the phone takes TCP). */
  readonly transportLayerProtocol: 1 | 2 | 3 | 4;
  /** Seconds a better server must be up before the phone falls back to it. */
  readonly connectionMonitorDuration: number;
  readonly certHash: string;
  readonly encrConfig: boolean;
  readonly dateTemplate: string;
  /** By element name, `directoryURL` and the rest. */
  readonly urls: Readonly<Record<string, string>>;
  /** null in an SCCP file. */
  readonly sip: { readonly lines: readonly LineEntry[]; readonly timers: SipTimers } | null;
}

/** `XMLDefault.cnf.xml` (phone-config.md 7). */
export interface DefaultConfiguration {
  readonly callManagers: readonly CallManagerEntry[];
  /** In priority order, at most 5; none in the file of 8.6(2) and before. */
  readonly tvs: readonly ServerEntry[];
  /** `disabled` tells a phone that it need not try to register. */
  readonly autoRegistration: 'enabled' | 'disabled';
  readonly loads: readonly { readonly deviceType: number; readonly model: string; readonly load: string }[];
  readonly urls: Readonly<Record<string, string>>;
}
