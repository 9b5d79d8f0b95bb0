import { isAtLeast } from '../device/release.js';
import { parseTrustFile, signatureSha1 } from '../trustfile/index.js';
import type { ClusterState } from './state.js';

/** a column of the report "ITL File Status". */
export type ItlFileStatus = 'match' | 'mismatch' | 'not-installed' | 'unknown';

/** What a phone says of its ITL when it registers: SHA-1 of the signature in hex, and the address of its TFTP server. */
export interface ReportedItl {
  readonly signatureSha1: string;
  readonly server: string;
}

/** First release whose CUCM compares. */
const FIRST_RELEASE = '12.5(1)';

/**
 * What CUCM knows of the ITLs of registered SIP phones: a phone reports its own in an alarm before it registers, and
 * unregistering deletes the entry. One that moves to another node without a new report is unknown there.
 */
export class ItlFileReports {
  readonly #reports = new Map<string, ReportedItl | null>();
  /** Node that each device is registered with. */
  readonly #nodes = new Map<string, string>();

  /** @param itl null: it has none installed */
  reported(device: string, itl: ReportedItl | null): void {
    this.#reports.set(device, itl);
  }

  registered(node: string, device: string): void {
    this.#nodes.set(device, node);
  }

  unregistered(node: string, device: string): void {
    // a phone that has moved on is let go of by its old node later
    if (this.#nodes.get(device) !== node) return;
    this.#nodes.delete(device);
    this.#reports.delete(device);
  }

  /** Status of every SIP phone that is registered; nothing before 12.5(1). */
  statuses(state: ClusterState): Map<string, ItlFileStatus> {
    const statuses = new Map<string, ItlFileStatus>();
    if (!isAtLeast(state.release, FIRST_RELEASE)) return statuses;
    const served = servedSignatures(state);
    for (const device of this.#nodes.keys()) {
      const report = this.#reports.get(device);
      statuses.set(device, report === undefined ? 'unknown' : statusOf(report, served));
    }
    return statuses;
  }
}

/** The ITL is compared with that of the TFTP server that it came from. */
function statusOf(report: ReportedItl | null, served: ReadonlyMap<string, string>): ItlFileStatus {
  if (report === null) return 'not-installed';
  const own = served.get(report.server);
  if (own === undefined) return 'unknown';
  return own === report.signatureSha1.toLowerCase() ? 'match' : 'mismatch';
}

const known = new WeakMap<Uint8Array, string>();

function servedSignatures({ nodes }: ClusterState): Map<string, string> {
  const signatures = new Map<string, string>();
  for (const { address, held } of nodes) {
    if (held.tftp !== null) signatures.set(address, signatureOf(held.tftp.itl.bytes));
  }
  return signatures;
}

function signatureOf(bytes: Uint8Array): string {
  let signature = known.get(bytes);
  if (signature === undefined) {
    signature = signatureSha1(parseTrustFile(bytes));
    known.set(bytes, signature);
  }
  return signature;
}
