/** How an operation ended, in the words of labels (R-94, capf.md 11). These are not the REASONs of the wire. */
export const CAPF_RESULT_CODES = {
  success: 0,
  'fetch-success-but-no-cert': 1,
  fail: 2,
  'invalid-auth-str': 3,
  'invalid-lsc': 4,
  'invalid-mic': 5,
  'invalid-credentials': 6,
  'phone-comm-error': 7,
  'op-timed-out': 8,
  'late-request': 11,
} as const;

export type CapfResult = keyof typeof CAPF_RESULT_CODES;

/** What the administrator ordered. An upgrade is an install on a phone that has an LSC (capf.md 6.1). */
export type CapfOperation = 'install' | 'delete' | 'fetch' | 'none';
