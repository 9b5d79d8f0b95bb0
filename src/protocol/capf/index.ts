export { decodeCapf, encodeCapf } from './codec.js';
export {
  type CapfAuthentication,
  type CapfCredentials,
  capfCredentials,
  type PhoneCertificates,
} from './credentials.js';
export { type CsrDigest, certificationRequestInfo } from './csr.js';
export { type CapfKey, type CapfRsaBits, type KeyOrder, keysInOrder, keyText } from './keys.js';
export type { CapfPhoneLimits, CapfServerLimits } from './limits.js';
export { issueLsc, type LscRequest } from './lsc.js';
export type { CapfCommand, CapfMessage } from './message.js';
export type { CapfIssueAnswer, CapfIssueRequest, CapfOrder, CapfServerEnd } from './order.js';
export {
  type CapfPhoneEnd,
  type CapfPhoneOptions,
  CapfPhoneSession,
  type CapfPhoneStep,
} from './phone-session.js';
export { CAPF_RESULT_CODES, type CapfOperation, type CapfResult } from './results.js';
export {
  type CapfServerDecisions,
  type CapfServerOptions,
  CapfServerSession,
  type CapfServerStep,
} from './server-session.js';
export { CapfStream } from './stream.js';
export { StringGuard } from './string-guard.js';
