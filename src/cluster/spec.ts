import type { ModelProfile } from '../device/model.js';
import type { DeviceSecurityMode, SignallingProtocol } from '../device/security.js';
import type { Organisation } from '../pki/cucm-certificates.js';
import type { WrittenDigest } from '../trustfile/index.js';
import type { CertificatePurpose } from './operation.js';

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
  /** Host name without domain; `<cluster>-<node>` in lower case when left out. */
  readonly hostName?: string;
}

export interface DeviceLine {
  /** Directory number. */
  readonly name: string;
  readonly displayName: string;
}

/** A phone of the database. */
export interface DeviceSpec {
  /** `SEP` and twelve upper-case hex digits. */
  readonly name: string;
  readonly model: ModelProfile;
  readonly protocol: SignallingProtocol;
  /** Device security mode of its phone security profile. */
  readonly security: DeviceSecurityMode;
  readonly lines: readonly DeviceLine[];
  /** CallManager group of its device pool; `nodes` in the order in which the phone tries them. */
  readonly callManagerGroup: { readonly name: string; readonly nodes: readonly string[] };
  readonly devicePool: string;
}

/** Enterprise parameters that change what the cluster does. */
export interface ClusterParameters {
  /** `Prepare Cluster for Rollback to pre 8.0` (OP-22, R-65). */
  readonly rollback: boolean;
  /** `TFTP File Signature Algorithm` (OP-30). */
  readonly tftpSignature: WrittenDigest;
  /** Smart Licensing token with export-controlled functionality, wanted from 12.0 for mixed mode (OP-01). */
  readonly exportControl: boolean;
}

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
  /** `mixed` is tokenless mixed mode: what OP-01 and its restarts leave behind. */
  readonly mode: ClusterMode;
  readonly nodes: readonly NodeSpec[];
  readonly devices: readonly DeviceSpec[];
  readonly parameters?: Partial<ClusterParameters>;
  readonly knobs?: Partial<ClusterKnobs>;
  readonly certificates?: Partial<CertificatePlan>;
  readonly organisation?: Organisation;
  /** DNS domain of the host names in common names. */
  readonly domain?: string;
}

export const DEFAULT_PARAMETERS: ClusterParameters = {
  rollback: false,
  tftpSignature: 'sha1',
  exportControl: true,
};

export const DEFAULT_KNOBS: ClusterKnobs = {
  tvsSastStore: 'Phone-SAST-trust or CallManager-trust',
  identityChangesAt: 'restart',
  tvsKnowsItlRecovery: true,
};

/** cluster-operations.md 4.0: RSA-2048 with SHA-256, five years. Phones meet these four. */
export const DEFAULT_CERTIFICATES: CertificatePlan = {
  rsaBits: 2048,
  byPurpose: {},
  digest: 'sha256',
  validityYears: 5,
  installed: ['CallManager', 'TVS', 'CAPF', 'ITLRecovery'],
};

export const DEFAULT_ORGANISATION: Organisation = {
  organisation: 'Example Telephony',
  unit: 'Voice Lab',
  locality: 'San Jose',
  state: 'California',
  country: 'US',
};

export const DEFAULT_DOMAIN = 'voice.example';
