import { BlockList, isIPv4, isIPv6, SocketAddress } from 'node:net';
import { networkInterfaces } from 'node:os';
import { type AddressFamily, familyOf } from '../device/address-family.js';
import { KNOWN_PORTS, type ServicePlace, type ServicePort } from '../device/service-port.js';
import { TrustfleetError } from '../errors.js';
import { datagramSocket } from './datagrams.js';
import { errorText } from './socket-errors.js';

/**
 * The one place that knows who has which address and port (contracts.md 1, "Addresses and ports"). Nothing here is looked up
 * in a DNS: files that phones read carry addresses.
 */

/** Where the embedded cluster listens: the real ports, but for TFTP, whose 69 needs privileges. */
export const SERVICE_PORTS: Readonly<Record<ServicePort, number>> = { ...KNOWN_PORTS, tftp: 6969 };

/** From the port that a phone knows (69 by firmware, others by its configuration) to the one that is used. */
export type PortMap = ReadonlyMap<number, number>;

/** Towards the embedded cluster. */
export const EMBEDDED_PORTS: PortMap = new Map([[69, SERVICE_PORTS.tftp]]);

/** The port to use for the one that the phone knows; ports that the map does not name are used as they are. */
export function usedPort(map: PortMap, port: number): number {
  return map.get(port) ?? port;
}

/** Where one node of one cluster lives. */
export interface NodePlace {
  /** From 0. */
  readonly cluster: number;
  /** Within its cluster, from 1. */
  readonly node: number;
  /** Over all clusters, from 0. */
  readonly number: number;
  readonly address: string;
}

/** IPv6 has one loopback address only: each node gets a hundred ports of it. */
const IPV6_PORTS_A_NODE = 100;
export const IPV6_LOOPBACK = '::1';

const FIRST_NODE = 0x7f0a0001; // 127.10.0.1

/** From the first node of a cluster to that of the next one: room for nodes that join (OP-19). */
const ADDRESSES_A_CLUSTER = 256;

/**
 * Places of the nodes of all clusters: node n of cluster c at 127.10.c.n, or one address after the other from `bind` on
 * (`--bind`), each cluster 256 addresses after the one before.
 * @param nodes number of nodes of each cluster
 * @throws TrustfleetError TF_USAGE when `bind` is no IPv4 address of a host or there are more nodes than addresses
 */
export function placeNodes(nodes: readonly number[], bind?: string): NodePlace[][] {
  const first = bind === undefined ? undefined : hostNumber(bind);
  let number = 0;
  return nodes.map((count, cluster) =>
    Array.from({ length: count }, (_, index) => {
      const place = { cluster, node: index + 1, number };
      number += 1;
      const value = (first ?? FIRST_NODE) + cluster * ADDRESSES_A_CLUSTER + index;
      if (first === undefined ? cluster > 255 || place.node > 254 : value > 0xfffffffe) {
        throw new TrustfleetError(
          'TF_USAGE',
          `no address for node ${place.node} of cluster ${cluster}: there are 127.10.0.1 to 127.10.255.254, or what follows --bind`,
        );
      }
      return { ...place, address: ipv4Text(value) };
    }),
  );
}

/**
 * Port of a service's IPv6 side, at [::1].
 * @param number of the node over all clusters, from 0
 */
export function ipv6Port(number: number, port: number): number {
  return port + IPV6_PORTS_A_NODE * number;
}

/** Whether this machine has `::1`. */
export function hasIpv6Loopback(): boolean {
  return Object.values(networkInterfaces()).some((all) =>
    all?.some(({ address }) => address === IPV6_LOOPBACK),
  );
}

/** Port of an online CA (OP-26), which needs privileges: the embedded one listens at another. */
const ONLINE_CA_PORT = { real: 443, used: 4443 } as const;
/** From the second octet of a publisher's address to that of its online CA. */
const ONLINE_CA_STEP = 10;

/**
 * Where the embedded online CA of a cluster listens: an address of its own, so that it meets no node.
 * @param publisher address of the publisher, in 127/8
 */
export function onlineCaPlace(publisher: string, port: number): ServicePlace {
  const [first = 127, second = 10, ...rest] = publisher.split('.').map(Number);
  // phones begin at 127.64
  const net = second + ONLINE_CA_STEP < 64 ? second + ONLINE_CA_STEP : second - ONLINE_CA_STEP;
  return {
    address: [first, net, ...rest].join('.'),
    port: port === ONLINE_CA_PORT.real ? ONLINE_CA_PORT.used : port,
  };
}

const FIRST_PHONE_NET = 0x7f400000; // 127.64.0.0
const HOSTS_A_NET = 254;
/** Phones that 127.64.0.1 to 127.255.255.254 have addresses for. */
export const MAX_PHONES = ((0x80000000 - FIRST_PHONE_NET) / 256) * HOSTS_A_NET;

/**
 * Address of phone `k`, from 1: the k-th from 127.64.0.1 on that does not end in 0 or 255.
 * @throws TrustfleetError TF_USAGE past {@link MAX_PHONES}
 */
export function phoneAddress(k: number): string {
  if (!Number.isInteger(k) || k < 1 || k > MAX_PHONES) {
    throw new TrustfleetError('TF_USAGE', `no address for phone ${k}: there are ${MAX_PHONES}, from 1 on`);
  }
  const index = k - 1;
  return ipv4Text(FIRST_PHONE_NET + Math.floor(index / HOSTS_A_NET) * 256 + (index % HOSTS_A_NET) + 1);
}

/**
 * Phones have addresses of their own in 127/8, which Linux gives without set-up and other systems do not.
 * @param phones how many there will be
 * @throws TrustfleetError TF_ADDRESS_UNAVAILABLE when the first or the last of them cannot be bound
 */
export function checkPhoneAddresses(phones: number): void {
  for (const address of new Set([phoneAddress(1), phoneAddress(Math.max(1, phones))])) {
    const socket = datagramSocket(address);
    let failure: Error | undefined;
    socket.on('error', (error) => {
      failure = error;
    });
    // a literal address: bound, or failed, when this returns
    socket.bind({ address, port: 0, exclusive: true });
    socket.close();
    if (failure !== undefined) {
      throw new TrustfleetError(
        'TF_ADDRESS_UNAVAILABLE',
        `phones need addresses of their own, and this machine does not have ${address} (${errorText(failure)}). ` +
          'Linux gives all of 127.0.0.0/8; elsewhere each has to be added to the loopback interface',
        { context: { address }, cause: failure },
      );
    }
  }
}

/** A range of addresses as on the command line. */
export interface Cidr {
  readonly address: string;
  readonly prefix: number;
  readonly family: AddressFamily;
}

/**
 * `10.0.0.0/8`, `2001:db8::/32`, or one address.
 * @throws TrustfleetError TF_USAGE
 */
export function parseCidr(text: string): Cidr {
  const [address = '', prefixText, ...rest] = text.split('/');
  const family = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined;
  const longest = family === 'ipv4' ? 32 : 128;
  const prefix = prefixText === undefined ? longest : /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (family === undefined || rest.length > 0 || prefix < 0 || prefix > longest) {
    throw new TrustfleetError(
      'TF_USAGE',
      `"${text}" is not a range of addresses: expected e.g. 10.20.0.0/16 or 2001:db8::/64`,
    );
  }
  return { address, prefix, family };
}

const LOOPBACK = rangesOf([
  { address: '127.0.0.0', prefix: 8, family: 'ipv4' },
  { address: IPV6_LOOPBACK, prefix: 128, family: 'ipv6' },
]);

/** Is this address one of this machine's own loopback? False for anything that is no literal address. */
export function isLoopback(address: string): boolean {
  return isIn(LOOPBACK, address);
}

/**
 * Refuses targets outside the loopback range that the command line did not name (contracts.md 1, "Network safety").
 * @param what the address is, for the message
 * @throws TrustfleetError TF_TARGET_REFUSED
 */
export function checkTarget(address: string, allowed: readonly Cidr[], what = 'target'): void {
  if (isLoopback(address) || isIn(rangesOf(allowed), address)) return;
  const whole = familyOf(address) === 'ipv6' ? 128 : 32;
  const [, host = '', port = ''] = /^(.+):(\d{2,5})$/.exec(address) ?? [];
  const meant = whole === 128 && isIPv6(host) ? `; if ${port} is a port, write [${host}]:${port}` : '';
  throw new TrustfleetError(
    'TF_TARGET_REFUSED',
    `${what} ${address} is outside the loopback range; say --allow-target ${address}/${whole}, or name its range, if it is ` +
      `yours to load${meant}`,
    { context: { address } },
  );
}

/** An address as sockets report it: `0:0::1` is `::1`. What is no literal address comes back as it is. */
export function canonicalAddress(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}

/** Each family by itself: to a `BlockList` of both, all IPv4 addresses are in `::/0`, which names none of them. */
interface Ranges {
  readonly ipv4: BlockList;
  readonly ipv6: BlockList;
}

/** IPv4 addresses in the clothes of IPv6 (RFC 4291 2.5.5.2). */
const MAPPED = new BlockList();
MAPPED.addSubnet('::ffff:0:0', 96, 'ipv6');

function rangesOf(cidrs: readonly Cidr[]): Ranges {
  const ranges = { ipv4: new BlockList(), ipv6: new BlockList() };
  for (const { address, prefix, family } of cidrs) ranges[family].addSubnet(address, prefix, family);
  return ranges;
}

function isIn(ranges: Ranges, address: string): boolean {
  if (isIPv4(address)) return ranges.ipv4.check(address, 'ipv4');
  if (!isIPv6(address)) return false;
  // ::ffff:127.0.0.1 is 127.0.0.1
  return (MAPPED.check(address, 'ipv6') ? ranges.ipv4 : ranges.ipv6).check(address, 'ipv6');
}

function hostNumber(address: string): number {
  const value = isIPv4(address)
    ? address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
    : Number.NaN;
  if (value > 0 && value < 0xffffffff) return value;
  throw new TrustfleetError('TF_USAGE', `"${address}" is not an IPv4 address that the first node could have`);
}

function ipv4Text(value: number): string {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 0xff).join('.');
}
