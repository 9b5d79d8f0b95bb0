import type { Identity } from '../../pki/keys.js';
import type { CapfResult } from './results.js';

/** How a device authenticates, as the administrator set it. */
export type CapfAuthentication =
  | { readonly by: 'string'; readonly string: string }
  | { readonly by: 'null-string' }
  | { readonly by: 'certificate'; readonly precedence: 'lsc' | 'mic' };

/** What a phone shows at CAPF. */
export interface CapfCredentials {
  /** The string that the user typed, or undefined. */
  readonly password?: string;
  /** Certificate that authenticates, and whether it is the LSC or the MIC. */
  readonly certificate?: { readonly identity: Identity; readonly kind: 'lsc' | 'mic' };
  /** The MIC, which goes along whenever a certificate authenticates (capf.md 9). */
  readonly sudi?: Identity;
  /** What END_SESSION 7 means to a phone that showed this: the wire does not say it (capf.md 9.4). */
  readonly refusedAs: CapfResult;
}

export interface PhoneCertificates {
  readonly lsc: Identity | null;
  readonly mic: Identity | null;
}

/**
 * What a phone shows by its authentication mode. With neither certificate, or without an LSC where
 * `existingCertNeedsLsc` (K-07), it shows none and CAPF refuses it (DT-5).
 */
export function capfCredentials(
  authentication: CapfAuthentication,
  { lsc, mic }: PhoneCertificates,
  existingCertNeedsLsc: boolean,
): CapfCredentials {
  if (authentication.by === 'string') {
    return { password: authentication.string, refusedAs: 'invalid-auth-str' };
  }
  if (authentication.by === 'null-string') return { refusedAs: 'fail' };
  const isMic = lsc === null || (authentication.precedence === 'mic' && mic !== null);
  const identity = isMic ? mic : lsc;
  if (identity === null || (lsc === null && existingCertNeedsLsc)) {
    return { refusedAs: 'invalid-credentials' };
  }
  return {
    certificate: { identity, kind: isMic ? 'mic' : 'lsc' },
    ...(mic === null ? {} : { sudi: mic }),
    refusedAs: isMic ? 'invalid-mic' : 'invalid-lsc',
  };
}
