import type { CertificatePurpose, Operation } from './operation.js';
import type { ClusterState } from './state.js';

/** Certificates that stand in the ITL: with a new one phones need a new list. */
const IN_LIST: readonly CertificatePurpose[] = ['CallManager', 'TVS', 'CAPF', 'ITLRecovery'];

/**
 * Whether the cluster itself resets its phones after an operation that it accepted: with `Phone Interaction on Certificate
 * Update` automatic (OP-31), from 10.5 on when the rollback parameter changes, from 14 on also when a certificate of the
 * ITL is regenerated or uploaded.
 */
export function resetsPhones({ parameters, rules }: ClusterState, operation: Operation): boolean {
  if (parameters.phoneInteraction !== 'automatic') return false;
  switch (operation.op) {
    case 'parameter':
      return rules.resetsPhones && operation.name === 'rollback' && operation.value !== parameters.rollback;
    case 'regenerate':
    case 'upload':
      return rules.resetsAfterUpdate && IN_LIST.includes(operation.purpose);
    default:
      return false;
  }
}
