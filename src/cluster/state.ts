import type { ModelProfile } from '../device/model.js';
import type { Release } from '../device/release.js';
import { TrustfleetError } from '../errors.js';
import { Certificate } from '../pki/certificate.js';
import type { Organisation } from '../pki/cucm-certificates.js';
import type { AddressBook } from './address-book.js';
import type { Authorities } from './authorities.js';
import type { Backup } from './backup.js';
import type { CapfState } from './capf-state.js';
import { type ExternalServices, isExternal, NOTHING_EXTERNAL } from './external.js';
import type { FirmwareFiles } from './firmware.js';
import type { HeldByServices } from './held.js';
import type { Identity } from './identity.js';
import type { ListFile } from './list-file.js';
import type { TokenKey } from './oauth.js';
import type { CertificatePurpose, ServiceName } from './operation.js';
import type { SipTrunk } from './operations/sip-trunk.js';
import type { ReleaseRules } from './release-rules.js';
import type { SignedCertificate, SigningRequest } from './signing-request.js';
import type {
  CertificatePlan,
  ClusterKnobs,
  ClusterMode,
  ClusterParameters,
  DeviceSpec,
  FeatureService,
} from './spec.js';
import type { NodeTls } from './tls.js';
import type { Token, Tokens } from './tokens.js';
import type { TrustStores } from './trust-store.js';

/**
 * A cluster between two operations. No operation changes anything in it: it returns another state. Files that were made from a state
 * are remembered beside it (`device-files.ts`), which changes nothing that anybody can see. What is here at the
 * top and in `identities` is what is **stored**; what the running services still **hold** from their last start is in
 * `held` (cluster-operations.md 1.4).
 */
export interface ClusterState {
  readonly name: string;
  readonly release: Release;
  readonly rules: ReleaseRules;
  readonly knobs: ClusterKnobs;
  readonly certificates: CertificatePlan;
  readonly organisation: Organisation;
  /** Enterprise parameter Cluster Security Mode. */
  readonly mode: ClusterMode;
  readonly parameters: ClusterParameters;
  /** Seconds since 1970 at which a parameter was last set; absent: at installation. */
  readonly parametersSince: Readonly<Record<string, number>>;
  /** The first is the publisher. */
  readonly nodes: readonly NodeState[];
  readonly trust: TrustStores;
  /** ITLRecovery before it was last regenerated, as `file get tftp ITLRecovery.p12` saved it; null: it never was. */
  readonly formerItlRecovery: Identity | null;
  /** `CTLFile.tlv` as a CTL command or the CTL client last wrote it to all TFTP nodes; null where there is none. */
  readonly ctl: ListFile | null;
  /** Nodes on which that file was deleted since (OP-31). */
  readonly ctlDeletedOn: ReadonlySet<string>;
  /** Tokens that stand in the CTL, in its order; none in a tokenless one. */
  readonly ctlTokens: readonly Token[];
  readonly capf: CapfState;
  /** What an administrator has in hand: tokens and CAs outside the cluster, and what they issued. */
  readonly tokens: Tokens;
  readonly authorities: Authorities;
  /** SIP trunks by name. */
  readonly trunks: ReadonlyMap<string, SipTrunk>;
  /** Signs access tokens; null in a release without SIP OAuth for phones. */
  readonly tokenKey: TokenKey | null;
  /** Certificates of the manufacturing CAs, as they came with the cluster. */
  readonly micRoots: readonly Certificate[];
  readonly devices: ReadonlyMap<string, DeviceRecord>;
  /** Models of phones that are not in the database, by their device type. */
  readonly models: ReadonlyMap<number, ModelProfile>;
  /** Addresses that configurations carry. */
  readonly addresses: AddressBook;
  /** Files of loads that TFTP nodes have beside what they make themselves. */
  readonly firmware: FirmwareFiles;
  /** On the backup device, by name (OP-21). */
  readonly backups: ReadonlyMap<string, Backup>;
}

export interface DeviceRecord extends DeviceSpec {
  /** Seconds since 1970 at which its data last changed: its version stamp. */
  readonly changedAt: number;
  /** Its number in CTI, from 1. */
  readonly ctiId: number;
}

/** External services of a node with their certificates read. */
export interface NodeExternal extends Pick<ExternalServices, 'places'> {
  readonly certificates: Readonly<Partial<Record<FeatureService, Certificate>>>;
}

/** @throws TrustfleetError TF_CERT_MALFORMED */
export function nodeExternal({ places, certificates }: ExternalServices = NOTHING_EXTERNAL): NodeExternal {
  const read = Object.entries(certificates).map(([service, der]) => [service, Certificate.fromDer(der)]);
  return { places, certificates: Object.fromEntries(read) };
}

export interface NodeState {
  readonly name: string;
  readonly hostName: string;
  readonly domain: string;
  readonly address: string;
  readonly services: ReadonlySet<ServiceName>;
  /** Those of them that are real ones elsewhere: they are in lists and configurations, and nothing of them runs here. */
  readonly external: NodeExternal;
  /** Identities in the node's certificate store; ITLRecovery only on the publisher. */
  readonly identities: Readonly<Partial<Record<CertificatePurpose, Identity>>>;
  /** One CSR per server and type (OP-15), and what a CA made of it. */
  readonly requests: Readonly<Partial<Record<CertificatePurpose, SigningRequest>>>;
  /** What a CA made for this node, not uploaded yet. */
  readonly signed: Readonly<Partial<Record<CertificatePurpose, SignedCertificate>>>;
  /** Minimum TLS version, Common Criteria and FIPS mode. */
  readonly tls: NodeTls;
  readonly held: HeldByServices;
}

/** Which identity a service shows or signs with; HAProxy's is that of HTTPS 6971, which phones meet (OP-09). */
export const SERVICE_IDENTITY: Readonly<Record<ServiceName, CertificatePurpose>> = {
  TFTP: 'CallManager',
  CallManager: 'CallManager',
  TVS: 'TVS',
  CAPF: 'CAPF',
  CTIManager: 'CallManager',
  HAProxy: 'CallManager',
  Tomcat: 'tomcat',
  DRF: 'ipsec',
};

export const SERVICES = Object.keys(SERVICE_IDENTITY) as readonly ServiceName[];

/** Services of a node: the activated ones, CTIManager beside CallManager, and the network services of every node. */
export function servicesOf(features: readonly FeatureService[]): ReadonlySet<ServiceName> {
  const services = new Set<ServiceName>(features);
  if (services.has('CallManager')) services.add('CTIManager');
  for (const everywhere of ['HAProxy', 'Tomcat', 'DRF'] as const) services.add(everywhere);
  return services;
}

export function findNode(state: ClusterState, name: string): NodeState | undefined {
  return state.nodes.find((node) => node.name === name);
}

/** @throws TrustfleetError TF_OPERATION_REFUSED naming the nodes there are. */
export function nodeOf(state: ClusterState, name: string): NodeState {
  const node = findNode(state, name);
  if (node === undefined) {
    throw new TrustfleetError(
      'TF_OPERATION_REFUSED',
      `cluster ${state.name} has no node ${name}: expected one of ${state.nodes.map((known) => known.name).join(', ')}`,
    );
  }
  return node;
}

export function publisherOf(state: ClusterState): NodeState {
  const [publisher] = state.nodes;
  if (publisher === undefined) {
    throw new TrustfleetError(
      'TF_PROFILE_INVALID',
      `cluster ${state.name} has no nodes, expected a publisher`,
    );
  }
  return publisher;
}

/**
 * A stored identity.
 *
 * @throws TrustfleetError TF_OPERATION_REFUSED where the node has none for this purpose.
 */
export function identityOf(node: NodeState, purpose: CertificatePurpose): Identity {
  const identity = node.identities[purpose];
  if (identity === undefined) {
    throw new TrustfleetError('TF_OPERATION_REFUSED', `${node.name} has no ${purpose} certificate`);
  }
  return identity;
}

/**
 * The certificate that phones meet at TVS or CAPF of a node: its stored identity's, or that of the external service; undefined
 * where nobody said what an external service shows.
 */
export function certificateOf(node: NodeState, service: 'TVS' | 'CAPF'): Certificate | undefined {
  return isExternal(node, service)
    ? node.external.certificates[service]
    : identityOf(node, service).certificate;
}

/** `CTLFile.tlv` as it lies on a node; null where there is none. */
export function ctlOn(state: ClusterState, node: NodeState): ListFile | null {
  return state.ctlDeletedOn.has(node.name) ? null : state.ctl;
}

/** The same state with one node replaced. */
export function withNode(state: ClusterState, node: NodeState): ClusterState {
  return { ...state, nodes: state.nodes.map((other) => (other.name === node.name ? node : other)) };
}
