import { externalPlaces } from '../cluster/external.js';
import type { ModelProfile } from '../device/model.js';
import { TrustfleetError } from '../errors.js';
import { expandFleet } from '../fleet/devices.js';

import type { PhoneKeys } from '../fleet/lsc-keys.js';

import type { LaboratoryCluster, LaboratorySpec } from '../fleet/plan.js';

import { applySettings } from '../fleet/settings.js';
import { type Cidr, checkTarget, placeNodes } from '../net/addresses.js';
import { readKnobs } from '../phone/knobs.js';
import type { ClusterPlan, ScenarioPlan } from './plan.js';

/** What the command line changes about a scenario. */
export interface PlanOverrides {
  readonly phones?: number;
  readonly seed?: number;
  /** `--keys`. */
  readonly keys?: PhoneKeys;
  /** Name of the one phone that takes part (`--only`), in any case. */
  readonly only?: string;
  /** Address of the first node (`--bind`), see `placeNodes`; 127.10.0.1 when left out. */
  readonly bind?: string;
  /** Ranges outside the loopback range that phones may connect to (`--allow-target`). */
  readonly allowTargets?: readonly Cidr[];
}

/**
 * Refuses external services outside the loopback range that the command line did not allow.
 *
 * @throws TrustfleetError TF_TARGET_REFUSED
 */
export function checkTargets(plan: Pick<ScenarioPlan, 'clusters'>, allowed: readonly Cidr[]): void {
  for (const node of plan.clusters.flatMap(({ nodes }) => nodes)) {
    for (const [port, { address }] of externalPlaces(node))
      checkTarget(address, allowed, `external ${port} of ${node.name} at`);
  }
}

/**
 * What a laboratory for this scenario is built from.
 *
 * @throws TrustfleetError TF_USAGE when `only` is no phone of the fleet or `bind` no address, TF_TARGET_REFUSED for an address
 *   that is neither in the loopback range nor allowed, TF_PROFILE_INVALID as the fleet's rules do.
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
  const allowed = overrides.allowTargets ?? [];
  for (const { address } of places.flat()) checkTarget(address, allowed, 'node address');
  checkTargets(plan, allowed);
  const fleet = applySettings(
    expandFleet(plan.fleet.spec, models, overrides.phones ?? plan.fleet.phones),
    plan.fleet.set,
  );
  const only = overrides.only?.toUpperCase();
  const devices = only === undefined ? fleet : fleet.filter(({ name }) => name === only);
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
    virtual: plan.virtual,
  };
}
