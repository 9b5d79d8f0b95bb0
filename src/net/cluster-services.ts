import { CONNECTION_OBJECTS } from '../cluster/serving.js';
import {
  type ExternalPort,
  FRONT_SERVICES,
  type FrontService,
  type ServicePort,
} from '../device/service-port.js';
import { TrustfleetError } from '../errors.js';
import { hasIpv6Loopback, IPV6_LOOPBACK, SERVICE_PORTS } from './addresses.js';
import { startCapfServer } from './capf-server.js';
import type { ClusterAnswers, ClusterLog, FrontNode, ListeningPorts } from './cluster-front.js';
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

/** what a SIP registrar tells of a phone's ITL. */
function tellItl(itlFiles: ClusterAnswers['itlFiles'], node: string, event: SipServiceEvent): void {
  if (event.event === 'trust-lists') itlFiles.reported(event.device, event.info.itl);
  else if (event.event === 'registered') itlFiles.registered(node, event.device);
  else if (event.event === 'unregistered') itlFiles.unregistered(node, event.device);
}

export interface ClusterServicesOptions {
  readonly network?: DatagramNetwork;
  /** Takes the secrets of all TLS connections. */
  readonly keylog?: KeylogSink;
  /** From the run's seed, in [0, 1): what the SIP registrars draw. Default: by chance. */
  readonly random?: () => number;
}

interface Listener {
  readonly name: ServicePort;
  readonly port: number;
  /** K-13 `at once`: takes over what the service shows now; absent where nothing is shown. */
  readonly follow?: () => void;
  close(): Promise<void>;
}

/** The sockets of one cluster. Each service of each node starts and stops alone, as on a real node. */
export class ClusterServices {
  readonly #nodes: Map<string, FrontNode>;
  readonly #answers: ClusterAnswers;
  readonly #log: ClusterLog;
  readonly #network: DatagramNetwork | undefined;
  readonly #keylog: KeylogSink | undefined;
  readonly #random: (() => number) | undefined;
  readonly #running = new Map<string, readonly Listener[]>();
  /** What each running TFTP service takes on, by its node. */
  readonly #gates = new Map<string, ServingGate>();
  /** The last start or stop of each service: the next one waits for it, so none can pass another half way. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #closed = false;

  constructor(
    nodes: readonly FrontNode[],
    answers: ClusterAnswers,
    log: ClusterLog,
    options: ClusterServicesOptions = {},
  ) {
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
    this.#answers = answers;
    this.#log = log;
    this.#network = options.network;
    this.#keylog = options.keylog;
    this.#random = options.random;
  }

  /**
   * Starts everything that the nodes run; on failure nothing stays open.
   *
   * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES
   */
  async startAll(): Promise<void> {
    try {
      for (const node of this.#nodes.values()) {
        for (const service of node.services) await this.start(service, node.name);
      }
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * A node that has joined (OP-19), with its services started; on failure it is forgotten.
   *
   * @throws TrustfleetError TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE, TF_TOO_MANY_FILES
   */
  async add(node: FrontNode): Promise<void> {
    this.#nodes.set(node.name, node);
    try {
      for (const service of node.services) await this.start(service, node.name);
    } catch (error) {
      await this.remove(node.name);
      throw error;
    }
  }

  /** A node that has left (OP-19): its services stop for good. */
  async remove(nodeName: string): Promise<void> {
    const { services } = this.#node(nodeName);
    await Promise.all([...services].map((service) => this.stop(service, nodeName)));
    this.#nodes.delete(nodeName);
  }

  /** Starts a service that does not run; one that runs, or that the node does not have, is left alone. */
  async start(service: FrontService, nodeName: string): Promise<void> {
    const node = this.#node(nodeName);
    if (!node.services.has(service)) return;
    const key = keyOf(service, nodeName);
    await this.#inTurn(key, async () => {
      if (this.#closed || this.#running.has(key)) return;
      const started: Listener[] = [];
      try {
        for (const begin of this.#listeners(service, node)) started.push(await begin());
      } catch (error) {
        await closeAll(started);
        throw error;
      }
      this.#running.set(key, started);
    });
  }

  /** Stops a service: its connections are cut, nobody gets a farewell. */
  async stop(service: FrontService, nodeName: string): Promise<void> {
    const key = keyOf(service, nodeName);
    await this.#inTurn(key, async () => {
      const listeners = this.#running.get(key) ?? [];
      this.#running.delete(key);
      await closeAll(listeners);
    });
  }

  /** K-13 `at once`: a service that runs shows on its ports what it shows now; its connections stay. */
  follow(service: FrontService, nodeName: string): Promise<void> {
    const key = keyOf(service, nodeName);
    return this.#inTurn(key, async () => {
      for (const listener of this.#running.get(key) ?? []) listener.follow?.();
    });
  }

  /** So many connection objects of a TFTP service are never released (222878). */
  leak(objects: number, nodeName: string): void {
    this.#gates.get(nodeName)?.leak(objects);
  }

  /** All connection objects of a TFTP service are there again. */
  mend(nodeName: string): void {
    this.#gates.get(nodeName)?.mend();
  }

  isRunning(service: FrontService, nodeName: string): boolean {
    return this.#running.has(keyOf(service, nodeName));
  }

  /** Ports that a node listens on now. */
  ports(nodeName: string): ListeningPorts {
    const ports: Partial<Record<ExternalPort, number>> = {};
    for (const service of FRONT_SERVICES) {
      for (const { name, port } of this.#running.get(keyOf(service, nodeName)) ?? []) {
        ports[name] = port;
        const secure = this.#answers.callManagerTls(nodeName) !== undefined;
        if (name === 'sccp' && secure) ports.sccps = SERVICE_PORTS.sccps;
        if (name === 'sip' && secure) ports.sips = SERVICE_PORTS.sips;
        if (name === 'sip' && this.#answers.oauthTls(nodeName) !== undefined)
          ports.sipOauth = SERVICE_PORTS.sipOauth;
      }
    }
    for (const port of this.#node(nodeName).external ?? []) delete ports[port];
    return ports;
  }

  /** Stops everything for good, what is just starting as well. */
  async close(): Promise<void> {
    this.#closed = true;
    const pairs = [...this.#nodes.values()].flatMap((node) =>
      [...node.services].map((service) => [service, node.name] as const),
    );
    await Promise.all(pairs.map(([service, node]) => this.stop(service, node)));
  }

  #inTurn(key: string, work: () => Promise<void>): Promise<void> {
    const turn = (this.#turns.get(key) ?? Promise.resolve()).then(work);
    // whoever started it hears of its failure; the next in turn is not concerned
    this.#turns.set(
      key,
      turn.catch(() => undefined),
    );
    return turn;
  }

  #node(name: string): FrontNode {
    const node = this.#nodes.get(name);
    if (node === undefined) {
      const names = [...this.#nodes.keys()].join(', ');
      throw new TrustfleetError('TF_OPERATION_REFUSED', `no node ${name}: expected one of ${names}`);
    }
    return node;
  }

  #listeners(service: FrontService, node: FrontNode): (() => Promise<Listener>)[] {
    const { address, name } = node;
    const answers = this.#answers;
    const log = this.#log;
    const keylog = given('keylog', this.#keylog);
    const isOurs = (...ports: ServicePort[]): boolean =>
      ports.some((port) => node.external?.has(port) !== true);
    const as = <L extends Pick<Listener, 'port' | 'close'>>(
      label: ServicePort,
      started: Promise<L>,
      follow?: (listener: L) => void,
    ) =>
      started.then(
        (listener): Listener => ({
          name: label,
          port: listener.port,
          ...(follow === undefined ? {} : { follow: () => follow(listener) }),
          close: () => listener.close(),
        }),
      );
    switch (service) {
      case 'TFTP': {
        const gate = new ServingGate({
          objects: CONNECTION_OBJECTS,
          servingCount: answers.servingCount(),
        });
        this.#gates.set(name, gate);
        const options = {
          address,
          gate,
          read: (file: string) => answers.read(name, file),
          onRequest: (request: FileRequest) => log.file(name, request),
        };
        const network = given('network', this.#network);
        return [
          ...(isOurs('tftp')
            ? [() => as('tftp', startTftpServer({ ...options, ...network, port: SERVICE_PORTS.tftp }))]
            : []),
          ...(isOurs('http')
            ? [() => as('http', startHttpFilesServer({ ...options, port: SERVICE_PORTS.http }))]
            : []),
        ];
      }
      case 'TVS':
        return [
          () =>
            as(
              'tvs',
              startTvsServer({
                address,
                port: SERVICE_PORTS.tvs,
                identity: answers.tvsIdentity(name),
                ...given('tls', answers.tvsTls(name)),
                ...keylog,
                answer: (request) => answers.tvs(name, request),
                onEvent: (event) => log.event(name, 'tvs', event),
              }),
              (server) => server.replace(answers.tvsIdentity(name)),
            ),
        ];
      case 'CallManager': {
        const secure = answers.callManagerTls(name);
        const oauth = answers.oauthTls(name);
        const tls = (port: 'sccps' | 'sips') =>
          given(
            'tls',
            secure === undefined || !isOurs(port)
              ? undefined
              : { ...secure, ...keylog, port: SERVICE_PORTS[port] },
          );
        const sccp = () =>
          as(
            'sccp',
            startSccpRegistrar({
              address,
              port: SERVICE_PORTS.sccp,
              ...tls('sccps'),
              serverName: name,
              admit: (request) => answers.admit(name, request),
              onEvent: (event) => log.event(name, 'sccp', event),
            }),
            ({ secure: port }) => replaceOpen(port, answers.callManagerTls(name), keylog),
          );
        const sip = () =>
          as(
            'sip',
            startSipRegistrar({
              address,
              port: SERVICE_PORTS.sip,
              ...tls('sips'),
              ...given('oauth', oauth && { ...oauth, ...keylog, port: SERVICE_PORTS.sipOauth }),
              ...given('network', this.#network),
              ...given('random', this.#random),
              admit: (request) => answers.admit(name, request),
              onEvent: (event) => {
                tellItl(answers.itlFiles, name, event);
                log.event(name, 'sip', event);
              },
              node: name,
              release: answers.release(),
            }),
            (registrar) => {
              replaceOpen(registrar.secure, answers.callManagerTls(name), keylog);
              const shown = answers.oauthTls(name);
              const service = shown && { ...shown, trust: [], clientCertificate: 'none' as const };
              replaceOpen(registrar.oauth, service, keylog);
            },
          );
        return [...(isOurs('sccp', 'sccps') ? [sccp] : []), ...(isOurs('sip', 'sips') ? [sip] : [])];
      }
      case 'CAPF': {
        const capf = answers.capf(name);
        if (capf === undefined) return [];
        const listen = [{ address, port: SERVICE_PORTS.capf }];
        if (node.ipv6 !== null && hasIpv6Loopback())
          listen.push({ address: IPV6_LOOPBACK, port: node.ipv6(SERVICE_PORTS.capf) });
        return [
          () =>
            as(
              'capf',
              startCapfServer({
                ...capf,
                ...keylog,
                listen,
                onEvent: (event) => log.event(name, 'capf', event),
              }),
              (server) => {
                const shown = answers.capf(name);
                if (shown !== undefined) server.replace(shown.identity);
              },
            ),
        ];
      }
      case 'Tomcat': {
        const front = answers.tomcat(name);
        if (front === undefined) return [];
        return [
          () =>
            as(
              'tomcat',
              startWebServer({
                ...front,
                address,
                port: SERVICE_PORTS.tomcat,
                ...keylog,
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
    }
  }
}

/** A TLS port that is closed, or an external service's, shows nothing. */
function replaceOpen(
  port: SecurePort,
  service: SecureService | undefined,
  keylog: { readonly keylog?: KeylogSink },
): void {
  if (port.port !== undefined && service !== undefined) port.replace({ ...service, ...keylog });
}

/** A property that is left out where there is no value for it. */
function given<K extends string, V>(key: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]: V });
}

function keyOf(service: FrontService, node: string): string {
  return `${node}/${service}`;
}

async function closeAll(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.close()));
}
