import { isAtLeast, type Release } from '../device/release.js';

/** An identity that signs trust lists. */
export type ListSigner = 'CallManager' | 'ITLRecovery';

/** What depends on the release (cluster-operations.md 1.2, trust-files.md 14.1). */
export interface ReleaseRules {
  /**
   * Who signs the ITL: the TFTP node's own CallManager, or the cluster's ITLRecovery. Where it is CallManager, its renewal takes
   * TVS, which a minimum TLS version shuts to the 79xx.
   */
  readonly itlSigner: ListSigner;
  /** Who signs the tokenless CTL (the publisher's CallManager); null where the `utils ctl` commands do not exist. */
  readonly ctlSigner: ListSigner | null;
  /** SAST records of a tokenless CTL, the signer first. */
  readonly ctlSast: readonly ListSigner[];
  /** SAST records beside the tokens in a CTL of the CTL client. */
  readonly ctlTokenSast: readonly ListSigner[];
  /** The CTL client works with tokens (OP-02). */
  readonly ctlClient: boolean;
  /** ITLRecovery exists and stands in the ITL as SAST. */
  readonly hasItlRecovery: boolean;
  /**
   * TVS and CAPF records of the ITL carry the certificate's SHA-1 in its place (trust-files.md 4.3, seen in 8.x). No ITL of
   * 10.0 or later was seen in octets; R-32 counts whole certificates there.
   */
  readonly itlHashRecords: boolean;
  /** The system itself restarts the services that use a regenerated TVS, CAPF or ITLRecovery (section 1.4). */
  readonly restartsRegenerated: boolean;
  /** Phones can be reset by the cluster itself when the rollback parameter changes. */
  readonly resetsPhones: boolean;
  /** … and when a certificate of the ITL is renewed: `Phone Interaction on Certificate Update` (OP-31). */
  readonly resetsAfterUpdate: boolean;
  /** CAPF signs LSCs with SHA-256, before with SHA-1. */
  readonly lscDigest: 'sha1' | 'sha256';
  /** TLS 1.3 is offered, and the minimum is set for the whole cluster on the publisher. */
  readonly tls13: boolean;
  /** Phones can auto-register in mixed mode, too. */
  readonly mixedAutoRegistration: boolean;
  /** The default configuration names TVS servers (R-45, CSCti64589). */
  readonly defaultTvs: boolean;
  /** Phones can register with SIP OAuth (OP-31; 78xx and 88xx from 14). */
  readonly sipOauth: boolean;
  /** Mixed mode wants a licence token with export-controlled functionality (OP-01). */
  readonly exportControl: boolean;
}

const V8: ReleaseRules = {
  itlSigner: 'CallManager',
  ctlSigner: null,
  ctlSast: [],
  ctlTokenSast: [],
  ctlClient: true,
  hasItlRecovery: false,
  itlHashRecords: true,
  restartsRegenerated: false,
  resetsPhones: false,
  resetsAfterUpdate: false,
  lscDigest: 'sha1',
  tls13: false,
  mixedAutoRegistration: false,
  defaultTvs: false,
  sipOauth: false,
  exportControl: false,
};
const V8_6_3: ReleaseRules = { ...V8, defaultTvs: true };
const V10: ReleaseRules = {
  ...V8_6_3,
  ctlSigner: 'CallManager',
  ctlSast: ['CallManager'],
  hasItlRecovery: true,
  itlHashRecords: false,
};
const V10_5: ReleaseRules = { ...V10, resetsPhones: true };
const V10_5_2: ReleaseRules = { ...V10_5, ctlSast: ['CallManager', 'ITLRecovery'] };
const V11_5: ReleaseRules = {
  ...V10_5_2,
  ctlTokenSast: ['ITLRecovery', 'CallManager'],
  mixedAutoRegistration: true,
};
const V11_5_1_SU1: ReleaseRules = { ...V11_5, lscDigest: 'sha256' };
const V12: ReleaseRules = {
  ...V11_5_1_SU1,
  itlSigner: 'ITLRecovery',
  ctlSigner: 'ITLRecovery',
  ctlSast: ['ITLRecovery', 'CallManager'],
  exportControl: true,
};
const V14: ReleaseRules = {
  ...V12,
  resetsAfterUpdate: true,
  restartsRegenerated: true,
  ctlClient: false,
  sipOauth: true,
};
const V15_SU2: ReleaseRules = { ...V14, tls13: true };

/** Newest first; the first floor that the release reaches counts. */
const TABLE: readonly (readonly [floor: string, rules: ReleaseRules])[] = [
  ['15SU2', V15_SU2],
  ['14', V14],
  ['12.0', V12],
  ['11.5(1)SU1', V11_5_1_SU1],
  ['11.5', V11_5],
  ['10.5(2)', V10_5_2],
  ['10.5', V10_5],
  ['10.0', V10],
  ['8.6(3)', V8_6_3],
];

export function releaseRules(release: Release): ReleaseRules {
  return TABLE.find(([floor]) => isAtLeast(release, floor))?.[1] ?? V8;
}

/** The first release whose rules are like that, as messages name it; `8.0` where they always were. */
export function firstRelease(has: (rules: ReleaseRules) => boolean): string {
  return TABLE.findLast(([, rules]) => has(rules) && !has(V8))?.[0] ?? '8.0';
}
