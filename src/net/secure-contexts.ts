import type { KeyObject } from 'node:crypto';
import { createSecureContext, type SecureContext } from 'node:tls';
import type { TlsVersion } from '../device/security.js';
import type { Certificate } from '../pki/certificate.js';
import { OLD_PHONE_CIPHERS, versionRange } from './tls-versions.js';

/** What makes one context different from another. */
export interface ContextProfile {
  readonly min: TlsVersion;
  readonly max: TlsVersion;
  /** Certificate to show; null shows none. */
  readonly identity: { readonly certificate: Certificate; readonly privateKey: KeyObject } | null;
  /** OpenSSL's cipher list; default {@link OLD_PHONE_CIPHERS}. */
  readonly ciphers?: string;
}

/** Contexts that a thread keeps, 30 KiB each. */
export const MAX_SECURE_CONTEXTS = 256;

/**
 * Secure contexts by what they hold, the least recently used one dropped first. Making one costs 1.7 ms, half a handshake
 * (speed.md 3.2), so phones that show the same certificate, or none, share one.
 */
export class SecureContexts {
  readonly #contexts = new Map<string, SecureContext>();
  readonly #limit: number;

  constructor(limit: number = MAX_SECURE_CONTEXTS) {
    this.#limit = limit;
  }

  /** Contexts kept now. */
  get size(): number {
    return this.#contexts.size;
  }

  /** @throws what OpenSSL throws for an identity or a cipher list that it cannot use. */
  get(profile: ContextProfile): SecureContext {
    const { identity, ciphers = OLD_PHONE_CIPHERS } = profile;
    const key = `${profile.min} ${profile.max} ${identity?.certificate.sha256 ?? 'none'} ${ciphers}`;
    const context = this.#contexts.get(key) ?? make(profile, ciphers);
    this.#contexts.delete(key);
    this.#contexts.set(key, context);
    if (this.#contexts.size > this.#limit) {
      const [oldest] = this.#contexts.keys();
      if (oldest !== undefined) this.#contexts.delete(oldest);
    }
    return context;
  }
}

/** The contexts of this thread. */
export const secureContexts = new SecureContexts();

function make({ min, max, identity }: ContextProfile, ciphers: string): SecureContext {
  return createSecureContext({
    ...versionRange({ min, max }),
    ciphers,
    ...(identity === null ? {} : identityPem(identity)),
  });
}

/** A certificate and its key as node:tls takes them. PKCS#1 and SEC 1 are written 8 times faster than PKCS#8. */
export function identityPem(identity: {
  readonly certificate: Certificate;
  readonly privateKey: KeyObject;
}): { readonly cert: string; readonly key: string } {
  const { certificate, privateKey } = identity;
  const type = privateKey.asymmetricKeyType === 'rsa' ? 'pkcs1' : 'sec1';
  return {
    cert: certificate.toPem(),
    key: privateKey.export({ type, format: 'pem' }).toString(),
  };
}
