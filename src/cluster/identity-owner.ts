import { runsHere, type ServingNode } from './external.js';
import type { CertificatePurpose } from './operation.js';
import type { ReleaseRules } from './release-rules.js';

/** A cluster as far as it decides who has certificates: a state, or the plan of one. */
export interface OwningCluster {
  /** The first is the publisher. */
  readonly nodes: readonly ServingNode[];
  readonly rules: Pick<ReleaseRules, 'hasItlRecovery'>;
}

/** Nodes that stand in a CTL as CCM+TFTP: those that run CallManager or TFTP. */
export function servesPhones({ services }: Pick<ServingNode, 'services'>): boolean {
  return [...services].some((service) => service === 'CallManager' || service === 'TFTP');
}

/**
 * Certificates that no subscriber has: CAPF and ITLRecovery (OP-11, section 1.2; before 12.5 one ITLRecovery per cluster is the
 * scenarios' assumption).
 */
export function isPublishersAlone(purpose: CertificatePurpose): boolean {
  return purpose === 'CAPF' || purpose === 'ITLRecovery';
}

/** Has this node an identity for this purpose? */
export function ownsIdentity(
  { nodes, rules }: OwningCluster,
  node: ServingNode,
  purpose: CertificatePurpose,
): boolean {
  if (isPublishersAlone(purpose) && node.name !== nodes[0]?.name) return false;
  switch (purpose) {
    case 'CallManager':
      return servesPhones(node);
    case 'TVS':
      return runsHere(node, 'TVS');
    case 'CAPF':
      return runsHere(node, 'CAPF');
    case 'ITLRecovery':
      return rules.hasItlRecovery;
    case 'tomcat':
    case 'ipsec':
      return true;
  }
}
