import type { Verdict } from './verdict.js';

/** How one list fared in a boot, as alarms and status messages see it. */
export type ListOutcome =
  /** Not asked for, or not on the server: no effect. */
  | 'absent'
  | 'unchanged'
  | 'installed'
  /** Judged and not believed: … */
  | 'refused'
  /** Anything else that kept a list from being judged, the transfer. */
  | 'failed';

/** Both lists of one boot. */
export interface ListStep {
  readonly ctl: ListOutcome;
  readonly itl: ListOutcome;
  /** Was any list installed before this boot? "Before" and "previous" mean either list. */
  readonly heldBefore: boolean;
  /** Is any list installed after it? */
  readonly heldAfter: boolean;
}

/** what cannot be loaded or read is a failure, every other no a refusal. */
export function listOutcome(verdict: Verdict): ListOutcome {
  if (verdict.decision === 'accept') return 'installed';
  if (verdict.decision === 'unchanged') return 'unchanged';
  return verdict.reason === 'malformed' || verdict.reason === 'too-large' ? 'failed' : 'refused';
}
