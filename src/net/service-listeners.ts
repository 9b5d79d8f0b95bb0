import { CONNECTION_OBJECTS } from '../cluster/serving.js';
import type { FrontService, ServicePort } from '../device/service-port.js';
import { hasIpv6Loopback, IPV6_LOOPBACK, SERVICE_PORTS } from './addresses.js';
import { startCapfServer } from './capf-server.js';
import type { ClusterAnswers, ClusterLog, FrontNode } from './cluster-front.js';
import type { DatagramNetwork } from './datagrams.js';
import type { FileRequest } from './file-service.js';
import { startHttpFilesServer } from './http-files-server.js';
import { startSccpRegistrar } from './sccp-registrar.js';
import type { SecurePort } from './secure-port.js';
import { ServingGate } from './serving-gate.js';
import { type SipServiceEvent, startSipRegistrar } from './sip-registrar.js';
import { startTftpServer } from './tftp-server.js';
import type { KeylogSink } from './tls-keylog.js';
import type { SecureService } from './tls-listener.js';
import { startTvsServer } from './tvs-server.js';
import { startWebServer } from './web-server.js';

/** One port of a service, and the port of TLS that goes with it. */
export interface Listener {
  readonly name: ServicePort;
  readonly port: number;
  /** K-13 `at once`: takes over what the service shows now; absent where nothing is shown. */
  readonly follow?: () => void;
  close(): Promise<void>;
}

/** What all services of a cluster are given. */
export interface ServiceSurroundings {
  readonly answers: ClusterAnswers;
  /** Where the cluster's log goes. */
  readonly log: ClusterLog;
  readonly network?: DatagramNetwork;
  /** Takes the secrets of all TLS connections. */
  readonly keylog?: KeylogSink;
  /** From the run's seed, in [0, 1): what the SIP registrars draw. Default: by chance. */
  readonly random?: () => number;
}

type Start = () => Promise<Listener>;

/**
 * What a service of a node listens with, to be started one after the other. It takes over what it shows and offers as it is now.
 *
 * @param opened hears of the gate before the files, where the service is TFTP
 */
export function serviceListeners(
  service: FrontService,
  node: FrontNode,
  around: ServiceSurroundings,
  opened: (gate: ServingGate) => void,
): readonly Start[] {
  switch (service) {
    case 'TFTP': {
      const gate = new ServingGate({
        objects: CONNECTION_OBJECTS,
        servingCount: around.answers.servingCount(),
      });
      opened(gate);
      return fileListeners(node, around, gate);
    }
    case 'TVS':
      return [tvsListener(node, around)];
    case 'CallManager':
      return [
        ...(isOurs(node, 'sccp', 'sccps') ? [sccpListener(node, around)] : []),
        ...(isOurs(node, 'sip', 'sips') ? [sipListener(node, around)] : []),
      ];
    case 'CAPF':
      return capfListeners(node, around);
    case 'Tomcat':
      return tomcatListeners(node, around);
  }
}

function fileListeners(
  node: FrontNode,
  { answers, log, network }: ServiceSurroundings,
  gate: ServingGate,
): readonly Start[] {
  const { address, name } = node;
  const options = {
    address,
    gate,
    read: (file: string) => answers.read(name, file),
    onRequest: (request: FileRequest) => log.file(name, request),
  };
  const tftp = { ...options, ...given('network', network), port: SERVICE_PORTS.tftp };
  const http = { ...options, port: SERVICE_PORTS.http };
  return [
    ...(isOurs(node, 'tftp') ? [() => listener('tftp', startTftpServer(tftp))] : []),
    ...(isOurs(node, 'http') ? [() => listener('http', startHttpFilesServer(http))] : []),
  ];
}

function tvsListener({ address, name }: FrontNode, { answers, log, keylog }: ServiceSurroundings): Start {
  return () =>
    listener(
      'tvs',
      startTvsServer({
        address,
        port: SERVICE_PORTS.tvs,
        identity: answers.tvsIdentity(name),
        ...given('tls', answers.tvsTls(name)),
        ...given('keylog', keylog),
        answer: (request) => answers.tvs(name, request),
        onEvent: (event) => log.event(name, 'tvs', event),
      }),
      (server) => server.replace(answers.tvsIdentity(name)),
    );
}

function sccpListener(node: FrontNode, around: ServiceSurroundings): Start {
  const { address, name } = node;
  const { answers, log } = around;
  const tls = tlsOf('sccps', node, around);
  return () =>
    listener(
      'sccp',
      startSccpRegistrar({
        address,
        port: SERVICE_PORTS.sccp,
        ...given('tls', tls),
        serverName: name,
        admit: (request) => answers.admit(name, request),
        serversOf: (device) =>
          answers.callManagers(device).map((entry) => ({ ...entry, port: entry.sccpPort })),
        onEvent: (event) => log.event(name, 'sccp', event),
      }),
      ({ secure }) => replaceOpen(secure, answers.callManagerTls(name), around),
    );
}

function sipListener(node: FrontNode, around: ServiceSurroundings): Start {
  const { address, name } = node;
  const { answers, log, keylog, network, random } = around;
  const tls = tlsOf('sips', node, around);
  const oauth = answers.oauthTls(name);
  return () =>
    listener(
      'sip',
      startSipRegistrar({
        address,
        port: SERVICE_PORTS.sip,
        ...given('tls', tls),
        ...given('oauth', oauth && { ...oauth, ...given('keylog', keylog), port: SERVICE_PORTS.sipOauth }),
        ...given('network', network),
        ...given('random', random),
        admit: (request) => answers.admit(name, request),
        onEvent: (event) => {
          tellItl(answers.itlFiles, name, event);
          log.event(name, 'sip', event);
        },
        node: name,
        release: answers.release(),
      }),
      (registrar) => {
        replaceOpen(registrar.secure, answers.callManagerTls(name), around);
        const shown = answers.oauthTls(name);
        const service = shown && { ...shown, trust: [], clientCertificate: 'none' as const };
        replaceOpen(registrar.oauth, service, around);
      },
    );
}

/** what a SIP registrar tells of a phone's ITL. */
function tellItl(itlFiles: ClusterAnswers['itlFiles'], node: string, event: SipServiceEvent): void {
  if (event.event === 'trust-lists') itlFiles.reported(event.device, event.info.itl);
  else if (event.event === 'registered') itlFiles.registered(node, event.device);
  else if (event.event === 'unregistered') itlFiles.unregistered(node, event.device);
}

/** The secure port of a registrar; undefined where there is none, or it is an external service's. */
function tlsOf(port: 'sccps' | 'sips', node: FrontNode, { answers, keylog }: ServiceSurroundings) {
  const secure = answers.callManagerTls(node.name);
  if (secure === undefined || !isOurs(node, port)) return undefined;
  return { ...secure, ...given('keylog', keylog), port: SERVICE_PORTS[port] };
}

function capfListeners(node: FrontNode, { answers, log, keylog }: ServiceSurroundings): readonly Start[] {
  const { address, name } = node;
  const capf = answers.capf(name);
  if (capf === undefined) return [];
  const listen = [{ address, port: SERVICE_PORTS.capf }];
  if (node.ipv6 !== null && hasIpv6Loopback())
    listen.push({ address: IPV6_LOOPBACK, port: node.ipv6(SERVICE_PORTS.capf) });
  const onEvent: NonNullable<Parameters<typeof startCapfServer>[0]['onEvent']> = (event) =>
    log.event(name, 'capf', event);
  return [
    () =>
      listener(
        'capf',
        startCapfServer({ ...capf, ...given('keylog', keylog), listen, onEvent }),
        (server) => {
          const shown = answers.capf(name);
          if (shown !== undefined) server.replace(shown.identity);
        },
      ),
  ];
}

function tomcatListeners(
  { address, name }: FrontNode,
  { answers, log, keylog }: ServiceSurroundings,
): readonly Start[] {
  const front = answers.tomcat(name);
  if (front === undefined) return [];
  return [
    () =>
      listener(
        'tomcat',
        startWebServer({
          ...front,
          address,
          port: SERVICE_PORTS.tomcat,
          ...given('keylog', keylog),
          answer: (target) => answers.web(name, target),
          onEvent: (event) => log.event(name, 'tomcat', event),
        }),
        (server) => {
          const shown = answers.tomcat(name);
          if (shown !== undefined) server.replace(shown);
        },
      ),
  ];
}

async function listener<L extends Pick<Listener, 'port' | 'close'>>(
  name: ServicePort,
  starting: Promise<L>,
  follow?: (started: L) => void,
): Promise<Listener> {
  const started = await starting;
  return {
    name,
    port: started.port,
    ...(follow === undefined ? {} : { follow: () => follow(started) }),
    close: () => started.close(),
  };
}

function isOurs({ external }: FrontNode, ...ports: readonly ServicePort[]): boolean {
  return ports.some((port) => external?.has(port) !== true);
}

/** A TLS port that is closed, or an external service's, shows nothing. */
function replaceOpen(
  port: SecurePort,
  service: SecureService | undefined,
  { keylog }: Pick<ServiceSurroundings, 'keylog'>,
): void {
  if (port.port !== undefined && service !== undefined)
    port.replace({ ...service, ...given('keylog', keylog) });
}

/** A property that is left out where there is no value for it. */
function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}
