import { randomBytes } from 'node:crypto';
import { type CertificateDigest, CUCM_SERIAL_OCTETS, cucmSerial } from '../pki/authority.js';
import type { Authority } from '../pki/device-certificates.js';
import { issueLsc } from '../protocol/capf/lsc.js';
import type { CapfIssueAnswer, CapfIssueRequest } from '../protocol/capf/order.js';

export interface OwnCaOptions {
  readonly authority: Authority;
  /** SHA-256 since 11.5(1)SU1, SHA-1 before. */
  readonly digest: CertificateDigest;
  /** 1 to 1825. */
  readonly days: number;
  /** `CP-7962G-SEP001F9E266369` for a device; default its name alone, as the reference server has it (capf.md 10.1). */
  readonly commonName?: (device: string) => string;
  /** Milliseconds since 1970. Default the machine's. */
  readonly unixMs?: () => number;
}

/** CAPF as its own CA, the default mode of a cluster (OP-26): every key gets its LSC at once. */
export function ownCa(options: OwnCaOptions): (request: CapfIssueRequest) => CapfIssueAnswer {
  const { authority, digest, days, commonName, unixMs = Date.now } = options;
  return ({ device, publicKey }) => ({
    certificate: issueLsc({
      device,
      commonName: commonName?.(device) ?? device,
      publicKey,
      authority,
      digest,
      days,
      serial: cucmSerial(randomBytes(CUCM_SERIAL_OCTETS)),
      unixMs: unixMs(),
    }),
  });
}
