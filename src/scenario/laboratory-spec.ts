import type { ModelProfile } from '../device/model.js';
import { TrustfleetError } from '../errors.js';
import { expandFleet } from '../fleet/devices.js';

import type { PhoneKeys } from '../fleet/lsc-keys.js';

import type { LaboratoryCluster, LaboratorySpec } from '../fleet/plan.js';

import { applySettings } from '../fleet/settings.js';
import { checkTarget, placeNodes } from '../net/addresses.js';
import { readKnobs } from '../phone/knobs.js';
import type { ClusterPlan, ScenarioPlan } from './plan.js';

/** What the command line changes about a scenario. */
export interface PlanOverrides {
  readonly phones?: number;
  readonly seed?: number;
  /** `--keys`. */
  readonly keys?: PhoneKeys;
  /** Name of the one phone that takes part (`--only`). */
  readonly only?: string;
  /** Address of the first cluster's first node, all others take the next ones (`--bind`); 127.10.0.1 when left out. */
  readonly bind?: string;
}

/**
 * What a laboratory for this scenario is built from.
 *
 * @throws TrustfleetError TF_USAGE when `only` is no phone of the fleet or `bind` no address, TF_TARGET_REFUSED when it is not
 *   in the loopback range, TF_PROFILE_INVALID as the fleet's rules do.
 */
export function laboratorySpec(
  plan: ScenarioPlan,
  models: ReadonlyMap<string, ModelProfile>,
  overrides: PlanOverrides = {},
): LaboratorySpec {
  const knobs = readKnobs(plan.knobs);
  const places = placeNodes(
    plan.clusters.map(({ nodes }) => nodes.length),
    overrides.bind,
  );
  for (const { address } of places.flat()) checkTarget(address, []);
  const fleet = applySettings(
    expandFleet(plan.fleet.spec, models, overrides.phones ?? plan.fleet.phones),
    plan.fleet.set,
  );
  const devices = overrides.only === undefined ? fleet : fleet.filter(({ name }) => name === overrides.only);
  if (devices.length === 0) {
    const first = fleet[0]?.name ?? 'none';
    const last = fleet.at(-1)?.name ?? 'none';
    throw new TrustfleetError(
      'TF_USAGE',
      `no phone ${overrides.only} in this fleet of ${fleet.length}, expected one from ${first} to ${last}`,
    );
  }
  const { tvsSastStore, identityChangesAt, tvsKnowsItlRecovery } = knobs;
  const placed = (cluster: ClusterPlan, number: number): LaboratoryCluster => ({
    ...cluster,
    nodes: cluster.nodes.map((node, i) => ({ ...node, address: places[number]?.[i]?.address ?? '' })),
    knobs: { tvsSastStore, identityChangesAt, tvsKnowsItlRecovery },
  });
  const [home, ...others] = plan.clusters;
  return {
    clusters: [placed(home, 0), ...others.map((cluster, i) => placed(cluster, i + 1))],
    devices,
    start: plan.start.state,
    knobs,
    seed: overrides.seed ?? plan.seed,
    keys: overrides.keys ?? plan.keys,
    scale: plan.clock.scale,
  };
}
