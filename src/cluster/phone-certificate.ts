import { TrustfleetError } from '../errors.js';
import { Certificate } from '../pki/certificate.js';
import { type ChainVerdict, chainTo } from '../pki/chain.js';
import type { CertificateJudge, CertificateRefusal, TlsAlert } from '../protocol/tls/refusal.js';

/** What CallManager holds against the certificates of phones. */
export interface ClientTrust {
  /** CallManager-trust: CAPF and external CAs for LSCs, Cisco's manufacturing CAs for MICs. */
  readonly trust: readonly Certificate[];
  /** Common Criteria mode: the certificate must say that it is for TLS clients. Default: nobody looks. */
  readonly extendedKeyUsage?: 'any' | 'client-auth';
  /** Further conditions, after all others. */
  readonly accept?: (certificate: Certificate) => CertificateRefusal | undefined;
}

/** The same, and what day it is. */
export interface DatedTrust extends ClientTrust {
  /** Milliseconds since 1970. */
  readonly date: () => number;
}

/**
 * CallManager's judgement of a phone's certificate in the handshake: issuer, dates, purpose. The alerts
 * are those that OpenSSL sends for the same faults. Who the phone is shows only in its Register: `namesDevice`.
 */
export function clientCertificateJudge(options: DatedTrust): CertificateJudge {
  return (der, version) => {
    if (der === undefined) {
      // TLS 1.3 has an alert of its own for it (RFC 8446 6.2).
      const alert = version === '1.3' ? 'certificate_required' : 'handshake_failure';
      return { alert, detail: 'the phone shows no certificate (R-76)' };
    }
    try {
      return judged(Certificate.fromDer(der), options);
    } catch (error) {
      if (!(error instanceof TrustfleetError)) throw error;
      return { alert: 'bad_certificate', detail: error.message };
    }
  };
}

function judged(certificate: Certificate, options: DatedTrust): CertificateRefusal | undefined {
  const { trust, extendedKeyUsage = 'any', accept, date } = options;
  const chain = chainTo(certificate, trust, new Date(date()));
  if (!chain.trusted) return { alert: CHAIN_ALERTS[chain.reason], detail: chain.detail };
  return (extendedKeyUsage === 'any' ? undefined : purposeRefusal(certificate)) ?? accept?.(certificate);
}

const CHAIN_ALERTS: Readonly<Record<Extract<ChainVerdict, { trusted: false }>['reason'], TlsAlert>> = {
  'unknown-issuer': 'unknown_ca',
  expired: 'certificate_expired',
  'not-yet-valid': 'bad_certificate',
  unusable: 'bad_certificate',
};

const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

/** Common Criteria wants the purpose written down (FIA_X509_EXT.1): a certificate without the extension has none. */
function purposeRefusal(certificate: Certificate): CertificateRefusal | undefined {
  const purposes: readonly string[] | undefined = certificate.toX509().keyUsage;
  if (purposes?.includes(CLIENT_AUTH) === true) return undefined;
  return {
    alert: 'unsupported_certificate',
    detail: `${certificate.subject}: no extended key usage clientAuth (R-112)`,
  };
}
