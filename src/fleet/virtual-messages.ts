import type { Operation } from '../cluster/operation.js';
import type { Operated } from '../cluster/operations/result.js';
import type { HealthReading } from '../observe/health.js';
import type { Sample, Snapshot } from '../observe/sample.js';
import type { FlashStore } from './flash-store.js';
import type { HeldOf } from './laboratory.js';
import type { Fault, Load, PhoneAction, Selection } from './model.js';
import type { TakenRefusals } from './sampled-refusals.js';
import type { ShardCluster } from './shard-messages.js';

export interface OperateRequest {
  readonly operation: Operation;
  /** The phones' home when left out. */
  readonly cluster: string | undefined;
}

/** An action of all shards together. */
export interface VirtualActRequest {
  readonly action: PhoneAction;
  /** Ordinals of the phones addressed, of all shards, ascending. */
  readonly ordinals: Uint32Array;
  readonly load: Load;
  readonly limitMs: number;
}

/**
 * Calls that a shard in virtual time answers. Those that change something or let time pass go to all shards alike, one after the
 * other: they let it pass together.
 */
export type VirtualShardMethods = {
  /** Resolves when the clusters are installed and the phones have what they hold at the beginning. */
  ready(nothing: undefined): Promise<void>;
  /** null where the operation is about devices of other shards alone. */
  operate(request: OperateRequest): Promise<Operated | null>;
  /** Labels of the nodes that would restart. Rejects where its own part of the operation would be refused; nothing changes. */
  check(request: OperateRequest): Promise<readonly string[]>;
  fault(fault: Fault): Promise<void>;
  /** Ordinals of its phones that a selection means. */
  select(selection: Selection): Uint32Array;
  act(request: VirtualActRequest): Promise<{ readonly unfinished: number }>;
  /** Lets time pass until the network is quiet. */
  settle(request: { readonly limitMs: number }): Promise<void>;
  sleep(request: { readonly ms: number }): Promise<void>;
  /** Names of its devices that a selection means. */
  resolve(selection: Selection): readonly string[];
  snapshot(nothing: undefined): Promise<Snapshot>;
  held(request: { readonly list: 'ctl' | 'itl'; readonly of: HeldOf }): Promise<Sample[]>;
  flash(nothing: undefined): FlashStore;
  artefact(request: { readonly node: string; readonly file: string }): Promise<Uint8Array | undefined>;
  health(nothing: undefined): readonly HealthReading[];
  refusals(nothing: undefined): TakenRefusals;
  logs(nothing: undefined): readonly string[];
  /** Nodes by their labels, as they are now. */
  nodes(nothing: undefined): Promise<readonly { readonly name: string; readonly address: string }[]>;
  /** A node came or went. */
  clusters(clusters: readonly ShardCluster[]): void;
  /** Events that have happened. */
  events(nothing: undefined): number;
  /** Octets that the thread holds, after a collection. */
  memory(nothing: undefined): number;
  stop(nothing: undefined): Promise<void>;
};
