import type { SignallingProtocol } from '../device/security.js';
import type { ServicePlace } from '../device/service-port.js';
import type { CallManagerEntry, ServerEntry } from '../protocol/cnf/model.js';
import { DEFAULT_PORTS, MAX_SERVERS } from '../protocol/cnf/servers.js';
import { type ExternalServices, placeOf } from './external.js';
import type { ServiceName } from './operation.js';
import type { CapfAddress } from './spec.js';

/**
 * The addresses that stand in phones' configurations. One object as long as no node comes, goes or moves, so that files made
 * from it can be told from older ones. Ports are those that real servers have; where ours are is `net/`'s one map. External
 * services stand with their own addresses and ports.
 */
export interface AddressBook {
  /** Seconds since 1970 at which it was last changed. */
  readonly since: number;
  readonly publisher: string;
  /** Nodes that run CallManager, in the order of installation. */
  readonly callManagers: readonly string[];
  readonly capf: readonly ServerEntry[];
  readonly nodes: ReadonlyMap<string, BookedNode>;
}

interface BookedNode {
  readonly address: string;
  readonly tvs: boolean;
  readonly external: Pick<ExternalServices, 'places'>;
}

/** What it is made from: nodes as the state has them, the publisher first. */
interface Place {
  readonly name: string;
  readonly address: string;
  readonly services: ReadonlySet<ServiceName>;
  readonly external: Pick<ExternalServices, 'places'>;
}

/** @param now seconds since 1970. */
export function addressBook(nodes: readonly Place[], now: number): AddressBook {
  return {
    since: now,
    publisher: nodes[0]?.address ?? '',
    callManagers: nodes.filter((node) => node.services.has('CallManager')).map((node) => node.name),
    // CAPF works on the publisher alone (OP-11)
    capf: nodes
      .slice(0, 1)
      .filter((node) => node.services.has('CAPF'))
      .flatMap((node) => [placeOf(node, 'capf'), node.external.places.capfIpv6])
      .filter((place) => place !== undefined)
      .map((place, priority) => ({ priority, ...place })),
    nodes: new Map(
      nodes.map(({ name, address, services, external }) => [
        name,
        { address, tvs: services.has('TVS'), external },
      ]),
    ),
  };
}

/** How a phone registers: a member whose services are in several places is at the one that this phone needs. */
export interface SignallingKind {
  readonly protocol: SignallingProtocol;
  readonly secure: boolean;
  /** By token, at a port that is always the node's own (SIP OAuth). */
  readonly oauth?: boolean;
}

/** Members of a CallManager group in its order. */
export function callManagerEntries(
  book: AddressBook,
  group: readonly string[],
  { protocol, secure, oauth = false }: SignallingKind,
): CallManagerEntry[] {
  const main = oauth
    ? 'sipOauth'
    : protocol === 'SCCP'
      ? secure
        ? 'sccps'
        : 'sccp'
      : secure
        ? 'sips'
        : 'sip';
  return group.slice(0, MAX_SERVERS).map((name, priority) => {
    const node = book.nodes.get(name);
    const address = node === undefined ? name : placeOf(node, main).address;
    const portAt = (port: 'sccp' | 'sip' | 'sips', standard: number): number => {
      const place: ServicePlace | undefined = node?.external.places[port];
      return place?.address === address ? place.port : standard;
    };
    return {
      priority,
      name,
      address,
      sccpPort: portAt('sccp', DEFAULT_PORTS.sccp),
      sipPort: portAt('sip', DEFAULT_PORTS.sip),
      securedSipPort: portAt('sips', DEFAULT_PORTS.securedSip),
    };
  });
}

/**
 * CAPF servers of a device: those of the cluster, or the addresses that its record names (T6).
 *
 * @param addresses null or undefined: none of its own.
 */
export function capfEntries(
  book: AddressBook,
  addresses: readonly CapfAddress[] | null | undefined,
): readonly ServerEntry[] {
  if (addresses === null || addresses === undefined) return book.capf;
  return addresses.map((at, priority) => ({
    priority,
    ...(typeof at === 'string' ? { address: at, port: DEFAULT_PORTS.capf } : at),
  }));
}

/** TVS servers: the members of the group that run it, in the same order. */
export function tvsEntries(book: AddressBook, group: readonly string[]): ServerEntry[] {
  return group
    .slice(0, MAX_SERVERS)
    .flatMap((name) => book.nodes.get(name) ?? [])
    .filter((node) => node.tvs)
    .map((node, priority) => ({ priority, ...placeOf(node, 'tvs') }));
}
