import type { Sample } from '../observe/sample.js';
import type { RefusalKind } from '../scenario/result.js';

/** Kinds of refusals and failures, apart by what counts them. A kind stands in one group; a cause and its effect may be two kinds. */
export interface RefusalGroups {
  /** What a phone did not believe: files and certificates of servers. */
  readonly refusals: {
    /** The counter `trust_failures`: one for every refusal, whatever else counts it (contracts.md 3). */
    readonly count: number;
    readonly kinds: readonly RefusalKind[];
  };
  /** Registrations that came to nothing; where the phone itself refused the server's certificate, that is a refusal, too. */
  readonly registrations: readonly RefusalKind[];
  /** Registrations at a server that did not answer. No matter of trust: a CallManager was down or restarting. */
  readonly outages: readonly RefusalKind[];
  /** Certificate operations, transfers and services that failed, and configurations that configure nothing. */
  readonly others: readonly RefusalKind[];
}

const TRUST_FAILURES = 'trust_failures';

/** @param counters of the whole run */
export function refusalGroups(kinds: readonly RefusalKind[], counters: readonly Sample[]): RefusalGroups {
  const failures = counters.filter(({ name }) => name === TRUST_FAILURES);
  const counted = new Set(failures.map(({ labels: { file, rule, reason } }) => `${file} ${rule} ${reason}`));
  const isRefusal = ({ what, rule, reason }: RefusalKind): boolean =>
    counted.has(`${what} ${rule} ${reason}`);
  const isRegistration = ({ what }: RefusalKind): boolean => what === 'registration';
  const isOutage = (kind: RefusalKind): boolean => isRegistration(kind) && kind.reason === 'unreachable';
  return {
    refusals: {
      count: failures.reduce((sum, { value }) => sum + value, 0),
      kinds: kinds.filter(isRefusal),
    },
    registrations: kinds.filter((kind) => isRegistration(kind) && !isOutage(kind)),
    outages: kinds.filter(isOutage),
    others: kinds.filter((kind) => !isRefusal(kind) && !isRegistration(kind)),
  };
}

export function countOf(kinds: readonly RefusalKind[]): number {
  return kinds.reduce((sum, kind) => sum + kind.count, 0);
}
