import type { TlsVersion } from '../../device/security.js';

/** Alerts with which an end of the signalling refuses the other one's certificate (RFC 8446 6.2). */
export const TLS_ALERTS = {
  handshake_failure: 40,
  bad_certificate: 42,
  unsupported_certificate: 43,
  certificate_expired: 45,
  unknown_ca: 48,
  decrypt_error: 51,
  certificate_required: 116,
} as const;

export type TlsAlert = keyof typeof TLS_ALERTS;

/** What an end makes of the other one's certificate; undefined lets the handshake go on. */
export interface CertificateRefusal {
  readonly alert: TlsAlert;
  readonly detail: string;
}

/** DER of the certificate that the peer showed, undefined where it showed none. */
export type CertificateJudge = (
  certificateDer: Uint8Array | undefined,
  version: TlsVersion,
) => CertificateRefusal | undefined;
