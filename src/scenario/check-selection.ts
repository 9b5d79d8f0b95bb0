import type { Device } from '../fleet/devices.js';
import type { Selection } from '../fleet/model.js';
import { clusterOfLabel, labelledNodes } from '../fleet/node-label.js';
import type { ScenarioPlan } from './plan.js';
import type { Report } from './problem.js';
import { canMatch } from './reach.js';
import { expectedOneOf } from './suggest.js';

/** Tells a selection that no phone of the fleet can match. */
export function checkSelection(
  selection: Selection,
  plan: ScenarioPlan,
  devices: readonly Device[] | undefined,
  report: Report,
): void {
  checkLabels(selection, plan, report);
  if (devices === undefined || canMatch(selection, devices)) return;
  const wrong = unknownNames(selection, plan, devices);
  report([], `found a selection that no phone of ${plan.fleet.spec.name} can match${wrong}`);
}

/** TFTP nodes of a cluster that phones may have been sent to. */
function checkLabels(selection: Selection, { clusters }: ScenarioPlan, report: Report): void {
  const known = labelledNodes(clusters)
    .filter(({ node }) => node.services.includes('TFTP'))
    .map(({ label }) => label);
  for (const { field, anyOf } of fieldsOf(selection)) {
    if (field !== 'tftp') continue;
    for (const label of anyOf) {
      if (clusterOfLabel(label) !== '' && !known.includes(label))
        report([], `found tftp "${label}", which serves no files; ${expectedOneOf(label, known)}`);
    }
  }
}

/** Names in a selection that nothing has, as the end of a message. */
function unknownNames(selection: Selection, plan: ScenarioPlan, devices: readonly Device[]): string {
  const known: Readonly<Record<string, readonly string[]>> = {
    model: [...new Set(devices.map((device) => device.model))],
    group: plan.fleet.spec.groups.map((group) => group.group),
    tftp: [...new Set(devices.map((device) => device.tftp[0] ?? ''))],
    callManagerGroup: [...new Set(devices.map((device) => device.callManagerGroup.name))],
    mode: [...new Set(devices.map((device) => device.security))],
  };
  const hints = fieldsOf(selection).flatMap(({ field, anyOf }) => {
    const words = known[field];
    if (words === undefined) return [];
    return anyOf
      .filter((value) => !words.includes(value))
      .map((value) => `${field} "${value}" is none of it, ${expectedOneOf(value, words)}`);
  });
  return hints.length === 0 ? '' : `: ${hints.join('; ')}`;
}

type FieldSelection = Extract<Selection, { kind: 'field' }>;

function fieldsOf(selection: Selection): readonly FieldSelection[] {
  switch (selection.kind) {
    case 'and':
    case 'or':
      return selection.of.flatMap(fieldsOf);
    case 'not':
      return fieldsOf(selection.of);
    case 'field':
      return [selection];
    default:
      return [];
  }
}
