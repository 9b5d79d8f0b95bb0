import type { RuleId } from '../../observe/events.js';
import type { CapfResult } from '../../protocol/capf/results.js';
import type { CapfAuthCode } from './enrolment.js';

/** The rule that speaks of a result. */
const RULES: Readonly<Partial<Record<CapfResult, Exclude<RuleId, ''>>>> = {
  'invalid-auth-str': 'R-92',
  'invalid-lsc': 'R-91',
  'invalid-credentials': 'R-90',
  'phone-comm-error': 'R-95',
};

export function ruleOfResult(result: CapfResult): Exclude<RuleId, ''> {
  return RULES[result] ?? 'R-94';
}

/**
 * Is the operation behind the phone? A fetch and a delete are over whatever they found (capf.md 8.6); an install is with the
 * new LSC only, and a session that ended before an order when nothing was to be done.
 */
export function isDone(operation: string, result: CapfResult): boolean {
  return operation === 'fetch' || operation === 'delete' || result === 'success';
}

/**
 * the authentication mode in flash when an operation has ended without being done. A string waits for its user until
 * CAPF has said something else than that it was wrong; every other mode is cleared, and the configuration of the next
 * boot brings it again as long as CAPF has the operation pending.
 *
 * @param result null where no session got as far as one
 */
export function modeAfter(mode: CapfAuthCode, result: CapfResult | null): CapfAuthCode {
  const waits = mode === 1 && (result === null || result === 'invalid-auth-str');
  return waits ? 1 : 0;
}

/** R-95 is for lost communication; a handshake that fails would fail again, one that was not answered in time need not. */
export function isWorthRetrying(
  attempts: readonly {
    readonly outcome: 'refused' | 'unreachable' | 'tls-failed' | 'lost';
    readonly late?: boolean;
  }[],
): boolean {
  return attempts.some(({ outcome, late }) => outcome !== 'tls-failed' || late === true);
}
