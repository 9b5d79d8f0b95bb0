import { ROLE_CODES } from '../../device/role.js';
import type { ListKind } from '../../observe/events.js';
import type { Certificate } from '../../pki/certificate.js';
import type { SignerId, TrustList } from '../../trustfile/model.js';
import { sameSigner } from '../../trustfile/signer.js';
import type { HeldTrust, KnownSigner } from './held.js';
import type { FileKind, TrustPlace } from './verdict.js';

const { SAST, TFTP, 'CCM+TFTP': CCM_TFTP } = ROLE_CODES;

/** roles of which the signer needs one, by file and by the place that knows it. The cache holds answers of TVS. */
const ROLES_NEEDED: Readonly<Record<FileKind, Readonly<Record<TrustPlace, readonly number[]>>>> = {
  ctl: { ctl: [SAST], itl: [SAST], cache: [SAST] },
  itl: { ctl: [SAST, CCM_TFTP], itl: [SAST], cache: [SAST] },
  config: { ctl: [CCM_TFTP, TFTP], itl: [CCM_TFTP, TFTP], cache: [CCM_TFTP, TFTP] },
};

export interface SignerSearch {
  /** First hit with the role and a certificate to check the signature with; null where there is none. */
  readonly found: { readonly place: TrustPlace; readonly certificate: Certificate } | null;
  /** Lists that were passed because they know the signer, but not in that role. */
  readonly roleMissingIn: readonly ListKind[];
  /** What TVS said of the signer before, in roles that do not allow it; null where it said nothing, or what allows it. */
  readonly roleMissingFromTvs: KnownSigner | null;
}

/**
 * R-22, places 1 to 3, for the signer of R-21, with the roles of R-23: a signer in the wrong role is looked for in the next
 * place. The cache is the last one: TVS, which is asked after it, has answered. A QUERY names the signer and no role, and
 * a positive answer stands for its life time and ends the search. However many SAST records a list has, each of them counts. A SAST that is new to the phone takes a step
 * between: a list that it takes already and that brings it, or TVS.
 */
export function findSigner(held: HeldTrust, kind: FileKind, signer: SignerId): SignerSearch {
  const needed = ROLES_NEEDED[kind];
  const roleMissingIn: ListKind[] = [];
  for (const place of ['ctl', 'itl'] as const) {
    const list = held[place];
    if (list === null) continue;
    const certificate = certificateOf(list, signer, needed[place]);
    if (certificate === 'role-missing') roleMissingIn.push(place);
    else if (certificate !== undefined)
      return { found: { place, certificate }, roleMissingIn, roleMissingFromTvs: null };
  }
  const cached = held.cache.find(signer) ?? null;
  if (cached === null || !hasRoleFor(kind, cached.roles)) {
    return { found: null, roleMissingIn, roleMissingFromTvs: cached };
  }
  const found = { place: 'cache', certificate: cached.certificate } as const;
  return { found, roleMissingIn, roleMissingFromTvs: null };
}

/** One certificate may stand in several records, one for each role (trust-files.md 4.2). */
function certificateOf(
  list: TrustList,
  signer: SignerId,
  roles: readonly number[],
): Certificate | 'role-missing' | undefined {
  let known = false;
  for (const record of list.records) {
    if (record.certificate === null || !sameSigner(signer, record)) continue;
    if (roles.includes(record.role)) return record.certificate;
    known = true;
  }
  return known ? 'role-missing' : undefined;
}

/** Has an answer of TVS the role that a file of this kind needs (R-23, last column)? */
export function hasRoleFor(kind: FileKind, roles: readonly number[]): boolean {
  return ROLES_NEEDED[kind].cache.some((role) => roles.includes(role));
}
