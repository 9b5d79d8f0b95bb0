import type { Identity } from './identity.js';
import type { ServiceName } from './operation.js';
import type { ClusterKnobs } from './spec.js';
import { type ClusterState, findNode, type NodeState, SERVICE_IDENTITY } from './state.js';

type IdentityChange = Pick<ClusterKnobs, 'identityChangesAt'>;

/** Services with a TLS port that phones meet, and the services whose identities they show there: 5090 shows Tomcat's. */
const SHOWN_ON_PORTS = {
  TVS: ['TVS'],
  CallManager: ['CallManager', 'Tomcat'],
  CAPF: ['CAPF'],
  Tomcat: ['Tomcat'],
} as const satisfies Partial<Record<ServiceName, readonly ServiceName[]>>;

export type ShowingService = keyof typeof SHOWN_ON_PORTS;

const SHOWING_SERVICES = Object.keys(SHOWN_ON_PORTS) as readonly ShowingService[];

/**
 * K-13: which certificate a service shows now. `restart`: that of its last start (cluster-operations.md 1.4); `at once`: what is
 * stored. Undefined where the service never started on the node.
 */
function identityShown(
  { held, identities }: Pick<NodeState, 'held' | 'identities'>,
  service: ServiceName,
  { identityChangesAt }: IdentityChange,
): Identity | undefined {
  const started = held.identities[service];
  if (started === undefined || identityChangesAt === 'restart') return started;
  return identities[SERVICE_IDENTITY[service]];
}

/** {@link identityShown} for a node of a cluster; undefined for an unknown node, too. */
export function shownIdentity(
  state: ClusterState,
  nodeName: string,
  service: ServiceName,
): Identity | undefined {
  const node = findNode(state, nodeName);
  return node && identityShown(node, service, state.knobs);
}

/**
 * K-13 `at once`: services of a node whose ports show another certificate after a change than before it. None with `restart`:
 * a port goes on with what it was opened with.
 */
export function portsThatFollow(
  before: Pick<NodeState, 'held' | 'identities'>,
  after: Pick<NodeState, 'held' | 'identities'>,
  knobs: IdentityChange,
): readonly ShowingService[] {
  if (knobs.identityChangesAt === 'restart') return [];
  return SHOWING_SERVICES.filter((service) =>
    SHOWN_ON_PORTS[service].some(
      (owner) => identityShown(before, owner, knobs) !== identityShown(after, owner, knobs),
    ),
  );
}
