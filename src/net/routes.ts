import { createSocket } from 'node:dgram';
import { familyOf } from '../device/address-family.js';
import type { ServicePlace } from '../device/service-port.js';
import { isLoopback, type PortMap, usedPort } from './addresses.js';
import type { KeylogSink } from './tls-keylog.js';

/** From a server as phones know it to the one that is used: an external service, or a port of the embedded cluster. */
export interface Routes {
  readonly ports: PortMap;
  /** External services by `routeKey` of what phones know; their port map is this. */
  readonly external?: ReadonlyMap<string, ServicePlace>;
  /** This machine's own address towards targets outside the loopback range, where the phones have none. */
  readonly sources?: ReadonlyMap<string, string>;
  /** Takes the secrets of connections to external services: nobody else here knows them. */
  readonly keylog?: KeylogSink;
}

export function routeKey({ address, port }: ServicePlace): string {
  return `${address} ${port}`;
}

/** Where a connection goes and where it comes from. */
export interface Route {
  readonly target: ServicePlace;
  readonly localAddress: string;
  readonly keylog: KeylogSink | undefined;
}

/**
 * @param server as the phone knows it
 * @param own the phone's own address, used towards loopback
 */
export function routeTo(routes: Routes, server: ServicePlace, own: string): Route {
  const elsewhere = routes.external?.get(routeKey(server));
  const target = elsewhere ?? { address: server.address, port: usedPort(routes.ports, server.port) };
  return {
    target,
    localAddress: sourceTowards(routes, target.address, own),
    keylog: elsewhere === undefined ? undefined : routes.keylog,
  };
}

/** `::` and `0.0.0.0` leave the choice to the system. */
function sourceTowards(routes: Routes, target: string, own: string): string {
  if (isLoopback(target)) return own;
  return routes.sources?.get(target) ?? (familyOf(target) === 'ipv6' ? '::' : '0.0.0.0');
}

/**
 * The address that this machine has towards a target, as its routing table says: nothing is sent. Undefined where no route
 * leads there; connections then fail as the phones will report.
 */
export function localAddressTowards(target: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(familyOf(target) === 'ipv6' ? 'udp6' : 'udp4');
    const settle = (address: string | undefined): void => {
      socket.close();
      resolve(address);
    };
    socket.once('error', () => settle(undefined));
    // any port will do: a connected datagram socket has its address before it sends
    // no callback: it would take the error, too, and the socket would then have the unspecified address
    socket.once('connect', () => settle(socket.address().address));
    socket.connect(9, target);
  });
}
