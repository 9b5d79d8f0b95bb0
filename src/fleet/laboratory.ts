import type { Operation } from '../cluster/operation.js';
import type { Operated } from '../cluster/operations/result.js';
import type { HandshakeCounts, HandshakeKind } from '../net/handshake-count.js';
import type { Refusal } from '../observe/events.js';
import type { HealthReading } from '../observe/health.js';
import type { Sample, Snapshot } from '../observe/sample.js';
import type { FlashStore } from './flash-store.js';
import type { Fault, Load, PhoneAction, Selection } from './model.js';

/** A refusal as it stands in `events.ndjson`. */
export interface RefusalRecord {
  /** Number of the step that it came in, 0 for the boot of a healthy fleet; the run knows it. */
  readonly step?: number;
  /** Milliseconds since the run began. */
  readonly at: number;
  readonly phone: string;
  readonly model: string;
  readonly group: string;
  readonly what: string;
  readonly rule: string;
  readonly reason: string;
  readonly detail: string;
  readonly attempt?: NonNullable<Refusal['attempt']>;
  /** Further refusals of the same kind that were counted and not kept: too many came between two looks (waiting-records.ts). */
  readonly more?: number;
}

export type HeldOf = 'served' | 'start' | 'none' | 'blank';

/** What a step addressed and how it ended. */
export interface ActionResult {
  /** Phones that the selection matched. */
  readonly addressed: number;
  /** Those without an outcome when the limit passed; 0 in a good run. */
  readonly unfinished: number;
}

/** What the TLS handshakes of a fleet cost, read before and after what is to be known. */
export interface HandshakeReading {
  /** Handshakes that phones have ended since the run began. */
  readonly handshakes: HandshakeCounts;
  /** CPU time of the whole process since it began, seconds. */
  readonly cpuSeconds: number;
  /** Milliseconds, of a clock that never goes back. */
  readonly at: number;
}

/** `mutual`: each client has a certificate of its own to load, as phones do; the last kind shares one among all. */
export type BareKind = HandshakeKind | 'mutual-one-certificate';

export const BARE_KINDS: readonly BareKind[] = ['server-auth', 'mutual', 'mutual-one-certificate'];

/** Bare handshakes of one kind, made in the same threads. */
export interface BareHandshakes {
  readonly kind: BareKind;
  readonly count: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
}

/** Only a laboratory with real handshakes has one. */
export interface HandshakeMeter {
  read(): Promise<HandshakeReading>;
  /** Makes bare handshakes of both kinds, between cluster and shards as the phones do. Nothing else should be under way. */
  calibrate(): Promise<readonly BareHandshakes[]>;
}

/**
 * A cluster and a fleet that can be worked with, whatever they run on: sockets (`fleet/` with Piscina workers) or virtual
 * time. The scenario runner knows nothing else. Calls reject with TrustfleetError.
 */
export interface Laboratory {
  readonly phones: number;
  readonly handshakeMeter?: HandshakeMeter;
  /**
   * @param cluster name of the cluster that does it; the phones' home when left out.
   * @throws TrustfleetError TF_OPERATION_REFUSED with the cluster's own message.
   */
  operate(operation: Operation, cluster?: string): Promise<Operated>;
  /** Nodes of a fault are labels (node-label.ts); `all` means those of all clusters. */
  fault(fault: Fault): Promise<void>;
  /**
   * Names of the devices that a selection of the database means (`operate: { capf: { of: … } }`), in the order of their names.
   * `mode` is the device's own at the start of the run; of what a phone holds only `has: lsc` can be asked.
   */
  resolve(selection: Selection): Promise<readonly string[]>;
  /** Resolves when every phone addressed has an outcome, or when `limitMs` has passed. */
  act(action: PhoneAction, selection: Selection, load: Load, limitMs: number): Promise<ActionResult>;
  snapshot(): Promise<Snapshot>;
  /** Phones whose list is the one that …, as samples with labels model, group, node (label of the TFTP node they ask first now). */
  held(list: 'ctl' | 'itl', of: HeldOf): Promise<readonly Sample[]>;
  /** What a TFTP node, given by its label, serves under this name now. */
  artefact(node: string, file: string): Promise<Uint8Array | undefined>;
  /** What each phone holds now. */
  flash(): Promise<FlashStore>;
  health(): Promise<readonly HealthReading[]>;
  /** Refusals since the last call. */
  refusals(): Promise<readonly RefusalRecord[]>;
  sleep(ms: number): Promise<void>;
  close(): Promise<void>;
}
