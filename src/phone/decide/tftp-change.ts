import type { HeldTrust } from './held.js';

/**
 * a phone on which somebody types other TFTP servers asks about its lists when one of the addresses stands in neither
 * of them. "Continue" keeps the lists, accepting the deletion erases them. A phone without lists has nothing to ask about.
 *
 * @param servers addresses that were typed.
 */
export function asksAboutLists(
  { ctl, itl }: Pick<HeldTrust, 'ctl' | 'itl'>,
  servers: readonly string[],
): boolean {
  if (ctl === null && itl === null) return false;
  const known = new Set([ctl, itl].flatMap((list) => list?.records.map(({ ipAddress }) => ipAddress) ?? []));
  return servers.some((server) => !known.has(server));
}
