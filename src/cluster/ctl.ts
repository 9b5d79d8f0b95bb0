import { fileNames } from '../device/name.js';
import { ROLE_CODES } from '../device/role.js';
import { TrustfleetError } from '../errors.js';
import type { Certificate } from '../pki/certificate.js';
import {
  certificateRecord,
  emptyRecord,
  etokenRecord,
  parseTrustFile,
  type RecordOptions,
  type RecordSpec,
  type Signer,
} from '../trustfile/index.js';
import { placeOf, runsHere } from './external.js';
import { servesPhones } from './identity-owner.js';
import { writeList } from './list-file.js';
import { type ClusterState, certificateOf, ctlOn, identityOf, type NodeState, publisherOf } from './state.js';

/**
 * Records of the CTL (section 1.2, trust-files.md 10): SAST, the publisher, CAPF, the other servers, each with its stored
 * certificate; in non-secure mode the servers have none. With tokens there is no SIGNATURE in any
 * record, as the CTL client writes it (trust-files.md 4.3). External services stand there under their own addresses.
 */
function ctlRecords(state: ClusterState): RecordSpec[] {
  const publisher = publisherOf(state);
  const { ctlTokens, rules } = state;
  const signature = ctlTokens.length === 0 ? ('included' as const) : ('omitted' as const);
  const of = (address: string): RecordOptions => ({ ...place(address), signature });
  const [first = [], ...others] = state.nodes
    .filter(servesPhones)
    .map((node) =>
      serversOf(node).map(({ role, address, certificate }) =>
        state.mode === 'mixed'
          ? certificateRecord(role, certificate, of(address))
          : emptyRecord(role, place(address)),
      ),
    );
  const capf = publisher.services.has('CAPF') ? certificateOf(publisher, 'CAPF') : undefined;
  return [
    ...ctlTokens.map(({ certificate }) => etokenRecord(certificate)),
    ...(ctlTokens.length === 0 ? rules.ctlSast : rules.ctlTokenSast).map((purpose) =>
      certificateRecord('SAST', identityOf(publisher, purpose).certificate, of(publisher.address)),
    ),
    ...first,
    ...(capf === undefined ? [] : [certificateRecord('CAPF', capf, of(placeOf(publisher, 'capf').address))]),
    ...others.flat(),
  ];
}

/** A server as the CTL names it. */
interface CtlServer {
  readonly role: 'CCM+TFTP' | 'CCM' | 'TFTP';
  readonly address: string;
  readonly certificate: Certificate;
}

/**
 * Who answers phones in a node's name: the node itself as long as anything of CallManager or TFTP runs on it, and the external
 * services whose certificates are known, each under its own address (R-76 looks for it).
 */
function serversOf(node: NodeState): CtlServer[] {
  const { places } = node.external;
  const { CallManager: shown, TFTP: signer } = node.external.certificates;
  const servers: CtlServer[] = [];
  if (runsHere(node, 'CallManager') || runsHere(node, 'TFTP')) {
    const { certificate } = identityOf(node, 'CallManager');
    servers.push({ role: 'CCM+TFTP', address: node.address, certificate });
  }
  const addresses = new Set(
    [places.sccps, places.sips].flatMap((secure) => (secure === undefined ? [] : [secure.address])),
  );
  if (shown !== undefined) {
    for (const address of addresses) servers.push({ role: 'CCM', address, certificate: shown });
  }
  if (places.tftp !== undefined && signer !== undefined) {
    servers.push({ role: 'TFTP', address: places.tftp.address, certificate: signer });
  }
  return servers;
}

/** DNSNAME is the address too: what phones read has no names (contracts.md 1). */
function place(address: string): { readonly dnsName: string; readonly ipAddress: string } {
  return { dnsName: address, ipAddress: address };
}

/**
 * The state with `CTLFile.tlv` anew on all TFTP nodes, for its mode and its tokens, with a new time stamp (section 1.1).
 *
 * @param now seconds since 1970.
 * @param signer who signs it; left out: the key of the publisher that section 1.2 names, or for a CTL with tokens the token
 *   that signed it before, else the first one (OP-03: the simulator has the tokens' keys).
 * @throws TrustfleetError TF_OPERATION_REFUSED before 10.0 without tokens, where there is no `utils ctl`.
 */
export function withNewCtl(state: ClusterState, now: number, signer?: Signer): ClusterState {
  const ctl = writeList(
    {
      filename: fileNames.clusterCtl,
      records: ctlRecords(state),
      signer: signer ?? usualSigner(state),
      digest: state.parameters.tftpSignature,
    },
    now,
    state.ctl,
  );
  return { ...state, ctl, ctlDeletedOn: new Set() };
}

/** FUNCTION codes of the servers that lose their certificates in non-secure mode. */
const SERVER_ROLES: readonly number[] = [ROLE_CODES['CCM+TFTP'], ROLE_CODES.CCM, ROLE_CODES.TFTP];

/**
 * The state with its CTL as the way to non-secure mode leaves it (R-69, OP-03): the servers' records lose their certificates, all
 * else stays as it was written, and the file is signed as before. That takes the key that signed it: where it was regenerated
 * since, or where there is no CTL, the list is made anew with what is stored.
 *
 * @param now seconds since 1970.
 * @param signer the token in hand (OP-04); left out: whoever signed the list before.
 */
export function withNonSecureCtl(state: ClusterState, now: number, signer?: Signer): ClusterState {
  const file = ctlOn(state, publisherOf(state));
  const known = signer ?? file?.signer;
  if (file === null || known === undefined || !isAtHand(state, known)) return withNewCtl(state, now, signer);
  const list = parseTrustFile(file.bytes);
  if (list.kind !== 'trust-list') throw new Error('a CTL is no trust list');
  const records = list.records.map((record): RecordSpec => {
    if (!SERVER_ROLES.includes(record.role)) return record;
    const { role, dnsName, ipAddress } = record;
    return emptyRecord(role, { dnsName, ipAddress });
  });
  const digest = state.parameters.tftpSignature;
  const ctl = writeList({ filename: fileNames.clusterCtl, records, signer: known, digest }, now, file);
  return { ...state, ctl, ctlDeletedOn: new Set() };
}

/** A token of the list, or a key that is still the publisher's. */
function isAtHand(state: ClusterState, signer: Signer): boolean {
  const own: readonly Signer[] = Object.values(publisherOf(state).identities);
  return own.includes(signer) || state.ctlTokens.some((token) => token === signer);
}

function usualSigner(state: ClusterState): Signer {
  const [token] = state.ctlTokens;
  if (token !== undefined) return state.ctlTokens.find((one) => one === state.ctl?.signer) ?? token;
  const purpose = state.rules.ctlSigner;
  if (purpose === null) {
    throw new TrustfleetError(
      'TF_OPERATION_REFUSED',
      `release ${state.release.text} has no "utils ctl" commands: expected 10.0 or later`,
    );
  }
  return identityOf(publisherOf(state), purpose);
}
