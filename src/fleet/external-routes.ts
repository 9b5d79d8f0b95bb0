import { externalPlaces } from '../cluster/external.js';
import {
  EXTERNAL_KNOWN_PORTS,
  type ExternalPort,
  placeText,
  type ServicePlace,
} from '../device/service-port.js';
import { TrustfleetError } from '../errors.js';
import { routeKey } from '../net/routes.js';
import type { LaboratoryCluster } from './plan.js';

type Node = LaboratoryCluster['nodes'][number];

/** Services that a phone finds by the port of its firmware; the others stand with their ports in its configuration. */
const BY_FIRMWARE: readonly ExternalPort[] = ['tftp', 'http', 'sccps'];

/** The TFTP server of a node as phones have it in option 150. */
export function tftpAddress(node: Node): string {
  return node.external?.places.tftp?.address ?? node.address;
}

/** What phones know an external service by. */
function knownAs(node: Node, port: ExternalPort, place: ServicePlace): ServicePlace {
  // files over HTTP come from the server of option 150
  const address = port === 'http' ? tftpAddress(node) : place.address;
  return { address, port: BY_FIRMWARE.includes(port) ? EXTERNAL_KNOWN_PORTS[port] : place.port };
}

/**
 * External services by what phones know them by, as `net/routes.ts` takes them.
 *
 * @throws TrustfleetError TF_PROFILE_INVALID where two of them are one for a phone, or one has the address of another node.
 */
export function externalRoutes(clusters: readonly LaboratoryCluster[]): [key: string, place: ServicePlace][] {
  const routes = new Map<string, ServicePlace>();
  const all = clusters.flatMap(({ nodes }) => nodes);
  for (const node of all) {
    for (const [port, place] of externalPlaces(node)) {
      const other = all.find((one) => one !== node && addressesOf(one).includes(place.address));
      if (other !== undefined) {
        throw new TrustfleetError(
          'TF_PROFILE_INVALID',
          `${node.name}: external ${port} at ${placeText(place)}, an address of ${other.name} as well, expected one of its ` +
            'own: phones tell nodes apart by their addresses',
        );
      }
    }
    for (const [port, place] of externalPlaces(node)) {
      const known = knownAs(node, port, place);
      const other = routes.get(routeKey(known));
      if (other !== undefined && routeKey(other) !== routeKey(place)) {
        throw new TrustfleetError(
          'TF_PROFILE_INVALID',
          `${node.name}: ${port} at ${placeText(place)} and another external service at ${placeText(other)} are both ` +
            `${placeText(known)} for a phone, expected an address of its own for each`,
        );
      }
      routes.set(routeKey(known), place);
    }
  }
  return [...routes];
}

/** Every address by which phones meet a node, its own first. */
export function addressesOf(node: Node): string[] {
  const elsewhere = externalPlaces(node).map(([, { address }]) => address);
  return [...new Set([node.address, ...elsewhere])];
}
