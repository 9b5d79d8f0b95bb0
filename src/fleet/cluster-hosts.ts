import type { ForeignCluster } from '../cluster/context.js';
import type { ItlFileStatus } from '../cluster/itl-file-status.js';
import type { NodeChoice, Operation } from '../cluster/operation.js';
import type { Operated } from '../cluster/operations/result.js';
import type { ClusterState } from '../cluster/state.js';
import { TrustfleetError } from '../errors.js';
import type { Sample } from '../observe/sample.js';
import { createTally } from '../observe/tally.js';
import { atNodes } from './at-nodes.js';
import type { Device, DeviceKind } from './devices.js';
import type { ClusterFault } from './model.js';
import { nodeLabel } from './node-label.js';
import type { LaboratoryCluster, LaboratoryClusters } from './plan.js';
import type { FlashImage } from './shard-messages.js';

/** Tokens and external CAs: they belong to people, not to a cluster. */
export type InHand = Pick<ClusterState, 'tokens' | 'authorities'>;

/** What the clusters of a run have of each other. */
export interface Neighbours {
  /** Nodes of the clusters before this one: they have the first ports of [::1]. */
  readonly nodesBefore?: number;
  /** The other clusters of the run (OP-25). */
  readonly others?: (name: string) => ForeignCluster | undefined;
  /** What the administrator of another cluster has in hand: tokens and CAs of the same name are the same ones. */
  readonly inHand?: InHand;
}

/** A cluster of a run, whatever is in front of it: sockets, or virtual time. Nodes go by their own names. */
export interface ClusterOfRun {
  readonly name: string;
  /** As another cluster sees it that takes certificates from it (OP-25). */
  readonly foreign: ForeignCluster;
  readonly inHand: InHand;
  takeInHand(inHand: InHand): void;
  nodes(): readonly { readonly name: string }[];
  operate(operation: Operation): Promise<Operated>;
  check(operation: Operation): Promise<readonly string[]>;
  fault(fault: ClusterFault): Promise<void>;
  artefact(node: string, file: string): Uint8Array | undefined;
  images(devices: readonly Device[]): FlashImage[];
  lscs(devices: readonly Device[], primes: Uint8Array): Promise<[device: string, der: Uint8Array][]>;
  /** R-75, by device. */
  itlFileStatuses(): ReadonlyMap<string, ItlFileStatus>;
  close(): Promise<void>;
}

/** Installs one of them and starts its services. */
export type StartCluster<C> = (
  cluster: LaboratoryCluster,
  devices: readonly Device[],
  neighbours: Neighbours,
) => Promise<C>;

/** A node by its label, and where it is. */
interface Place<C> {
  readonly host: C;
  readonly node: string;
}

/** All clusters of a run, their nodes under their labels (node-label.ts). The first is the phones' home. */
export class ClusterHosts<C extends ClusterOfRun> {
  readonly #hosts: readonly [C, ...C[]];
  #places: ReadonlyMap<string, Place<C>>;

  private constructor(hosts: readonly [C, ...C[]]) {
    this.#hosts = hosts;
    this.#places = placesOf(hosts);
  }

  /**
   * Starts the clusters one after the other; on failure nothing stays open.
   *
   * @throws TrustfleetError as `start` does.
   */
  static async start<C extends ClusterOfRun>(
    clusters: LaboratoryClusters,
    devices: readonly Device[],
    start: StartCluster<C>,
  ): Promise<ClusterHosts<C>> {
    const [home, ...others] = clusters;
    if (others.length === 0) return new ClusterHosts([await start(home, devices, {})]);
    const started: C[] = [];
    let nodesBefore = 0;
    const next = async (cluster: LaboratoryCluster, own: readonly Device[]): Promise<C> => {
      const inHand = started.at(-1)?.inHand;
      const host = await start(cluster, own, {
        nodesBefore,
        others: (name) => started.find((one) => one.name === name)?.foreign,
        ...(inHand === undefined ? {} : { inHand }),
      });
      nodesBefore += cluster.nodes.length;
      started.push(host);
      return host;
    };
    try {
      const first = await next(home, devices);
      const rest: C[] = [];
      for (const cluster of others) rest.push(await next(cluster, inDatabaseOf(cluster, devices)));
      return new ClusterHosts([first, ...rest]);
    } catch (error) {
      await Promise.all(started.map((host) => host.close()));
      throw error;
    }
  }

  /** Of the phones. */
  get home(): C {
    return this.#hosts[0];
  }

  /** Under their labels. */
  nodes(): ReturnType<C['nodes']>[number][] {
    return this.#hosts.flatMap((host) =>
      host.nodes().map((node) => ({ ...node, name: nodeLabel(this.#hosts, host.name, node.name) })),
    );
  }

  /**
   * An exchange of certificates in bulk is done at every cluster that takes part (OP-25), all else at the one named.
   *
   * @param cluster the phones' home when left out.
   * @throws TrustfleetError TF_OPERATION_REFUSED with the cluster's own message.
   */
  async operate(operation: Operation, cluster?: string): Promise<Operated> {
    const host = this.#host(cluster);
    if (operation.op === 'bulk-certificates') return this.#exchange(host, operation.with);
    const done = await host.operate(operation);
    this.#places = placesOf(this.#hosts);
    for (const other of this.#hosts) if (other !== host) other.takeInHand(host.inHand);
    return done;
  }

  /**
   * Asks whether an operation would be refused; it changes nothing.
   *
   * @returns labels of the nodes whose services would restart
   * @throws TrustfleetError TF_OPERATION_REFUSED with the cluster's own message.
   */
  async check(operation: Operation, cluster?: string): Promise<readonly string[]> {
    const host = this.#host(cluster);
    const nodes = await host.check(operation);
    return nodes.map((node) => nodeLabel(this.#hosts, host.name, node));
  }

  /** Nodes by their labels. */
  async fault(fault: ClusterFault): Promise<void> {
    await Promise.all(
      this.#hosts.map((host) =>
        host.fault('nodes' in fault ? { ...fault, nodes: this.#nodesOf(host, fault.nodes) } : fault),
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
    const names = new Set(others.map(({ name }) => name));
    const ownOf = ({ name }: C): Device[] =>
      devices
        .filter(({ kind }) => kind.lsc === name)
        .map((device) => ({ ...device, kind: { ...device.kind, lsc: 'own' } }));
    const atHome = devices.filter(({ kind: { lsc } }) => lsc !== home.name && !names.has(lsc));
    const made = await home.lscs([...atHome, ...ownOf(home)], primes);
    for (const host of others) made.push(...(await host.lscs(ownOf(host), primes)));
    return made;
  }

  /** the gauge `itl_file_status`, over all clusters. */
  itlFileStatus(devices: readonly Device[]): Sample[] {
    const byDevice = new Map(this.#hosts.flatMap((host) => [...host.itlFileStatuses()]));
    const gauges = createTally();
    for (const { name, kind } of devices) {
      const { model, group } = kind;
      const status = byDevice.get(name);
      if (status !== undefined) gauges.scope({ model, group }).move('itl_file_status', { status }, 1);
    }
    return [...gauges.snapshot().gauges];
  }

  async close(): Promise<void> {
    await Promise.all(this.#hosts.map((host) => host.close()));
  }

  /** Export at every cluster, consolidate, import at every cluster. */
  async #exchange(host: C, partners: readonly string[]): Promise<Operated> {
    const all = [host, ...partners.map((name) => this.#host(name))];
    const output: string[] = [];
    for (const one of all) {
      const others = all.filter((other) => other !== one).map(({ name }) => name);
      const done = await one.operate({ op: 'bulk-certificates', with: others });
      output.push(...done.output.map((line) => `${one.name}: ${line}`));
    }
    // imported certificates stand in no ITL
    return { output, resetsPhones: false };
  }

  #host(name: string | undefined): C {
    const host = name === undefined ? this.#hosts[0] : this.#hosts.find((one) => one.name === name);
    if (host !== undefined) return host;
    const names = this.#hosts.map((one) => one.name).join(', ');
    throw new TrustfleetError('TF_OPERATION_REFUSED', `no cluster ${name}: expected one of ${names}`);
  }

  #nodesOf(host: C, labels: NodeChoice): NodeChoice {
    if (labels === 'all') return 'all';
    return labels.flatMap((label) => {
      const place = this.#places.get(label);
      return place?.host === host ? [place.node] : [];
    });
  }
}

/** Nodes come and go with operations (OP-19). */
function placesOf<C extends ClusterOfRun>(hosts: readonly C[]): ReadonlyMap<string, Place<C>> {
  return new Map(
    hosts.flatMap((host) =>
      host.nodes().map(({ name: node }) => [nodeLabel(hosts, host.name, node), { host, node }] as const),
    ),
  );
}

/**
 * Devices as a cluster has them that is not their home: with the members of their CallManager group that are there, and nothing
 * pending under "CAPF information".
 */
function inDatabaseOf({ nodes }: LaboratoryCluster, devices: readonly Device[]): Device[] {
  const kinds = new Map<DeviceKind, DeviceKind>();
  return atNodes(devices, nodes).map((device) => {
    const { capf } = device.kind;
    const kind = kinds.get(device.kind) ?? { ...device.kind, capf: { ...capf, operation: 'none' } };
    kinds.set(device.kind, kind);
    return { ...device, kind };
  });
}
