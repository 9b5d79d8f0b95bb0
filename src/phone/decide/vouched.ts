import { ROLE_CODES } from '../../device/role.js';
import type { CapfServerVerdict } from '../capf-world.js';
import type { TvsOutcome } from './answer.js';
import { isCallManagerRole } from './peer.js';

/** Which server TVS is asked about: CAPF, a CallManager (K-06), or a web server. */
export type VouchedServer = 'capf' | 'ccm' | 'https';

/** The rule that lets TVS decide about each of them. */
export const VOUCHING_RULES = { capf: 'R-88', ccm: 'R-81', https: 'R-49' } as const;

const IN_ROLE = { capf: (role: number) => role === ROLE_CODES.CAPF, ccm: isCallManagerRole } as const;

/**
 * What an answer of TVS makes of a server's certificate that no list has: it must be this very certificate, in the server's
 * role. For a web server status 0 says all.
 */
export function judgeVouched(
  server: VouchedServer,
  certificateDer: Uint8Array,
  outcome: TvsOutcome,
): CapfServerVerdict {
  const rule = VOUCHING_RULES[server];
  switch (outcome.result) {
    case 'positive': {
      const isSame = Buffer.compare(outcome.certificate.der, certificateDer) === 0;
      if (!isSame) return { trusted: false, rule, reason: 'tvs-negative' };
      return server === 'https' || outcome.roles.some(IN_ROLE[server])
        ? { trusted: true }
        : { trusted: false, rule, reason: 'role-missing' };
    }
    case 'negative':
      return { trusted: false, rule, reason: 'tvs-negative' };
    case 'unusable':
      return { trusted: false, rule, reason: 'tvs-unusable' };
    case 'no-record':
      return { trusted: false, rule, reason: 'no-tvs-record' };
    case 'no-server':
      return { trusted: false, rule, reason: 'no-tvs-server' };
  }
}
