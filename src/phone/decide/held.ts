import { isTftpRole, ROLE_CODES } from '../../device/role.js';
import type { Certificate } from '../../pki/certificate.js';
import type { SignerId, TrustList, TrustRecord } from '../../trustfile/model.js';

/** A certificate that TVS vouched for. */
export interface KnownSigner {
  readonly certificate: Certificate;
  readonly roles: readonly number[];
}

/** The TVS cache as decisions see it: entries that have not expired. */
export interface SignerCache {
  find(signer: SignerId): KnownSigner | undefined;
}

/** All that a phone trusts at one moment (phone-behaviour.md 1). */
export interface HeldTrust {
  readonly ctl: TrustList | null;
  readonly itl: TrustList | null;
  readonly cache: SignerCache;
}

/** A phone without a TVS cache, e.g. right after it started. */
export const EMPTY_CACHE: SignerCache = { find: () => undefined };

/** no certificate or hash in any TFTP-capable or TVS record. A phone that holds it takes any new list. */
export function isBlank(itl: TrustList): boolean {
  return !itl.records.some(
    (record) => (isTftpRole(record.role) || record.role === ROLE_CODES.TVS) && carriesCertificate(record),
  );
}

/** The case of R-18a: the phone has a normal ITL, and a first CTL comes. */
export function isFirstCtlBesideItl(list: string, held: Pick<HeldTrust, 'ctl' | 'itl'>): boolean {
  return list === 'ctl' && held.ctl === null && held.itl !== null && !isBlank(held.itl);
}

/** only a TVS record of the installed ITL makes a TVS server believable. */
export function hasTvsRecord(itl: TrustList | null): boolean {
  return itl?.records.some((record) => record.role === ROLE_CODES.TVS && carriesCertificate(record)) ?? false;
}

/** may a signed configuration be expected from what stands in this list? */
export function hasTftpCertificate(list: TrustList | null): boolean {
  return list?.records.some((record) => isTftpRole(record.role) && record.certificate !== null) ?? false;
}

/** Holds the phone a list that can lock it? A blank ITL alone cannot, beside a CTL it does not matter. */
export function holdsNonBlankList(held: Pick<HeldTrust, 'ctl' | 'itl'>): boolean {
  return held.ctl !== null || (held.itl !== null && !isBlank(held.itl));
}

function carriesCertificate(record: TrustRecord): boolean {
  return record.certificate !== null || record.certificateHash !== null;
}
