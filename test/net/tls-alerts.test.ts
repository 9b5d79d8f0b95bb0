import { createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { plainAlert, sealedAlert } from '../../src/net/tls-alerts.js';
import { handshakeFailure, lateFailure } from '../../src/net/tls-failures.js';
import { TLS_ALERTS } from '../../src/protocol/tls/refusal.js';

/** HKDF-Expand-Label as RFC 8446 7.1 has it, written a second time. */
function derived(hash: string, secret: Buffer, label: string, length: number): Buffer {
  const text = `tls13 ${label}`;
  const info = Buffer.concat([Buffer.from([0, length, text.length]), Buffer.from(text), Buffer.from([0])]);
  return createHmac(hash, secret)
    .update(Buffer.concat([info, Buffer.from([1])]))
    .digest()
    .subarray(0, length);
}

describe('alerts', () => {
  it.each([
    ['1.0', 1],
    ['1.1', 2],
    ['1.2', 3],
  ] as const)(
    'in clear, TLS %s: type, version, length, fatal, description (RFC 5246 7.2)',
    (version, minor) => {
      expect([...plainAlert(version, 'unknown_ca')]).toEqual([21, 3, minor, 0, 2, 2, 48]);
    },
  );

  it.each([
    ['TLS_AES_128_GCM_SHA256', 'aes-128-gcm', 'sha256', 16, 32],
    ['TLS_AES_256_GCM_SHA384', 'aes-256-gcm', 'sha384', 32, 48],
    ['TLS_CHACHA20_POLY1305_SHA256', 'chacha20-poly1305', 'sha256', 32, 32],
  ] as const)('sealed with %s (RFC 8446 5.2)', (cipher, algorithm, hash, keyOctets, secretOctets) => {
    const secret = randomBytes(secretOctets);
    const record = sealedAlert(secret, cipher, 'certificate_required');
    expect([...record.subarray(0, 5)]).toEqual([23, 3, 3, 0, 19]);
    const key = derived(hash, secret, 'key', keyOctets);
    const opening = createDecipheriv(algorithm as 'aes-256-gcm', key, derived(hash, secret, 'iv', 12), {
      authTagLength: 16,
    });
    opening.setAAD(record.subarray(0, 5), { plaintextLength: 3 });
    opening.setAuthTag(record.subarray(8));
    const inner = Buffer.concat([opening.update(record.subarray(5, 8)), opening.final()]);
    expect([...inner]).toEqual([2, TLS_ALERTS.certificate_required, 21]);
  });
});

function openSslError(code: string): Error {
  return Object.assign(new Error(`error:0A000418:SSL routines::${code}`), {
    code,
    reason: code.toLowerCase(),
  });
}

describe('what a failed handshake is called (R-83)', () => {
  it.each([
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', '10'],
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', '10'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', '10'],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN', '10'],
    ['ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR', '10'],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', '10'],
    ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', '12'],
    ['ERR_SSL_UNSUPPORTED_PROTOCOL', '12'],
    ['ERR_SSL_NO_CIPHER_MATCH', '12'],
    ['ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR', '6'],
    ['ECONNRESET', '6'],
  ])('%s: %s', (code, cause) => {
    expect(handshakeFailure(openSslError(code), false)).toMatchObject({ result: 'tls-failed', cause });
  });

  it('handshake_failure: the cipher, or the certificate that was missed once the cipher was agreed on', () => {
    const error = openSslError('ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE');
    expect(handshakeFailure(error, false).cause).toBe('12');
    expect(handshakeFailure(error, true).cause).toBe('10');
  });

  it('after the handshake only alerts are failures of TLS (RFC 8446 2)', () => {
    expect(lateFailure(openSslError('ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'))).toMatchObject({ cause: '10' });
    for (const other of [
      undefined,
      openSslError('ECONNRESET'),
      openSslError('ERR_SSL_WRONG_VERSION_NUMBER'),
    ]) {
      expect(lateFailure(other)).toBeUndefined();
    }
  });
});
