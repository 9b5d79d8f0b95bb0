import { ROLE_CODES } from '../../device/role.js';
import type { CapfServerVerdict } from '../capf-world.js';
import type { TvsOutcome } from './answer.js';
import { isCallManagerRole } from './peer.js';

/** Which server TVS is asked about: CAPF, or a CallManager (K-06). */
export type VouchedServer = 'capf' | 'ccm';

const RULES = { capf: 'R-88', ccm: 'R-81' } as const;

/**
 * What an answer of TVS makes of a server's certificate that no list has: it must be this very certificate, in the server's
 * role.
 */
export function judgeVouched(
  server: VouchedServer,
  certificateDer: Uint8Array,
  outcome: TvsOutcome,
): CapfServerVerdict {
  const rule = RULES[server];
  switch (outcome.result) {
    case 'positive': {
      const isSame = Buffer.compare(outcome.certificate.der, certificateDer) === 0;
      if (!isSame) return { trusted: false, rule, reason: 'tvs-negative' };
      const hasRole = outcome.roles.some((role) =>
        server === 'capf' ? role === ROLE_CODES.CAPF : isCallManagerRole(role),
      );
      return hasRole ? { trusted: true } : { trusted: false, rule, reason: 'role-missing' };
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
