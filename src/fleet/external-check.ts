import { externalPlaces, isExternal, runsHere } from '../cluster/external.js';
import type { FeatureService } from '../cluster/spec.js';
import { placeText, type ServicePlace } from '../device/service-port.js';
import type { ReadNode } from './node-certificates.js';

/** What is wrong with the external services of a cluster, at a service of a node. */
export interface ExternalFault {
  /** Place of the node in its list. */
  readonly node: number;
  readonly service: FeatureService;
  readonly message: string;
}

/** Finds certificates that the cluster's own lists would need, and nodes that phones could not tell apart. */
export function externalFaults(nodes: readonly ReadNode[], mode: 'non-secure' | 'mixed'): ExternalFault[] {
  const lists = nodes.find((node) => runsHere(node, 'TFTP'));
  const faults: ExternalFault[] = [];
  const owners = new Map<string, string>();
  nodes.forEach((node, i) => {
    const { places, certificates } = node.external ?? { places: {}, certificates: {} };
    for (const service of ['TVS', 'CAPF'] as const) {
      if (lists !== undefined && isExternal(node, service) && certificates[service] === undefined)
        faults.push({ node: i, service, message: noCertificate(service, `the lists of ${lists.name}`) });
    }
    const secure: ServicePlace | undefined = places.sccps ?? places.sips;
    if (
      lists !== undefined &&
      mode === 'mixed' &&
      secure !== undefined &&
      certificates.CallManager === undefined
    )
      faults.push({ node: i, service: 'CallManager', message: noCertificate('CallManager', 'the CTL') });
    for (const [port, place] of externalPlaces(node)) {
      const owner = owners.get(place.address) ?? node.name;
      owners.set(place.address, owner);
      if (owner !== node.name)
        faults.push({
          node: i,
          service: featureOf(port),
          message: `found ${placeText(place)}, an address of ${owner} already: phones tell nodes apart by their addresses`,
        });
    }
  });
  return faults;
}

function noCertificate(service: FeatureService, lists: string): string {
  return `found no certificate of the external ${service}, expected certificate: FILE.pem, which ${lists} would name`;
}

function featureOf(port: string): FeatureService {
  if (port === 'tftp' || port === 'http') return 'TFTP';
  if (port === 'tvs') return 'TVS';
  return port === 'capf' ? 'CAPF' : 'CallManager';
}
