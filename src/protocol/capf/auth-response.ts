import type { CapfCredentials } from './credentials.js';
import { CAPF_REASONS, CAPF_VERSION, type CapfMessage } from './message.js';
import { proveCertificate, proveSudi } from './proof.js';

/** Who the phone says it is, and how. */
export interface CapfPhoneIdentity {
  /** `SEP001F9E266369`. */
  readonly deviceName: string;
  readonly credentials: CapfCredentials;
  /** VERSION that it answers, default 3; Jabber says 2 (capf.md 14). */
  readonly version?: number;
  /** PASSWORD where there is no string: real phones leave it out, the default; the reference client sends it empty. */
  readonly emptyPassword?: 'left-out' | 'sent';
}

/** AUTH_RESPONSE with everything that the credentials have; the server's AUTH_TYPE does not count (capf.md 6.1). */
export function authResponse(phone: CapfPhoneIdentity, sessionId: number): CapfMessage<'AUTH_RESPONSE'> {
  const { deviceName, credentials } = phone;
  const { certificate, sudi: mic } = credentials;
  const password = credentials.password ?? (phone.emptyPassword === 'sent' ? '' : undefined);
  const proof = certificate === undefined ? undefined : proveCertificate(deviceName, certificate.identity);
  // the four elements go together (capf.md 7)
  const sudi = proof === undefined || mic === undefined ? undefined : proveSudi(sessionId, mic);
  return {
    command: 'AUTH_RESPONSE',
    sessionId,
    reason: CAPF_REASONS.UPDATE_CERTIFICATE,
    version: phone.version ?? CAPF_VERSION,
    ...(password === undefined ? {} : { password }),
    deviceName,
    ...proof,
    ...(sudi === undefined ? {} : { sudi }),
  };
}
