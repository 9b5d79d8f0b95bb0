import type { RegistrationResult } from '../phone/world.js';
import { errorCode, errorText } from './socket-errors.js';

/** A registration that did not come about. */
export type SignallingFailure = Exclude<RegistrationResult, { readonly result: 'accepted' }>;

/** 6 ConnectivityError, 10 AuthenticationError, 12 InvalidTLSCipher. */
type Cause = '6' | '10' | '12';

/** What OpenSSL's errors say about the handshake, alerts of the server included; everything else is connectivity. */
const CAUSES: Readonly<Record<string, Cause>> = {
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: '10',
  ERR_SSL_SSLV3_ALERT_NO_CERTIFICATE: '10',
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: '10',
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: '10',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: '10',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: '10',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: '10',
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: '10',
  ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR: '10',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: '10',
  // the server's certificate or signature cannot be used at all
  ERR_SSL_BAD_SIGNATURE: '10',
  ERR_SSL_EE_KEY_TOO_SMALL: '10',
  ERR_SSL_WRONG_CERTIFICATE_TYPE: '10',
  ERR_SSL_WRONG_SIGNATURE_TYPE: '10',
  ERR_SSL_UNABLE_TO_FIND_PUBLIC_KEY_PARAMETERS: '10',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: '12',
  ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY: '12',
  ERR_SSL_UNSUPPORTED_PROTOCOL: '12',
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: '12',
  ERR_SSL_NO_CIPHERS_AVAILABLE: '12',
  ERR_SSL_NO_CIPHER_MATCH: '12',
  ERR_SSL_WRONG_CIPHER_RETURNED: '12',
  ERR_SSL_UNKNOWN_CIPHER_RETURNED: '12',
  ERR_SSL_WRONG_SSL_VERSION: '12',
};

const HANDSHAKE_FAILURE = 'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE';

/**
 * How a TLS handshake failed, in the words of R-83.
 *
 * @param agreed cipher and version were agreed on before: servers that miss the phone's certificate say `handshake_failure`
 *   too, up to TLS 1.2
 */
export function handshakeFailure(error: unknown, agreed: boolean): SignallingFailure {
  const code = errorCode(error);
  const cause = code === HANDSHAKE_FAILURE ? (agreed ? '10' : '12') : (CAUSES[code] ?? '6');
  return { result: 'tls-failed', cause, tls: 'none', detail: `TLS: ${tlsErrorText(error)}` };
}

/**
 * The same for a connection that ended while the phone waited for the first answer: with TLS 1.3 a server refuses the phone's
 * certificate after the phone's side of the handshake is done (RFC 8446 2). Undefined for an end that is no alert.
 */
export function lateFailure(error: unknown): SignallingFailure | undefined {
  return errorCode(error).startsWith('ERR_SSL_') && errorCode(error).includes('_ALERT_')
    ? handshakeFailure(error, true)
    : undefined;
}

/** OpenSSL's own words without library, file and line: `tlsv1 alert unknown ca`. */
export function tlsErrorText(error: unknown): string {
  if (error instanceof Error && 'reason' in error && typeof error.reason === 'string') return error.reason;
  return errorText(error).trim();
}
