import type { KeyObject } from 'node:crypto';
import type { Release } from '../device/release.js';
import { TrustfleetError } from '../errors.js';
import type { Certificate } from '../pki/certificate.js';
import type { TvsRequest, TvsResponse } from '../protocol/tvs/index.js';
import { SERVICE_PORTS, type ServicePort } from './addresses.js';
import type { Admission, AdmissionRequest } from './admission.js';
import type { DatagramNetwork } from './datagrams.js';
import type { FileRequest } from './file-service.js';
import { startHttpFilesServer } from './http-files-server.js';
import { type SccpRegistrarEvent, startSccpRegistrar } from './sccp-registrar.js';
import { type SipServiceEvent, startSipRegistrar } from './sip-registrar.js';
import { startTftpServer } from './tftp-server.js';
import { startTvsServer, type TvsServerEvent } from './tvs-server.js';

/** Services that phones talk to, as an administrator starts and stops them. */
export type FrontService = 'TFTP' | 'TVS' | 'CallManager';

export const FRONT_SERVICES: readonly FrontService[] = ['TFTP', 'TVS', 'CallManager'];

/** A node as its sockets need it. */
export interface FrontNode {
  readonly name: string;
  readonly address: string;
  readonly services: ReadonlySet<FrontService>;
}

/** What stands behind the sockets: asked for each request, so an operation shows at once what it changed. */
export interface ClusterAnswers {
  read(node: string, file: string): Uint8Array | undefined;
  /** The identity that the TVS service holds; taken at each start of the service. */
  tvsIdentity(node: string): { readonly certificate: Certificate; readonly privateKey: KeyObject };
  tvs(node: string, request: TvsRequest): TvsResponse | undefined;
  admit(node: string, request: AdmissionRequest): Admission;
  /** Decides what the registrars call themselves. */
  readonly release: Release;
}

/** What a service tells of a peer; `event` names it, the rest are its facts. */
export type ServiceEvent = SccpRegistrarEvent | SipServiceEvent | TvsServerEvent;

/** Where the cluster's log goes; must not throw. */
export interface ClusterLog {
  file(node: string, request: FileRequest): void;
  event(node: string, service: 'sccp' | 'sip' | 'tvs', event: ServiceEvent): void;
}

/** `services` of `serve --json`. */
export type ListeningPorts = Readonly<Partial<Record<ServicePort, number>>>;

interface Listener {
  readonly name: ServicePort;
  readonly port: number;
  close(): Promise<void>;
}

/** The sockets of one cluster. Each service of each node starts and stops alone, as on a real node. */
export class ClusterServices {
  readonly #nodes: ReadonlyMap<string, FrontNode>;
  readonly #answers: ClusterAnswers;
  readonly #log: ClusterLog;
  readonly #network: DatagramNetwork | undefined;
  readonly #running = new Map<string, readonly Listener[]>();
  /** The last start or stop of each service: the next one waits for it, so none can pass another half way. */
  readonly #turns = new Map<string, Promise<unknown>>();
  #closed = false;

  constructor(
    nodes: readonly FrontNode[],
    answers: ClusterAnswers,
    log: ClusterLog,
    network?: DatagramNetwork,
  ) {
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
    this.#answers = answers;
    this.#log = log;
    this.#network = network;
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

  /** Ports that a node listens on now. */
  ports(nodeName: string): ListeningPorts {
    const ports: Partial<Record<ServicePort, number>> = {};
    for (const service of FRONT_SERVICES) {
      for (const { name, port } of this.#running.get(keyOf(service, nodeName)) ?? []) ports[name] = port;
    }
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
    const as = (label: ServicePort, started: Promise<{ readonly port: number; close(): Promise<void> }>) =>
      started.then(
        (listener): Listener => ({ name: label, port: listener.port, close: () => listener.close() }),
      );
    switch (service) {
      case 'TFTP': {
        const options = {
          address,
          read: (file: string) => answers.read(name, file),
          onRequest: (request: FileRequest) => log.file(name, request),
        };
        const network = this.#network === undefined ? {} : { network: this.#network };
        return [
          () => as('tftp', startTftpServer({ ...options, ...network, port: SERVICE_PORTS.tftp })),
          () => as('http', startHttpFilesServer({ ...options, port: SERVICE_PORTS.http })),
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
                answer: (request) => answers.tvs(name, request),
                onEvent: (event) => log.event(name, 'tvs', event),
              }),
            ),
        ];
      case 'CallManager':
        return [
          () =>
            as(
              'sccp',
              startSccpRegistrar({
                address,
                port: SERVICE_PORTS.sccp,
                serverName: name,
                admit: (request) => answers.admit(name, request),
                onEvent: (event) => log.event(name, 'sccp', event),
              }),
            ),
          () =>
            as(
              'sip',
              startSipRegistrar({
                address,
                port: SERVICE_PORTS.sip,
                admit: (request) => answers.admit(name, request),
                onEvent: (event) => log.event(name, 'sip', event),
                node: name,
                release: answers.release,
              }),
            ),
        ];
    }
  }
}

function keyOf(service: FrontService, node: string): string {
  return `${node}/${service}`;
}

async function closeAll(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.close()));
}
