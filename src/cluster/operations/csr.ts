import { writeRequest } from '../../pki/certificate-request.js';
import {
  basicConstraints,
  type CertificateExtension,
  extendedKeyUsage,
  keyUsage,
  subjectAltName,
} from '../../pki/extensions.js';
import type { KeyPair } from '../../pki/keys.js';
import type { NameAttribute } from '../../pki/name.js';
import type { ClusterContext } from '../context.js';
import { ownsIdentity } from '../identity-owner.js';
import { hostOf } from '../node.js';
import type { CertificatePurpose, Operation } from '../operation.js';
import { randomOctets } from '../serials.js';
import type { SigningRequest } from '../signing-request.js';
import { type ClusterState, type NodeState, publisherOf } from '../state.js';
import { chosenNodes } from './node-choice.js';
import { type OperationResult, refused } from './result.js';

type CsrOperation = Extract<Operation, { readonly op: 'csr' }>;

/** Purposes that one certificate for all nodes can serve: Tomcat and CallManager (OP-15, OP-31). */
const MULTI_SERVER: readonly CertificatePurpose[] = ['CallManager', 'tomcat'];

/** OP-15, Generate CSR: a new key and a request for it. There is one a server and type, so an older one is gone. */
export async function generateCsr(
  state: ClusterState,
  { purpose, nodes, distribution = 'single', names = [] }: CsrOperation,
  context: ClusterContext,
): Promise<OperationResult> {
  if (purpose === 'ITLRecovery')
    throw refused('the ITLRecovery certificate is self-signed, there is no CSR for it');
  const owners = chosenNodes(
    state,
    nodes,
    (node) => ownsIdentity(state, node, purpose),
    `there is no ${purpose} certificate`,
  );
  if (distribution === 'single') {
    let changed = state;
    for (const node of owners) {
      const wanted = {
        commonName: commonNameOf(node, purpose, context),
        names: [hostOf(node), ...names],
      };
      const request = await makeRequest(state, purpose, wanted, distribution, context);
      changed = withRequest(changed, [node.name], purpose, request);
    }
    return { state: changed, output: owners.map(({ name }) => `${name}: CSR for ${purpose} generated`) };
  }
  if (!MULTI_SERVER.includes(purpose)) {
    throw refused(`multi-server CSR for ${purpose}: expected ${MULTI_SERVER.join(' or ')}`);
  }
  const publisher = publisherOf(state);
  const all = state.nodes.filter((node) => ownsIdentity(state, node, purpose));
  const wanted = {
    commonName: `${publisher.hostName}-ms.${publisher.domain}`,
    names: [...all.map(hostOf), ...names],
  };
  const request = await makeRequest(state, purpose, wanted, distribution, context);
  const on = all.map(({ name }) => name);
  return {
    state: withRequest(state, on, purpose, request),
    output: [`${publisher.name}: multi-server CSR for ${purpose} on ${on.join(', ')} generated`],
  };
}

/** A new CAPF has another name, as a regenerated one has (OP-11). */
function commonNameOf(node: NodeState, purpose: CertificatePurpose, context: ClusterContext): string {
  if (purpose !== 'CAPF') return hostOf(node);
  return `CAPF-${Buffer.from(randomOctets(4, context.random)).toString('hex')}`;
}

async function makeRequest(
  state: ClusterState,
  purpose: CertificatePurpose,
  wanted: { readonly commonName: string; readonly names: readonly string[] },
  distribution: SigningRequest['distribution'],
  context: ClusterContext,
): Promise<SigningRequest> {
  const { certificates, organisation } = state;
  const pair: KeyPair = await context.keys.rsa(certificates.byPurpose[purpose] ?? certificates.rsaBits);
  const names = [...new Set(wanted.names)];
  const subject: NameAttribute[] = [
    { key: 'C', value: organisation.country },
    { key: 'O', value: organisation.organisation },
    { key: 'OU', value: organisation.unit },
    { key: 'CN', value: wanted.commonName },
    { key: 'ST', value: organisation.state },
    { key: 'L', value: organisation.locality },
  ];
  const der = writeRequest({ ...pair, subject, extensions: requestedExtensions(purpose, names) });
  return { der, subject, ...pair, names, distribution };
}

/** What the CA is asked for, and gives: a CAPF certificate must be a CA (OP-11). */
export function requestedExtensions(
  purpose: CertificatePurpose,
  names: readonly string[],
): readonly CertificateExtension[] {
  if (purpose === 'CAPF') {
    return [
      basicConstraints({ pathLength: 0 }),
      keyUsage(['digitalSignature', 'keyEncipherment', 'certSign']),
      extendedKeyUsage(['serverAuth', 'ipsecEndSystem']),
      ...alternativeNames(names),
    ];
  }
  return [
    keyUsage(['digitalSignature', 'keyEncipherment', 'dataEncipherment', 'keyAgreement']),
    extendedKeyUsage(['serverAuth', 'clientAuth', 'ipsecEndSystem']),
    ...alternativeNames(names),
  ];
}

function alternativeNames(names: readonly string[]): readonly CertificateExtension[] {
  return names.length === 0 ? [] : [subjectAltName(names.map((dns) => ({ dns })))];
}

function withRequest(
  state: ClusterState,
  names: readonly string[],
  purpose: CertificatePurpose,
  request: SigningRequest,
): ClusterState {
  return {
    ...state,
    nodes: state.nodes.map((node) =>
      names.includes(node.name) ? { ...node, requests: { ...node.requests, [purpose]: request } } : node,
    ),
  };
}
