import type { ModelProfile } from '../device/model.js';
import type { Device } from '../fleet/devices.js';
import { expandFleet } from '../fleet/devices.js';
import type { Selection } from '../fleet/model.js';
import { clusterOfLabel } from '../fleet/node-label.js';
import { selects } from '../fleet/selection.js';
import { applySettings } from '../fleet/settings.js';
import type { FleetPlan } from './plan.js';

/** Past this many phones a selection is not held against every single one; a shipped fleet is far below. */
const MAX_PHONES_CHECKED = 100_000;

/**
 * The phones of a plan for checking selections; undefined where there are too many to look at.
 *
 * @throws TrustfleetError TF_PROFILE_INVALID for a fleet that cannot be.
 */
export function devicesOf(
  fleet: FleetPlan,
  models: ReadonlyMap<string, ModelProfile>,
): readonly Device[] | undefined {
  if (fleet.phones > MAX_PHONES_CHECKED) return undefined;
  return applySettings(expandFleet(fleet.spec, models, fleet.phones), fleet.set);
}

/**
 * Whether any phone may fit: state, lock and lists are unknown before the run and fit both ways.
 *
 * @param moves phones are sent to other TFTP servers on the way: which one they ask is unknown, too.
 */
export function canMatch(selection: Selection, devices: readonly Device[], moves: boolean): boolean {
  /** undefined: it may fit or not. */
  const judge = (part: Selection, device: Device): boolean | undefined => {
    switch (part.kind) {
      case 'and': {
        const parts = part.of.map((one) => judge(one, device));
        return parts.includes(false) ? false : parts.includes(undefined) ? undefined : true;
      }
      case 'or': {
        const parts = part.of.map((one) => judge(one, device));
        return parts.includes(true) ? true : parts.includes(undefined) ? undefined : false;
      }
      case 'not': {
        const inner = judge(part.of, device);
        return inner === undefined ? undefined : !inner;
      }
      default: {
        const isUnknown = isOpen(part) || (moves && part.kind === 'field' && part.field === 'tftp');
        return isUnknown ? undefined : fits(part, device);
      }
    }
  };
  return devices.some((device) => judge(selection, device) !== false);
}

/** Decided by what happens in the run. */
function isOpen(selection: Selection): boolean {
  if (selection.kind === 'locked') return true;
  if (selection.kind !== 'field') return false;
  if (selection.field === 'tftp') return selection.anyOf.some((label) => clusterOfLabel(label) !== '');
  return selection.field === 'state' || selection.field === 'has';
}

function fits(selection: Selection, device: Device): boolean {
  return selects(selection, { device, state: 'off', locked: false, has: () => false });
}

/** The `state`, `has: …` and `locked` conditions of a selection, by their words. */
export function openConditions(selection: Selection): string[] {
  switch (selection.kind) {
    case 'and':
    case 'or':
      return selection.of.flatMap(openConditions);
    case 'not':
      return openConditions(selection.of);
    case 'locked':
      return ['locked'];
    case 'field':
      if (selection.field === 'has') return selection.anyOf.map((what) => `has: ${what}`);
      return isOpen(selection) ? [selection.field] : [];
    default:
      return [];
  }
}
