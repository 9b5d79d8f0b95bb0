import type { ExternalServices } from '../cluster/external.js';
import type { Operation } from '../cluster/operation.js';
import type { PhoneKeys } from '../fleet/lsc-keys.js';
import type { Fault, FleetSpec, Load, PhoneAction, Selection } from '../fleet/model.js';
import type { ClusterSubject, OnlineCaPlan } from '../fleet/plan.js';
import type { FleetSetting } from '../fleet/settings.js';
import type { HealthLimits } from '../observe/health.js';
import type { VirtualSettings } from '../virtual/settings.js';

/**
 * A scenario after reading: plain data, every reference resolved, every contradiction found (read.ts). Whoever builds a
 * laboratory takes fleet, cluster, start, knobs, clock and health from here; the runner takes steps and load.
 */
export interface ScenarioPlan {
  readonly name: string;
  readonly about: string;
  /** Where it comes from, e.g. `S-03`; empty where the file does not say. */
  readonly origin: string;
  readonly file: string;
  readonly seed: number;
  /** Where the keys come from that phones make at CAPF. */
  readonly keys: PhoneKeys;
  /** The first is the phones' home. */
  readonly clusters: readonly [ClusterPlan, ...ClusterPlan[]];
  readonly fleet: FleetPlan;
  readonly start: StartPlan;
  /** `K-05` -> value; a knob that is absent has its default (phone-behaviour.md 17). */
  readonly knobs: Readonly<Record<string, string | number | boolean>>;
  readonly clock: { readonly mode: 'network' | 'virtual'; readonly scale: number };
  /** What virtual time has in place of a network. */
  readonly virtual: VirtualSettings;
  readonly load: Load;
  readonly health: HealthLimits;
  /** `handshakes`: bare TLS handshakes are measured before the first step and after the last one. */
  readonly calibrate: 'handshakes' | 'none';
  readonly steps: readonly Step[];
}

export interface ClusterPlan {
  /** What steps call it where there are several; else the profile's name, or `inline`. */
  readonly name: string;
  /** As written; `parseRelease` reads it. */
  readonly release: string;
  readonly mode: 'non-secure' | 'mixed';
  /** Security tokens that mixed mode was set up with, the signer first; none means tokenless. */
  readonly tokens: readonly string[];
  /** Parameters that are set before the phones start, by the names of `operate: { parameter: … }`. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  /** The first is the publisher. */
  readonly nodes: readonly NodePlan[];
  readonly onlineCa: OnlineCaPlan | null;
  /** What the certificates name; the rest is as always. */
  readonly subject: ClusterSubject;
}

export type NodeService = 'CallManager' | 'TFTP' | 'TVS' | 'CAPF';

export interface NodePlan {
  readonly name: string;
  readonly services: readonly NodeService[];
  /** Those of them that are real ones elsewhere. */
  readonly external?: ExternalServices;
}

export interface FleetPlan {
  /** Groups with profile, `groups`, `add` and `security` resolved; still in the profile's sizes. */
  readonly spec: FleetSpec;
  /** Phones of the file: absolute figures belong to this number. `--phones` scales away from it. */
  readonly phones: number;
  /** Applied to the expanded devices (fleet/settings.ts). */
  readonly set: readonly FleetSetting[];
}

export interface StartPlan {
  readonly state: 'healthy' | 'factory';
  /** Phones that stay without power; with `factory` all are off, whatever stands here. */
  readonly off: Selection | null;
}

type DeviceOperation = Extract<Operation, { readonly op: 'capf' | 'device' }>;

/** The same operation with a selection in place of names: the runner asks the laboratory when its turn comes. */
type WithSelection<O> = O extends DeviceOperation ? Omit<O, 'devices'> & { readonly of: Selection } : never;

/** A line for the console of a node; what it means follows from the cluster that it is typed at. */
export interface ConsoleLine {
  readonly op: 'console';
  readonly line: string;
  /** null: the publisher. */
  readonly node: string | null;
}

/** An operation as far as a file can say it. */
export type PlannedOperation =
  | Exclude<Operation, DeviceOperation>
  | WithSelection<DeviceOperation>
  | ConsoleLine;

interface StepBase {
  /** From 1, as in the summary. */
  readonly step: number;
  readonly about: string;
  /** Where it stands in the file. */
  readonly line: number;
}

export type Step =
  | (StepBase & {
      readonly kind: 'operate';
      /** Name of the cluster that does it; null: the only one. */
      readonly cluster: string | null;
      /** In the order of the file; more than one only for `parameter`. */
      readonly operations: readonly PlannedOperation[];
      /** The cluster must refuse with a message that contains this text. */
      readonly refused: string | null;
    })
  | (StepBase & {
      readonly kind: 'phones';
      readonly action: PhoneAction;
      readonly of: Selection;
      readonly limitMs: number;
      /** `allowed`: the step may end at its limit with phones still on their way. */
      readonly unfinished: 'allowed' | 'refused';
    })
  /** Times of the fault as written; `clock.scale` divides them. */
  | (StepBase & { readonly kind: 'fault'; readonly fault: Fault })
  /** `ms` as written; `clock.scale` divides it. */
  | (StepBase & { readonly kind: 'wait'; readonly ms: number })
  | (StepBase & { readonly kind: 'wait-until'; readonly until: CountExpectation; readonly limitMs: number })
  | (StepBase & { readonly kind: 'mark'; readonly name: string })
  | (StepBase & { readonly kind: 'expect'; readonly expectations: readonly Expectation[] });

/** A number, or a share of the phones that the last `phones:` step addressed (1 = 100 %). */
export type Figure = number | { readonly share: number };

export interface Bound {
  readonly is?: Figure;
  readonly atLeast?: Figure;
  readonly atMost?: Figure;
}

/** A label and its figures: every value of the label that is not 0 has to be here. */
export interface Split {
  readonly label: string;
  readonly figures: readonly { readonly value: string; readonly is: Figure }[];
}

interface ExpectationBase {
  readonly about: string;
  readonly line: number;
}

export type CountExpectation = ExpectationBase & {
  readonly kind: 'count';
  /** Counter or gauge of contracts.md 3. */
  readonly counter: string;
  /** Label -> values, any of which fits. */
  readonly where: Readonly<Record<string, readonly string[]>>;
  readonly bound: Bound;
  readonly by: readonly Split[];
  /** Shown, not asserted. */
  readonly report: boolean;
};

export type HeldExpectation = ExpectationBase & {
  readonly kind: 'held';
  readonly list: 'ctl' | 'itl';
  readonly of: 'served' | 'start' | 'none' | 'blank';
  readonly where: Readonly<Record<string, readonly string[]>>;
  readonly bound: Bound;
  readonly by: readonly Split[];
  /** Shown, not asserted. */
  readonly report: boolean;
};

/** A field of a served file, in the words of `inspect --json`. */
export type ArtefactExpectation = ExpectationBase & {
  readonly kind: 'artefact';
  readonly file: string;
  readonly node: string;
  /** Picks records by their fields; empty looks at the document itself. */
  readonly where: Readonly<Record<string, string>>;
  /** `length`, or a path such as `header.digest`; `count` is the number of records that fit. */
  readonly field: string;
  readonly is: string | number | boolean | null;
};

export type TimeExpectation = ExpectationBase & {
  readonly kind: 'time';
  readonly timing: string;
  readonly where: Readonly<Record<string, readonly string[]>>;
  readonly limits: readonly TimeLimit[];
};

export interface TimeLimit {
  readonly of: 'p50' | 'p90' | 'p99' | 'max';
  readonly comparison: '<' | '<=' | '>' | '>=';
  readonly seconds: number;
}

export type Expectation = CountExpectation | HeldExpectation | ArtefactExpectation | TimeExpectation;
