import { TrustfleetError } from '../errors.js';
import { issueCertificate } from '../pki/authority.js';
import type { Certificate } from '../pki/certificate.js';
import { readRequest } from '../pki/certificate-request.js';
import { subjectAltName } from '../pki/extensions.js';
import type { Identity } from '../pki/keys.js';
import { LSC_DAYS } from '../protocol/capf/limits.js';
import type { ExternalAuthority } from './authorities.js';
import type { ClusterContext } from './context.js';
import { phoneExtensions } from './operations/sign.js';
import { drawSerial } from './serials.js';

/** Service parameters of CAPF for a CA that it asks over HTTPS (OP-26). */
export interface OnlineCaSettings {
  /** Host name, which is the common name and the FQDN of the CA's HTTPS certificate. */
  readonly hostname: string;
  readonly port: number;
  /** Certificate template that the CA is asked for. */
  readonly template: string;
  readonly username: string;
  readonly password: string;
}

/** What the embedded CA does with a request: issues it, leaves it to its manager, turns it down, or certifies another key. */
export type OnlineCaConduct = 'issue' | 'pending' | 'deny' | 'other-key';

/** The CA that stands in for a real one. */
export interface EmbeddedCaSpec {
  readonly conduct: OnlineCaConduct;
  /** Whom it lets in. */
  readonly username: string;
  readonly password: string;
  /** Life of its certificates, days: 1 to 1825. The CA decides, not CAPF (OP-26). */
  readonly days: number;
}

/** What an online CA makes of a request. */
export type OnlineCaAnswer =
  | { readonly issued: Certificate }
  | { readonly pending: string }
  | { readonly denied: string };

const DAY_MS = 86_400_000;
const OTHER_KEY_BITS = 2048;
const HTTPS_CERTIFICATE_DAYS = 730;

/**
 * What the embedded CA answers to a phone's PKCS#10 request, read and its signature checked.
 *
 * @throws TrustfleetError TF_CERT_MALFORMED, TF_KEY_MISMATCH as `readRequest` does
 */
export async function onlineCaAnswer(
  authority: ExternalAuthority,
  { conduct, days }: EmbeddedCaSpec,
  der: Uint8Array,
  context: ClusterContext,
): Promise<OnlineCaAnswer> {
  const { subject, publicKey } = readRequest(der);
  if (conduct === 'deny') return { denied: 'Denied by Policy Module' };
  if (conduct === 'pending') return { pending: 'Taken Under Submission' };
  if (!Number.isInteger(days) || days < LSC_DAYS.min || days > LSC_DAYS.max) {
    throw new TrustfleetError(
      'TF_CERT_UNSUPPORTED',
      `certificates for ${days} days, expected ${LSC_DAYS.min} to ${LSC_DAYS.max}`,
    );
  }
  const commonName = subject.find(({ key }) => key === 'CN')?.value ?? '';
  const now = context.now().getTime();
  const certificate = issueCertificate({
    subject,
    issuer: authority.certificate,
    publicKey: conduct === 'other-key' ? (await context.keys.rsa(OTHER_KEY_BITS)).publicKey : publicKey,
    signWith: authority.privateKey,
    digest: 'sha256',
    serial: drawSerial(context.random),
    notBefore: new Date(now),
    notAfter: new Date(now + days * DAY_MS),
    // the bare device name, as CAPF's own LSCs have it (capf.md 10.1)
    extensions: phoneExtensions(commonName.slice(commonName.lastIndexOf('-') + 1)),
  });
  return { issued: certificate };
}

/** The HTTPS certificate of the CA's web server, issued by one of its CAs. */
export async function httpsCertificate(
  hostname: string,
  issuer: ExternalAuthority,
  context: ClusterContext,
): Promise<Identity> {
  const { publicKey, privateKey } = await context.keys.rsa(OTHER_KEY_BITS);
  const notBefore = context.now();
  const certificate = issueCertificate({
    subject: [{ key: 'CN', value: hostname }],
    issuer: issuer.certificate,
    publicKey,
    signWith: issuer.privateKey,
    digest: 'sha256',
    serial: drawSerial(context.random),
    notBefore,
    notAfter: new Date(notBefore.getTime() + HTTPS_CERTIFICATE_DAYS * DAY_MS),
    extensions: [subjectAltName([{ dns: hostname }])],
  });
  return { certificate, privateKey };
}
