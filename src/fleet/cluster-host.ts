import { artefact, artefactNames } from '../cluster/artefacts.js';
import { withPhoneCertificates } from '../cluster/capf-record.js';
import { ConfigurationForms } from '../cluster/configuration-forms.js';
import { type ClusterContext, type ForeignCluster, seconds } from '../cluster/context.js';
import { createCluster } from '../cluster/create.js';
import { externalPlaces, runsHere } from '../cluster/external.js';
import type { ItlFileStatus } from '../cluster/itl-file-status.js';
import { operate } from '../cluster/operate.js';
import type { NodeChoice, Operation } from '../cluster/operation.js';
import type { Operated } from '../cluster/operations/result.js';
import { RunningCluster } from '../cluster/running-cluster.js';
import { portsThatFollow } from '../cluster/shown-identity.js';
import { type ClusterState, findNode } from '../cluster/state.js';
import type { ModelProfile } from '../device/model.js';
import { fileNames } from '../device/name.js';
import { FRONT_SERVICES, type FrontService, placeText } from '../device/service-port.js';
import { ipv6Port } from '../net/addresses.js';
import { ClusterServices } from '../net/cluster-services.js';
import { DatagramFaults } from '../net/datagram-faults.js';
import type { Certificate } from '../pki/certificate.js';
import { BareServers } from './bare-servers.js';
import { capfOperations } from './capf-operations.js';
import { clusterAnswers } from './cluster-answers.js';
import type { ClusterHostOptions, ServiceFront } from './cluster-host-options.js';
import type { ClusterOfRun, InHand } from './cluster-hosts.js';
import type { BareTargets, NodeReady } from './cluster-messages.js';
import { clusterSpec } from './cluster-spec.js';
import type { Device } from './devices.js';
import { isOwnLsc } from './equipment.js';
import { frontNode, hasListeners } from './front-nodes.js';
import { type LscOptions, makeLscs } from './lscs.js';
import type { ClusterFault } from './model.js';
import { type OnlineCaOfRun, onlineCaOverHttps } from './online-ca.js';
import type { LaboratoryCluster } from './plan.js';
import { seededRandom } from './random.js';
import type { FlashImage } from './shard-messages.js';

/** The cluster of a run: its state, and the sockets in front of it. */
export class ClusterHost implements ClusterOfRun {
  readonly #cluster: RunningCluster;
  readonly #services: ServiceFront;
  readonly #datagrams: DatagramFaults;
  /** Stands in for a real CA (OP-26). */
  readonly #onlineCa: OnlineCaOfRun | undefined;
  readonly #lscOptions: LscOptions;
  readonly #forms: ConfigurationForms | undefined;
  /** CAPF certificates of clusters outside the run that phones bring an LSC of. */
  #strangers: ReadonlyMap<string, Certificate> = new Map();
  /** Open during a calibration only. */
  readonly #bare = new BareServers();

  private constructor(
    state: ClusterState,
    context: ClusterContext,
    options: ClusterHostOptions,
    onlineCa: OnlineCaOfRun | undefined,
  ) {
    const { log, keylog } = options;
    this.#onlineCa = onlineCa;
    this.#lscOptions = options.lscs ?? {};
    this.#forms = options.configurations === 'form' ? new ConfigurationForms() : undefined;
    this.#cluster = new RunningCluster(state, context);
    this.#datagrams = new DatagramFaults(seededRandom(options.seed, `datagrams ${state.name}`));
    const { ipv6 } = options;
    const first = options.nodesBefore ?? 0;
    const nodes = state.nodes.map((node, number) =>
      frontNode(node, ipv6 ? (port) => ipv6Port(first + number, port) : null),
    );
    const read = (node: string, file: string): Uint8Array | undefined => this.artefact(node, file);
    const answers = clusterAnswers(this.#cluster, read, options.scale);
    const random = seededRandom(options.seed, `registrars ${state.name}`);
    const sockets = { network: this.#datagrams, random, ...(keylog === undefined ? {} : { keylog }) };
    this.#services = options.front?.(nodes, answers) ?? new ClusterServices(nodes, answers, log, sockets);
  }

  /**
   * Installs the cluster and starts its services.
   *
   * @throws TrustfleetError TF_PROFILE_INVALID, TF_OPERATION_REFUSED, TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE
   */
  static async start(
    spec: LaboratoryCluster,
    devices: readonly Device[],
    models: ReadonlyMap<string, ModelProfile>,
    options: ClusterHostOptions,
  ): Promise<ClusterHost> {
    const { seed, keys, micRoots } = options;
    const publisher = spec.nodes[0]?.address ?? '';
    let host: ClusterHost | undefined;
    const stateOfHost = (): ClusterState | undefined => (host === undefined ? undefined : host.#state);
    const { onlineCa = onlineCaOverHttps } = options;
    const ca = spec.onlineCa ? onlineCa(spec.onlineCa, publisher, stateOfHost) : undefined;
    // with several clusters each has random numbers of its own
    const stream = options.nodesBefore === undefined ? 'cluster' : `cluster ${spec.name}`;
    const context: ClusterContext = {
      keys,
      now: options.now ?? (() => new Date()),
      random: seededRandom(seed, stream),
      isActive: (node, service) => {
        const front = FRONT_SERVICES.find((one) => one === service);
        return front === undefined || host === undefined || host.#services.isRunning(front, node);
      },
      ...(options.randomOf === undefined ? {} : { randomOf: options.randomOf }),
      ...(options.others === undefined ? {} : { cluster: options.others }),
      ...(ca === undefined ? {} : { onlineCa: ca.ask }),
    };
    const installed = clusterSpec(spec, devices, models, micRoots, options.nodesBefore);
    let state = await createCluster(installed, context, options.inHand);
    const parameters = Object.entries(spec.parameters);
    for (const [name, value] of parameters) {
      ({ state } = await operate(state, { op: 'parameter', name, value }, context));
    }
    if (parameters.length > 0) {
      ({ state } = await operate(state, { op: 'restart', services: ['TFTP'], nodes: 'all' }, context));
    }
    for (const operation of capfOperations(devices)) ({ state } = await operate(state, operation, context));
    if (ca !== undefined) state = await ca.start(state, context);
    host = new ClusterHost(state, context, options, ca);
    try {
      await host.#services.startAll();
    } catch (error) {
      await ca?.close();
      throw error;
    }
    return host;
  }

  get name(): string {
    return this.#state.name;
  }

  get foreign(): ForeignCluster {
    return this.#state;
  }

  get inHand(): InHand {
    const { tokens, authorities } = this.#state;
    return { tokens, authorities };
  }

  takeInHand({ tokens, authorities }: InHand): void {
    this.#cluster.change((state) => ({ ...state, tokens, authorities }));
  }

  get #state(): ClusterState {
    return this.#cluster.state;
  }

  nodes(): NodeReady[] {
    return this.#state.nodes.map((node) => {
      const { name, address } = node;
      const external = externalPlaces(node).map(([port, place]) => [port, placeText(place)]);
      return {
        name,
        address,
        services: this.#services.ports(name),
        ...(external.length === 0 ? {} : { external: Object.fromEntries(external) }),
      };
    });
  }

  /**
   * Runs an operation. Services that restart with it (OP-17, the reboots of OP-28 and OP-29, the automatic restarts of release
   * 14) lose their connections and listen anew, with what they hold now; with K-13 `at once` the ports of the others follow.
   */
  async operate(operation: Operation): Promise<Operated> {
    return this.#cluster.operate(this.#withStrangers(operation), async (restarted, adopt) => {
      const touched = restarted.flatMap(({ node, services }) => this.#fronts(services, [node]));
      await Promise.all(touched.map(([service, node]) => this.#services.stop(service, node)));
      const before = this.#state.nodes;
      adopt();
      const isThere = (name: string): boolean => this.#state.nodes.some((node) => node.name === name);
      for (const { name } of before) if (!isThere(name)) await this.#services.remove(name);
      await Promise.all(
        touched
          .filter(([, node]) => isThere(node))
          .map(([service, node]) => this.#services.start(service, node)),
      );
      for (const was of before) {
        const node = findNode(this.#state, was.name);
        const following = node === undefined ? [] : portsThatFollow(was, node, this.#state.knobs);
        for (const service of following) await this.#services.follow(service, was.name);
      }
      for (const node of this.#state.nodes) {
        // CAPF alone has an IPv6 side, and it runs on no node that was added
        if (!before.some(({ name }) => name === node.name)) await this.#services.add(frontNode(node, null));
      }
    });
  }

  /** Asks whether an operation would be refused, and which nodes would restart; it changes nothing. */
  check(operation: Operation): Promise<readonly string[]> {
    return this.#cluster.check(this.#withStrangers(operation));
  }

  /** An import from a cluster outside the run brings that cluster's CAPF, the only one of its certificates there is (S-18). */
  #withStrangers(operation: Operation): Operation {
    if (operation.op !== 'trust-import' || !('certificates' in operation.source)) return operation;
    const { cluster } = operation.source;
    const capf = cluster === undefined ? undefined : this.#strangers.get(cluster);
    return capf === undefined ? operation : { ...operation, source: { der: [capf.der] } };
  }

  async fault(fault: ClusterFault): Promise<void> {
    if ('datagrams' in fault) {
      this.#datagrams.apply(fault.datagrams);
    } else if ('clear' in fault) {
      this.#datagrams.apply(undefined);
      for (const { name } of this.#state.nodes) this.#services.mend(name);
      await this.#startStopped(this.#fronts(FRONT_SERVICES, 'all'));
    } else if ('leak' in fault) {
      for (const [, node] of this.#fronts([fault.leak], fault.nodes))
        this.#services.leak(fault.objects, node);
    } else if ('stop' in fault) {
      await Promise.all(
        this.#fronts(fault.stop, fault.nodes).map(([service, node]) => this.#services.stop(service, node)),
      );
    } else {
      await this.#startStopped(this.#fronts(fault.start, fault.nodes));
    }
  }

  /** What a fault had stopped starts as any service does, with what is stored now (cluster-operations.md 1.4). */
  async #startStopped(fronts: readonly (readonly [FrontService, string])[]): Promise<void> {
    for (const [service, node] of fronts) {
      if (this.#services.isRunning(service, node)) continue;
      await this.operate({ op: 'restart', services: [service], nodes: [node] });
    }
  }

  artefact(node: string, file: string): Uint8Array | undefined {
    if (this.#forms !== undefined) return this.#forms.artefact(this.#state, node, file);
    return artefact(this.#state, node, file);
  }

  /** `ITLRecovery.p12`; no TFTP node serves it. */
  async recoveryFile(): Promise<Uint8Array> {
    // node-forge takes a while to load, and hardly anybody asks
    const { recoveryFile } = await import('../cluster/recovery-key.js');
    return recoveryFile(this.#state);
  }

  artefactNames(node: string): string[] {
    return artefactNames(this.#state, node);
  }

  /**
   * LSCs that phones have from before the run, from this cluster's CAPF or from that of a strange cluster; this cluster's are in
   * its database.
   *
   * @param primes of the phones' LSC keys
   */
  async lscs(devices: readonly Device[], primes: Uint8Array): Promise<[device: string, der: Uint8Array][]> {
    const { made, strangers } = await makeLscs(
      this.#state,
      this.#cluster.context,
      devices,
      primes,
      this.#lscOptions,
    );
    this.#strangers = strangers;
    const own = made.filter(({ origin }) => isOwnLsc(origin)).map(({ device, lsc }) => ({ device, lsc }));
    this.#cluster.change((state) => withPhoneCertificates(state, own, seconds(this.#cluster.context.now())));
    return made.map(({ device, lsc }) => [device, lsc.der]);
  }

  /** ITL File Status of the SIP phones that are registered here, by device. */
  itlFileStatuses(): ReadonlyMap<string, ItlFileStatus> {
    return this.#cluster.itlFileStatuses();
  }

  /** What the flash of healthy phones holds: lists and configurations of the TFTP node that each asks first. */
  images(devices: readonly Device[]): FlashImage[] {
    return this.#state.nodes
      .filter((node) => runsHere(node, 'TFTP'))
      .map((node) => ({
        node: node.name,
        ctl: this.artefact(node.name, fileNames.clusterCtl),
        itl: this.artefact(node.name, fileNames.clusterItl),
        configurations: devices
          .filter((device) => device.kind.tftp[0] === node.name)
          .flatMap((device): [string, Uint8Array][] => {
            const xml = this.artefact(node.name, fileNames.config(device.name));
            return xml === undefined ? [] : [[device.name, xml]];
          }),
      }));
  }

  /**
   * Opens what a calibration shakes hands with, on the publisher: as its CallManager does, and as its CAPF.
   *
   * @throws TrustfleetError TF_OPERATION_REFUSED where the publisher runs no CallManager
   */
  openBare(): Promise<BareTargets> {
    return this.#bare.open(this.#state);
  }

  closeBare(): Promise<void> {
    return this.#bare.close();
  }

  async close(): Promise<void> {
    this.#datagrams.apply(undefined);
    this.#datagrams.stop();
    await this.closeBare();
    await this.#onlineCa?.close();
    await this.#services.close();
  }

  /** Services with sockets among `services`, on the nodes chosen. */
  #fronts(services: readonly string[], nodes: NodeChoice): [FrontService, string][] {
    return this.#state.nodes
      .filter((node) => nodes === 'all' || nodes.includes(node.name))
      .flatMap((node) =>
        FRONT_SERVICES.filter((service) => services.includes(service) && hasListeners(node, service)).map(
          (service): [FrontService, string] => [service, node.name],
        ),
      );
  }
}
