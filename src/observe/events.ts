/**
 * The words for everything that a phone can meet. Prometheus labels, terminal, reports and expectations all use them
 * (contracts.md 3). This file imports nothing.
 */

/** Why a file or a peer was not believed, or was (contracts.md 3.1). */
export type AcceptReason =
  | 'first-trust'
  | 'etoken-signer'
  | 'signer-in-ctl'
  | 'signer-in-itl'
  | 'signer-in-cache'
  | 'signer-from-tvs'
  | 'unsigned-allowed'
  | 'unchanged';

export type RefuseReason =
  | 'digest-unsupported'
  | 'key-too-large'
  | 'signature-invalid'
  | 'role-missing'
  | 'tvs-negative'
  | 'tvs-unusable'
  | 'no-tvs-record'
  | 'no-tvs-server'
  | 'no-security-by-default'
  | 'too-large'
  | 'malformed'
  /** Only with knob K-04. */
  | 'signer-expired';

/** Why a file was refused, or a peer's certificate: it stands in no list that this peer is known by. */
export type TrustFailureReason = RefuseReason | 'not-in-itl' | 'not-in-ctl' | 'key-too-small' | 'tls-failed';

/** A rule of the reference, e.g. `R-38`; empty where none decided. */
export type RuleId = `R-${string}` | '';

export type ListKind = 'ctl' | 'itl';

/** Labels of each counter besides `model` and `group`, which the fleet adds. Names are those of contracts.md 3. */
export interface CounterLabels {
  trust_lists: {
    readonly list: ListKind;
    readonly result: 'initial' | 'updated' | 'unchanged' | 'refused' | 'not-found' | 'error';
    readonly rule: RuleId;
  };
  configurations: {
    readonly result: 'accepted' | 'refused' | 'not-found' | 'error';
    readonly form: 'plain' | 'sgn' | 'enc';
    readonly rule: RuleId;
  };
  firmware_loads: {
    readonly result: 'installed' | 'refused' | 'not-found' | 'error';
    readonly rule: RuleId;
  };
  trust_failures: {
    readonly file: 'ctl' | 'itl' | 'config' | 'firmware' | 'peer';
    readonly reason: TrustFailureReason;
    readonly rule: RuleId;
  };
  alarms: { readonly code: AlarmCode };
  tvs_requests: {
    readonly node: string;
    readonly for: 'ctl' | 'itl' | 'config' | 'https' | 'capf' | 'ccm';
    readonly result: 'positive' | 'negative' | 'handshake-failed' | 'unreachable' | 'timeout';
  };
  capf_attempts: {
    readonly family: 'ipv4' | 'ipv6';
    readonly result: 'connected' | 'refused' | 'unreachable' | 'tls-failed';
  };
  capf_sessions: { readonly operation: string; readonly result: string; readonly family: 'ipv4' | 'ipv6' };
  registrations: {
    readonly node: string;
    readonly protocol: 'sccp' | 'sip';
    readonly mode: 'nonsecure' | 'authenticated' | 'encrypted';
    readonly result: 'accepted' | 'rejected' | 'tls-failed' | 'unreachable';
    readonly cause: '' | '6' | '10' | '11' | '12' | '13' | '15';
    readonly certificate: 'lsc' | 'mic' | 'none';
    readonly tls: '1.0' | '1.1' | '1.2' | '1.3' | 'none';
  };
  transfers: TransferLabels;
  transfer_bytes: TransferLabels;
  retransmissions: TransferLabels;
  status_messages: { readonly message: string };
  services: { readonly service: string; readonly result: 'ok' | 'host-not-found' };
}

export interface TransferLabels {
  readonly protocol: 'tftp' | 'http';
  readonly result: 'ok' | 'not-found' | 'busy' | 'timeout' | 'refused' | 'error';
}

export type CounterName = keyof CounterLabels;

/** */
export type AlarmCode = '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';

export type HistogramName =
  | 'boot_seconds'
  | 'transfer_seconds'
  | 'verify_seconds'
  | 'tvs_seconds'
  | 'capf_seconds'
  | 'register_seconds';

export type PhoneState = 'off' | 'booting' | 'enrolling' | 'registered' | 'unregistered';

/** How a boot ended: architecture.md, "What a phone's outcome is". */
export interface BootOutcome {
  readonly state: 'registered' | 'unregistered';
  readonly mode: 'nonsecure' | 'authenticated' | 'encrypted' | 'none';
  /** Name of the node that registered the phone, or empty. */
  readonly node: string;
  readonly locked: boolean;
}

/** One refusal or failure, for `events.ndjson` and for the example phones of the verdict. */
export interface Refusal {
  /** What was refused: a list, a configuration, a peer, a registration, a certificate operation, a service. */
  readonly what:
    | 'ctl'
    | 'itl'
    | 'config'
    | 'firmware'
    | 'peer'
    | 'registration'
    | 'transfer'
    | 'capf'
    | 'service';
  readonly rule: RuleId;
  readonly reason: string;
  /** One sentence for a person: what was found, what the phone would have needed. */
  readonly detail: string;
  /** Of a registration: the labels that its counter has. */
  readonly attempt?: Pick<CounterLabels['registrations'], 'cause' | 'certificate'>;
}

/** Refusals of one kind are counted together, and one of them stands for all. */
export function kindOfRefusal({
  what,
  rule,
  reason,
  attempt,
}: {
  readonly what: string;
  readonly rule: string;
  readonly reason: string;
  readonly attempt?: Refusal['attempt'] | undefined;
}): string {
  const how = attempt === undefined ? '' : ` ${attempt.cause} ${attempt.certificate}`;
  return `${what} ${rule} ${reason}${how}`;
}
