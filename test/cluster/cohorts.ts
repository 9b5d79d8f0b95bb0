import { tvsIdentity, tvsQuery } from '../../src/cluster/tvs.js';
import { findSigner, type TrustList } from '../../src/trustfile/index.js';
import type { Cluster } from './lab.js';

/**
 * FLEET-A as it looks from the cluster: phones differ in TFTP node and CallManager group only (cluster-operations.md 4.0), so
 * four of them, each with its number, stand for 1,000. They decide by alone; the real phones are tested
 * in their own room.
 */
export interface Cohort {
  readonly phones: number;
  readonly tftp: 'PUB' | 'SUB1';
  readonly group: readonly string[];
  ctl: TrustList | null;
  itl: TrustList | null;
}

/** What the phones did with one list, in phones; TVS by node. */
export interface Tally {
  initial: number;
  updated: number;
  unchanged: number;
  refused: number;
  notFound: number;
  positive: Record<string, number>;
  negative: Record<string, number>;
  failedHandshakes: Record<string, number>;
}

export const SHARES = [
  { tftp: 'PUB', group: ['SUB1', 'SUB2'], phones: 255 },
  { tftp: 'PUB', group: ['SUB2', 'PUB'], phones: 245 },
  { tftp: 'SUB1', group: ['SUB1', 'SUB2'], phones: 255 },
  { tftp: 'SUB1', group: ['SUB2', 'PUB'], phones: 245 },
] as const;

/** Those that are powered off when a scenario says so: all TFTP SUB1. */
export const STRAGGLERS = [
  { tftp: 'SUB1', group: ['SUB1', 'SUB2'], phones: 51 },
  { tftp: 'SUB1', group: ['SUB2', 'PUB'], phones: 49 },
] as const;

export const WITHOUT_STRAGGLERS = SHARES.map((share, index) => ({
  ...share,
  phones: share.phones - (STRAGGLERS[index - 2]?.phones ?? 0),
}));

type Share = Omit<Cohort, 'ctl' | 'itl'>;

export function factory(shares: readonly Share[] = SHARES): Cohort[] {
  return shares.map((share) => ({ ...share, ctl: null, itl: null }));
}

/** Holding the lists of their TFTP node. */
export function healthy(cluster: Cluster, shares: readonly Share[] = SHARES): Cohort[] {
  const phones = factory(shares);
  boot(cluster, phones);
  return phones;
}

export function boot(
  cluster: Cluster,
  phones: readonly Cohort[],
): { readonly ctl: Tally; readonly itl: Tally } {
  const tallies = { ctl: emptyTally(), itl: emptyTally() };
  for (const phone of phones) {
    take(cluster, phone, 'ctl', tallies.ctl);
    take(cluster, phone, 'itl', tallies.itl);
  }
  return tallies;
}

function emptyTally(): Tally {
  return {
    initial: 0,
    updated: 0,
    unchanged: 0,
    refused: 0,
    notFound: 0,
    positive: {},
    negative: {},
    failedHandshakes: {},
  };
}

function take(cluster: Cluster, phone: Cohort, kind: 'ctl' | 'itl', tally: Tally): void {
  const offered = cluster.file(phone.tftp, kind === 'ctl' ? 'CTLFile.tlv' : 'ITLFile.tlv');
  if (offered?.kind !== 'trust-list') {
    tally.notFound += phone.phones;
    return;
  }
  const held = phone[kind];
  if (held !== null && Buffer.compare(held.bytes, offered.bytes) === 0) {
    tally.unchanged += phone.phones;
    return;
  }
  const firstTrust = phone.ctl === null && phone.itl === null;
  if (!firstTrust && !trusts(cluster, phone, kind, offered, tally)) {
    tally.refused += phone.phones;
    return;
  }
  if (held === null) tally.initial += phone.phones;
  else tally.updated += phone.phones;
  phone[kind] = offered;
}

/** CTL, ITL, then TVS in the order of the group. */
function trusts(
  cluster: Cluster,
  phone: Cohort,
  kind: 'ctl' | 'itl',
  offered: TrustList,
  tally: Tally,
): boolean {
  const { signer } = offered.header;
  const inCtl = findSigner(phone.ctl?.records ?? [], signer, kind === 'ctl' ? [0] : [0, 2]);
  if (inCtl !== undefined || findSigner(phone.itl?.records ?? [], signer, [0]) !== undefined) return true;
  const count = (by: Record<string, number>, node: string): void => {
    by[node] = (by[node] ?? 0) + phone.phones;
  };
  for (const node of phone.group) {
    const shown = tvsIdentity(cluster.state, node)?.certificate;
    const known = phone.itl?.records.some(
      (record) =>
        record.role === 21 &&
        shown !== undefined &&
        (record.certificate?.equals(shown) === true ||
          Buffer.from(record.certificateHash?.value ?? []).toString('hex') === shown.sha1),
    );
    if (known !== true) {
      count(tally.failedHandshakes, node);
      continue;
    }
    const answer = tvsQuery(cluster.state, node, signer);
    count(answer.result === 'positive' ? tally.positive : tally.negative, node);
    return answer.result === 'positive' && answer.roles.includes(0);
  }
  return false;
}
