import type { SecurityProfile, SignallingProtocol, TlsVersion } from '../device/security.js';
import type { Organisation } from '../pki/cucm-certificates.js';
import type { CapfSettings } from './capf-settings.js';
import type { LoadImage } from './firmware.js';
import type { SipTrunk } from './operations/sip-trunk.js';
import type { CapfAddress, FeatureService } from './spec.js';
import type { TrustStoreName } from './trust-store.js';

/**
 * What an administrator does to the cluster: the verbs of `operate:` (contracts.md 4), one object each. The catalogue of
 * operations is cluster-operations.md 2 (OP-nn).
 */
export type CertificatePurpose = 'CallManager' | 'TVS' | 'CAPF' | 'ITLRecovery' | 'tomcat' | 'ipsec';

export type ServiceName =
  | 'TFTP'
  | 'CallManager'
  | 'TVS'
  | 'CAPF'
  | 'CTIManager'
  | 'HAProxy'
  | 'Tomcat'
  | 'DRF';

/** How a phone uses the two address families (R-104, `ip.mode` of a scenario). */
export type IpMode = 'ipv4' | 'ipv6' | 'two-stack';

/** Node names, or all nodes that run what the operation is about. */
export type NodeChoice = 'all' | readonly string[];

export type Operation =
  /** OP-09 to OP-14. */
  | { readonly op: 'regenerate'; readonly purpose: CertificatePurpose; readonly nodes: NodeChoice }
  /** OP-17. */
  | { readonly op: 'restart'; readonly services: readonly ServiceName[]; readonly nodes: NodeChoice }
  /** OP-01, OP-03. */
  | { readonly op: 'set-cluster'; readonly mode: 'mixed-mode' | 'non-secure-mode' }
  /** OP-05 on the command line, OP-06. */
  | { readonly op: 'update-ctl' }
  /** OP-02, OP-04, OP-05, OP-07, OP-08: the CTL client. */
  | {
      readonly op: 'ctl-client';
      readonly action: 'set-mixed' | 'set-non-secure' | 'update';
      /** Tokens in hand, by name; the first one signs. One that was never heard of is a new token. */
      readonly tokens: readonly string[];
      /** Tokens taken off the list of the CTL (OP-08: a lost one). */
      readonly remove?: readonly string[];
    }
  /** OP-23, OP-24. */
  | { readonly op: 'reset-localkey'; readonly list: 'itl' | 'ctl' }
  /**
   * OP-23, `utils itl reset remotekey`: signed with an `ITLRecovery.p12` that was saved. `from` is the other cluster of the run
   * whose key it has; left out: this cluster's own, as it was before it was last regenerated.
   */
  | { readonly op: 'reset-remotekey'; readonly list: 'itl'; readonly from?: string }
  /** OP-31, `file delete tftp CTLFile.tlv` on each of the nodes. */
  | { readonly op: 'delete-ctl'; readonly nodes: NodeChoice }
  /** OP-30 (`tftp-signature`), OP-22 (`rollback`), …: `PARAMETER_NAMES`; other names are refused until they do something. */
  | { readonly op: 'parameter'; readonly name: string; readonly value: string | number | boolean }
  /** OP-28; nodes restart. */
  | { readonly op: 'set-tls-min'; readonly version: TlsVersion; readonly nodes: NodeChoice }
  /** OP-29, `utils fips_common_criteria enable | disable`; nodes restart. */
  | { readonly op: 'common-criteria'; readonly enable: boolean; readonly nodes: NodeChoice }
  /** OP-29, `utils fips enable | disable`; nodes restart. */
  | { readonly op: 'fips'; readonly enable: boolean; readonly nodes: NodeChoice }
  /** OP-07, OP-15 (root and intermediates), OP-25, OP-27 (the way back). */
  | { readonly op: 'trust-import'; readonly source: TrustSource; readonly to: readonly TrustStoreName[] }
  /** OP-25: this cluster's import of what the others have exported in bulk. The same is done at each of them. */
  | { readonly op: 'bulk-certificates'; readonly with: readonly string[] }
  /**
   * OP-11, OP-27. Each of `certificates` is a purpose (those of it that no service has as identity any more, and imported
   * ones), `mic-roots`, or a common name; underscores stand for spaces, as in CUCM's list of certificates.
   */
  | {
      readonly op: 'trust-delete';
      readonly certificates: readonly string[];
      readonly from: readonly TrustStoreName[];
      /** `MIC root`: whatever else has such a name stays (`set cert default-ca-list`). */
      readonly only?: 'MIC root';
    }
  /** OP-15: Generate CSR. A CSR that is there already is replaced. */
  | {
      readonly op: 'csr';
      readonly purpose: CertificatePurpose;
      readonly nodes: NodeChoice;
      /** One CSR for all nodes, made on the publisher (multi-server SAN), or one each. Default: one each. */
      readonly distribution?: 'single' | 'multi-server';
      /** DNS names beside those of the nodes. */
      readonly names?: readonly string[];
    }
  /** OP-15: an external CA signs the CSRs of a purpose, or the phones' CSRs that `csr dump` gave out (OP-26, offline CA). */
  | {
      readonly op: 'sign';
      readonly purpose: CertificatePurpose | 'phones';
      readonly nodes: NodeChoice;
      /** Name of the CA: one of the cluster's `authorities`. */
      readonly by: string;
      /** What this CA does other than it was asked. */
      readonly change?: SigningChange;
      /** Other replicas of the cluster have phones with requests: none here is no fault, and the CA is known here, too. */
      readonly elsewhere?: boolean;
    }
  /** OP-15: Upload of what was signed last for each of the nodes. */
  | { readonly op: 'upload'; readonly purpose: CertificatePurpose; readonly nodes: NodeChoice }
  /** OP-18: a new host name, or a new domain, or both; all certificates of the node are made anew. */
  | {
      readonly op: 'rename';
      readonly node: string;
      /** Without domain; left out and without `domain`: the old one with `-new` behind it. */
      readonly hostName?: string;
      readonly domain?: string;
    }
  /** OP-19. */
  | { readonly op: 'add-node'; readonly node: AddedNode }
  | { readonly op: 'remove-node'; readonly node: string }
  /** OP-21: Disaster Recovery System. */
  | { readonly op: 'backup' /** Its time when left out. */; readonly name?: string }
  | { readonly op: 'restore'; readonly name: string }
  /** OP-21: the publisher installed anew, its database taken from a subscriber. */
  | { readonly op: 'rebuild-publisher' }
  /** OP-31. */
  | { readonly op: 'upgrade'; readonly release: string }
  /** `utils system restart` on each of the nodes. */
  | { readonly op: 'reboot'; readonly nodes: NodeChoice }
  /** OP-13, `set web-security`: what stands in the subjects of later certificates, and a new tomcat certificate with it. */
  | { readonly op: 'web-security'; readonly node: string; readonly organisation: Organisation }
  /** Section 3: commands that print and change nothing. */
  | { readonly op: 'show'; readonly node: string; readonly show: ShowRequest }
  /** OP-28: a SIP trunk with its security profile, added or changed; and OPTIONS ping, which is refused where it has no service. */
  | { readonly op: 'sip-trunk'; readonly trunk: SipTrunk }
  | { readonly op: 'options-ping'; readonly trunk: string }
  /** OP-26: CAPF information in the configuration of devices; the caller resolves its selection to names. */
  | (DeviceChoice & {
      readonly op: 'capf';
      /** Name of the universal device template that brings them; left out: set per phone, or in bulk. */
      readonly template?: string;
    } & Partial<CapfSettings>)
  /** OP-26: `utils capf …`. */
  | { readonly op: 'utils-capf'; readonly command: CapfCommand }
  /** A load for phones, put on all TFTP nodes; devices are set to it with `device`. */
  | { readonly op: 'install-load'; readonly load: string; readonly image: LoadImage }
  /** The database record of devices; they take it over with their next configuration. */
  | (DeviceChoice & { readonly op: 'device'; readonly set: DeviceChange });

/** Devices of the database, by their names. */
interface DeviceChoice {
  readonly devices: readonly string[];
  /** How many the administrator meant, where `devices` are those of a replica that has a part of them; the console counts these. */
  readonly meant?: number;
}

/** What a command shows of a node, or of the database. */
export type ShowRequest =
  | {
      readonly item:
        | 'ctl'
        | 'itl'
        | 'tls-min'
        | 'fips'
        | 'common-criteria'
        | 'services'
        | 'version'
        | 'recovery-key'
        | 'backups'
        | 'own-certificates'
        | 'trust-certificates';
    }
  /** A line of `processconfig` by its `paramname`. */
  | { readonly item: 'parameter'; readonly name: string };

/** A subscriber that joins the cluster. */
export interface AddedNode {
  readonly name: string;
  readonly services: readonly FeatureService[];
  /** The one after the highest of the cluster when left out. */
  readonly address?: string;
  readonly hostName?: string;
}

/** Where certificates that are imported come from. */
export type TrustSource =
  /** Identities of another cluster of the run; without `cluster` those of this one. */
  | {
      readonly certificates: readonly CertificatePurpose[];
      readonly cluster?: string;
      readonly nodes?: NodeChoice;
    }
  /** Hardware tokens by name (OP-07 steps 2 and 3). */
  | { readonly tokens: readonly string[] }
  /** Certificates of external CAs by name. */
  | { readonly authorities: readonly string[] }
  /** Manufacturing CAs of the phones' MICs: `all`, or common names. */
  | { readonly micRoots: 'all' | readonly string[] }
  /** Certificates as they are, DER. */
  | { readonly der: readonly Uint8Array[] };

/** Faults of a CA or of whoever carries requests to it (table of OP-15). */
export interface SigningChange {
  /** Names left out of, or added to, the subject alternative names. */
  readonly dropNames?: readonly string[];
  readonly addNames?: readonly string[];
  /** Certifies another key than that of the CSR. */
  readonly key?: 'other';
  /** Validity, days from `fromDays` on; defaults 730 and 0. Negative days lie in the past. */
  readonly days?: number;
  readonly fromDays?: number;
}

export type CapfCommand =
  | { readonly name: 'csr list' | 'csr count' | 'csr dump' | 'csr delete' }
  /** What a CA of the run made with `sign`, or `der` from anywhere. */
  | { readonly name: 'cert import'; readonly der?: readonly Uint8Array[] }
  | { readonly name: 'stale-lsc list' | 'stale-lsc delete all' }
  /** 5 to 60. */
  | { readonly name: 'set keep_alive'; readonly minutes: number };

/** `local`: not synchronised from LDAP. */
export type DeviceUser = 'local' | 'ldap';

/** What of a device's record changes; what is left out stays. */
export interface DeviceChange {
  readonly security?: SecurityProfile;
  readonly protocol?: SignallingProtocol;
  /** Where its user stands: a universal device template is only for users that LDAP has not brought (OP-26). */
  readonly user?: DeviceUser;
  readonly callManagerGroup?: { readonly name: string; readonly nodes: readonly string[] };
  /** `TFTP Encrypted Config` of its phone security profile; null: as the parameter `tftp-encryption` says. */
  readonly tftpEncryption?: boolean | null;
  /** */
  readonly ipMode?: IpMode;
  /** Phone Load Name: the load that its configuration names. */
  readonly load?: string;
  /** CAPF addresses that its configuration names; null: those of the publisher. */
  readonly capfAddresses?: readonly CapfAddress[] | null;
}

/** Services stopped and started without any change of state (`fault: { stop: … }`). */
export type ServiceFault =
  | { readonly stop: readonly ServiceName[]; readonly nodes: NodeChoice }
  | { readonly start: readonly ServiceName[]; readonly nodes: NodeChoice };
