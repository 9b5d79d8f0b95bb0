import { namesDevice } from '../../device/name.js';
import { TrustfleetError } from '../../errors.js';
import { Certificate } from '../../pki/certificate.js';
import type { CapfAuthentication } from './credentials.js';
import type { CapfMessage } from './message.js';
import { checkCertificateProof, checkSudiProof, readSudi } from './proof.js';
import type { CapfResult } from './results.js';

/** What the server knows when it looks at credentials. */
export interface AuthenticationContext {
  /** Is this certificate's issuer in CAPF-trust? */
  readonly trusts: (certificate: Certificate) => boolean;
  /** Milliseconds since 1970, for the validity of certificates. */
  readonly unixMs: number;
}

/** Undefined: the phone is who it says. */
export type AuthenticationRefusal = { readonly result: CapfResult; readonly detail: string };

/** Issuers of MICs (capf.md 10.2); every other certificate of a phone is an LSC. */
const MIC_ISSUERS: readonly string[] = [
  'CAP-RTP-001',
  'CAP-RTP-002',
  'Cisco Manufacturing CA',
  'Cisco Manufacturing CA SHA2',
];

/**
 * Checks what a phone shows against what its device is set to (capf.md 9.4), stricter than the reference server where that
 * lets things pass: validity, the device's name in the certificate, the whole padding of signatures, and SUDI_DATA with an
 * EC key.
 */
export function refuseAuthentication(
  response: CapfMessage<'AUTH_RESPONSE'>,
  authentication: CapfAuthentication,
  context: AuthenticationContext,
): AuthenticationRefusal | undefined {
  switch (authentication.by) {
    case 'null-string':
      return undefined;
    case 'string':
      if ((response.password ?? '') === authentication.string) return undefined;
      return { result: 'invalid-auth-str', detail: 'wrong or missing authentication string' };
    case 'certificate':
      return refuseCertificate(response, context) ?? refuseSudi(response, context);
  }
}

function refuseCertificate(
  response: CapfMessage<'AUTH_RESPONSE'>,
  context: AuthenticationContext,
): AuthenticationRefusal | undefined {
  const { deviceName = '', certificate: der, signedData, sha2SignedData } = response;
  if (der === undefined || signedData === undefined || sha2SignedData === undefined) {
    return credentials('CERTIFICATE, SIGNED_DATA or SHA2_SIGNED_DATA is missing');
  }
  return withCertificate(der, (certificate) => {
    const refusal = refuseHolder(certificate, deviceName, context, wordFor(certificate));
    if (refusal !== undefined) return refusal;
    const proof = { certificate: der, signedData, sha2SignedData };
    if (checkCertificateProof(deviceName, proof, certificate.publicKey)) return undefined;
    return credentials(`signature that is not made with the key of ${certificate.subject}`);
  });
}

/** SUDI_DATA, the MIC, may be absent as far as a server cares (capf.md 7). */
function refuseSudi(
  { sessionId, deviceName = '', sudi: parts }: CapfMessage<'AUTH_RESPONSE'>,
  context: AuthenticationContext,
): AuthenticationRefusal | undefined {
  if (parts === undefined) return undefined;
  const sudi = readSudi(parts);
  if (sudi === undefined) {
    return credentials('SUDI_DATA, expected certificate, SHA-1 and SHA-512 signature');
  }
  return withCertificate(sudi.certificate, (certificate) => {
    const refusal = refuseHolder(certificate, deviceName, context, 'invalid-mic');
    if (refusal !== undefined) return refusal;
    if (checkSudiProof(sessionId, sudi, certificate.publicKey)) return undefined;
    return credentials(`SUDI signature that is not made with the key of ${certificate.subject}`);
  });
}

/** Issuer, validity and name. */
function refuseHolder(
  certificate: Certificate,
  deviceName: string,
  { trusts, unixMs }: AuthenticationContext,
  result: 'invalid-lsc' | 'invalid-mic',
): AuthenticationRefusal | undefined {
  const { subject, issuer, notBefore, notAfter } = certificate;
  if (!trusts(certificate)) return { result, detail: `${subject}: issuer ${issuer} is not in CAPF-trust` };
  if (unixMs < notBefore.getTime() || unixMs > notAfter.getTime()) {
    const validity = `${notBefore.toISOString()} to ${notAfter.toISOString()}`;
    return { result, detail: `${subject}: valid from ${validity}` };
  }
  if (!namesDevice(certificate.commonName, deviceName)) {
    return { result, detail: `${subject}: not the certificate of ${deviceName}` };
  }
  return undefined;
}

function wordFor(certificate: Certificate): 'invalid-lsc' | 'invalid-mic' {
  const isMic = certificate.issuerAttributes.some(
    ({ key, value }) => key === 'CN' && MIC_ISSUERS.includes(value),
  );
  return isMic ? 'invalid-mic' : 'invalid-lsc';
}

function withCertificate(
  der: Uint8Array,
  judge: (certificate: Certificate) => AuthenticationRefusal | undefined,
): AuthenticationRefusal | undefined {
  try {
    return judge(Certificate.fromDer(der));
  } catch (error) {
    // octets that are no certificate show it wherever they are first looked at
    if (!(error instanceof TrustfleetError)) throw error;
    return credentials(error.message);
  }
}

function credentials(detail: string): AuthenticationRefusal {
  return { result: 'invalid-credentials', detail };
}
