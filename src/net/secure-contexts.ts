import { createSecureContext, type SecureContext } from 'node:tls';
import type { TlsRange } from '../device/security.js';
import type { Certificate } from '../pki/certificate.js';
import type { Identity } from '../pki/keys.js';
import { OLD_PHONE_CIPHERS, versionRange } from './tls-versions.js';

/** What makes one context different from another. */
export interface ContextProfile extends TlsRange {
  /** Certificate to show; null shows none. */
  readonly identity: Identity | null;
  /** OpenSSL's cipher list; default {@link OLD_PHONE_CIPHERS}. */
  readonly ciphers?: string;
}

/**
 * Secure contexts by what they hold. Making one costs 1.7 ms, half a handshake (speed.md 3.2), so phones that show no
 * certificate share one, and a phone's own serves all its connections: it lives as long as the certificate that it shows.
 * Its connections hold it anyway, 30 KiB each.
 */
export class SecureContexts {
  readonly #anonymous: Contexts = new Map();
  readonly #showing = new WeakMap<Certificate, Contexts>();

  /** @throws what OpenSSL throws for an identity or a cipher list that it cannot use. */
  get(profile: ContextProfile): SecureContext {
    const { min, max, identity, ciphers = OLD_PHONE_CIPHERS } = profile;
    const contexts = identity === null ? this.#anonymous : this.#of(identity.certificate);
    const key = `${min} ${max} ${ciphers}`;
    let context = contexts.get(key);
    if (context === undefined) {
      context = make(profile, ciphers);
      contexts.set(key, context);
    }
    return context;
  }

  #of(certificate: Certificate): Contexts {
    let contexts = this.#showing.get(certificate);
    if (contexts === undefined) {
      contexts = new Map();
      this.#showing.set(certificate, contexts);
    }
    return contexts;
  }
}

/** By versions and ciphers: as many as there are sorts of phones. */
type Contexts = Map<string, SecureContext>;

/** The contexts of this thread. */
export const secureContexts = new SecureContexts();

function make(profile: ContextProfile, ciphers: string): SecureContext {
  return createSecureContext({
    ...versionRange(profile),
    ciphers,
    ...(profile.identity === null ? {} : identityPem(profile.identity)),
  });
}

/** A certificate and its key as node:tls takes them. PKCS#1 and SEC 1 are written 8 times faster than PKCS#8. */
export function identityPem({ certificate, privateKey }: Identity): {
  readonly cert: string;
  readonly key: string;
} {
  const type = privateKey.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1';
  return {
    cert: certificate.toPem(),
    key: privateKey.export({ type, format: 'pem' }).toString(),
  };
}
