import {
  EXTERNAL_PORT_NAMES,
  type ExternalPort,
  KNOWN_PORTS,
  placeText,
  type ServicePlace,
  type ServicePort,
} from '../device/service-port.js';
import type { CertificatePurpose, NodeChoice, Operation } from './operation.js';
import type { FeatureService } from './spec.js';

/** Services of a node that are real ones elsewhere; plain data. What is absent is the embedded cluster's own. */
export interface ExternalServices {
  readonly places: Readonly<Partial<Record<ExternalPort, ServicePlace>>>;
  /** Certificates that they show or sign with, DER. */
  readonly certificates: Readonly<Partial<Record<FeatureService, Uint8Array>>>;
}

export const NOTHING_EXTERNAL: ExternalServices = { places: {}, certificates: {} };

/** Ports of a feature service; the first one stands for it. */
export const FEATURE_PORTS = {
  TFTP: ['tftp', 'http'],
  CallManager: ['sccp', 'sccps', 'sip', 'sips'],
  TVS: ['tvs'],
  CAPF: ['capf'],
} as const satisfies Readonly<Record<FeatureService, readonly ServicePort[]>>;

/** A node as far as its services are concerned: a node of a state, a specification, a plan. */
export interface ServingNode {
  readonly name: string;
  readonly services: Iterable<string>;
  readonly external?: Pick<ExternalServices, 'places'> | undefined;
}

/** Where phones find a service of a node: elsewhere, or at the node by the port that they know. */
export function placeOf(
  node: { readonly address: string; readonly external: Pick<ExternalServices, 'places'> },
  port: ServicePort,
): ServicePlace {
  return node.external.places[port] ?? { address: node.address, port: KNOWN_PORTS[port] };
}

/** Ports that a real service of this kind may have. */
export const EXTERNAL_FEATURE_PORTS: Readonly<Record<FeatureService, readonly ExternalPort[]>> = {
  ...FEATURE_PORTS,
  CAPF: ['capf', 'capfIpv6'],
};

function isFeature(service: string): service is FeatureService {
  return Object.hasOwn(FEATURE_PORTS, service);
}

/** TFTP is external by its TFTP port: a foreign 6970 alone leaves the files ours. CallManager is when all its ports are. */
export function isExternal(
  { external = NOTHING_EXTERNAL }: Pick<ServingNode, 'external'>,
  service: string,
): boolean {
  if (!isFeature(service)) return false;
  const ports = service === 'TFTP' ? (['tftp'] as const) : FEATURE_PORTS[service];
  return ports.every((port) => external.places[port] !== undefined);
}

/** Does the embedded cluster run this service on the node? */
export function runsHere(node: ServingNode, service: string): boolean {
  return [...node.services].includes(service) && !isExternal(node, service);
}

/** Ports of a node that are elsewhere, with where, in the order of `serve --json`. */
export function externalPlaces({
  external = NOTHING_EXTERNAL,
}: Pick<ServingNode, 'external'>): [ExternalPort, ServicePlace][] {
  return EXTERNAL_PORT_NAMES.flatMap((port): [ExternalPort, ServicePlace][] => {
    const place = external.places[port];
    return place === undefined ? [] : [[port, place]];
  });
}

/** Whose private keys sign and show an identity: where all of them are elsewhere, so is the key. */
const KEY_HOLDERS: Readonly<Partial<Record<CertificatePurpose, readonly FeatureService[]>>> = {
  CallManager: ['TFTP', 'CallManager'],
  TVS: ['TVS'],
  CAPF: ['CAPF'],
};

/** What an operation is about: it can be done on a node as long as one of the services is ours there. */
interface Concern {
  readonly services: readonly string[];
  readonly nodes: NodeChoice;
}

function concernsOf(operation: ExternalQuestion): Concern[] {
  const one = (services: readonly string[], nodes: NodeChoice): Concern[] => [{ services, nodes }];
  switch (operation.op) {
    case 'regenerate':
    case 'csr':
    case 'upload':
      return one(KEY_HOLDERS[operation.purpose] ?? [], operation.nodes);
    case 'sign':
      return operation.purpose === 'phones' ? one(['CAPF'], 'all') : [];
    case 'restart':
      return operation.services.flatMap((service) => one([service], operation.nodes));
    case 'delete-ctl':
      return one(['TFTP'], operation.nodes);
    case 'utils-capf':
      return one(['CAPF'], 'all');
    case 'set-tls-min':
    case 'common-criteria':
    case 'fips':
      return one(Object.keys(FEATURE_PORTS), operation.nodes);
    case 'set-cluster':
    case 'update-ctl':
    case 'ctl-client':
    case 'reset-localkey':
    case 'capf':
    case 'device':
    case 'parameter':
      return one(['TFTP'], 'all');
    default:
      return [];
  }
}

/** An operation as far as this looks at it: one of a scenario has no names of devices yet. */
export type ExternalQuestion =
  | Exclude<Operation, { readonly op: 'capf' | 'device' }>
  | { readonly op: 'capf' | 'device' };

/**
 * Why an operation cannot be done: what it is about is a real service elsewhere, on a node that it names, or on all nodes that
 * run it. Undefined where nothing is in its way.
 */
export function externalRefusal(
  nodes: readonly ServingNode[],
  operation: ExternalQuestion,
): string | undefined {
  for (const { services, nodes: choice } of concernsOf(operation)) {
    const refusal = outOfReach(nodes, services, choice);
    if (refusal !== undefined) return refusal;
  }
  return undefined;
}

/** The same for services that are stopped and started. */
export function outOfReach(
  nodes: readonly ServingNode[],
  services: readonly string[],
  choice: NodeChoice,
): string | undefined {
  const running = nodes.filter((node) => [...node.services].some((service) => services.includes(service)));
  const isAway = (node: ServingNode): boolean => !services.some((service) => runsHere(node, service));
  const away =
    choice === 'all'
      ? running.every(isAway) && running.length > 0
        ? running[0]
        : undefined
      : running.find((node) => choice.includes(node.name) && isAway(node));
  if (away === undefined) return undefined;
  const service = [...away.services].find((name) => services.includes(name)) ?? '';
  const [first] = isFeature(service) ? FEATURE_PORTS[service] : [];
  const place = first === undefined ? undefined : away.external?.places[first];
  const where = place === undefined ? '' : ` (${placeText(place)})`;
  return `${service} of ${away.name} is an external service${where}, which this cluster does not operate`;
}
