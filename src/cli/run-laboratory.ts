import type { ModelProfile } from '../device/model.js';
import type { Laboratory } from '../fleet/laboratory.js';
import {
  checkOpenFiles,
  type NetworkLaboratoryOptions,
  openNetworkLaboratory,
} from '../fleet/network-laboratory.js';
import type { LaboratorySpec } from '../fleet/plan.js';
import { openVirtualLaboratory } from '../fleet/virtual-laboratory.js';
import type { ScenarioPlan } from '../scenario/plan.js';

/** A laboratory that runs, whatever its clock is. */
export interface RunLaboratory extends Laboratory {
  /** Lines of the phones' logs since the last call. */
  logs(): Promise<readonly string[]>;
}

export type Clock = ScenarioPlan['clock']['mode'];

/**
 * What can be found before a fleet of millions is written down.
 *
 * @throws TrustfleetError TF_TOO_MANY_FILES
 */
export function checkFleetSize(clock: Clock, phones: number): void {
  if (clock === 'network') checkOpenFiles(phones);
}

/** @throws TrustfleetError as the laboratories do */
export async function openLaboratory(
  clock: Clock,
  spec: LaboratorySpec,
  options: {
    readonly models: ReadonlyMap<string, ModelProfile>;
    readonly workers: number | undefined;
    readonly health: ScenarioPlan['health'];
    readonly logs: boolean;
    /** What only a network has: see `NetworkLaboratoryOptions`. */
    readonly network: Pick<NetworkLaboratoryOptions, 'allowTargets' | 'keylog'>;
    readonly signal: AbortSignal;
  },
): Promise<RunLaboratory> {
  const { workers, network, ...rest } = options;
  const shards = workers === undefined ? {} : { shards: workers };
  return clock === 'virtual'
    ? openVirtualLaboratory(spec, { ...rest, ...shards })
    : openNetworkLaboratory(spec, { ...rest, ...network, ...shards });
}
