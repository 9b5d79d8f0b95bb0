import { spkiOf } from '../../pki/authority.js';
import { isIssuedBy } from '../../pki/chain.js';
import type { ClusterContext } from '../context.js';
import { seconds } from '../context.js';
import type { CertificatePurpose, NodeChoice } from '../operation.js';
import type { SignedCertificate, SigningRequest } from '../signing-request.js';
import { adoptIdentities } from '../start.js';
import { type ClusterState, type NodeState, nodeOf, withNode } from '../state.js';
import { notReplaced, ownStores, type TrustStoreName, withUploadedCertificate } from '../trust-store.js';
import { chosenNodes } from './node-choice.js';
import { type OperationResult, refused } from './result.js';

/** Where the chain must be before the identity comes (table of OP-15). */
const CHAIN_STORES: Readonly<Record<CertificatePurpose, TrustStoreName>> = {
  CallManager: 'CallManager-trust',
  TVS: 'TVS-trust',
  CAPF: 'CAPF-trust',
  ITLRecovery: 'CallManager-trust',
  tomcat: 'tomcat-trust',
  ipsec: 'ipsec-trust',
};

/** What to restart afterwards (table of OP-15). */
const RESTARTS: Readonly<Record<CertificatePurpose, string>> = {
  tomcat: 'Cisco Tomcat',
  ipsec: 'Cisco DRF Master, Cisco DRF Local',
  CAPF: 'Cisco Trust Verification Service, Cisco Tftp, Cisco Certificate Authority Proxy Function',
  CallManager: 'Cisco Trust Verification Service, Cisco Tftp, Cisco CallManager, Cisco CTIManager',
  TVS: 'Cisco Tftp, Cisco Trust Verification Service',
  ITLRecovery: '',
};

/** Longest way from an identity to its root. */
const MAX_LINKS = 8;

/** A CA-signed CallManager key of this size does not work in mixed mode (CSCup54818). */
const UNSUPPORTED_BITS = 4096;

/**
 * OP-15: uploads what was signed last for each of the nodes as identity. It takes the place of the old one as a regenerated one
 * does; all checks come before any change.
 */
export function uploadSigned(
  state: ClusterState,
  purpose: CertificatePurpose,
  nodes: NodeChoice,
  context: ClusterContext,
): OperationResult {
  const chosen = chosenNodes(
    state,
    nodes,
    (node) => node.signed[purpose] !== undefined,
    `no CA has signed anything for ${purpose}`,
  );
  const accepted = withAllServers(state, purpose, chosen).map((node) => ({
    name: node.name,
    ...accept(state, node, purpose, context.now()),
  }));
  let changed = state;
  const output: string[] = [];
  for (const { name, signed, request } of accepted) {
    const { certificate } = signed;
    const { stores, kept } = withUploadedCertificate(changed.trust, ownStores(purpose), {
      certificate,
      purpose,
      origin: 'own',
    });
    changed = {
      ...withNode(changed, installed(nodeOf(changed, name), purpose, signed, request)),
      trust: stores,
    };
    output.push(`${name}: Certificate Uploaded: ${certificate.subject}`);
    output.push(...kept.map((store) => `${name}: ${notReplaced(store, certificate)}`));
    if (purpose === 'CallManager' && certificate.keyBits >= UNSUPPORTED_BITS && state.mode === 'mixed') {
      output.push(
        `${name}: a CA-signed CallManager key of ${certificate.keyBits} bits is not supported in mixed mode`,
      );
    }
  }
  if (state.mode === 'mixed' && (purpose === 'CallManager' || purpose === 'CAPF')) {
    output.push('Run "utils ctl update CTLFile" before the services are restarted.');
  }
  output.push(`Restart ${RESTARTS[purpose]}`);
  if (changed.knobs.identityChangesAt === 'restart') return { state: changed, output };
  const now = seconds(context.now());
  return {
    state: { ...changed, nodes: changed.nodes.map((node) => adoptIdentities(changed, node, now)) },
    output,
  };
}

/** A multi-server certificate goes to every node that has its request, whichever of them it was uploaded to. */
function withAllServers(
  state: ClusterState,
  purpose: CertificatePurpose,
  chosen: readonly NodeState[],
): readonly NodeState[] {
  const certificates = new Set(chosen.map((node) => node.signed[purpose]));
  return state.nodes.filter(
    (node) => node.signed[purpose] !== undefined && certificates.has(node.signed[purpose]),
  );
}

interface Accepted {
  readonly signed: SignedCertificate;
  readonly request: SigningRequest;
}

/** The table of upload errors of OP-15, row by row, with its messages. */
function accept(state: ClusterState, node: NodeState, purpose: CertificatePurpose, now: Date): Accepted {
  const signed = node.signed[purpose];
  if (signed === undefined) throw refused(`no CA has signed anything for ${purpose} on ${node.name}`);
  const { certificate } = signed;
  const missing = missingIssuer(state, signed, CHAIN_STORES[purpose]);
  if (missing !== undefined) {
    throw refused(
      `${node.name}: CA certificate is not available in the trust-store: ${missing} is not in ${CHAIN_STORES[purpose]}`,
    );
  }
  const request = node.requests[purpose];
  if (request === undefined) {
    throw refused(
      `${node.name}: File /usr/local/platform/.security/${purpose}/keys/${purpose}.csr Does Not Exist`,
    );
  }
  if (Buffer.compare(spkiOf(request.publicKey), certificate.spki) !== 0) {
    throw refused(`${node.name}: CSR Public Key and Certificate Public Key Do Not Match`);
  }
  if (!sameNames(request.names, signed.names)) {
    throw refused(
      `${node.name}: CSR Subject Alternate Name (SAN) and Certificate SAN Does Not Match: found ${signed.names.join(', ')}, expected ${request.names.join(', ')}`,
    );
  }
  if (certificate.notAfter < now) {
    throw refused(
      `${node.name}: the certificate expired at ${certificate.notAfter.toISOString()}: upload refused`,
    );
  }
  return { signed, request };
}

/** The whole chain must be in the store, root and intermediates. */
function missingIssuer(
  state: ClusterState,
  { certificate }: SignedCertificate,
  store: TrustStoreName,
): string | undefined {
  const trusted = state.trust[store].map((entry) => entry.certificate);
  let link = certificate;
  for (let links = 0; !link.selfIssued && links < MAX_LINKS; links += 1) {
    const issuer = trusted.find((candidate) => isIssuedBy(link, candidate));
    if (issuer === undefined) return link.issuer;
    link = issuer;
  }
  return link.selfIssued ? undefined : link.issuer;
}

/** Sets: their order does not count. */
function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}

/** The CSR is used up; what was signed stays in hand, and a second upload of it fails for want of a CSR. */
function installed(
  node: NodeState,
  purpose: CertificatePurpose,
  { certificate }: SignedCertificate,
  { privateKey }: SigningRequest,
): NodeState {
  const { [purpose]: _used, ...requests } = node.requests;
  return {
    ...node,
    requests,
    identities: { ...node.identities, [purpose]: { purpose, certificate, privateKey } },
  };
}
