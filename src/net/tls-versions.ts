import type { SecureVersion } from 'node:tls';
import type { TlsVersion } from '../device/security.js';

const SECURE_VERSIONS: Readonly<Record<TlsVersion, SecureVersion>> = {
  '1.0': 'TLSv1',
  '1.1': 'TLSv1.1',
  '1.2': 'TLSv1.2',
  '1.3': 'TLSv1.3',
};

/**
 * OpenSSL's ciphers at security level 0. Phones of the 7900 series end at TLS 1.0, their certificates have 1024-bit keys and
 * SHA-1 signatures, and every higher level refuses one of these (speed.md 3.1). A simulator of old phones needs it; nothing
 * that protects anything should copy it.
 */
export const OLD_PHONE_CIPHERS = 'DEFAULT:@SECLEVEL=0';

/** Options of node:tls for a range of versions. */
export function versionRange(range: { readonly min: TlsVersion; readonly max: TlsVersion }): {
  readonly minVersion: SecureVersion;
  readonly maxVersion: SecureVersion;
} {
  return { minVersion: SECURE_VERSIONS[range.min], maxVersion: SECURE_VERSIONS[range.max] };
}
