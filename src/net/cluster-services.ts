import { type ExternalPort, FRONT_SERVICES, type FrontService } from '../device/service-port.js';
import { TrustfleetError } from '../errors.js';
import { SERVICE_PORTS } from './addresses.js';
import type { ClusterAnswers, ClusterLog, FrontNode, ListeningPorts } from './cluster-front.js';
import { type Listener, type ServiceSurroundings, serviceListeners } from './service-listeners.js';
import type { ServingGate } from './serving-gate.js';

/** The sockets of one cluster. Each service of each node starts and stops alone, as on a real node. */
export class ClusterServices {
  readonly #nodes: Map<string, FrontNode>;
  readonly #around: ServiceSurroundings;
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
    options: Omit<ServiceSurroundings, 'answers' | 'log'> = {},
  ) {
    this.#nodes = new Map(nodes.map((node) => [node.name, node]));
    this.#around = { ...options, answers, log };
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
        const begins = serviceListeners(service, node, this.#around, (gate) =>
          this.#gates.set(nodeName, gate),
        );
        for (const begin of begins) started.push(await begin());
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
        const secure = this.#around.answers.callManagerTls(nodeName) !== undefined;
        if (name === 'sccp' && secure) ports.sccps = SERVICE_PORTS.sccps;
        if (name === 'sip' && secure) ports.sips = SERVICE_PORTS.sips;
        if (name === 'sip' && this.#around.answers.oauthTls(nodeName) !== undefined)
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
}

function keyOf(service: FrontService, node: string): string {
  return `${node}/${service}`;
}

async function closeAll(listeners: readonly Listener[]): Promise<void> {
  await Promise.all(listeners.map((listener) => listener.close()));
}
