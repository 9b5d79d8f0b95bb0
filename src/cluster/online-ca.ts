import { TrustfleetError } from '../errors.js';
import { issueCertificate } from '../pki/authority.js';
import type { Certificate } from '../pki/certificate.js';
import { readRequest } from '../pki/certificate-request.js';
import { chainTo } from '../pki/chain.js';
import { subjectAltName } from '../pki/extensions.js';
import type { Identity, KeyPair } from '../pki/keys.js';
import { LSC_DAYS } from '../protocol/capf/limits.js';
import type { ExternalAuthority } from './authorities.js';
import { type ClusterContext, randomOf } from './context.js';
import { phoneExtensions } from './operations/sign.js';
import { drawKeyedSerial, drawSerial } from './serials.js';

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

/** What CAPF finds behind the CA's address: what its web server shows, whom it lets in, what it makes of a request. */
export interface OnlineCaDesk {
  readonly identity: Identity;
  readonly username: string;
  readonly password: string;
  readonly enrol: (request: Uint8Array) => OnlineCaAnswer | Promise<OnlineCaAnswer>;
}

const DAY_MS = 86_400_000;
const KEY_BITS = 2048;
const HTTPS_CERTIFICATE_DAYS = 730;

/**
 * The CA that stands in for a real one.
 *
 * @param web issued the HTTPS certificate of its web server
 * @param issuing signs what phones get
 */
export async function embeddedCa(
  hostname: string,
  spec: EmbeddedCaSpec,
  { web, issuing }: { readonly web: ExternalAuthority; readonly issuing: ExternalAuthority },
  context: ClusterContext,
): Promise<OnlineCaDesk> {
  const { username, password, conduct } = spec;
  const identity = await httpsCertificate(hostname, web, context);
  const other = conduct === 'other-key' ? await context.keys.rsa(KEY_BITS) : undefined;
  return { identity, username, password, enrol: (der) => answer(issuing, spec, other, der, context) };
}

/**
 * What the embedded CA answers to a phone's PKCS#10 request, read and its signature checked.
 *
 * @throws TrustfleetError TF_CERT_MALFORMED, TF_KEY_MISMATCH as `readRequest` does
 */
function answer(
  authority: ExternalAuthority,
  { conduct, days }: EmbeddedCaSpec,
  other: KeyPair | undefined,
  der: Uint8Array,
  context: ClusterContext,
): OnlineCaAnswer {
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
  // the bare device name, as CAPF's own LSCs have it (capf.md 10.1)
  const device = commonName.slice(commonName.lastIndexOf('-') + 1);
  const now = context.now().getTime();
  const certificate = issueCertificate({
    subject,
    issuer: authority.certificate,
    publicKey: other?.publicKey ?? publicKey,
    signWith: authority.privateKey,
    digest: 'sha256',
    serial: drawSerial(randomOf(context, device)),
    notBefore: new Date(now),
    notAfter: new Date(now + days * DAY_MS),
    extensions: phoneExtensions(device),
  });
  return { issued: certificate };
}

/** The HTTPS certificate of the CA's web server, issued by one of its CAs. */
async function httpsCertificate(
  hostname: string,
  issuer: ExternalAuthority,
  context: ClusterContext,
): Promise<Identity> {
  const { publicKey, privateKey } = await context.keys.rsa(KEY_BITS);
  const notBefore = context.now();
  const certificate = issueCertificate({
    subject: [{ key: 'CN', value: hostname }],
    issuer: issuer.certificate,
    publicKey,
    signWith: issuer.privateKey,
    digest: 'sha256',
    serial: drawKeyedSerial(context.random)(publicKey),
    notBefore,
    notAfter: new Date(notBefore.getTime() + HTTPS_CERTIFICATE_DAYS * DAY_MS),
    extensions: [subjectAltName([{ dns: hostname }])],
  });
  return { certificate, privateKey };
}

/**
 * CAPF's request to its online CA with no network between them (virtual time): whether CAPF believes the HTTPS certificate, is
 * let in, and gets a certificate.
 *
 * @param desk undefined where nothing answers
 * @param capfTrust CAPF-trust
 * @returns the certificate, DER as the CA gave it
 * @throws TrustfleetError TF_ONLINE_CA for anything but a certificate
 */
export async function askOnlineCa(
  settings: OnlineCaSettings,
  desk: OnlineCaDesk | undefined,
  { capfTrust, now }: { readonly capfTrust: readonly Certificate[]; readonly now: Date },
  request: Uint8Array,
): Promise<Uint8Array> {
  const { username, password } = settings;
  if (desk === undefined) throw onlineCaFailure(settings, 'nothing answers there');
  const chain = chainTo(desk.identity.certificate, capfTrust, now);
  if (!chain.trusted)
    throw onlineCaFailure(settings, `its HTTPS certificate is not believed: ${chain.detail}`);
  if (username !== desk.username || password !== desk.password) throw notLetIn(settings);
  const answered = await enrolled(desk, request);
  if (!('issued' in answered)) throw onlineCaFailure(settings, dispositionText(answered));
  return answered.issued.der;
}

/** A request that the CA cannot read is denied. */
export async function enrolled(
  desk: Pick<OnlineCaDesk, 'enrol'>,
  request: Uint8Array,
): Promise<OnlineCaAnswer> {
  try {
    return await desk.enrol(request);
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return { denied: error.message };
  }
}

/** How CAPF words an answer that is no certificate. */
export function dispositionText(
  answered: { readonly pending: string | undefined } | { readonly denied: string | undefined },
): string {
  const [text, said] =
    'denied' in answered
      ? ['the request was denied', answered.denied]
      : ['the request is pending, its manager has to issue it', answered.pending];
  return said === undefined ? text : `${text}: ${said}`;
}

export function notLetIn(place: Pick<OnlineCaSettings, 'hostname' | 'port' | 'username'>): TrustfleetError {
  return onlineCaFailure(place, `it does not let user "${place.username}" in (401): check name and password`);
}

/** @returns TF_ONLINE_CA that names the CA */
export function onlineCaFailure(
  { hostname, port }: Pick<OnlineCaSettings, 'hostname' | 'port'>,
  what: string,
  cause?: unknown,
): TrustfleetError {
  return new TrustfleetError('TF_ONLINE_CA', `https://${hostname}:${port}: ${what}`, { cause });
}
