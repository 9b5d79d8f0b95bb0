import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../pki/certificate.js';
import type { KeyPair } from '../pki/keys.js';
import type { PhoneConfiguration } from '../protocol/cnf/model.js';
import type { TrustList } from '../trustfile/model.js';

/** A configuration that the phone accepted. */
export interface StoredConfiguration {
  readonly configuration: PhoneConfiguration;
  /** SHA-256 of the XML, lower-case hex. */
  readonly sha256: string;
  /** It is that of phones which are not in the database, `XMLDefault.cnf.xml`; what it says of auto-registration. */
  readonly isDefault?: { readonly autoRegistration: 'enabled' | 'disabled' };
}

/** A certificate of the phone's own with its key. */
export interface KeyedCertificate {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}

/** What the factory burnt into the phone. */
export interface Factory {
  /** The MIC, made on first use: a fleet of thousands seldom needs every one; null where the phone has none. */
  mic(): KeyedCertificate | null;
}

/** What survives a restart of a phone. Lists and configurations are shared between phones by content (interned). */
export interface Flash {
  ctl: TrustList | null;
  itl: TrustList | null;
  configuration: StoredConfiguration | null;
  lsc: KeyedCertificate | null;
  /** Load that it fetched and runs; null: the one that it was delivered with, its model's. */
  load: string | null;
  /** Key pair of an enrolment whose certificate has not come yet: an offline CA takes its time (capf.md 11). */
  enrolmentKey: KeyPair | null;
  /** Authentication mode of the certificate operation that is pending, 0 for none. */
  capfAuthMode: PhoneConfiguration['capfAuthMode'];
  readonly factory: Factory;
}

export function emptyFlash(factory: Factory): Flash {
  return {
    ctl: null,
    itl: null,
    configuration: null,
    lsc: null,
    load: null,
    enrolmentKey: null,
    capfAuthMode: 0,
    factory,
  };
}
