import { scaleGroups } from '../fleet/devices.js';
import type { FleetPlan } from './plan.js';

/** How many phones of each model a scenario has at the size of its file, in the order of its groups. */
export function modelsOf({ spec, phones }: FleetPlan): ReadonlyMap<string, number> {
  const models = new Map<string, number>();
  for (const group of scaleGroups(spec.groups, phones))
    models.set(group.model, (models.get(group.model) ?? 0) + group.phones);
  return models;
}
