import { DEFAULT_AUTHORITIES } from '../cluster/authorities.js';
import type { TrustSource } from '../cluster/operation.js';
import { nested, type Report } from './problem.js';
import { expectedOneOf } from './suggest.js';

/** CAs that can sign for the cluster, by the names that `sign: …, by:` and `trust-import: { authorities }` take. */
const AUTHORITIES = DEFAULT_AUTHORITIES.map(({ name }) => name);

/**
 * Where certificates of an import come from.
 *
 * @param strangers clusters outside the run that phones bring an LSC of: only their CAPF certificate is there to be had.
 */
export function checkSource(source: TrustSource, strangers: readonly string[], report: Report): void {
  if ('authorities' in source) {
    source.authorities.forEach((name) => {
      checkAuthority(name, nested(report, ['authorities']));
    });
    return;
  }
  if (!('certificates' in source) || source.cluster === undefined) return;
  const { cluster, certificates } = source;
  if (!strangers.includes(cluster)) {
    const hint =
      strangers.length === 0
        ? '; no phone of the fleet has an LSC of another cluster'
        : `: ${strangers.join(', ')}`;
    report(['from'], `found unknown cluster "${cluster}", expected one that a phone's "lsc" names${hint}`);
  } else if (certificates.some((purpose) => purpose !== 'CAPF')) {
    report(
      ['certificates'],
      `found ${certificates.join(', ')} of ${cluster}, of which there is only the CAPF that issued the phones' LSCs`,
    );
  }
}

/** A CA that is asked to sign, or whose certificate is imported. */
export function checkAuthority(name: string, report: Report): void {
  if (!AUTHORITIES.includes(name))
    report([], `found unknown CA "${name}", ${expectedOneOf(name, AUTHORITIES)}`);
}
