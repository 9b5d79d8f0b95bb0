import { z } from 'zod';
import {
  CAPF_AUTH_CODES,
  CAPF_STRING,
  type CapfAuthMode,
  type CapfKeySetting,
  capfKey,
} from '../cluster/capf-settings.js';
import { TrustfleetError } from '../errors.js';
import { found, reportTo } from './problem.js';

/** The words of "CAPF information", for the phones of a fleet and for `operate: { capf: … }` alike (contracts.md 4). */

const AUTH_MODES = Object.keys(CAPF_AUTH_CODES) as CapfAuthMode[];

/** An authentication string; in quotes, for YAML takes 0815 for a number. */
const authenticationString = z.unknown().transform((value, context): string => {
  if (typeof value === 'string' && CAPF_STRING.test(value)) return value;
  reportTo(context)([], `found ${found(value)}, expected 4 to 10 digits in quotes, e.g. "12345"`);
  return z.NEVER;
});

const key = z.unknown().transform((value, context): CapfKeySetting => {
  try {
    if (typeof value === 'string') return capfKey(value);
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
  }
  reportTo(context)(
    [],
    `found ${found(value)}, expected rsa-512 to rsa-4096, ec-256, ec-384, ec-521, or both as in ec-256-or-rsa-2048`,
  );
  return z.NEVER;
});

export const capfFields = {
  operation: z.enum(['install', 'delete', 'fetch', 'none']).optional(),
  auth: z.enum(AUTH_MODES).optional(),
  string: authenticationString.optional(),
  key: key.optional(),
};

type CapfFields = z.output<z.ZodObject<typeof capfFields>>;

/** A string is what "by authentication string" needs, and nothing else takes one. */
export function checkCapfString(value: CapfFields, context: z.core.$RefinementCtx): void {
  const report = reportTo(context);
  if (value.auth === 'string' && value.string === undefined)
    report(['auth'], 'found auth "string" without the string itself, expected string: "12345" beside it');
  if (value.auth !== 'string' && value.string !== undefined)
    report(
      ['string'],
      `found a string beside auth ${value.auth ?? 'null-string'}, expected auth: string`,
      'key',
    );
}

/** What is said of the settings, in the shape that cluster and fleet take. */
export function capfSettings({ operation, auth, string, key: chosen }: CapfFields) {
  return {
    ...(operation === undefined ? {} : { operation }),
    ...(auth === undefined ? {} : { auth, string: string ?? null }),
    ...(chosen === undefined ? {} : { key: chosen }),
  };
}
