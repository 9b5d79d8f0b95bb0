import { isAtLeast, type Release } from '../device/release.js';

/** An identity that signs trust lists. */
export type ListSigner = 'CallManager' | 'ITLRecovery';

/** What depends on the release (cluster-operations.md 1.2, trust-files.md 14.1). */
export interface ReleaseRules {
  /** Who signs the ITL: the TFTP node's own CallManager, or the cluster's ITLRecovery. */
  readonly itlSigner: ListSigner;
  /** Who signs the tokenless CTL (the publisher's CallManager); null where the `utils ctl` commands do not exist. */
  readonly ctlSigner: ListSigner | null;
  /** SAST records of a tokenless CTL, the signer first. */
  readonly ctlSast: readonly ListSigner[];
  /** ITLRecovery exists and stands in the ITL as SAST. */
  readonly hasItlRecovery: boolean;
  /**
   * TVS and CAPF records of the ITL carry the certificate's SHA-1 in its place (trust-files.md 4.3, seen in 8.x). No ITL of
   * 10.0 or later was seen in octets; R-32 counts whole certificates there.
   */
  readonly itlHashRecords: boolean;
  /** The system itself restarts the services that use a regenerated TVS, CAPF or ITLRecovery (section 1.4). */
  readonly restartsRegenerated: boolean;
  /** Mixed mode wants a licence token with export-controlled functionality (OP-01). */
  readonly exportControl: boolean;
}

const V8: ReleaseRules = {
  itlSigner: 'CallManager',
  ctlSigner: null,
  ctlSast: [],
  hasItlRecovery: false,
  itlHashRecords: true,
  restartsRegenerated: false,
  exportControl: false,
};
const V10: ReleaseRules = {
  ...V8,
  ctlSigner: 'CallManager',
  ctlSast: ['CallManager'],
  hasItlRecovery: true,
  itlHashRecords: false,
};
const V10_5_2: ReleaseRules = { ...V10, ctlSast: ['CallManager', 'ITLRecovery'] };
const V12: ReleaseRules = {
  ...V10_5_2,
  itlSigner: 'ITLRecovery',
  ctlSigner: 'ITLRecovery',
  ctlSast: ['ITLRecovery', 'CallManager'],
  exportControl: true,
};
const V14: ReleaseRules = { ...V12, restartsRegenerated: true };

/** Newest first; the first floor that the release reaches counts. */
const TABLE: readonly (readonly [floor: string, rules: ReleaseRules])[] = [
  ['14', V14],
  ['12.0', V12],
  ['10.5(2)', V10_5_2],
  ['10.0', V10],
];

export function releaseRules(release: Release): ReleaseRules {
  return TABLE.find(([floor]) => isAtLeast(release, floor))?.[1] ?? V8;
}
