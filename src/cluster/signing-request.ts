import type { KeyObject } from 'node:crypto';
import type { Certificate } from '../pki/certificate.js';
import type { NameAttribute } from '../pki/name.js';

/** A CSR that waits on a node, with the key that never leaves it (OP-15). */
export interface SigningRequest {
  /** PKCS#10, DER. */
  readonly der: Uint8Array;
  readonly subject: readonly NameAttribute[];
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
  /** DNS names asked for, in its order. */
  readonly names: readonly string[];
  /** multi-server: the same request, and later the same certificate, on all nodes that have this purpose. */
  readonly distribution: 'single' | 'multi-server';
}

/** What a CA gave back for a node, not uploaded yet; it may answer an older request. */
export interface SignedCertificate {
  readonly certificate: Certificate;
  /** DNS names in it. */
  readonly names: readonly string[];
}
