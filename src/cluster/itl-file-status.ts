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

/** Reports of devices that are not in the database; the oldest goes. Anybody can send one. */
export const MAX_STRANGERS = 4096;

/** Characters of such a device's name: CUCM has 128 (project decision). */
const MAX_DEVICE_NAME = 128;

/**
 * What CUCM knows of the ITLs of registered SIP phones: a phone reports its own in an alarm before it registers, and
 * unregistering deletes the entry. One that moves to another node without a new report is unknown there.
 */
export class ItlFileReports {
  readonly #isKnown: (device: string) => boolean;
  readonly #reports = new Map<string, ReportedItl | null>();
  /** Of devices that are not in the database: one that registers by itself is in it only after its report. */
  readonly #ofStrangers = new Map<string, ReportedItl | null>();
  /** Node that each device is registered with. */
  readonly #nodes = new Map<string, string>();

  /** @param isKnown is this device in the database? */
  constructor(isKnown: (device: string) => boolean) {
    this.#isKnown = isKnown;
  }

  /** Reports that are kept, of devices that registered or not. */
  get size(): number {
    return this.#reports.size + this.#ofStrangers.size;
  }

  /** @param itl null: it has none installed */
  reported(device: string, itl: ReportedItl | null): void {
    if (this.#nodes.has(device) || this.#isKnown(device)) {
      this.#reports.set(device, itl);
      return;
    }
    if (device.length > MAX_DEVICE_NAME) return;
    this.#ofStrangers.delete(device);
    this.#ofStrangers.set(device, itl);
    if (this.#ofStrangers.size <= MAX_STRANGERS) return;
    for (const oldest of this.#ofStrangers.keys()) {
      this.#ofStrangers.delete(oldest);
      return;
    }
  }

  registered(node: string, device: string): void {
    this.#nodes.set(device, node);
    const report = this.#ofStrangers.get(device);
    if (report === undefined) return;
    this.#ofStrangers.delete(device);
    this.#reports.set(device, report);
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
