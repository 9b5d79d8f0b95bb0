import { encodeRecord, type Layout, type RecordSpec } from './records.js';
import { type GivenSignature, type Signer, type WrittenDigest, writeFile } from './write.js';

export interface TrustListSpec {
  /** FILENAME: the cluster's name of the file, `CTLFile.tlv` or `ITLFile.tlv`, also where phones ask per device. */
  readonly filename: string;
  /** TIMESTAMP, seconds since 1970-01-01 UTC. */
  readonly timestamp: number;
  readonly records: readonly RecordSpec[];
  /** Default `sha1`. */
  readonly digest?: WrittenDigest;
  /** Default `cucm`. */
  readonly layout?: Layout;
  /** Tag 28; default: none in CUCM's layout, 1.0 in that of certutils, which always writes it. */
  readonly signerVersion?: { readonly major: number; readonly minor: number } | null;
}

/** CTL and ITL, whoever writes them (trust-files.md 2.1). */
const LIST_VERSION = { major: 1, minor: 2 } as const;

/**
 * A CTL or an ITL, octet for octet as CUCM (or certutils' tlvfile) writes it. RSA signatures are deterministic, so the
 * same parts give the same file.
 *
 * @throws TrustfleetError as `writeFile` does.
 */
export function buildTrustList(spec: TrustListSpec, signer: Signer | GivenSignature): Buffer {
  const layout = spec.layout ?? 'cucm';
  return writeFile(
    {
      version: LIST_VERSION,
      signerVersion:
        spec.signerVersion === undefined
          ? layout === 'cucm'
            ? null
            : { major: 1, minor: 0 }
          : spec.signerVersion,
      filename: spec.filename,
      timestamp: spec.timestamp,
      digest: spec.digest ?? 'sha1',
      layout,
      extra: [],
    },
    spec.records.map((record) => encodeRecord(record, layout)),
    signer,
  );
}
