import type { Operation, ServiceFault } from '../cluster/operation.js';
import type { ModelProfile } from '../device/model.js';
import type { NodeReady } from './cluster-host.js';
import type { Device } from './devices.js';
import type { LaboratoryClusters } from './plan.js';
import type { FlashImage } from './shard-messages.js';

/** What the worker of the clusters is started with. */
export interface ClusterTask {
  readonly clusters: LaboratoryClusters;
  readonly devices: readonly Device[];
  readonly models: readonly ModelProfile[];
  readonly seed: number;
  /** Certificates of the CAs that issued the phones' MICs, DER. */
  readonly micRoots: readonly Uint8Array[];
}

/** Calls that the worker of the clusters answers; nodes go by their labels (node-label.ts). */
export type ClusterMethods = {
  /** Resolves when everything listens. */
  ready(nothing: undefined): Promise<readonly NodeReady[]>;
  operate(request: {
    readonly operation: Operation;
    readonly cluster: string | undefined;
  }): Promise<readonly string[]>;
  fault(fault: ServiceFault | { readonly clear: 'all' }): Promise<void>;
  artefact(request: { readonly node: string; readonly file: string }): Promise<Uint8Array | undefined>;
  /** What healthy phones hold: one image a TFTP node, at home with the configurations of the devices that ask there first. */
  images(nothing: undefined): Promise<readonly FlashImage[]>;
  /** LSCs that phones have from before the run, DER by device. */
  lscs(request: {
    readonly primes: Uint8Array;
  }): Promise<readonly (readonly [device: string, der: Uint8Array])[]>;
  stop(nothing: undefined): Promise<void>;
};
