import type { DeviceSecurityMode } from '../../device/security.js';
import type { PhoneConfiguration } from '../../protocol/cnf/model.js';

/** `capfAuthMode` (R-89, phone-config.md 5.1): 0 nothing pending, 1 string, 2 null string, 3 existing LSC, 4 existing MIC. */
export type CapfAuthCode = PhoneConfiguration['capfAuthMode'];

/** When a pending certificate operation is carried out. */
export type EnrolmentMoment = 'never' | 'before-registration' | 'after-registration' | 'when-typed';

/**
 * DT-5: a secure phone goes to CAPF before it registers, a non-secure one after; by authentication string neither goes by
 * itself. It takes no mixed mode.
 */
export function enrolmentMoment(device: DeviceSecurityMode, mode: CapfAuthCode): EnrolmentMoment {
  if (mode === 0) return 'never';
  if (mode === 1) return 'when-typed';
  return device === 'non-secure' ? 'after-registration' : 'before-registration';
}

/** What keeps a secure phone from registering: an operation that is not done, and no LSC to register with (DT-5). */
export interface MissingLsc {
  readonly rule: `R-${string}`;
  readonly reason: string;
  readonly detail: string;
}

export interface LscQuestion {
  readonly device: DeviceSecurityMode;
  /** an LSC that has expired is of no use. */
  readonly hasValidLsc: boolean;
  /** Why the operation that was pending at this boot is not done; null where it is, or none was pending. */
  readonly undone: MissingLsc | null;
}

/**
 * DT-5, rows 7 and 9: while an operation is pending a secure phone registers with the LSC that it has, never with its MIC
 * (K-07: "stays unregistered until the operation is withdrawn").
 */
export function missingLsc({ device, hasValidLsc, undone }: LscQuestion): MissingLsc | null {
  return device === 'non-secure' || hasValidLsc ? null : undone;
}

/** May the user type an authentication string now? */
export interface TypingQuestion {
  readonly registered: 'secure' | 'nonsecure' | 'no';
  /** the configuration is encrypted for an LSC that the phone only gets by the string. */
  readonly configurationWaits: boolean;
  readonly enrolling: boolean;
  /** Ten wrong ones in a row, less than ten minutes ago. */
  readonly shut: boolean;
}

/**
 * the phone must be registered and non-secure. A phone whose first configuration waits for the string cannot be
 * registered; it may be typed there, or nobody could ever type it.
 */
export function typingRefusal(question: TypingQuestion): MissingLsc | null {
  const { registered, configurationWaits, enrolling, shut } = question;
  const refuse = (reason: string, detail: string): MissingLsc => ({ rule: 'R-92', reason, detail });
  if (registered === 'secure') {
    return refuse('registered-secure', 'a string can only be typed on a phone that is registered non-secure');
  }
  if (registered === 'no' && !configurationWaits) {
    return refuse('not-registered', 'a string can only be typed on a phone that is registered');
  }
  if (enrolling) return refuse('enrolling', 'a certificate operation is under way');
  if (shut) return refuse('shut', 'ten wrong strings in a row: the phone takes none for ten minutes');
  return null;
}
