import { TrustfleetError } from '../../errors.js';
import { spkiOf } from '../../pki/authority.js';
import { Certificate } from '../../pki/certificate.js';
import type { Identity, KeyPair } from '../../pki/keys.js';
import { CAPF_RESULT_CODES, type CapfOperation, type CapfResult } from './results.js';

/** How a session ended for the phone. */
export type CapfPhoneEnd =
  | {
      readonly outcome: 'result';
      /** What the server ordered; `unknown` where it refused before it ordered anything. */
      readonly operation: CapfOperation | 'unknown';
      /** By the phone's own lights: what it did counts, not the reason of END_SESSION (capf.md 8.6). */
      readonly result: CapfResult;
      /** */
      readonly code: number;
      readonly detail: string;
      /** The new LSC and its key, after an install that succeeded. */
      readonly installed?: Identity;
    }
  /** An external CA has not signed yet: the phone comes back with the same key (OP-26). */
  | { readonly outcome: 'pending'; readonly key: KeyPair | undefined; readonly delaySeconds?: number }
  /** Silence, a closed connection or a server that breaks the protocol: to be tried again. */
  | { readonly outcome: 'lost'; readonly detail: string };

export function phoneResult(
  operation: CapfOperation | 'unknown',
  word: CapfResult,
  detail: string,
  installed?: Identity,
): CapfPhoneEnd {
  return {
    outcome: 'result',
    operation,
    result: word,
    code: CAPF_RESULT_CODES[word],
    detail,
    ...(installed === undefined ? {} : { installed }),
  };
}

/** The LSC with its key, or what is wrong with it: no known client checks that they fit (capf.md 8.7), ours does. */
export function readIssued(der: Uint8Array | undefined, pair: KeyPair | undefined): Identity | string {
  if (der === undefined) return 'STORE_CERTIFICATE_REQUEST without CERTIFICATE';
  if (pair === undefined) return 'a certificate, but no key was made';
  try {
    // a copy: the message's buffer is not kept for the certificate's life
    const certificate = Certificate.fromDer(Uint8Array.from(der));
    const isOurs =
      Buffer.compare(certificate.spki, spkiOf(pair.publicKey)) === 0 ||
      certificate.publicKey.equals(pair.publicKey);
    return isOurs ? { certificate, privateKey: pair.privateKey } : 'the certificate is for another key';
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    return `no certificate: ${error.message}`;
  }
}
