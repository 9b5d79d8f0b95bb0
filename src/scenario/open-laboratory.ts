import type { ModelProfile } from '../device/model.js';
import type { Laboratory } from '../fleet/laboratory.js';
import {
  checkOpenFiles,
  type NetworkLaboratoryOptions,
  openNetworkLaboratory,
} from '../fleet/network-laboratory.js';
import type { LaboratorySpec } from '../fleet/plan.js';
import { loadModels } from '../fleet/profiles.js';
import { openVirtualLaboratory } from '../fleet/virtual-laboratory.js';
import type { ScenarioPlan } from './plan.js';

/** A laboratory that runs, whatever its clock is. */
export interface RunLaboratory extends Laboratory {
  /** Lines of the phones' logs since the last call; none unless they were asked for (`LaboratoryOptions`). */
  logs(): Promise<readonly string[]>;
}

export type Clock = ScenarioPlan['clock']['mode'];

/** The same scenario with real sockets, or in virtual time (docs/virtual-time.md). */
export function withClock(plan: ScenarioPlan, mode: Clock): ScenarioPlan {
  return { ...plan, clock: { ...plan.clock, mode } };
}

/**
 * What can be found before a fleet of millions is written down.
 *
 * @throws TrustfleetError TF_TOO_MANY_FILES
 */
export function checkFleetSize(clock: Clock, phones: number): void {
  if (clock === 'network') checkOpenFiles(phones);
}

export interface LaboratoryOptions {
  /** Default: all shipped ones. */
  readonly models?: ReadonlyMap<string, ModelProfile>;
  /** Threads that the phones are spread over; default: as many as the cores and the clock make worth it. */
  readonly workers?: number;
  /** Keep the phones' logs. */
  readonly logs?: boolean;
  /** What only a network has: see `NetworkLaboratoryOptions`. */
  readonly network?: Pick<NetworkLaboratoryOptions, 'allowTargets' | 'keylog'>;
  /** Ends the opening; the promise rejects with its reason, and nothing is left open. */
  readonly signal?: AbortSignal;
}

/**
 * Starts the clusters and the phones of a scenario under its clock; all phones are off. Whoever opens it closes it.
 *
 * @param spec what `laboratorySpec` makes of the scenario.
 * @throws TrustfleetError TF_TOO_MANY_FILES, TF_ADDRESS_UNAVAILABLE, TF_PORT_TAKEN, TF_WORKER_DIED, TF_PROFILE_INVALID
 */
export async function openLaboratory(
  { clock, health }: Pick<ScenarioPlan, 'clock' | 'health'>,
  spec: LaboratorySpec,
  options: LaboratoryOptions = {},
): Promise<RunLaboratory> {
  const { models = loadModels(), workers, logs = false, network = {} } = options;
  const { signal = new AbortController().signal } = options;
  const common = { models, health, logs, signal, ...(workers === undefined ? {} : { shards: workers }) };
  return clock.mode === 'virtual'
    ? openVirtualLaboratory(spec, common)
    : openNetworkLaboratory(spec, { ...common, ...network });
}
