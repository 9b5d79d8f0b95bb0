import { type AddressFamily, familyOf } from '../../device/address-family.js';
import type { ModelProfile } from '../../device/model.js';
import type { PhoneConfiguration, ServerEntry } from '../../protocol/cnf/model.js';
import type { Knobs } from '../knobs.js';
import type { Endpoint } from '../world.js';

/** An address of a CAPF server that the phone can connect to. */
export interface CapfCandidate {
  readonly server: Endpoint;
  readonly family: AddressFamily;
}

/** Families in the order in which a phone tries them (T6-01). */
const FAMILIES: readonly AddressFamily[] = ['ipv6', 'ipv4'];

/** what `ipAddressMode` lets a phone use. */
const ALLOWED: Readonly<Record<PhoneConfiguration['ipAddressMode'], readonly AddressFamily[]>> = {
  0: ['ipv4'],
  1: ['ipv6'],
  2: ['ipv4', 'ipv6'],
};

/** Families that the phone has an address of, as its mode and its model allow. */
export function usableFamilies(
  addresses: readonly AddressFamily[],
  mode: PhoneConfiguration['ipAddressMode'],
  model: Pick<ModelProfile, 'ipv6'>,
): readonly AddressFamily[] {
  return FAMILIES.filter(
    (family) =>
      addresses.includes(family) && ALLOWED[mode].includes(family) && (family === 'ipv4' || model.ipv6),
  );
}

/**
 * T6: phone addresses ∩ CAPF addresses, IPv6 before IPv4 and in the configuration's order within a family. None means that
 * the phone cannot connect.
 */
export function capfCandidates(
  servers: readonly ServerEntry[],
  families: readonly AddressFamily[],
): readonly CapfCandidate[] {
  const ordered = [...servers].sort((a, b) => a.priority - b.priority);
  return FAMILIES.filter((family) => families.includes(family)).flatMap((family) =>
    ordered
      .filter(({ address }) => familyOf(address) === family)
      .map(({ address, port }) => ({ server: { address, port }, family })),
  );
}

/**
 * after a failed attempt the next address has its turn. A refusal over IPv6, as R-102 has it, is such a failure by
 * default; with K-09 false it ends the round.
 */
export function goesOnAfter(
  outcome: 'refused' | 'unreachable' | 'tls-failed' | 'lost',
  family: AddressFamily,
  knobs: Pick<Knobs, 'ipv6RefusalFallsBack'>,
): boolean {
  return knobs.ipv6RefusalFallsBack || outcome !== 'refused' || family !== 'ipv6';
}
