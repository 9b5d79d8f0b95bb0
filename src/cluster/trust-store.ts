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

export interface TrustedCertificate {
  readonly certificate: Certificate;
  /** What it is the identity of, here or in the cluster it comes from. */
  readonly purpose: CertificatePurpose;
  /** `own`: copied there by the cluster itself; `imported`: by an administrator. */
  readonly origin: 'own' | 'imported';
}

export type TrustStores = Readonly<Record<TrustStoreName, readonly TrustedCertificate[]>>;

export const EMPTY_STORES: TrustStores = {
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

/** The stores after an administrator uploaded a certificate to some of them. */
export function withImportedCertificate(
  stores: TrustStores,
  names: readonly TrustStoreName[],
  purpose: CertificatePurpose,
  certificate: Certificate,
): TrustStores {
  const entry: TrustedCertificate = { certificate, purpose, origin: 'imported' };
  return mapStores(stores, (store, name) => (names.includes(name) ? put(store, entry) : store));
}
