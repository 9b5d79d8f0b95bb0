import { ipv4, ipv6, type Layout, record, terminated, text, times, u32 } from './layout.js';

/** Bodies of ServerRes and of what a server shows without being asked (sccp.md 7). */

/** A member of the CallManager group as ServerRes names it. */
export interface ServerOfList {
  readonly name: string;
  readonly port: number;
  /** IPv4 or IPv6; `0.0.0.0` in places that are not used. */
  readonly address: string;
}

/** ServerRes always names five servers; unused places are empty. */
const SERVERS = 5;
const IPV4 = 0;
const IPV6 = 1;

/** u32 type (0 IPv4, 1 IPv6), then 16 octets of which IPv4 takes the first four. */
const typedAddress: Layout<string> = {
  read(from) {
    if (from.u32() === IPV6) {
      return ipv6.read(from);
    }
    const address = ipv4.read(from);
    from.skip(12);
    return address;
  },
  write(to, value) {
    if (value.includes(':')) {
      to.u32(IPV6);
      ipv6.write(to, value);
    } else {
      to.u32(IPV4);
      ipv4.write(to, value);
      to.zeros(12);
    }
  },
};

function serverColumns(address: Layout<string>): Layout<{ readonly servers: readonly ServerOfList[] }> {
  const columns = record({
    names: times(SERVERS, text(48)),
    ports: times(SERVERS, u32),
    addresses: times(SERVERS, address),
  });
  return {
    read(from) {
      const { names, ports, addresses } = columns.read(from);
      return {
        servers: names.map((name, i) => ({ name, port: ports[i] ?? 0, address: addresses[i] ?? '0.0.0.0' })),
      };
    },
    write(to, { servers }) {
      columns.write(to, {
        names: servers.map(({ name }) => name),
        ports: servers.map(({ port }) => port),
        addresses: servers.map((server) => server.address),
      });
    },
  };
}

/**
 * Below version 17:
 * ```
 *   0  5x48  names
 * 240  5x4   ports
 * 260  5x4   addresses, octets in written order
 * ```
 */
export const serverRes = serverColumns(ipv4);

/**
 * From version 17 on:
 * ```
 *   0  5x48  names
 * 240  5x4   ports
 * 260  5x20  addresses: 0 4 type (0 IPv4, 1 IPv6), 4 16 octets in written order
 * ```
 */
export const serverResTyped = serverColumns(typedAddress);

/**
 * ```
 *  0   4  stimulus  0x0F voice mail, 0x09 line
 *  4   4  instance
 *  8   4  mode      1 off, 2 on, 3 wink, 4 flash, 5 blink
 * ```
 */
export const setLamp = record({ stimulus: u32, instance: u32, mode: u32 });

/**
 * ```
 *  0   4  timeout
 *  4  32  text
 * 36   4  lineInstance
 * 40   4  callReference
 * ```
 */
export const displayPromptStatus = record({
  timeout: u32,
  text: text(32),
  lineInstance: u32,
  callReference: u32,
});

/**
 * ```
 *  0   4  timeout
 *  4   4  lineInstance
 *  8   4  callReference
 * 12   n  text, NUL-terminated; zero up to a multiple of four
 * ```
 */
export const displayPromptStatusV2 = record({
  timeout: u32,
  lineInstance: u32,
  callReference: u32,
  text: terminated,
});

/**
 * ```
 *  0   4  lineInstance
 *  4   4  callReference
 * ```
 */
export const clearPromptStatus = record({ lineInstance: u32, callReference: u32 });
