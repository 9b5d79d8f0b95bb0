import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../pki/certificate.js';

/** A CSR that waits on a node, with the key that never leaves it (OP-15). */
export interface SigningRequest {
  /** PKCS#10, DER. */
  readonly der: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
  /** DNS names asked for, in its order. */
  readonly names: readonly string[];
  /** The same request lies on all nodes of a multi-server certificate. */
  readonly distribution: 'single' | 'multi-server';
}

/** A certificate that a CA gave back for a node, not uploaded yet; it may answer an older request. */
export interface SignedCertificate {
  readonly certificate: Certificate;
  /** CAs from the one that signed it up to the root. */
  readonly chain: readonly Certificate[];
}
