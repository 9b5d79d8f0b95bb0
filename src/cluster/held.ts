import type { Certificate } from '../pki/certificate.js';
import type { WrittenDigest } from '../trustfile/index.js';
import type { PhoneCapf } from './capf-state.js';
import type { Identity } from './identity.js';
import type { ListFile } from './list-file.js';
import type { ServiceName } from './operation.js';
import type { ClusterMode } from './spec.js';
import type { TrustedCertificate, TrustStores } from './trust-store.js';

/** What the services of a node took over at their last start, and go on with until the next (cluster-operations.md 1.4). */
export interface HeldByServices {
  /** Identity that a service shows, or signs with, by service. */
  readonly identities: Readonly<Partial<Record<ServiceName, Identity>>>;
  /** null where TFTP does not run. */
  readonly tftp: TftpState | null;
  /** null where CallManager does not run. */
  readonly callManager: CallManagerState | null;
  /** Trust stores at the last start of TVS: imported certificates count from then on. null where TVS does not run. */
  readonly tvsStores: TrustStores | null;
}

export interface CallManagerState {
  readonly mode: ClusterMode;
  readonly ctl: ListFile | null;
  /** CallManager-trust: what it validates phones' certificates with. */
  readonly trust: readonly TrustedCertificate[];
}

/** What a TFTP service holds, and the lists that follow from it. */
export interface TftpState {
  /** CallManager identity that signs this node's configuration files. */
  readonly signer: Identity;
  /** Signs the ITL (section 1.2): `signer`, or the cluster's ITLRecovery. */
  readonly itlSigner: Identity;
  readonly mode: ClusterMode;
  readonly digest: WrittenDigest;
  /** Seconds since 1970 at which each of these last changed: a file is as old as the newest of what it was made from. */
  readonly since: { readonly signer: number; readonly mode: number; readonly digest: number };
  readonly itl: ListFile;
  readonly ctl: ListFile | null;
  readonly files: FileCache;
}

/**
 * Configuration files that a TFTP service has made, by name without `.sgn`. Each of them follows from the state alone, time
 * stamp included, so keeping it changes no octet; it saves writing and signing (about 1 ms) at each boot of each phone. At
 * most one entry for each device, and one for the default file.
 */
export type FileCache = Map<string, CachedFile>;

export interface CachedFile {
  /** What the XML was written from: while these are the same, its octets are the same. */
  readonly subject: object;
  readonly known: PhoneCapf;
  readonly addresses: object;
  readonly secure: boolean;
  /** no-certificate: wanted, but nothing to encrypt for is known of the phone. */
  readonly encryption: 'off' | 'no-certificate' | 'for-certificate';
  xml: Uint8Array;
  signed: SignedBytes | null;
  /** The full file beside a reduced one, to be encrypted for a certificate. */
  readonly secret: {
    readonly xml: Uint8Array;
    readonly certificate: Certificate;
    signed: SignedBytes | null;
  } | null;
}

export interface SignedBytes {
  readonly bytes: Uint8Array;
  readonly signer: Identity;
  readonly digest: WrittenDigest;
  /** Seconds since 1970. */
  readonly timestamp: number;
}
