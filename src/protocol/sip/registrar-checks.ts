import { namesDevice } from '../../device/name.js';
import { digestResponse, parseAuthorization } from './digest.js';
import { headerValue, type SipHeader, type SipRequest } from './message.js';
import { judgeNonce, makeNonce, NONCE_SECONDS } from './nonce.js';
import type { SipAdmission, SipFlow, SipRegistrarOptions } from './registrar-model.js';
import type { RegisterAsked } from './registrar-request.js';

/** A REGISTER that is not granted: status, headers of the answer, and the same in words. */
export interface RegisterRefusal {
  readonly status: number;
  readonly extra: readonly SipHeader[];
  readonly text: string;
}

/** Seconds after which a refused phone may ask again (vectors 403_*). */
const RETRY_AFTER = { name: 'Retry-After', value: '35' };

/** Realm of CUCM's challenges to lines (sip.md 4.3). */
const REALM = 'ccmsipline';

/** Answers of sip.md 4.3. The texts of wrong-protocol and wrong-security are inferred; the phones go to the next member. */
const REFUSALS: Readonly<
  Record<
    Extract<SipAdmission, { accepted: false }>['reason'],
    { readonly status: number; readonly warning: string; readonly retry: boolean }
  >
> = {
  'unknown-device': { status: 404, warning: 'Unable to find a device/user in database', retry: false },
  'wrong-protocol': { status: 403, warning: 'Device type / protocol mismatch', retry: true },
  'wrong-security': { status: 403, warning: 'SIP OAuth Registration port Mismatch', retry: true },
  'active-elsewhere': { status: 403, warning: 'Registration is active for another client', retry: true },
};

/** The Warning by which a phone knows a protocol mismatch (R-83, 15). */
const PROTOCOL_MISMATCH = REFUSALS['wrong-protocol'].warning;

/** The Warning by which a phone knows that its certificate names another device (sip.md 4.3, R-83: 11). */
export const TLS_AUTHENTICATION_FAILURE = 'TLS authentication failure';

/** R-83 of a 403, by its Warning: 15 ProtocolMismatch, 11 InvalidX509NameInCertificate. */
export function refusalCause(text: string): '' | '11' | '15' {
  if (text.includes(PROTOCOL_MISMATCH)) return '15';
  return text.includes(TLS_AUTHENTICATION_FAILURE) ? '11' : '';
}

export function admissionRefusal(
  node: string,
  reason: Extract<SipAdmission, { accepted: false }>['reason'],
): RegisterRefusal {
  const { status, warning, retry } = REFUSALS[reason];
  return warned(node, status, warning, retry);
}

export function malformedRefusal(node: string, text: string): RegisterRefusal {
  return warned(node, 400, text, false);
}

/** Call throttling, start-up, or a token that is not given yet; undefined for 0 seconds. */
export function waitRefusal(seconds: number): RegisterRefusal | undefined {
  if (seconds <= 0) return undefined;
  return {
    status: 503,
    extra: [{ name: 'Retry-After', value: `${Math.ceil(seconds)}` }],
    text: `to wait ${seconds} s`,
  };
}

/** Check 5 (sip.md 4.4): over TLS the certificate's name must be the device's, unless a token stands for it. */
export function certificateRefusal(
  node: string,
  flow: SipFlow,
  asked: RegisterAsked,
): RegisterRefusal | undefined {
  if (flow.transport !== 'tls' || flow.certificateAsked === false) return undefined;
  if (flow.peerName !== null && namesDevice(flow.peerName, asked.deviceName)) return undefined;
  return warned(node, 403, TLS_AUTHENTICATION_FAILURE, true);
}

/**
 * SIP OAuth: 407 asks for a bearer token, and once more, with the reason, where the token is no good (RFC 8898 2.1, RFC 6750 3.1).
 */
export function tokenRefusal(
  { tokenFault }: Pick<SipRegistrarOptions, 'tokenFault'>,
  flow: SipFlow,
  request: SipRequest,
  deviceName: string,
): RegisterRefusal | undefined {
  if (flow.tokenAsked !== true) return undefined;
  const header = headerValue(request, 'proxy-authorization') ?? '';
  const token = /^bearer +(\S+)$/i.exec(header.trim())?.[1];
  const fault = token === undefined ? undefined : (tokenFault ?? NO_TOKEN_IS_GOOD)(deviceName, token);
  if (token !== undefined && fault === undefined) return undefined;
  const error = fault === undefined ? '' : `, error="invalid_token", error_description="${fault}"`;
  return {
    status: 407,
    extra: [{ name: 'Proxy-Authenticate', value: `Bearer realm="${REALM}"${error}` }],
    text: fault === undefined ? 'token asked' : `token ${fault}`,
  };
}

const NO_TOKEN_IS_GOOD = (): string => 'unknown key';

/** Check 6: digest, where the device's profile asks for it (sip.md 4.3). */
export function digestRefusal(
  options: SipRegistrarOptions,
  secret: string,
  request: SipRequest,
  deviceName: string,
): RegisterRefusal | undefined {
  const { digest, date } = options;
  const credentials = digest?.credentials(deviceName);
  if (digest === null || credentials === undefined) return undefined;
  const authorization = parseAuthorization(headerValue(request, 'authorization') ?? '');
  const { realm: ownRealm = REALM, nonceSeconds = NONCE_SECONDS } = digest;
  let stale = false;
  if (authorization !== undefined) {
    const { username, realm, nonce, uri, response } = authorization;
    const expected = digestResponse(credentials, realm, nonce, request.method, uri);
    const known = username === credentials.user && realm === ownRealm && uri === request.uri;
    if (known && response === expected) {
      const verdict = judgeNonce(secret, nonce, date(), nonceSeconds);
      if (verdict === 'good') return undefined;
      stale = verdict === 'stale';
    }
  }
  const challenge = `Digest realm="${ownRealm}", nonce="${makeNonce(secret, date())}", algorithm=MD5`;
  return {
    status: 401,
    extra: [{ name: 'WWW-Authenticate', value: stale ? `${challenge}, stale=true` : challenge }],
    text: authorization === undefined ? 'digest asked' : stale ? 'nonce too old' : 'wrong credentials',
  };
}

/** Asked for less than is granted to everybody. */
export function intervalRefusal(grantSeconds: number, asked: RegisterAsked): RegisterRefusal | undefined {
  const { expires } = asked;
  if (expires === undefined || expires === 0 || expires >= grantSeconds) return undefined;
  return {
    status: 423,
    extra: [{ name: 'Min-Expires', value: `${grantSeconds}` }],
    text: `asked for ${expires} s`,
  };
}

function warned(node: string, status: number, text: string, retry: boolean): RegisterRefusal {
  const warning = { name: 'Warning', value: `399 ${node} "${text.replace(/[^ -~]|["\\]/g, '?')}"` };
  return { status, extra: retry ? [RETRY_AFTER, warning] : [warning], text };
}
