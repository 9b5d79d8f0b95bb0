import type { SecureVersion, TLSSocket } from 'node:tls';
import type { TlsRange, TlsVersion } from '../device/security.js';

const SECURE_VERSIONS: Readonly<Record<TlsVersion, SecureVersion>> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};

const VERSIONS: ReadonlyMap<string | null, TlsVersion> = new Map([
  ['TLSv1', '1.0'],
  ['TLSv1.1', '1.1'],
  ['TLSv1.2', '1.2'],
  ['TLSv1.3', '1.3'],
]);

const LEVEL_0 = '@SECLEVEL=0';

/**
 * OpenSSL's ciphers at security level 0. Phones of the 7900 series end at TLS 1.0, their certificates have 1024-bit keys and
 * SHA-1 signatures, and every higher level refuses one of these (speed.md 3.1). A simulator of old phones needs it; nothing
 * that protects anything should copy it.
 */
export const OLD_PHONE_CIPHERS = `DEFAULT:${LEVEL_0}`;

/** A cipher list with OpenSSL's names at security level 0, unless it names a level itself. NULL-SHA exists at no other. */
export function atLevel0(ciphers: string): string {
  return ciphers.includes('@SECLEVEL=') ? ciphers : `${ciphers}:${LEVEL_0}`;
}

/** Options of node:tls for phones: they judge a certificate themselves, names and chains mean nothing to them. */
export const JUDGED_BY_PHONE = { rejectUnauthorized: false, checkServerIdentity: () => undefined } as const;

/** Options of node:tls for a range of versions. */
export function versionRange(range: TlsRange): {
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
} {
  return { minVersion: SECURE_VERSIONS[range.min], maxVersion: SECURE_VERSIONS[range.max] };
}

/** What a socket agreed on, from ServerHello on; 1.0 before. */
export function negotiatedVersion(socket: TLSSocket): TlsVersion {
  return VERSIONS.get(socket.getProtocol()) ?? '1.0';
}

/** a NULL cipher protects against changes only, so it makes a phone authenticated; any other encrypts. */
export function negotiatedMode(socket: TLSSocket): 'authenticated' | 'encrypted' {
  return socket.getCipher().name.includes('NULL') ? 'authenticated' : 'encrypted';
}
