import { TrustfleetError } from '../errors.js';

/**
 * The knobs of phone-behaviour.md 17 under their words. K-11, K-13 and K-15 belong to the cluster: they are read here, so
 * that one place knows every knob, and handed to it by `fleet/`.
 */
export interface Knobs {
  /** K-01. `tofu`: the first CTL is taken whoever signed it. */
  readonly firstCtlWithItl: 'verify' | 'tofu';
  /** K-02. false: after a negative answer the next TVS server is asked, too. */
  readonly tvsNegativeIsFinal: boolean;
  /** K-03, milliseconds for each server. */
  readonly tvsTimeouts: { readonly connectMs: number; readonly answerMs: number };
  /** K-04. true: a list or file whose signer's certificate has expired is refused. */
  readonly checkListExpiry: boolean;
  /** K-05. */
  readonly lockedNonSecureRegisters: boolean;
  /** K-06. */
  readonly tvsForSignalling: boolean;
  /** K-07. true: 7942 and 7962 need an LSC for "existing certificate". */
  readonly existingCertNeedsLsc: boolean;
  /** K-08, attempts after the first. */
  readonly capfExtraRetries: number;
  /** K-09. */
  readonly ipv6RefusalFallsBack: boolean;
  /** K-10. */
  readonly legacySha256Certificates: boolean;
  /** K-11 (cluster): stores that make TVS answer role 0. */
  readonly tvsSastStore: 'Phone-SAST-trust or CallManager-trust' | 'Phone-SAST-trust only';
  /** K-12, tries in all to get a list; Infinity is endless. */
  readonly noListRetry: number;
  /** K-13 (cluster). */
  readonly identityChangesAt: 'restart' | 'at once';
  /** K-14. */
  readonly tvsOrder: 'group' | 'round-robin';
  /** K-15 (cluster). */
  readonly tvsKnowsItlRecovery: boolean;
}

export const DEFAULT_KNOBS: Knobs = {
  firstCtlWithItl: 'verify',
  tvsNegativeIsFinal: true,
  tvsTimeouts: { connectMs: 5_000, answerMs: 10_000 },
  checkListExpiry: false,
  lockedNonSecureRegisters: true,
  tvsForSignalling: false,
  existingCertNeedsLsc: true,
  capfExtraRetries: 3,
  ipv6RefusalFallsBack: true,
  legacySha256Certificates: true,
  tvsSastStore: 'Phone-SAST-trust or CallManager-trust',
  noListRetry: 4,
  identityChangesAt: 'restart',
  tvsOrder: 'group',
  tvsKnowsItlRecovery: true,
};

/** Most tries or retries that a knob may ask for, short of `endless`. */
const MAX_KNOB_TRIES = 1_000;

/** Longest TVS time-out that K-03 may ask for, seconds. */
const MAX_TVS_TIMEOUT_SECONDS = 3_600;

interface KnobReader<K extends keyof Knobs> {
  readonly field: K;
  /** What a value may be, for the error message. */
  readonly expected: string;
  /** The field's value, or undefined when `value` is none. */
  readonly read: (value: unknown) => Knobs[K] | undefined;
}

/** A reader of one knob, whichever: its value fits its own field. */
type AnyKnobReader = { readonly [K in keyof Knobs]: KnobReader<K> }[keyof Knobs];

/** Knobs whose value is a `V`, and may be any `V`. */
type FieldOf<V> = { [K in keyof Knobs]: V extends Knobs[K] ? K : never }[keyof Knobs];

function flag<K extends FieldOf<boolean>>(
  field: K,
): KnobReader<K> & { read(value: unknown): boolean | undefined } {
  return {
    field,
    expected: 'true or false',
    read: (value) => (typeof value === 'boolean' ? value : undefined),
  };
}

function choice<K extends keyof Knobs>(field: K, words: Readonly<Record<string, Knobs[K]>>): KnobReader<K> {
  return {
    field,
    expected: Object.keys(words)
      .map((word) => `"${word}"`)
      .join(' or '),
    read: (value) => (typeof value === 'string' && Object.hasOwn(words, value) ? words[value] : undefined),
  };
}

function tries<K extends FieldOf<number>>(
  field: K,
  least: number,
  endless: boolean,
): KnobReader<K> & { read(value: unknown): number | undefined } {
  return {
    field,
    expected: `a whole number from ${least} to ${MAX_KNOB_TRIES}${endless ? ' or "endless"' : ''}`,
    read: (value) => {
      if (endless && value === 'endless') return Number.POSITIVE_INFINITY;
      const fits =
        typeof value === 'number' && Number.isInteger(value) && value >= least && value <= MAX_KNOB_TRIES;
      return fits ? value : undefined;
    },
  };
}

const TIMEOUTS = /^(\d+(?:\.\d+)?) ?s ?\/ ?(\d+(?:\.\d+)?) ?s$/;

function readTimeouts(value: unknown): Knobs['tvsTimeouts'] | undefined {
  const match = typeof value === 'string' ? TIMEOUTS.exec(value) : null;
  if (match === null) return undefined;
  const seconds = [Number(match[1]), Number(match[2])] as const;
  if (seconds.some((limit) => limit <= 0 || limit > MAX_TVS_TIMEOUT_SECONDS)) return undefined;
  return { connectMs: seconds[0] * 1_000, answerMs: seconds[1] * 1_000 };
}

const READERS: Readonly<Record<`K-${string}`, AnyKnobReader>> = {
  'K-01': choice('firstCtlWithItl', { verify: 'verify', tofu: 'tofu' }),
  'K-02': flag('tvsNegativeIsFinal'),
  'K-03': {
    field: 'tvsTimeouts',
    expected: `connect and answer time-out like "5s/10s", each over 0 and at most ${MAX_TVS_TIMEOUT_SECONDS} s`,
    read: readTimeouts,
  },
  'K-04': flag('checkListExpiry'),
  'K-05': flag('lockedNonSecureRegisters'),
  'K-06': flag('tvsForSignalling'),
  'K-07': flag('existingCertNeedsLsc'),
  'K-08': tries('capfExtraRetries', 0, false),
  'K-09': flag('ipv6RefusalFallsBack'),
  'K-10': flag('legacySha256Certificates'),
  'K-11': choice('tvsSastStore', {
    'Phone-SAST-trust or CallManager-trust': 'Phone-SAST-trust or CallManager-trust',
    'Phone-SAST-trust only': 'Phone-SAST-trust only',
  }),
  'K-12': tries('noListRetry', 1, true),
  'K-13': choice('identityChangesAt', { restart: 'restart', 'at once': 'at once' }),
  'K-14': choice('tvsOrder', { 'CallManager group order': 'group', 'round robin': 'round-robin' }),
  'K-15': flag('tvsKnowsItlRecovery'),
};

/**
 * Reads the `knobs` of a scenario (`{ 'K-05': false }`); what is absent has its default.
 *
 * @throws TrustfleetError TF_SCENARIO_INVALID for an unknown knob or a value that it cannot have; `context.knob` names it.
 */
export function readKnobs(record: Readonly<Record<string, unknown>>): Knobs {
  const knobs: Record<string, unknown> = { ...DEFAULT_KNOBS };
  for (const [name, value] of Object.entries(record)) {
    const reader = Object.hasOwn(READERS, name) ? READERS[name as `K-${string}`] : undefined;
    if (reader === undefined) {
      throw new TrustfleetError('TF_SCENARIO_INVALID', unknownKnob(name), { context: { knob: name } });
    }
    const read = reader.read(value);
    if (read === undefined) {
      throw new TrustfleetError(
        'TF_SCENARIO_INVALID',
        `knob ${name} (${reader.field}): found ${JSON.stringify(value) ?? typeof value}, expected ${reader.expected}`,
        { context: { knob: name } },
      );
    }
    knobs[reader.field] = read;
  }
  return knobs as unknown as Knobs;
}

function unknownKnob(name: string): string {
  const byWord = Object.entries(READERS).find(([, reader]) => reader.field === name)?.[0];
  if (byWord !== undefined) return `unknown knob "${name}": "${name}" is written ${byWord}`;
  const number = /^k[-_ ]?0*(\d{1,2})$/i.exec(name)?.[1];
  const meant = number === undefined ? undefined : `K-${number.padStart(2, '0')}`;
  const hint = meant !== undefined && Object.hasOwn(READERS, meant) ? ` (did you mean "${meant}"?)` : '';
  return `unknown knob "${name}": expected K-01 to K-15${hint}`;
}
