import type { CounterLabels, CounterName, HistogramName } from './events.js';

/**
 * The table of everything that is counted: contracts.md 3 as data. Prometheus takes names, labels and help text from it,
 * scenarios are checked against it, the tally takes the order of labels from it.
 */

/** Values that a label may have: a closed list, or an open kind. */
export type LabelWords = readonly string[] | 'node' | 'cluster' | 'rule' | 'message' | 'service';

/** Rules of phone-behaviour.md are; one came later and has a letter. */
const LAST_RULE = 121;
const LATER_RULES: readonly string[] = ['R-18a'];

/** Whether a rule of the phone has this number. */
export function isRule(id: string): boolean {
  const number = /^R-(\d{2,3})$/.exec(id)?.[1] ?? '';
  const isWritten = number === String(Number(number)).padStart(2, '0');
  return LATER_RULES.includes(id) || (isWritten && Number(number) >= 1 && Number(number) <= LAST_RULE);
}

export interface MetricWords {
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelWords>>;
}

export type GaugeName = 'phones' | 'phones_locked' | 'itl_file_status' | 'capf_pending';

/** Labels of each gauge besides `model` and `group`. */
export interface GaugeLabels {
  phones: {
    readonly state: 'off' | 'booting' | 'enrolling' | 'registered' | 'unregistered';
    readonly mode: 'nonsecure' | 'authenticated' | 'encrypted' | 'none';
    /** Where it is registered; only in a run with several clusters. */
    readonly cluster?: string;
  };
  phones_locked: Readonly<Record<never, string>>;
  itl_file_status: { readonly status: 'match' | 'mismatch' | 'not-installed' | 'unknown' };
  capf_pending: Readonly<Record<never, string>>;
}

/** Words of one metric: a closed list holds only words that the type knows. */
type WordsOf<Labels> = {
  readonly help: string;
  readonly labels: {
    readonly [L in keyof Labels]-?:
      | readonly Labels[L][]
      | 'node'
      | 'cluster'
      | 'rule'
      | 'message'
      | 'service';
  };
};

const TRANSFER_LABELS = {
  protocol: ['tftp', 'http'],
  result: ['ok', 'not-found', 'busy', 'timeout', 'refused', 'error'],
} as const;

export const COUNTERS = {
  trust_lists: {
    help: 'CTL and ITL files that phones handled, one for each list and boot.',
    labels: {
      list: ['ctl', 'itl'],
      result: ['initial', 'updated', 'unchanged', 'refused', 'not-found', 'error'],
      rule: 'rule',
    },
  },
  configurations: {
    help: 'Configuration files that phones handled, one for each boot.',
    labels: {
      result: ['accepted', 'refused', 'not-found', 'error'],
      form: ['plain', 'sgn', 'enc'],
      rule: 'rule',
    },
  },
  firmware_loads: {
    help: 'Loads that phones fetched because the configured one does not run (R-11).',
    labels: { result: ['installed', 'refused', 'not-found', 'error'], rule: 'rule' },
  },
  trust_failures: {
    help: 'Refusals of a list, configuration, firmware or peer by the rule that decided.',
    labels: {
      file: ['ctl', 'itl', 'config', 'firmware', 'peer'],
      reason: [
        'digest-unsupported',
        'key-too-large',
        'signature-invalid',
        'role-missing',
        'tvs-negative',
        'tvs-unusable',
        'no-tvs-record',
        'no-tvs-server',
        'no-security-by-default',
        'too-large',
        'malformed',
        'signer-expired',
        'not-in-itl',
        'not-in-ctl',
        'key-too-small',
        'tls-failed',
      ],
      rule: 'rule',
    },
  },
  alarms: {
    help: 'Trust list alarms that phones raised (R-60), also those that they could not send.',
    labels: { code: ['1', '2', '3', '4', '5', '6', '7', '8', '9'] },
  },
  tvs_requests: {
    help: 'Questions to trust verification services, one for each server asked.',
    labels: {
      node: 'node',
      for: ['ctl', 'itl', 'config', 'https', 'capf', 'ccm'],
      result: ['positive', 'negative', 'handshake-failed', 'unreachable', 'timeout'],
    },
  },
  capf_attempts: {
    help: 'Connections to the certificate authority proxy.',
    labels: { family: ['ipv4', 'ipv6'], result: ['connected', 'refused', 'unreachable', 'tls-failed'] },
  },
  capf_sessions: {
    help: 'Sessions with the certificate authority proxy by how they ended (R-94).',
    labels: {
      // unknown: it was over before CAPF had said what it wanted
      operation: ['install', 'delete', 'fetch', 'none', 'unknown'],
      result: [
        'success',
        'fetch-success-but-no-cert',
        'fail',
        'invalid-auth-str',
        'invalid-lsc',
        'invalid-mic',
        'invalid-credentials',
        'phone-comm-error',
        'op-timed-out',
        'late-request',
        'retry-later',
      ],
      family: ['ipv4', 'ipv6'],
    },
  },
  registrations: {
    help: 'Attempts to register after a boot, a fail-over or a fall-back.',
    labels: {
      node: 'node',
      protocol: ['sccp', 'sip'],
      mode: ['nonsecure', 'authenticated', 'encrypted'],
      result: ['accepted', 'rejected', 'tls-failed', 'unreachable'],
      cause: ['', '6', '10', '11', '12', '13', '15'],
      certificate: ['lsc', 'mic', 'none'],
      tls: ['1.0', '1.1', '1.2', '1.3', 'none'],
    },
  },
  transfers: { help: 'Files that phones asked for.', labels: TRANSFER_LABELS },
  transfer_bytes: { help: 'Octets of file content that phones received.', labels: TRANSFER_LABELS },
  retransmissions: { help: 'Requests and acknowledgements sent once more.', labels: TRANSFER_LABELS },
  status_messages: {
    help: 'Messages on the status screens of phones (R-61), literal.',
    labels: { message: 'message' },
  },
  services: {
    help: 'HTTPS services that users opened.',
    labels: { service: 'service', result: ['ok', 'host-not-found'] },
  },
} as const satisfies { readonly [N in CounterName]: WordsOf<CounterLabels[N]> };

export const GAUGES = {
  phones: {
    help: 'Phones by state and by the mode in which they are registered.',
    labels: {
      state: ['off', 'booting', 'enrolling', 'registered', 'unregistered'],
      mode: ['nonsecure', 'authenticated', 'encrypted', 'none'],
      cluster: 'cluster',
    },
  },
  phones_locked: { help: 'Phones that accept neither the ITL nor the configuration (R-62).', labels: {} },
  itl_file_status: {
    help: 'ITL File Status of SIP phones as the cluster sees it (R-75).',
    labels: { status: ['match', 'mismatch', 'not-installed', 'unknown'] },
  },
  capf_pending: { help: 'Phones whose certificate operation waits for the user.', labels: {} },
} as const satisfies { readonly [N in GaugeName]: WordsOf<GaugeLabels[N]> };

export const HISTOGRAMS = {
  boot_seconds: 'Time from the moment a boot was due to its outcome.',
  transfer_seconds: 'Time of one file transfer.',
  verify_seconds: 'Time to check the signature of one file.',
  tvs_seconds: 'Time of one question to a trust verification service.',
  capf_seconds: 'Time of one session with the certificate authority proxy.',
  register_seconds: 'Time of one attempt to register.',
} as const satisfies Readonly<Record<HistogramName, string>>;

/** Labels that the fleet adds to whatever a phone counts. */
export const PHONE_LABELS = ['model', 'group'] as const;

/** Labels that the fleet adds to what is timed. */
export const TIMING_LABELS = ['model'] as const;

/** The words of a counter or gauge by its name; undefined where there is no such metric. */
export function metricWords(name: string): MetricWords | undefined {
  const table: Readonly<Record<string, MetricWords>> = { ...COUNTERS, ...GAUGES };
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** Whether `name` stands as it is; a counter is counted from a starting point. */
export function isGauge(name: string): name is GaugeName {
  return Object.hasOwn(GAUGES, name);
}
