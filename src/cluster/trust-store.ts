import type { Certificate } from '../pki/certificate.js';
import type { CertificatePurpose } from './operation.js';

/** Stores of cluster-operations.md 1.3 besides the identities. They are the same on all nodes once copying is done. */
export const TRUST_STORES = [
  'CallManager-trust',
  'Phone-SAST-trust',
  'CAPF-trust',
  'TVS-trust',
  'tomcat-trust',
  'ipsec-trust',
] as const;

export type TrustStoreName = (typeof TRUST_STORES)[number];

/** What a certificate in a store is; the last three are no identities of any node. */
export type TrustedPurpose = CertificatePurpose | 'token' | 'MIC root' | 'authority';

export interface TrustedCertificate {
  readonly certificate: Certificate;
  /** What it is the identity of, here or in the cluster it comes from. */
  readonly purpose: TrustedPurpose;
  /** `own`: copied there by the cluster itself; `imported`: by an administrator. */
  readonly origin: 'own' | 'imported';
}

export type TrustStores = Readonly<Record<TrustStoreName, readonly TrustedCertificate[]>>;

const EMPTY_STORES: TrustStores = {
  'CallManager-trust': [],
  'Phone-SAST-trust': [],
  'CAPF-trust': [],
  'TVS-trust': [],
  'tomcat-trust': [],
  'ipsec-trust': [],
};

/** Where an own certificate is copied to (section 1.3). ITLRecovery is in none: what TVS says of it is K-15. */
const OWN_STORES: Readonly<Record<CertificatePurpose, readonly TrustStoreName[]>> = {
  CallManager: ['CallManager-trust', 'Phone-SAST-trust'],
  CAPF: ['CallManager-trust', 'CAPF-trust'],
  TVS: ['TVS-trust'],
  ITLRecovery: [],
  tomcat: ['tomcat-trust'],
  ipsec: ['ipsec-trust'],
};

/** One certificate per common name and store: a newer one replaces the older (section 1.3). */
function put(store: readonly TrustedCertificate[], entry: TrustedCertificate): TrustedCertificate[] {
  const name = entry.certificate.commonName;
  return [...store.filter((other) => other.certificate.commonName !== name), entry];
}

function mapStores(
  stores: TrustStores,
  change: (store: readonly TrustedCertificate[], name: TrustStoreName) => readonly TrustedCertificate[],
): TrustStores {
  const changed = { ...stores };
  for (const name of TRUST_STORES) changed[name] = change(stores[name], name);
  return changed;
}

/**
 * The stores after a certificate of the cluster's own was made: the old one of the same name is gone from all of them at
 * once, the new one is where 1.3 puts it. A regenerated CAPF has another name, so its predecessor stays (OP-11).
 */
export function withOwnCertificate(
  stores: TrustStores,
  purpose: CertificatePurpose,
  certificate: Certificate,
): TrustStores {
  const entry: TrustedCertificate = { certificate, purpose, origin: 'own' };
  const name = certificate.commonName;
  return mapStores(stores, (store, storeName) => {
    const rest = store.filter((other) => other.purpose !== purpose || other.certificate.commonName !== name);
    return OWN_STORES[purpose].includes(storeName) ? put(rest, entry) : rest;
  });
}

/** What an import did, store by store. */
export interface Import {
  readonly stores: TrustStores;
  /** Stores that kept another certificate of the same name, since it is valid from a later date on (section 1.3). */
  readonly kept: readonly TrustStoreName[];
}

/** The stores with a certificate put into some of them, unless one of the same name and a younger FROM date is there. */
export function withUploadedCertificate(
  stores: TrustStores,
  names: readonly TrustStoreName[],
  entry: TrustedCertificate,
): Import {
  const kept: TrustStoreName[] = [];
  const { commonName, notBefore } = entry.certificate;
  const changed = mapStores(stores, (store, name) => {
    if (!names.includes(name)) return store;
    const younger = store.some(
      ({ certificate }) => certificate.commonName === commonName && certificate.notBefore > notBefore,
    );
    if (!younger) return put(store, entry);
    kept.push(name);
    return store;
  });
  return { stores: changed, kept };
}

/** What the console says of a store that kept its certificate (row 5 of the upload errors, OP-15). */
export function notReplaced(store: TrustStoreName, { commonName }: Certificate): string {
  return `${store}: ${commonName.trim()} is not replaced, the one that is there is valid from a later date on`;
}

/** The stores where a new own certificate is copied to (section 1.3). */
export function ownStores(purpose: CertificatePurpose): readonly TrustStoreName[] {
  return OWN_STORES[purpose];
}

/** The stores without those entries of some of them that `isDeleted` names. */
export function withoutCertificates(
  stores: TrustStores,
  names: readonly TrustStoreName[],
  isDeleted: (entry: TrustedCertificate) => boolean,
): TrustStores {
  return mapStores(stores, (store, name) =>
    names.includes(name) ? store.filter((entry) => !isDeleted(entry)) : store,
  );
}

/** The stores without own certificates that are lost with their keys (OP-21). */
export function withoutIdentities(stores: TrustStores, lost: readonly Certificate[]): TrustStores {
  return mapStores(stores, (store) =>
    store.filter(({ origin, certificate }) => origin !== 'own' || !lost.includes(certificate)),
  );
}

/** Where the manufacturing CAs of MICs stand at installation (section 1.3). */
const MIC_ROOT_STORES: readonly TrustStoreName[] = ['CallManager-trust', 'CAPF-trust'];

/** Stores of a new cluster. */
export function installedStores(micRoots: readonly Certificate[]): TrustStores {
  return micRoots.reduce<TrustStores>(
    (stores, certificate) =>
      mapStores(stores, (store, name) =>
        MIC_ROOT_STORES.includes(name)
          ? put(store, { certificate, purpose: 'MIC root', origin: 'own' })
          : store,
      ),
    EMPTY_STORES,
  );
}
