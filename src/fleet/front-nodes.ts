import { externalPlaces, FEATURE_PORTS } from '../cluster/external.js';
import type { NodeState } from '../cluster/state.js';
import { FRONT_SERVICES, type FrontService } from '../device/service-port.js';
import type { FrontNode } from '../net/cluster-front.js';

const FEATURES = ['TFTP', 'TVS', 'CallManager', 'CAPF'] as const;

/** A node as its services need it. @param ipv6 where their IPv6 side listens */
export function frontNode(node: NodeState, ipv6: FrontNode['ipv6']): FrontNode {
  const { name, address } = node;
  return {
    name,
    address,
    ipv6,
    services: new Set(FRONT_SERVICES.filter((service) => hasListeners(node, service))),
    external: new Set(externalPlaces(node).map(([port]) => port)),
  };
}

/** A service of which at least one port is ours. Web pages are, as long as anything else on the node is. */
export function hasListeners(node: NodeState, service: FrontService): boolean {
  if (service === 'Tomcat') return FEATURES.some((feature) => hasListeners(node, feature));
  const { services, external } = node;
  return services.has(service) && FEATURE_PORTS[service].some((port) => external.places[port] === undefined);
}
