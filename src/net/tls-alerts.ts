import { createCipheriv, createHmac } from 'node:crypto';
import type { TlsVersion } from '../device/security.js';
import { TLS_ALERTS, type TlsAlert } from '../protocol/tls/refusal.js';

const FATAL = 2;
const CONTENT_ALERT = 21;
const CONTENT_APPLICATION_DATA = 23;
const RECORD_VERSIONS: Readonly<Record<TlsVersion, number>> = { '1.0': 1, '1.1': 2, '1.2': 3, '1.3': 3 };
const NONCE_OCTETS = 12;
const TAG_OCTETS = 16;
/** Level, description and, hidden inside the sealed record, its real content type (RFC 8446 5.2). */
const INNER_OCTETS = 3;

/** A fatal alert as it leaves before ChangeCipherSpec, up to TLS 1.2 (RFC 5246 7.2): 7 octets. */
export function plainAlert(version: TlsVersion, alert: TlsAlert): Buffer {
  return Buffer.from([CONTENT_ALERT, 3, RECORD_VERSIONS[version], 0, 2, FATAL, TLS_ALERTS[alert]]);
}

/**
 * A fatal alert of TLS 1.3, where certificates travel encrypted and so do their refusals (RFC 8446 5.2). It is the first
 * record under its key: sequence number 0 leaves the nonce as derived.
 *
 * @param secret traffic secret of the sending side, as a key log has it
 * @param cipher name of the cipher suite, `TLS_AES_256_GCM_SHA384`
 */
export function sealedAlert(secret: Uint8Array, cipher: string, alert: TlsAlert): Buffer {
  const { algorithm, hash, keyOctets } = suiteOf(cipher);
  const length = INNER_OCTETS + TAG_OCTETS;
  const header = Buffer.from([CONTENT_APPLICATION_DATA, 3, 3, 0, length]);
  const key = expandLabel(hash, secret, 'key', keyOctets);
  const nonce = expandLabel(hash, secret, 'iv', NONCE_OCTETS);
  const sealing = createCipheriv(algorithm, key, nonce, { authTagLength: TAG_OCTETS });
  sealing.setAAD(header, { plaintextLength: INNER_OCTETS });
  const inner = Buffer.from([FATAL, TLS_ALERTS[alert], CONTENT_ALERT]);
  return Buffer.concat([header, sealing.update(inner), sealing.final(), sealing.getAuthTag()]);
}

/** The cipher suites of RFC 8446 that OpenSSL offers. */
function suiteOf(cipher: string) {
  switch (cipher) {
    case 'TLS_AES_128_GCM_SHA256':
      return { algorithm: 'aes-128-gcm', hash: 'sha256', keyOctets: 16 } as const;
    case 'TLS_CHACHA20_POLY1305_SHA256':
      return { algorithm: 'chacha20-poly1305' as 'aes-256-gcm', hash: 'sha256', keyOctets: 32 } as const;
    default:
      return { algorithm: 'aes-256-gcm', hash: 'sha384', keyOctets: 32 } as const;
  }
}

/** HKDF-Expand-Label without context (RFC 8446 7.1), for what one block of the hash is enough for. */
function expandLabel(hash: string, secret: Uint8Array, label: string, length: number): Buffer {
  const name = Buffer.from(`tls13 ${label}`, 'latin1');
  const info = Buffer.concat([Buffer.from([0, length, name.length]), name, Buffer.from([0, 1])]);
  return createHmac(hash, secret).update(info).digest().subarray(0, length);
}
