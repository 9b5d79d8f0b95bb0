import type { AdmissionRequest } from '../cluster/admission.js';
import type { ItlFileReports } from '../cluster/itl-file-status.js';
import type { Release } from '../device/release.js';
import type { TlsRange } from '../device/security.js';
import type { ExternalPort, FrontService, ServicePort } from '../device/service-port.js';
import type { Identity } from '../pki/keys.js';
import type { CallManagerEntry } from '../protocol/cnf/model.js';
import type { TvsRequest, TvsResponse } from '../protocol/tvs/index.js';
import type { AdmissionAnswer } from './admission.js';
import type { CapfServerEvent, CapfServiceOptions } from './capf-server.js';
import type { FileRequest } from './file-service.js';
import type { SccpRegistrarEvent } from './sccp-registrar.js';
import type { OauthListenerOptions, SipServiceEvent } from './sip-registrar.js';
import type { SecureService } from './tls-listener.js';
import type { TvsServerEvent } from './tvs-server.js';
import type { WebFront, WebPage, WebServerEvent } from './web-server.js';

/** A node as its sockets need it. */
export interface FrontNode {
  readonly name: string;
  readonly address: string;
  /** Where its services listen at [::1]; null where this machine has no IPv6. */
  readonly ipv6: ((port: number) => number) | null;
  readonly services: ReadonlySet<FrontService>;
  /** Ports of them that are external services': nothing listens for them here. */
  readonly external?: ReadonlySet<ExternalPort>;
}

/** CAPF as its sockets need it. */
export type CapfFront = Pick<
  CapfServiceOptions,
  'identity' | 'decide' | 'ipv6' | 'keepAliveMinutes' | 'tls' | 'wrongStringWaitMs'
>;

/** What stands behind the sockets: asked for each request, so an operation shows at once what it changed. */
export interface ClusterAnswers {
  read(node: string, file: string): Uint8Array | undefined;
  /** `Maximum Serving Count` (222878); taken at each start of TFTP. */
  servingCount(): number;
  /** The identity that the TVS service holds; taken at each start of the service. */
  tvsIdentity(node: string): Identity;
  tvs(node: string, request: TvsRequest): TvsResponse | undefined;
  admit(node: string, request: AdmissionRequest): AdmissionAnswer;
  /** Members of a device's CallManager group in its order; none for a device that is not in the database. */
  callManagers(device: string): readonly Pick<CallManagerEntry, 'name' | 'address' | 'sccpPort'>[];
  /** Who wants to know of the ITLs of SIP phones. */
  readonly itlFiles: Pick<ItlFileReports, 'reported' | 'registered' | 'unregistered'>;
  /** What the secure ports show, offer and believe; taken at each start of the service. */
  callManagerTls(node: string): SecureService | undefined;
  /** The same for the port of SIP OAuth; undefined where there is none. */
  oauthTls(node: string): Omit<OauthListenerOptions, 'port'> | undefined;
  /** Versions that TVS offers; taken at each start of the service. */
  tvsTls(node: string): TlsRange | undefined;
  /** Undefined where no CAPF runs; taken at each start of the service. */
  capf(node: string): CapfFront | undefined;
  /** Decides what the registrars call themselves; taken at each start of the service. */
  release(): Release;
  /** What Tomcat shows and offers; undefined where it has no certificate. Taken at each start of the service. */
  tomcat(node: string): WebFront | undefined;
  web(node: string, target: string): WebPage;
}

/** What a service tells of a peer; `event` names it, the rest are its facts. */
export type ServiceEvent =
  | SccpRegistrarEvent
  | SipServiceEvent
  | TvsServerEvent
  | CapfServerEvent
  | WebServerEvent;

/** Where the cluster's log goes; must not throw. */
export interface ClusterLog {
  file(node: string, request: FileRequest): void;
  event(node: string, service: 'sccp' | 'sip' | 'tvs' | 'capf' | 'tomcat', event: ServiceEvent): void;
}

/** `services` of `serve --json`. */
export type ListeningPorts = Readonly<Partial<Record<ServicePort, number>>>;
