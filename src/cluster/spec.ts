import type { ModelProfile } from '../device/model.js';
import type { SecurityProfile, SignallingProtocol } from '../device/security.js';
import type { Organisation } from '../pki/cucm-certificates.js';
import type { WrittenDigest } from '../trustfile/index.js';
import type { AuthoritySpec } from './authorities.js';
import type { ExternalServices } from './external.js';
import type { CertificatePurpose, DeviceUser, IpMode } from './operation.js';

/** Enterprise parameter `Cluster Security Mode`: 0 non-secure, 1 mixed. */
export type ClusterMode = 'non-secure' | 'mixed';

/** Feature services that an administrator activates on a node; the rest follows from them (`servicesOf`). */
export type FeatureService = 'CallManager' | 'TFTP' | 'TVS' | 'CAPF';

export interface NodeSpec {
  /** Its label everywhere, e.g. `SUB1`. */
  readonly name: string;
  /** Where its services listen: phones' files carry it, never a name (contracts.md 1). */
  readonly address: string;
  readonly services: readonly FeatureService[];
  /** Those of them that are real ones elsewhere. */
  readonly external?: ExternalServices;
  /** Host name without domain; `<cluster>-<node>` in lower case when left out. */
  readonly hostName?: string;
}

export interface DeviceLine {
  /** Directory number. */
  readonly name: string;
  readonly displayName: string;
}

/** The lines of a phone, in the order of its buttons. */
export function linesOf({ lines }: Pick<DeviceSpec, 'lines'>): readonly DeviceLine[] {
  return typeof lines === 'string' ? [{ name: lines, displayName: `Phone ${lines}` }] : lines;
}

/** Where a CAPF listens: an address with the usual port, or with one of its own. */
export type CapfAddress = string | { readonly address: string; readonly port: number };

/** A phone of the database. */
export interface DeviceSpec {
  /** `SEP` and twelve upper-case hex digits. */
  readonly name: string;
  readonly model: ModelProfile;
  readonly protocol: SignallingProtocol;
  /** Its phone security profile. */
  readonly security: SecurityProfile;
  /** A directory number alone: one line of that number, shown as `Phone` and the number. */
  readonly lines: readonly DeviceLine[] | string;
  /** CallManager group of its device pool; `nodes` in the order in which the phone tries them. */
  readonly callManagerGroup: { readonly name: string; readonly nodes: readonly string[] };
  readonly devicePool: string;
  /** Default `local`. */
  readonly user?: DeviceUser;
  /** R-104; default IPv4 only. */
  readonly ipMode?: IpMode;
  /** CAPF servers that its configuration names, in its order; null or absent: that of the publisher. */
  readonly capfAddresses?: readonly CapfAddress[] | null;
  /** `TFTP Encrypted Config` of its phone security profile; null or absent: as the parameter `tftp-encryption` says. */
  readonly tftpEncryption?: boolean | null;
  /** Load that its configuration names; absent: that of the model for its protocol. */
  readonly load?: string;
}

/** Enterprise parameters that change what the cluster does. */
export interface ClusterParameters {
  /** `Prepare Cluster for Rollback to pre 8.0` (OP-22, R-65). */
  readonly rollback: boolean;
  /** `TFTP File Signature Algorithm` (OP-30). */
  readonly tftpSignature: WrittenDigest;
  /** Smart Licensing token with export-controlled functionality, wanted from 12.0 for mixed mode (OP-01). */
  readonly exportControl: boolean;
  /** `Enable IPv6`: whether CAPF serves phones that come over IPv6. */
  readonly enableIpv6: boolean;
  /** TFTP encrypted configuration of the phone security profiles that say nothing else (OP-30, R-57). */
  readonly tftpEncryption: boolean;
  /** Auto-registration on every node that runs CallManager; off as in a new cluster. */
  readonly autoRegistration: boolean;
  /** `Certificate Issuer to Endpoint` (OP-26). */
  readonly certificateIssuer: CertificateIssuer;
  /** `Duration Of Certificate Validity`, days: 1 to 1825. */
  readonly lscDays: number;
  /** `CAPF Operation Expires in (days)`. */
  readonly capfOperationDays: number;
  /** `Maximum Serving Count` of TFTP: requests that are let in at a time; in force since the last start of TFTP (222878). */
  readonly servingCount: number;
  /** `Phone Interaction on Certificate Update` (OP-31): who resets the phones after it. */
  readonly phoneInteraction: PhoneInteraction;
}

/** `manual`: the administrator; `automatic`: the cluster itself. */
export type PhoneInteraction = 'manual' | 'automatic';

/** Who signs LSCs: CAPF itself, a CA that CAPF asks over HTTPS, or one that an administrator carries requests to. */
export type CertificateIssuer = 'capf' | 'online-ca' | 'offline-ca';

/** Knobs on the server side (phone-behaviour.md 17). */
export interface ClusterKnobs {
  /** K-11: which stores give an imported certificate role 0 in TVS answers. */
  readonly tvsSastStore: 'Phone-SAST-trust or CallManager-trust' | 'Phone-SAST-trust only';
  /** K-13: when a regenerated identity is used. */
  readonly identityChangesAt: 'restart' | 'at once';
  /** K-15: TVS answers role 0 for the cluster's own current ITLRecovery. */
  readonly tvsKnowsItlRecovery: boolean;
}

export interface CertificatePlan {
  /** RSA modulus of new identities, bits; `byPurpose` for those that differ. */
  readonly rsaBits: 1024 | 2048 | 4096;
  readonly byPurpose: Readonly<Partial<Record<CertificatePurpose, 1024 | 2048 | 4096>>>;
  /** Digest of the certificates' own signatures. */
  readonly digest: 'sha1' | 'sha256' | 'sha512';
  readonly validityYears: number;
  /** Identities made at installation; the others are made when they are first regenerated. */
  readonly installed: readonly CertificatePurpose[];
}

/** A cluster as it is installed; plain data that can be sent to a worker. The first node is the publisher. */
export interface ClusterSpec {
  readonly name: string;
  /** `N[.N][(N)][SUn]` (contracts.md 4). */
  readonly release: string;
  /** `mixed` without tokens is tokenless: what OP-01 and its restarts leave behind. */
  readonly mode: ClusterMode;
  /** With `mixed`: the tokens of OP-02 by name, at least two; the first one signs. */
  readonly tokens?: readonly string[];
  readonly nodes: readonly NodeSpec[];
  readonly devices: readonly DeviceSpec[];
  /** Models that the cluster has a device package for: phones of these can register by themselves. */
  readonly models?: readonly ModelProfile[];
  readonly parameters?: Partial<ClusterParameters>;
  readonly knobs?: Partial<ClusterKnobs>;
  readonly certificates?: Partial<CertificatePlan>;
  /** Certificates of the CAs that issued the phones' MICs, DER; they stand in CallManager-trust and CAPF-trust (OP-27). */
  readonly micRoots?: readonly Uint8Array[];
  /** External CAs that can sign for the cluster (OP-15), each after the one above it. */
  readonly authorities?: readonly AuthoritySpec[];
  readonly organisation?: Organisation;
  /** DNS domain of the host names in common names. */
  readonly domain?: string;
}

export const DEFAULT_PARAMETERS: ClusterParameters = {
  rollback: false,
  tftpSignature: 'sha1',
  exportControl: true,
  enableIpv6: false,
  tftpEncryption: false,
  autoRegistration: false,
  certificateIssuer: 'capf',
  lscDays: 1825,
  capfOperationDays: 10,
  // the largest of the documented values; which one a server comes with depends on its size
  servingCount: 3_500,
  // what a scenario does to its phones stands in the scenario (contracts.md 4); CUCM's default is automatic
  phoneInteraction: 'manual',
};

export const DEFAULT_CLUSTER_KNOBS: ClusterKnobs = {
  tvsSastStore: 'Phone-SAST-trust or CallManager-trust',
  identityChangesAt: 'restart',
  tvsKnowsItlRecovery: true,
};

/** cluster-operations.md 4.0: RSA-2048 with SHA-256, five years. Phones meet these five. */
export const DEFAULT_CERTIFICATES: CertificatePlan = {
  rsaBits: 2048,
  byPurpose: {},
  digest: 'sha256',
  validityYears: 5,
  installed: ['CallManager', 'TVS', 'CAPF', 'ITLRecovery', 'tomcat'],
};

export const DEFAULT_ORGANISATION: Organisation = {
  organisation: 'Example Telephony',
  unit: 'Voice Lab',
  locality: 'San Jose',
  state: 'California',
  country: 'US',
};

export const DEFAULT_DOMAIN = 'voice.example';
