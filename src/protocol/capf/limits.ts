/** The body's length is a 16-bit field; nothing longer can be announced (capf.md 4). */
export const MAX_CAPF_BODY_OCTETS = 65_535;

/** KEY_GENERATE_REQUESTs that a phone takes in one session: Cisco IOS repeats it up to 100 times (capf.md 8.9). */
export const MAX_KEY_REQUESTS = 101;

/** REQUEST_IN_PROGRESS that a server takes in one session: old phones send them, how many nobody says (capf.md 14). */
export const MAX_IN_PROGRESS = 100;

/** Wrong authentication strings in a row, and the wait after them (R-92, capf.md 12.2). */
export const MAX_WRONG_STRINGS = 10;
export const WRONG_STRING_WAIT_MS = 10 * 60_000;

/** Life of an LSC, days. */
export const LSC_DAYS = { min: 1, max: 1825 } as const;

/** Waits of the phone's side, milliseconds (capf.md 8.9). */
export interface CapfPhoneLimits {
  /** For each message of the server but the certificate. */
  readonly answerMs: number;
  /** From the public key to the certificate: the issuing CA may take its time. */
  readonly certificateMs: number;
}

export const CAPF_PHONE_LIMITS: CapfPhoneLimits = { answerMs: 10_000, certificateMs: 10_000 };

/** Waits of the server's side, milliseconds (capf.md 8.9). */
export interface CapfServerLimits {
  /** For each message of the phone but its key. */
  readonly answerMs: number;
  /** From the order to the public key: 30 minutes, 1 to 120 with Cisco IOS. */
  readonly keyMs: number;
  /** From the public key to the certificate, while a CA or its administrator signs. */
  readonly issueMs: number;
}

export const CAPF_SERVER_LIMITS: CapfServerLimits = {
  answerMs: 30_000,
  keyMs: 30 * 60_000,
  issueMs: 24 * 60 * 60_000,
};
