import type { Operation } from '../cluster/operation.js';
import type { Operated } from '../cluster/operations/result.js';
import type { ModelProfile } from '../device/model.js';
import type { TlsRange } from '../device/security.js';
import type { ServicePlace, ServicePort } from '../device/service-port.js';
import type { ListeningPorts } from '../net/cluster-front.js';
import type { HandshakeKind } from '../net/handshake-count.js';
import type { Sample } from '../observe/sample.js';
import type { Device } from './devices.js';
import type { ClusterFault } from './model.js';
import type { LaboratoryClusters } from './plan.js';
import type { FlashImage } from './shard-messages.js';

/** What the worker of the clusters is started with. */
export interface ClusterTask {
  readonly clusters: LaboratoryClusters;
  readonly devices: readonly Device[];
  readonly models: readonly ModelProfile[];
  readonly seed: number;
  /** `clock.scale`. */
  readonly scale: number;
  /** Certificates of the CAs that issued the phones' MICs, DER. */
  readonly micRoots: readonly Uint8Array[];
  /** File that takes the secrets of all TLS connections; null: none is written. */
  readonly keylog: string | null;
}

/** A node whose services listen. */
export interface NodeReady {
  readonly name: string;
  readonly address: string;
  readonly services: ListeningPorts;
  /** Services of the node that are real ones elsewhere, `address:port` by their names; absent where there are none. */
  readonly external?: Readonly<Partial<Record<ServicePort, string>>>;
}

/** Where a calibration shakes hands, by kind. */
export type BareTargets = Readonly<
  Record<HandshakeKind, { readonly target: ServicePlace; readonly versions: TlsRange }>
>;

/** Calls that the worker of the clusters answers; nodes go by their labels (node-label.ts). */
export type ClusterMethods = {
  /** Resolves when everything listens. */
  ready(nothing: undefined): Promise<readonly NodeReady[]>;
  operate(request: {
    readonly operation: Operation;
    readonly cluster: string | undefined;
  }): Promise<Operated>;
  /** Labels of the nodes that an operation would restart. Rejects where it would be refused; nothing changes. */
  check(request: {
    readonly operation: Operation;
    readonly cluster: string | undefined;
  }): Promise<readonly string[]>;
  fault(fault: ClusterFault): Promise<void>;
  artefact(request: { readonly node: string; readonly file: string }): Promise<Uint8Array | undefined>;
  /** What healthy phones hold: one image a TFTP node, at home with the configurations of the devices that ask there first. */
  images(nothing: undefined): Promise<readonly FlashImage[]>;
  /** the gauge `itl_file_status`. */
  itlFileStatus(nothing: undefined): Promise<readonly Sample[]>;
  /** LSCs that phones have from before the run, DER by device. */
  lscs(request: {
    readonly primes: Uint8Array;
  }): Promise<readonly (readonly [device: string, der: Uint8Array])[]>;
  /** Opens servers for bare handshakes, with the versions and the certificate of the publisher's CallManager and CAPF. */
  openBare(nothing: undefined): Promise<BareTargets>;
  closeBare(nothing: undefined): Promise<void>;
  stop(nothing: undefined): Promise<void>;
};
