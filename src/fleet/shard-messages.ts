import type { ModelProfile } from '../device/model.js';
import type { TlsRange } from '../device/security.js';
import type { ServicePlace } from '../device/service-port.js';
import type { Cidr } from '../net/addresses.js';
import type { HandshakeCounts } from '../net/handshake-count.js';
import type { HealthLimits, HealthReading } from '../observe/health.js';
import type { Sample, Snapshot } from '../observe/sample.js';
import type { Knobs } from '../phone/knobs.js';
import type { DrawnPrimes } from '../pki/keys.js';
import type { Device } from './devices.js';
import type { FlashStore } from './flash-store.js';
import type { BareKind, HeldOf, RefusalRecord } from './laboratory.js';
import type { PhoneKeys } from './lsc-keys.js';
import type { Load, PhoneAction, PhoneFault, Selection } from './model.js';
import type { PhonePrimes } from './phone-primes.js';

/** What a shard is started with; plain data that is cloned into its thread. */
export interface ShardTask {
  /** Name in messages and health readings: `shard 1`. */
  readonly name: string;
  readonly devices: readonly Device[];
  readonly models: readonly ModelProfile[];
  /** Phones of the whole fleet: a load is shared by it. */
  readonly allPhones: number;
  /** Clusters of the run, the phones' home first. */
  readonly clusters: readonly ShardCluster[];
  /** Ports that phones know -> ports in use. */
  readonly ports: readonly (readonly [known: number, used: number])[];
  readonly primes: PhonePrimes;
  /** For keys that phones make during the run; of this shard alone. */
  readonly enrolmentPrimes: readonly DrawnPrimes[];
  readonly keys: PhoneKeys;
  readonly knobs: Knobs;
  readonly seed: number;
  readonly scale: number;
  /** When the run began, milliseconds since 1970. */
  readonly startedAt: number;
  readonly healthLimits: HealthLimits;
  /** Whether phones keep a log of their decisions (`--only`). */
  readonly logs: boolean;
}

/** The same over sockets. */
export interface NetworkShardTask extends ShardTask {
  /** External services by what phones know them by (net/routes.ts). */
  readonly external: readonly (readonly [known: string, place: ServicePlace])[];
  /** This machine's addresses towards targets outside the loopback range. */
  readonly sources: readonly (readonly [target: string, source: string])[];
  /** Ranges outside the loopback range that phones may connect to, wherever a configuration sends them. */
  readonly allowedTargets: readonly Cidr[];
  /** File that takes the secrets of connections to external services; null: none is written. */
  readonly keylog: string | null;
}

/** A cluster as phones meet it: addresses, and the labels of its nodes (node-label.ts). */
export interface ShardCluster {
  readonly name: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly label: string;
    /** Of its TFTP server, as phones have it in option 150; that of the node where it has none. */
    readonly address: string;
    /** All by which phones meet its services, external ones included. */
    readonly addresses: readonly string[];
    readonly tftp: boolean;
  }[];
}

/** What phones of one TFTP node find in their flash. */
export interface FlashImage {
  /** Its label. */
  readonly node: string;
  readonly ctl: Uint8Array | undefined;
  readonly itl: Uint8Array | undefined;
  /** Device name and XML of its configuration. */
  readonly configurations: readonly (readonly [device: string, xml: Uint8Array])[];
}

export interface ActRequest {
  readonly action: PhoneAction;
  readonly selection: Selection;
  /** Of all shards together. */
  readonly load: Load;
  /** Phones of all shards that the selection means: this shard has its part of the load by its part of them. */
  readonly among: number;
  readonly limitMs: number;
}

/** Bare handshakes of a calibration. */
export interface ShakeHandsRequest {
  readonly kind: BareKind;
  readonly target: ServicePlace;
  /** What the server offers: clients of models that have none of it are left out. */
  readonly versions: TlsRange;
  readonly count: number;
}

/** Calls that a shard answers. */
export type ShardMethods = {
  fill(images: readonly FlashImage[]): void;
  /** LSCs of this shard's phones, DER by device; the keys come from the primes. */
  lscs(certificates: readonly (readonly [device: string, der: Uint8Array])[]): void;
  fault(fault: PhoneFault): void;
  /** How many of its phones a selection means. */
  count(selection: Selection): number;
  act(request: ActRequest): Promise<{ readonly addressed: number; readonly unfinished: number }>;
  /** Names of its devices that a selection means. */
  resolve(selection: Selection): readonly string[];
  snapshot(nothing: undefined): Snapshot;
  held(request: {
    readonly list: 'ctl' | 'itl';
    readonly of: HeldOf;
    /** What each TFTP node, by its label, serves now. */
    readonly served: readonly (readonly [node: string, bytes: Uint8Array])[];
  }): Sample[];
  flash(nothing: undefined): FlashStore;
  /** TLS handshakes that its phones have ended since the run began. */
  handshakes(nothing: undefined): HandshakeCounts;
  /** How many it made: 0 where no model of its phones has a version that the server offers. */
  shakeHands(request: ShakeHandsRequest): Promise<number>;
  health(nothing: undefined): readonly HealthReading[];
  refusals(nothing: undefined): readonly RefusalRecord[];
  /** Lines of the phones' logs since the last call. */
  logs(nothing: undefined): readonly string[];
  /** The clusters with their nodes from now on. */
  clusters(clusters: readonly ShardCluster[]): void;
  /** Resolves when no phone has anything under way on the network. */
  settle(request: { readonly limitMs: number }): Promise<void>;
  stop(nothing: undefined): Promise<void>;
};
