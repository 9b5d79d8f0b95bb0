import type { Certificate } from '../pki/certificate.js';
import type { CapfSettings } from './capf-settings.js';

/** What CAPF and the database know of all phones. */
export interface CapfState {
  /** `utils capf set keep_alive`, minutes. */
  readonly keepAliveMinutes: number;
  /** What an outside CA made of dumped requests, not imported yet. */
  readonly signed: readonly SignedForPhone[];
  readonly phones: PhoneTable;
}

export interface SignedForPhone {
  readonly device: string;
  readonly certificate: Certificate;
}

/** What CAPF knows of one phone. */
export interface PhoneCapf {
  /** Ordered operation; null is No Pending Operation. */
  readonly pending: PendingOperation | null;
  /** LSC as CAPF last installed or fetched it; configurations are encrypted for it. */
  readonly lsc: Certificate | null;
  /** MIC, once CAPF has fetched it or seen it in an authentication. */
  readonly mic: Certificate | null;
  /** Request that waits for an offline CA. */
  readonly request: PhoneRequest | null;
  /** Certificates made for requests that the phone has replaced since (OP-26, "Stale LSCs"). */
  readonly stale: readonly Certificate[];
  /** Seconds since 1970 at which any of this last changed: the phone's configuration is no older. */
  readonly changedAt: number;
}

export interface PendingOperation extends CapfSettings {
  readonly operation: 'install' | 'delete' | 'fetch';
  /** "Operation Completes By", seconds since 1970. */
  readonly completeBy: number;
}

/** A phone's CSR in offline CA mode. */
export interface PhoneRequest {
  /** PKCS#10, DER. */
  readonly der: Uint8Array;
  /** SubjectPublicKeyInfo: another one is another request. */
  readonly publicKey: Uint8Array;
  /** Seconds since 1970. */
  readonly madeAt: number;
  /** `csr dump` has given it out. */
  readonly dumped: boolean;
  /** What `cert import` brought for it, until the phone comes back; null before. */
  readonly certificate: Certificate | null;
}

export const NOTHING_KNOWN: PhoneCapf = {
  pending: null,
  lsc: null,
  mic: null,
  request: null,
  stale: [],
  changedAt: 0,
};

/**
 * Phones by name in small buckets that states share: changing one phone of 10,000 copies one bucket of 20, where one map
 * would be copied whole at each enrolment.
 */
export type PhoneTable = readonly ReadonlyMap<string, PhoneCapf>[];

const BUCKETS = 512;
const EMPTY_BUCKET: ReadonlyMap<string, PhoneCapf> = new Map();

const NO_PHONES: PhoneTable = Array.from({ length: BUCKETS }, () => EMPTY_BUCKET);

/** CAPF of a new cluster; keep-alive every 15 minutes. */
export const INSTALLED_CAPF: CapfState = { keepAliveMinutes: 15, signed: [], phones: NO_PHONES };

function bucketOf(name: string): number {
  let hash = 0;
  for (let at = 0; at < name.length; at += 1) hash = (hash * 31 + name.charCodeAt(at)) >>> 0;
  return hash % BUCKETS;
}

/** What is known of a phone; never asks whether there is such a phone. */
export function knownOf(table: PhoneTable, name: string): PhoneCapf {
  return table[bucketOf(name)]?.get(name) ?? NOTHING_KNOWN;
}

/** The table with some phones changed. */
export function withPhones(
  table: PhoneTable,
  names: Iterable<string>,
  change: (phone: PhoneCapf, name: string) => PhoneCapf,
): PhoneTable {
  const touched = new Map<number, Map<string, PhoneCapf>>();
  for (const name of names) {
    const index = bucketOf(name);
    const bucket = touched.get(index) ?? new Map(table[index]);
    bucket.set(name, change(bucket.get(name) ?? NOTHING_KNOWN, name));
    touched.set(index, bucket);
  }
  // a copy in one piece: this runs twice an enrolment
  const changed = table.slice();
  for (const [index, bucket] of touched) changed[index] = bucket;
  return changed;
}

/** Every phone of which anything is known, by name. */
export function allPhones(table: PhoneTable): [name: string, phone: PhoneCapf][] {
  return table.flatMap((bucket) => [...bucket]).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}
