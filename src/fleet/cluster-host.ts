import { admit } from '../cluster/admission.js';
import { artefact, artefactNames } from '../cluster/artefacts.js';
import type { ClusterContext } from '../cluster/context.js';
import { createCluster } from '../cluster/create.js';
import { operate } from '../cluster/operate.js';
import type { NodeChoice, Operation, ServiceFault } from '../cluster/operation.js';
import type { ClusterSpec, DeviceSpec } from '../cluster/spec.js';
import type { ClusterState } from '../cluster/state.js';
import { tvsIdentity, tvsQuery, tvsVerify } from '../cluster/tvs.js';
import type { ModelProfile } from '../device/model.js';
import { fileNames } from '../device/name.js';
import { TrustfleetError } from '../errors.js';
import {
  type ClusterLog,
  ClusterServices,
  FRONT_SERVICES,
  type FrontService,
  type ListeningPorts,
} from '../net/cluster-services.js';
import type { KeySource } from '../pki/keys.js';
import {
  TVS_STATUS_INVALID,
  TVS_STATUS_VALID,
  type TvsRequest,
  type TvsResponse,
} from '../protocol/tvs/index.js';
import type { Device } from './devices.js';
import { modelOfDevice } from './equipment.js';
import type { LaboratorySpec } from './plan.js';
import { seededRandom } from './random.js';
import type { FlashImage } from './shard-messages.js';

export interface NodeReady {
  readonly name: string;
  readonly address: string;
  readonly services: ListeningPorts;
}

/** The cluster of a run: its state, and the sockets in front of it. */
export class ClusterHost {
  #state: ClusterState;
  readonly #context: ClusterContext;
  readonly #services: ClusterServices;

  private constructor(state: ClusterState, context: ClusterContext, log: ClusterLog) {
    this.#state = state;
    this.#context = context;
    const nodes = state.nodes.map((node) => ({
      name: node.name,
      address: node.address,
      services: new Set(FRONT_SERVICES.filter((service) => node.services.has(service))),
    }));
    this.#services = new ClusterServices(
      nodes,
      {
        read: (node, file) => artefact(this.#state, node, file),
        tvsIdentity: (node) => this.#tvsIdentity(node),
        tvs: (node, request) => answerTvs(this.#state, node, request),
        admit: (node, request) => admit(this.#state, node, request),
        release: state.release,
      },
      log,
    );
  }

  /**
   * Installs the cluster and starts its services.
   *
   * @throws TrustfleetError TF_PROFILE_INVALID, TF_OPERATION_REFUSED, TF_PORT_TAKEN, TF_ADDRESS_UNAVAILABLE
   */
  static async start(
    spec: LaboratorySpec['cluster'],
    devices: readonly Device[],
    models: ReadonlyMap<string, ModelProfile>,
    seed: number,
    keys: KeySource,
    log: ClusterLog,
  ): Promise<ClusterHost> {
    const context: ClusterContext = { keys, now: () => new Date(), random: seededRandom(seed, 'cluster') };
    let state = await createCluster(clusterSpec(spec, devices, models), context);
    const parameters = Object.entries(spec.parameters);
    for (const [name, value] of parameters) {
      ({ state } = await operate(state, { op: 'parameter', name, value }, context));
    }
    if (parameters.length > 0) {
      ({ state } = await operate(state, { op: 'restart', services: ['TFTP'], nodes: 'all' }, context));
    }
    const host = new ClusterHost(state, context, log);
    await host.#services.startAll();
    return host;
  }

  nodes(): NodeReady[] {
    return this.#state.nodes.map(({ name, address }) => ({
      name,
      address,
      services: this.#services.ports(name),
    }));
  }

  /** Runs an operation; a restart also cuts the connections of the services and lets them listen anew. */
  async operate(operation: Operation): Promise<readonly string[]> {
    const { state, output } = await operate(this.#state, operation, this.#context);
    if (operation.op !== 'restart') {
      this.#state = state;
      return output;
    }
    const touched = this.#fronts(operation.services, operation.nodes);
    await Promise.all(touched.map(([service, node]) => this.#services.stop(service, node)));
    this.#state = state;
    await Promise.all(touched.map(([service, node]) => this.#services.start(service, node)));
    return output;
  }

  async fault(fault: ServiceFault | { readonly clear: 'all' }): Promise<void> {
    if ('clear' in fault) {
      await Promise.all(
        this.#fronts(FRONT_SERVICES, 'all').map(([service, node]) => this.#services.start(service, node)),
      );
    } else if ('stop' in fault) {
      await Promise.all(
        this.#fronts(fault.stop, fault.nodes).map(([service, node]) => this.#services.stop(service, node)),
      );
    } else {
      await Promise.all(
        this.#fronts(fault.start, fault.nodes).map(([service, node]) => this.#services.start(service, node)),
      );
    }
  }

  artefact(node: string, file: string): Uint8Array | undefined {
    return artefact(this.#state, node, file);
  }

  artefactNames(node: string): string[] {
    return artefactNames(this.#state, node);
  }

  /** What the flash of healthy phones holds: lists and configurations of the TFTP node that each asks first. */
  images(devices: readonly Device[]): FlashImage[] {
    return this.#state.nodes
      .filter((node) => node.services.has('TFTP'))
      .map((node) => ({
        node: node.name,
        ctl: this.artefact(node.name, fileNames.clusterCtl),
        itl: this.artefact(node.name, fileNames.clusterItl),
        configurations: devices
          .filter((device) => device.tftp[0] === node.name)
          .flatMap((device): [string, Uint8Array][] => {
            const xml = this.artefact(node.name, fileNames.config(device.name));
            return xml === undefined ? [] : [[device.name, xml]];
          }),
      }));
  }

  close(): Promise<void> {
    return this.#services.close();
  }

  /** Services with sockets among `services`, on the nodes chosen. */
  #fronts(services: readonly string[], nodes: NodeChoice): [FrontService, string][] {
    return this.#state.nodes
      .filter((node) => nodes === 'all' || nodes.includes(node.name))
      .flatMap((node) =>
        FRONT_SERVICES.filter((service) => services.includes(service) && node.services.has(service)).map(
          (service): [FrontService, string] => [service, node.name],
        ),
      );
  }

  #tvsIdentity(node: string) {
    const identity = tvsIdentity(this.#state, node);
    if (identity === undefined) throw new TrustfleetError('TF_OPERATION_REFUSED', `${node} runs no TVS`);
    return identity;
  }
}

function clusterSpec(
  spec: LaboratorySpec['cluster'],
  devices: readonly Device[],
  models: ReadonlyMap<string, ModelProfile>,
): ClusterSpec {
  return {
    name: spec.name,
    release: spec.release,
    mode: spec.mode,
    nodes: spec.nodes,
    knobs: spec.knobs,
    devices: devices.map((device): DeviceSpec => {
      const model = models.get(device.model);
      if (model === undefined)
        throw new TrustfleetError('TF_PROFILE_INVALID', `unknown model ${device.model}`);
      return {
        name: device.name,
        model: modelOfDevice(model, device),
        protocol: device.protocol,
        security: device.security,
        lines: [{ name: device.directoryNumber, displayName: `Phone ${device.directoryNumber}` }],
        callManagerGroup: device.callManagerGroup,
        devicePool: device.callManagerGroup.name,
      };
    }),
  };
}

/** TVS answers both questions from the same stores (tvs.md 7.1). */
function answerTvs(state: ClusterState, node: string, request: TvsRequest): TvsResponse {
  const { sessionId } = request;
  if (request.command === 'QUERY_REQUEST') {
    const verdict = tvsQuery(state, node, request.signer);
    if (verdict.result === 'negative')
      return { command: 'QUERY_RESPONSE', sessionId, status: TVS_STATUS_INVALID };
    const { roles, ttlSeconds, certificate } = verdict;
    const command = 'QUERY_RESPONSE' as const;
    return { command, sessionId, status: TVS_STATUS_VALID, certificate: certificate.der, roles, ttlSeconds };
  }
  const verdict = tvsVerify(state, node, request.certificate);
  if (verdict.result === 'negative')
    return { command: 'VERIFY_RESPONSE', sessionId, status: TVS_STATUS_INVALID };
  const { roles, ttlSeconds } = verdict;
  return { command: 'VERIFY_RESPONSE', sessionId, status: TVS_STATUS_VALID, roles, ttlSeconds };
}
