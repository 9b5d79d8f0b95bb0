import { ROLE_CODES, type RoleName, roleName } from '../../device/role.js';
import type { TrustList, TrustRecord } from '../../trustfile/model.js';
import type { HeldTrust } from './held.js';

/** Servers that the menu has an item for; SAST records only sign, they are no servers (inferred). */
const SERVERS: readonly number[] = (
  ['CCM', 'CCM+TFTP', 'TFTP', 'CAPF', 'TVS', 'APP-SERVER'] as const satisfies readonly RoleName[]
).map((role) => ROLE_CODES[role]);

/** What the security menu of a phone shows of its lists: a line for each server, in the order of the list; null: no such list. */
export interface TrustListMenu {
  readonly ctl: readonly string[] | null;
  readonly itl: readonly string[] | null;
}

/** records without a certificate are in the list, and not on the screen. */
export function trustListMenu({ ctl, itl }: Pick<HeldTrust, 'ctl' | 'itl'>): TrustListMenu {
  return { ctl: ctl === null ? null : itemsOf(ctl), itl: itl === null ? null : itemsOf(itl) };
}

/** The menu on one line. */
export function menuText({ ctl, itl }: TrustListMenu): string {
  return `CTL: ${listText(ctl)}; ITL: ${listText(itl)}`;
}

function itemsOf(list: TrustList): string[] {
  return list.records
    .filter((record) => SERVERS.includes(record.role) && isShown(record))
    .map((record) => `${roleName(record.role)} ${serverOf(record)}`);
}

/** Its address, where the record has one (those of an ITL have not), else the common name of its certificate. */
function serverOf({ dnsName, ipAddress, subject }: TrustRecord): string {
  // an ITL of CUCM has a space for a name
  return dnsName?.trim() || ipAddress || (/CN=([^;,]+)/.exec(subject ?? '')?.[1] ?? '?');
}

function isShown({ certificate, certificateHash }: TrustRecord): boolean {
  return certificate !== null || certificateHash !== null;
}

function listText(items: readonly string[] | null): string {
  if (items === null) return 'not installed';
  return items.length === 0 ? 'no servers' : items.join(', ');
}
