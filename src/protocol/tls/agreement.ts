import type { TlsRange, TlsVersion } from '../../device/security.js';

/** What one end offers. */
export interface TlsOffer extends TlsRange {
  /** OpenSSL's names up to TLS 1.2, separated by colons; null: all that OpenSSL has at security level 0. */
  readonly ciphers: string | null;
}

export type TlsAgreement =
  | { readonly version: TlsVersion; readonly mode: 'authenticated' | 'encrypted' }
  /** No version or no cipher in common (R-83: 12). */
  | { readonly version: null; readonly detail: string };

const VERSIONS: readonly TlsVersion[] = ['1.0', '1.1', '1.2', '1.3'];

/** Ciphers that came with TLS 1.2 (RFC 5288, RFC 5289). */
const SINCE_TLS_12 = /GCM|POLY1305|SHA256|SHA384/;

/**
 * What two ends agree on: the newest version that both have, and the server's first cipher that the client has as well and that
 * fits version and key (RFC 5246 7.4.1, RFC 8446 4.1). With TLS 1.3 every cipher encrypts, and both have all of them.
 *
 * @param keyType of the server's certificate
 */
export function agreeOnTls(client: TlsOffer, server: TlsOffer, keyType: 'rsa' | 'ec'): TlsAgreement {
  const version = newestOf(client, server);
  if (version === undefined) {
    return {
      version: null,
      detail: `the phone offers TLS ${range(client)}, the server ${range(server)}`,
    };
  }
  if (version === '1.3') return { version, mode: 'encrypted' };
  if (server.ciphers === null || client.ciphers === null) {
    const named = client.ciphers ?? server.ciphers;
    return { version, mode: named?.startsWith('NULL') === true ? 'authenticated' : 'encrypted' };
  }
  const known = new Set(client.ciphers.split(':'));
  const cipher = server.ciphers.split(':').find((name) => known.has(name) && fits(name, version, keyType));
  if (cipher === undefined) {
    return {
      version: null,
      detail: `no cipher in common: the phone offers ${client.ciphers} with TLS ${version}`,
    };
  }
  return { version, mode: cipher.includes('NULL') ? 'authenticated' : 'encrypted' };
}

function newestOf(client: TlsOffer, server: TlsOffer): TlsVersion | undefined {
  const newest = VERSIONS[Math.min(VERSIONS.indexOf(client.max), VERSIONS.indexOf(server.max))];
  const oldest = Math.max(VERSIONS.indexOf(client.min), VERSIONS.indexOf(server.min));
  return newest !== undefined && VERSIONS.indexOf(newest) >= oldest ? newest : undefined;
}

function fits(cipher: string, version: TlsVersion, keyType: 'rsa' | 'ec'): boolean {
  if (version !== '1.2' && SINCE_TLS_12.test(cipher)) return false;
  return cipher.includes('ECDSA') === (keyType === 'ec');
}

function range({ min, max }: TlsOffer): string {
  return min === max ? min : `${min} to ${max}`;
}
