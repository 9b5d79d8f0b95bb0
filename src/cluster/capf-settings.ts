import { TrustfleetError } from '../errors.js';
import type { CapfAuthentication } from '../protocol/capf/credentials.js';
import { CAPF_RSA_BITS, type CapfKey, type CapfRsaBits, keysInOrder } from '../protocol/capf/keys.js';
import type { CapfOperation } from '../protocol/capf/results.js';

/** `fetch` is Troubleshoot. */
export type { CapfOperation } from '../protocol/capf/results.js';

/** What `utils capf set keep_alive` takes, minutes. */
export const CAPF_KEEP_ALIVE_MINUTES = { min: 5, max: 60 } as const;

/** What a phone may be asked to type: digits (capf.md 12.2). */
export const CAPF_STRING = /^\d{4,10}$/;

/** R-89; existing certificates with precedence to the one named. */
export type CapfAuthMode = 'string' | 'null-string' | 'existing-lsc' | 'existing-mic';

/** `capfAuthMode` of configuration files, which AUTH_TYPE on the wire shares (capf.md 6.1). */
export const CAPF_AUTH_CODES = {
  string: 1,
  'null-string': 2,
  'existing-lsc': 3,
  'existing-mic': 4,
} as const satisfies Record<CapfAuthMode, number>;

/** Sizes of EC keys that an administrator can choose, bits; those of RSA are CAPF_RSA_BITS. */
export const CAPF_EC_BITS = [256, 384, 521] as const;

export type CapfEcBits = (typeof CAPF_EC_BITS)[number];

/** Key order and sizes: RSA Only, EC Only, EC Preferred with RSA Backup (capf.md 11). */
export type CapfKeySetting =
  | { readonly order: 'rsa-only'; readonly rsaBits: CapfRsaBits }
  | { readonly order: 'ec-only'; readonly ecBits: CapfEcBits }
  | { readonly order: 'ec-preferred'; readonly ecBits: CapfEcBits; readonly rsaBits: CapfRsaBits };

/** "CAPF information" of a device: what an administrator sets for one operation. */
export interface CapfSettings {
  readonly operation: CapfOperation;
  readonly auth: CapfAuthMode;
  /** 4 to 10 digits (capf.md 12.2); null for the other modes. */
  readonly string: string | null;
  readonly key: CapfKeySetting;
}

export const DEFAULT_CAPF_KEY: CapfKeySetting = { order: 'rsa-only', rsaBits: 2048 };

/** What a key order makes the server ask for, one after the other. */
export function keysToAsk(key: CapfKeySetting): readonly CapfKey[] {
  switch (key.order) {
    case 'rsa-only':
      return keysInOrder('rsa-only', key.rsaBits, 256);
    case 'ec-only':
      return keysInOrder('ec-only', 2048, key.ecBits);
    case 'ec-preferred':
      return keysInOrder('ec-preferred', key.rsaBits, key.ecBits);
  }
}

/** How the server authenticates the phone. */
export function authenticationOf({ auth, string }: CapfSettings): CapfAuthentication {
  switch (auth) {
    case 'string':
      return { by: 'string', string: string ?? '' };
    case 'null-string':
      return { by: 'null-string' };
    case 'existing-lsc':
      return { by: 'certificate', precedence: 'lsc' };
    case 'existing-mic':
      return { by: 'certificate', precedence: 'mic' };
  }
}

const RSA = /^rsa-(\d+)$/;
const EC = /^ec-(\d+)(?:-or-rsa-(\d+))?$/;

/**
 * A key as scenarios write it: `rsa-2048`, `ec-384`, `ec-256-or-rsa-2048` (EC preferred, RSA backup).
 *
 * @throws TrustfleetError TF_USAGE for any other text.
 */
export function capfKey(text: string): CapfKeySetting {
  const rsaBits = size(CAPF_RSA_BITS, RSA.exec(text)?.[1]);
  if (rsaBits !== undefined) return { order: 'rsa-only', rsaBits };
  const match = EC.exec(text);
  const ecBits = size(CAPF_EC_BITS, match?.[1]);
  if (ecBits !== undefined && match?.[2] === undefined) return { order: 'ec-only', ecBits };
  const backup = size(CAPF_RSA_BITS, match?.[2]);
  if (ecBits !== undefined && backup !== undefined) return { order: 'ec-preferred', ecBits, rsaBits: backup };
  throw new TrustfleetError(
    'TF_USAGE',
    `CAPF key "${text}": expected rsa-N (N ${CAPF_RSA_BITS.join(', ')}), ec-N (N ${CAPF_EC_BITS.join(', ')}) or ec-N-or-rsa-N`,
  );
}

function size<T extends number>(sizes: readonly T[], text: string | undefined): T | undefined {
  return sizes.find((bits) => String(bits) === text);
}
