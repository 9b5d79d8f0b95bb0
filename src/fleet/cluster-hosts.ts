import type { NodeChoice, Operation, ServiceFault } from '../cluster/operation.js';
import type { ModelProfile } from '../device/model.js';
import { TrustfleetError } from '../errors.js';
import { atNodes } from './at-nodes.js';
import { ClusterHost, type ClusterHostOptions, type NodeReady } from './cluster-host.js';
import type { Device } from './devices.js';
import { nodeLabel } from './node-label.js';
import type { LaboratoryClusters } from './plan.js';
import type { FlashImage } from './shard-messages.js';

/** A node by its label, and where it is. */
interface Place {
  readonly host: ClusterHost;
  readonly node: string;
}

/**
 * All clusters of a run: each with its own sockets, the nodes under their labels (node-label.ts). The first is the phones'
 * home.
 */
export class ClusterHosts {
  readonly #hosts: readonly [ClusterHost, ...ClusterHost[]];
  #places: ReadonlyMap<string, Place>;

  private constructor(hosts: readonly [ClusterHost, ...ClusterHost[]]) {
    this.#hosts = hosts;
    this.#places = placesOf(hosts);
  }

  /**
   * Installs the clusters, one after the other, and starts their services; on failure nothing stays open.
   *
   * @throws TrustfleetError as `ClusterHost.start` does.
   */
  static async start(
    clusters: LaboratoryClusters,
    devices: readonly Device[],
    models: ReadonlyMap<string, ModelProfile>,
    options: ClusterHostOptions,
  ): Promise<ClusterHosts> {
    const [home, ...others] = clusters;
    if (others.length === 0)
      return new ClusterHosts([await ClusterHost.start(home, devices, models, options)]);
    const started: ClusterHost[] = [];
    const foreign = (name: string) => started.find((host) => host.name === name)?.foreign;
    let nodesBefore = 0;
    const next = async (cluster: LaboratoryClusters[0], own: readonly Device[]): Promise<ClusterHost> => {
      const inHand = started.at(-1)?.inHand;
      const host = await ClusterHost.start(cluster, own, models, {
        ...options,
        nodesBefore,
        others: foreign,
        ...(inHand === undefined ? {} : { inHand }),
      });
      nodesBefore += cluster.nodes.length;
      started.push(host);
      return host;
    };
    try {
      const first = await next(home, devices);
      const rest: ClusterHost[] = [];
      for (const cluster of others) rest.push(await next(cluster, inDatabaseOf(cluster, devices)));
      return new ClusterHosts([first, ...rest]);
    } catch (error) {
      await Promise.all(started.map((host) => host.close()));
      throw error;
    }
  }

  /** Under their labels. */
  nodes(): NodeReady[] {
    return this.#hosts.flatMap((host) =>
      host.nodes().map((node) => ({ ...node, name: nodeLabel(this.#hosts, host.name, node.name) })),
    );
  }

  /** @throws TrustfleetError TF_OPERATION_REFUSED with the cluster's own message. */
  async operate(operation: Operation, cluster?: string): Promise<readonly string[]> {
    const host = this.#host(cluster);
    const output = await host.operate(operation);
    this.#places = placesOf(this.#hosts);
    for (const other of this.#hosts) if (other !== host) other.takeInHand(host.inHand);
    return output;
  }

  /** Nodes by their labels. */
  async fault(fault: ServiceFault | { readonly clear: 'all' }): Promise<void> {
    await Promise.all(
      this.#hosts.map((host) =>
        host.fault('clear' in fault ? fault : { ...fault, nodes: this.#nodesOf(host, fault.nodes) }),
      ),
    );
  }

  artefact(label: string, file: string): Uint8Array | undefined {
    const place = this.#places.get(label);
    return place?.host.artefact(place.node, file);
  }

  /** What the flash of healthy phones holds: lists of every TFTP node, configurations of the home's alone. */
  images(devices: readonly Device[]): FlashImage[] {
    return this.#hosts.flatMap((host, number) =>
      host
        .images(number === 0 ? devices : [])
        .map((image) => ({ ...image, node: nodeLabel(this.#hosts, host.name, image.node) })),
    );
  }

  /**
   * LSCs that phones have from before the run: each cluster issues its own, the home those of strange clusters as well.
   *
   * @param primes of the phones' LSC keys
   */
  async lscs(devices: readonly Device[], primes: Uint8Array): Promise<[device: string, der: Uint8Array][]> {
    const [home, ...others] = this.#hosts;
    const lscs: [string, Uint8Array][] = [];
    for (const host of others) {
      const own = devices.filter(({ lsc }) => lsc === host.name);
      lscs.push(...(await host.lscs(own.map(ownLsc), primes)));
    }
    const names = new Set(others.map(({ name }) => name));
    const rest = devices.filter(({ lsc }) => !names.has(lsc));
    const settled = rest.map((device) => (device.lsc === home.name ? ownLsc(device) : device));
    lscs.push(...(await home.lscs(settled, primes)));
    return lscs;
  }

  async close(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.close()));
  }

  #host(name: string | undefined): ClusterHost {
    const host = name === undefined ? this.#hosts[0] : this.#hosts.find((one) => one.name === name);
    if (host !== undefined) return host;
    const names = this.#hosts.map((one) => one.name).join(', ');
    throw new TrustfleetError('TF_OPERATION_REFUSED', `no cluster ${name}: expected one of ${names}`);
  }

  #nodesOf(host: ClusterHost, labels: NodeChoice): NodeChoice {
    if (labels === 'all') return 'all';
    return labels.flatMap((label) => {
      const place = this.#places.get(label);
      return place?.host === host ? [place.node] : [];
    });
  }
}

/** Nodes come and go with operations (OP-19). */
function placesOf(hosts: readonly ClusterHost[]): ReadonlyMap<string, Place> {
  return new Map(
    hosts.flatMap((host) =>
      host.nodes().map(({ name: node }) => [nodeLabel(hosts, host.name, node), { host, node }] as const),
    ),
  );
}

function ownLsc(device: Device): Device {
  return { ...device, lsc: 'own' };
}

/**
 * A device as a cluster has it that is not its home: with the members of its CallManager group that are there, and nothing
 * pending under "CAPF information".
 */
function inDatabaseOf({ nodes }: LaboratoryClusters[0], devices: readonly Device[]): Device[] {
  return atNodes(devices, nodes).map((device) => ({
    ...device,
    capf: { ...device.capf, operation: 'none' },
  }));
}
