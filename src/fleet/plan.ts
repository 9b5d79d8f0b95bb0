import type { ExternalServices } from '../cluster/external.js';
import type { EmbeddedCaSpec, OnlineCaSettings } from '../cluster/online-ca.js';
import type { ClusterKnobs, FeatureService } from '../cluster/spec.js';
import type { Knobs } from '../phone/knobs.js';
import type { Organisation } from '../pki/cucm-certificates.js';
import type { VirtualSettings } from '../virtual/settings.js';
import type { Device } from './devices.js';
import type { PhoneKeys } from './lsc-keys.js';

/** A cluster of a laboratory; plain data. */
export interface LaboratoryCluster {
  /** What operations call it where there are several. */
  readonly name: string;
  readonly release: string;
  readonly mode: 'non-secure' | 'mixed';
  /** Security tokens that a mixed cluster was set up with, the signer first; none means tokenless. */
  readonly tokens?: readonly string[];
  /** The first is the publisher. */
  readonly nodes: readonly {
    readonly name: string;
    readonly address: string;
    readonly services: readonly FeatureService[];
    /** Those of them that are real ones elsewhere. */
    readonly external?: ExternalServices;
  }[];
  /** By the names of `operate: { parameter: … }`; in force before the first phone starts. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>;
  readonly knobs: Partial<ClusterKnobs>;
  /** The CA that CAPF asks over HTTPS, and what stands in for it; null or absent where none is set up (OP-26). */
  readonly onlineCa?: OnlineCaPlan | null;
  readonly subject?: ClusterSubject;
}

/** What the certificates of a cluster name. */
export interface ClusterSubject extends Partial<Record<keyof Organisation, string | undefined>> {
  readonly domain?: string | undefined;
}

export interface OnlineCaPlan {
  readonly settings: OnlineCaSettings;
  /** `absent`: nothing listens where CAPF looks for it. */
  readonly embedded: EmbeddedCaSpec | 'absent';
}

/** The first is the phones' home: their servers, configurations and pending operations are of it. */
export type LaboratoryClusters = readonly [LaboratoryCluster, ...LaboratoryCluster[]];

/** All that a laboratory is built from, whatever it runs on; plain data. */
export interface LaboratorySpec {
  /** Every one has all devices in its database (contracts.md 4). */
  readonly clusters: LaboratoryClusters;
  readonly devices: readonly Device[];
  readonly start: 'healthy' | 'factory';
  readonly knobs: Knobs;
  readonly seed: number;
  /** Where the keys come from that phones make at CAPF. */
  readonly keys: PhoneKeys;
  /** What virtual time has in place of a network; its defaults when left out. */
  readonly virtual?: VirtualSettings;
  /** `clock.scale`. */
  readonly scale: number;
}
