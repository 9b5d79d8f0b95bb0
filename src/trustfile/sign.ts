import type { Layout } from './records.js';
import { type GivenSignature, type Signer, type WrittenDigest, writeFile } from './write.js';

export interface SignedFileSpec {
  /** FILENAME: base name with `.sgn`, or the path below the TFTP root (trust-files.md 11). */
  readonly filename: string;
  /** Seconds since 1970-01-01 UTC; null as in firmware. */
  readonly timestamp: number | null;
  /** Default `sha1`. */
  readonly digest?: WrittenDigest;
  /** Default `cucm`: names and order of SIGNERID as in CUCM's lists. */
  readonly layout?: Layout;
  /** Default 1.0, the only one that is known of `.sgn` files; firmware has 1.1. */
  readonly version?: { readonly major: number; readonly minor: number };
}

/**
 * `<name>.sgn`: a header and the unchanged octets of `payload`.
 *
 * @throws TrustfleetError as `writeFile` does.
 */
export function signFile(payload: Uint8Array, spec: SignedFileSpec, signer: Signer | GivenSignature): Buffer {
  return writeFile(
    {
      version: spec.version ?? { major: 1, minor: 0 },
      signerVersion: null,
      filename: spec.filename,
      timestamp: spec.timestamp,
      digest: spec.digest ?? 'sha1',
      layout: spec.layout ?? 'cucm',
      extra: [],
    },
    [payload],
    signer,
  );
}
