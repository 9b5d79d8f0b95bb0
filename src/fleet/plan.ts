import type { ClusterKnobs, FeatureService } from '../cluster/spec.js';
import type { Knobs } from '../phone/knobs.js';
import type { Device } from './devices.js';

/** All that a laboratory is built from, whatever it runs on; plain data. */
export interface LaboratorySpec {
  readonly cluster: {
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
    }[];
    /** By the names of `operate: { parameter: … }`; in force before the first phone starts. */
    readonly parameters: Readonly<Record<string, string | number | boolean>>;
    readonly knobs: Partial<ClusterKnobs>;
  };
  readonly devices: readonly Device[];
  readonly start: 'healthy' | 'factory';
  readonly knobs: Knobs;
  readonly seed: number;
  /** `clock.scale`. */
  readonly scale: number;
}
