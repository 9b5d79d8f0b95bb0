import { TrustfleetError } from '../../errors.js';
import type { CertificateDigest } from '../../pki/authority.js';
import type { Certificate } from '../../pki/certificate.js';
import { type Authority, lscCertificate } from '../../pki/device-certificates.js';
import { LSC_DAYS } from './limits.js';

const DAY_MS = 24 * 60 * 60 * 1000;

export interface LscRequest {
  /** `SEP001F9E266369`. */
  readonly device: string;
  /** `CP-7962G-SEP001F9E266369`; with the reference server the device name (capf.md 10.2). */
  readonly commonName: string;
  /** SubjectPublicKeyInfo, as the phone sent it. */
  readonly publicKey: Uint8Array;
  readonly authority: Authority;
  /** SHA-256 since 11.5(1)SU1, SHA-1 before. */
  readonly digest: CertificateDigest;
  /** 1 to 1825. */
  readonly days: number;
  /** Positive, big-endian; CAPF draws 16 octets. */
  readonly serial: Uint8Array;
  /** Milliseconds since 1970. */
  readonly unixMs: number;
}

/**
 * The LSC that CAPF issues with its own key, valid from now on (capf.md 10.1).
 *
 * @throws TrustfleetError TF_CERT_UNSUPPORTED for a life that is not 1 to 1825 days.
 */
export function issueLsc(request: LscRequest): Certificate {
  const { days, unixMs } = request;
  if (!Number.isInteger(days) || days < LSC_DAYS.min || days > LSC_DAYS.max) {
    throw new TrustfleetError(
      'TF_CERT_UNSUPPORTED',
      `LSC for ${days} days, expected ${LSC_DAYS.min} to ${LSC_DAYS.max}`,
    );
  }
  return lscCertificate(request.device, request.commonName, {
    issuer: request.authority,
    publicKey: request.publicKey,
    digest: request.digest,
    serial: request.serial,
    notBefore: new Date(unixMs),
    notAfter: new Date(unixMs + days * DAY_MS),
  });
}
