import type { KeyObject } from 'node:crypto';
import type { RegistrationMode, SignallingProtocol, TlsRange, TlsVersion } from '../device/security.js';
import type { CounterLabels, CounterName, HistogramName, Refusal } from '../observe/events.js';
import type { KeyPair } from '../pki/keys.js';
import type { CapfKey } from '../protocol/capf/keys.js';
import type { PhoneConfiguration } from '../protocol/cnf/model.js';
import type { SignerId, TrustFile } from '../trustfile/model.js';
import type { CapfAnswer, CapfQuestion } from './capf-world.js';
import type { KeyedCertificate } from './flash.js';
import type { ServiceAnswer, ServiceQuestion } from './service-world.js';
import type { StopSignal } from './stop.js';

/** A server as the phone knows it; the port is the one the configuration names, the world maps it where needed. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

export type FetchResult =
  | { readonly status: 'ok'; readonly bytes: Uint8Array }
  /** 404 or TFTP ERROR 1: an answer, no reason to ask elsewhere. */
  | { readonly status: 'not-found' }
  /** 503 or TFTP ERROR 0 `Server busy`. */
  | { readonly status: 'busy' }
  | { readonly status: 'timeout' }
  | { readonly status: 'refused' }
  | { readonly status: 'error'; readonly detail: string };

/** What the phone says of a peer's certificate, before the first octet is written. */
export type PeerVerdict =
  | { readonly trusted: true }
  | { readonly trusted: false; readonly rule: `R-${string}`; readonly reason: PeerRefusal };
export type PeerRefusal =
  | 'not-in-itl'
  | 'not-in-ctl'
  | 'no-tvs-record'
  | 'digest-unsupported'
  | 'malformed'
  | 'key-too-large'
  | 'key-too-small';
export type JudgePeer = (certificateDer: Uint8Array) => PeerVerdict;

export interface TlsProfile extends TlsRange {
  /** Certificate that the phone shows; null shows none. */
  readonly identity: KeyedCertificate | null;
}

export interface TvsQuestion {
  readonly server: Endpoint;
  readonly sessionId: number;
  /** `CP-8861-SEP001F9E266369`. */
  readonly deviceName: string;
  readonly signer: SignerId;
  /**
   * Null: QUERY, who is this signer? Else the whole certificate of that name, DER, for VERIFY: may it be trusted? The
   * `certificate` of a positive answer is this one then, for VERIFY returns none.
   */
  readonly certificate: Uint8Array | null;
  readonly tls: TlsProfile;
  readonly judge: JudgePeer;
  /** K-03. */
  readonly connectTimeoutMs: number;
  readonly answerTimeoutMs: number;
}

export type TvsAnswer =
  | {
      readonly result: 'positive';
      /** DER. */
      readonly certificate: Uint8Array;
      readonly roles: readonly number[];
      readonly ttlSeconds: number;
    }
  | { readonly result: 'negative' }
  /** handshake-failed: TLS or the judge said no; unreachable: TCP refused; timeout: no usable answer in time (K-03). */
  | { readonly result: 'handshake-failed' | 'unreachable' | 'timeout'; readonly detail: string };

/** Why the phone starts anew (sccp.md 6, sip.md 3.4): 25 initialized, 22 reset, 23 restart, 10/12/13/14/15 lost server … */
export type LastCause = 10 | 12 | 13 | 14 | 15 | 17 | 18 | 20 | 22 | 23 | 24 | 25;

export interface RegistrationAttempt {
  readonly server: Endpoint;
  readonly protocol: SignallingProtocol;
  readonly mode: RegistrationMode;
  readonly transport: 'tcp' | 'udp' | 'tls';
  readonly configuration: PhoneConfiguration;
  /** Name of the running load, without extension. */
  readonly load: string;
  readonly lastCause: LastCause;
  /** State of the trust lists for the DeviceTLInfo alarm of SIP phones; R-60 code or null when no list was handled. */
  readonly trustLists: TrustListReport;
  /** Bearer token for a registrar that asks for one (407, RFC 8898); null where the phone has none. */
  readonly token: string | null;
  /** null on a non-secure transport. */
  readonly tls: (TlsProfile & { readonly ciphers: string; readonly judge: JudgePeer }) | null;
}

export interface TrustListReport {
  readonly ctl: { readonly signatureSha1: string; readonly server: string } | null;
  readonly itl: { readonly signatureSha1: string; readonly server: string } | null;
  readonly alarm: number;
}

export type RegistrationEnd =
  /** After `unregister` or `drop`. */
  | { readonly by: 'unregistered' }
  /** 14 the server closed, 12 it sent RST, 13 any other end of the connection. */
  | { readonly by: 'connection-lost'; readonly cause: LastCause }
  /** 3 keep-alives without an answer. */
  | { readonly by: 'keep-alive-timeout' }
  /** The order has come: the phone calls `unregister` before it acts, unless the session did by itself (sccp.md 10, sip.md 5.3). */
  | { readonly by: 'registrar'; readonly action: 'reset' | 'restart' };

/**
 * Hears once how a registration ended. An object and no function: thousands of registrations stand, and whoever waits for the end
 * of one is there already.
 */
export interface RegistrationListener {
  registrationEnded(end: RegistrationEnd, registration: Registration): void;
}

/** Hears once that a standby connection is gone. */
export interface StandbyListener {
  standbyLost(standby: Standby): void;
}

/** A registration that stands. Keep-alives and refreshes are the world's, at the pace that the server granted. */
export interface Registration {
  readonly tls: TlsVersion | 'none';
  /** Settles once, when the registration is over for whatever reason; never rejects. */
  readonly ended: Promise<RegistrationEnd>;
  /** The same without a promise. */
  onEnd(listener: RegistrationListener): void;
  /** Unregisters on the wire and closes; resolves when done, at most a few seconds later. Harmless when it is over. */
  unregister(cause: LastCause): Promise<void>;
  /** Closes without a word, as a power cut does. Harmless when it is over. */
  drop(): void;
}

export type RegistrationResult =
  | { readonly result: 'accepted'; readonly registration: Registration }
  | {
      readonly result: 'rejected' | 'tls-failed' | 'unreachable';
      /** R-83, or empty. */
      readonly cause: CounterLabels['registrations']['cause'];
      readonly tls: TlsVersion | 'none';
      readonly detail: string;
    };

/** The connection that a registered phone keeps to the next member of its group. */
export interface Standby {
  /** Settles when it is lost; never rejects. */
  readonly ended: Promise<void>;
  /** The same without a promise. */
  onEnd(listener: StandbyListener): void;
  close(): void;
}

/**
 * All that a phone meets the world through (architecture.md, "The one idea"). `net/` has it over sockets, `virtual/` over a
 * virtual clock. Calls settle in bounded time with a result; they reject only with the reason of an aborted `signal`, and
 * leave nothing open behind them then: an aborted `register` or `standby` has closed what it opened.
 *
 * Who counts: the phone counts its decisions and what it asked (`trust_lists`, `configurations`, `trust_failures`, `alarms`,
 * `tvs_requests`, `capf_attempts`, `capf_sessions`, `registrations`, `services`, `status_messages`) and times `boot`, `verify`, `tvs`,
 * `capf` and `register`. The world counts what only it sees: `transfers`, `transfer_bytes`, `retransmissions`, `transfer_seconds`.
 */
export interface PhoneWorld {
  /** One request to one server over one transport; a phone's fall-backs and retries are the phone's. */
  fetch(
    request: { readonly server: string; readonly file: string; readonly transport: 'tftp' | 'http' },
    signal: StopSignal,
  ): Promise<FetchResult>;
  askTvs(question: TvsQuestion, signal: StopSignal): Promise<TvsAnswer>;
  /** One CAPF session at one address; a phone's other addresses and retries are the phone's. */
  enrol(question: CapfQuestion, signal: StopSignal): Promise<CapfAnswer>;
  /**
   * One HTTPS request, GET, to the web server of a node, over a connection of its own. What stands behind it answers by
   * path: in the embedded cluster `webAnswer` of `cluster/web.ts`.
   */
  requestService(question: ServiceQuestion, signal: StopSignal): Promise<ServiceAnswer>;
  /**
   * A key pair for an LSC that no other phone gets, as fast as it can be had: the time that the model takes is the
   * phone's `sleep`.
   */
  generateKey(key: CapfKey): Promise<KeyPair>;
  register(attempt: RegistrationAttempt, signal: StopSignal): Promise<RegistrationResult>;
  /** Opens the standby connection; undefined where the server does not answer. */
  standby(attempt: RegistrationAttempt, signal: StopSignal): Promise<Standby | undefined>;
  /** Asks a better member for leave to come back (token request); the seconds to wait where it says no. */
  requestToken(
    attempt: RegistrationAttempt,
    signal: StopSignal,
  ): Promise<{ readonly granted: true } | { readonly granted: false; readonly retrySeconds: number }>;
  /** A time that the phone waits by its rules; a scenario may compress it (`clock.scale`). */
  sleep(ms: number, signal: StopSignal): Promise<void>;
  /** Milliseconds of the world's clock, monotonic, only good for differences and expiry. */
  now(): number;
  /** The date as the phone knows it, milliseconds since 1970-01-01 UTC; asked for R-80 and K-04. */
  date(): number;
  /** From the run's seed, in [0, 1). */
  random(): number;
  /** Checks the signature of `file` with `key`; throws nothing, false for any doubt. */
  verifySignature(file: TrustFile, key: KeyObject): boolean;
  /** Parses and interns a file by content; throws TrustfleetError for what cannot be read. */
  readTrustFile(bytes: Uint8Array): TrustFile;
  readConfiguration(bytes: Uint8Array): {
    readonly configuration: PhoneConfiguration;
    readonly sha256: string;
  };
  /** Label of the server at this address: a node's name, or the address itself. */
  nodeName(address: string): string;
  count<N extends CounterName>(name: N, labels: CounterLabels[N], by?: number): void;
  time(name: HistogramName, seconds: number): void;
  refused(refusal: Refusal): void;
  /** One line of the phone's own log, for `explain` and for running one phone alone. */
  log(line: string): void;
}

/** The part of the world that is no network: counting, reading, drawing. */
export type LocalWorld = Pick<
  PhoneWorld,
  | 'count'
  | 'time'
  | 'refused'
  | 'log'
  | 'random'
  | 'readTrustFile'
  | 'readConfiguration'
  | 'verifySignature'
  | 'generateKey'
>;
