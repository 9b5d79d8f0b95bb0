import type { KeySource } from '../pki/keys.js';
import type { ServiceName } from './operation.js';
import type { NodeState } from './state.js';

/** A cluster that certificates are taken from: a `ClusterState` is one, or whoever plays one. */
export interface ForeignCluster {
  readonly name: string;
  readonly nodes: readonly Pick<NodeState, 'name' | 'identities'>[];
}

/** What the operations need from outside; the rest of the cluster is pure. */
export interface ClusterContext {
  readonly keys: KeySource;
  /** The run's clock; files and certificates carry its whole seconds. */
  readonly now: () => Date;
  /** From the run's seed, in [0, 1). */
  readonly random: () => number;
  /**
   * The same for what is issued to one device: what it gets does not depend on who came before it. Absent: `random` is drawn on
   * for all.
   */
  readonly randomOf?: (device: string) => () => number;
  /** Another cluster by name: certificates are taken from it (OP-25, S-18). */
  readonly cluster?: (name: string) => ForeignCluster | undefined;
  /** Does a service answer now? A reset ITL goes to the active TFTP nodes alone (OP-20, OP-23). Absent: all do. */
  readonly isActive?: (node: string, service: ServiceName) => boolean;
  /**
   * The online CA of OP-26: takes a PKCS#10 request for a device, gives the certificate. It rejects when the CA cannot be
   * reached or refuses, and when `signal` aborts because the phone is gone.
   */
  readonly onlineCa?: (request: Uint8Array, device: string, signal?: AbortSignal) => Promise<Uint8Array>;
}

/** Random numbers for what is issued to a device. */
export function randomOf({ random, randomOf }: ClusterContext, device: string): () => number {
  return randomOf?.(device) ?? random;
}

/** Seconds since 1970-01-01 UTC. */
export function seconds(date: Date): number {
  return Math.floor(date.getTime() / 1000);
}
