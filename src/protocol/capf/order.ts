import type { Certificate } from '../../pki/certificate.js';
import type { CertificateRequest } from '../../pki/certificate-request.js';
import type { CapfAuthentication } from './credentials.js';
import type { CsrDigest } from './csr.js';
import type { CapfKey } from './keys.js';
import type { CapfOperation, CapfResult } from './results.js';

/** What the administrator has set for a device. */
export interface CapfOrder {
  readonly operation: CapfOperation;
  readonly authentication: CapfAuthentication;
  /** For an install: what to ask for, one after the other until the phone makes one (`keysInOrder`). */
  readonly keys: readonly CapfKey[];
  /** "Operation Completes By", milliseconds since 1970; null: no end. */
  readonly completesBy: number | null;
}

/** A phone's key that wants a certificate. The octets are the receiver's to keep. */
export interface CapfIssueRequest {
  readonly device: string;
  readonly key: CapfKey;
  /** SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array;
  /** Signed by the phone, once the answer was `sign`. */
  readonly request: CertificateRequest | undefined;
}

export type CapfIssueAnswer =
  | { readonly certificate: Certificate }
  /** An external CA wants a request with the phone's signature: this is what it signs (`certificationRequestInfo`). */
  | { readonly sign: Uint8Array; readonly digest: CsrDigest }
  /** The CA has not signed yet: the phone is told to come back. */
  | { readonly retryAfterSeconds: number | null }
  | { readonly refused: string };

/** How a session ended for the server, for its record and its log (capf.md 15). */
export interface CapfServerEnd {
  /** Empty where the phone did not come to say it. */
  readonly device: string;
  /** `none` before the device was authenticated. */
  readonly operation: CapfOperation;
  /** pending: the phone was told to come back; its operation stays. */
  readonly result: CapfResult | 'pending';
  readonly detail: string;
  /** Issued to the phone, or fetched from it. */
  readonly certificate: Certificate | undefined;
}
