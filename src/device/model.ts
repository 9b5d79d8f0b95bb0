import type { DigestName } from './digest.js';
import type { SignallingProtocol, TlsRange } from './security.js';

/** A manufacturing certificate: who issued it, and with what. */
export interface MicProfile {
  readonly issuer: string;
  readonly digest: 'sha1' | 'sha256';
  readonly keyBits: number;
}

/**
 * What a phone model can do (phone-behaviour.md section 12). Written in `profiles/models/*.yaml`, read and validated by
 * `fleet/`; both sides of the wire get this plain object.
 */
export interface ModelProfile {
  /** Number without letter, the `model` label everywhere: `7942`, `8841`. */
  readonly model: string;
  /** As on the box: `7942G`. */
  readonly productName: string;
  /** Device type number in SCCP and SIP (sccp.md 11). */
  readonly deviceType: number;
  /** Column of the capability table: 7942G..7975G legacy, 8800 modern, 7940G/7960G without Security By Default. */
  readonly family: 'legacy' | 'modern' | 'classic';
  readonly securityByDefault: boolean;
  readonly protocols: readonly SignallingProtocol[];
  /** Load name by protocol, without extension, e.g. `SCCP42.9-4-2SR3-1S`. */
  readonly loads: Readonly<Partial<Record<SignallingProtocol, string>>>;
  /** First fetch over HTTP 6970, then TFTP (R-03). */
  readonly fetchesOverHttp: boolean;
  /** Digests of `.tlv` and `.sgn` signatures that it can check (R-24). */
  readonly signatureDigests: readonly DigestName[];
  /** Longest RSA key it can verify with, bits (R-85). */
  readonly maxRsaBits: number;
  /** RSA key sizes it can generate, bits (R-98). */
  readonly generatesRsaBits: readonly number[];
  readonly ecKeys: boolean;
  readonly tls: TlsRange & { readonly canRaiseMinimum: boolean };
  /** Checksum shown on the phone (R-74). */
  readonly checksum: 'md5' | 'sha1';
  /** What the factory puts in; null in the 7940G and 7960G, which have none. */
  readonly mic: MicProfile | null;
  readonly ipv6: boolean;
  readonly sipOauth: boolean;
  /** FIPS mode is on (R-113); absent: off. Set on a phone, not a property of its model. */
  readonly fips?: boolean;
  readonly encryptedConfig: Readonly<Partial<Record<SignallingProtocol, boolean>>>;
  readonly lines: number;
  /** Highest SCCP version it speaks (sccp.md 4.2). */
  readonly sccpVersion: number;
  /** Status message for a refused list (R-61), which differs by generation. */
  readonly updateFailedMessage: string;
  /** Status message for a refused configuration where it is not that of R-61; `<MAC>` stands for the phone's (R-56). */
  readonly configRefusedMessage?: string | undefined;
  /** Has a firmware that may be behind the profile: erase one list alone on the phone, or both (R-71). */
  readonly erasesSingleList: boolean;
}
