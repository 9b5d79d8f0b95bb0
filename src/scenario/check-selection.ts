import type { Device } from '../fleet/devices.js';
import type { Selection } from '../fleet/model.js';
import { clusterOfLabel, labelledNodes } from '../fleet/node-label.js';
import type { ScenarioPlan } from './plan.js';
import type { Report } from './problem.js';
import { canMatch } from './reach.js';
import { expectedOneOf, nearest } from './suggest.js';

/**
 * Tells a selection that no phone of the fleet can match.
 *
 * @param plan with all nodes that were ever there.
 * @param devices undefined where there are too many to look at.
 * @param isMeant whether a device is among those that are selected from; left out: all are.
 */
export function checkSelection(
  selection: Selection,
  plan: ScenarioPlan,
  devices: readonly Device[] | undefined,
  report: Report,
  isMeant?: (device: Device) => boolean,
): void {
  checkLabels(selection, plan, report);
  if (devices === undefined) return;
  const meant = isMeant === undefined ? devices : devices.filter(isMeant);
  if (canMatch(selection, meant, sendsPhonesElsewhere(plan))) {
    for (const { field, value, known } of unknownNames(selection, devices, LASTING))
      report(
        [],
        `found ${field} "${value}", which no phone of ${plan.fleet.spec.name} has; ${expectedNames(value, known)}`,
      );
    return;
  }
  const wrong = unknownNames(selection, devices, Object.keys(FIELDS) as NamedField[])
    .map(({ field, value, known }) => `${field} "${value}" is none of it, ${expectedNames(value, known)}`)
    .join('; ');
  report(
    [],
    `found a selection that no phone of ${plan.fleet.spec.name} can match${wrong === '' ? '' : `: ${wrong}`}`,
  );
}

/** A new option 150, or one typed by hand. */
function sendsPhonesElsewhere({ steps }: ScenarioPlan): boolean {
  return steps.some((step) => step.kind === 'phones' && step.action.action === 'retarget');
}

/** What a phone is called by; a list of more names than these is of no use to a person. */
const MAX_NAMES_SHOWN = 20;

function expectedNames(value: string, known: readonly string[]): string {
  if (known.length <= MAX_NAMES_SHOWN) return expectedOneOf(value, known);
  const near = nearest(value, known);
  return `expected one of ${known.length} from ${known[0]} to ${known.at(-1)}${near === undefined ? '' : ` (did you mean "${near}"?)`}`;
}

/** Fields whose values are names, and those that a phone of the fleet has. */
const FIELDS = {
  model: ({ kind }) => [kind.model],
  group: ({ kind }) => [kind.group],
  name: ({ name }) => [name],
  tftp: ({ kind }) => kind.tftp.slice(0, 1),
  callManagerGroup: ({ kind }) => [kind.callManagerGroup.name],
  mode: ({ kind }) => [kind.security],
} as const satisfies Readonly<Record<string, (device: Device) => readonly string[]>>;

type NamedField = keyof typeof FIELDS;

/** Those that no step changes: a name that nobody has when the run begins, nobody ever has. */
const LASTING: readonly NamedField[] = ['model', 'group', 'name'];

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

interface UnknownName {
  readonly field: NamedField;
  readonly value: string;
  readonly known: readonly string[];
}

/** Names in a selection that nothing has. */
function unknownNames(
  selection: Selection,
  devices: readonly Device[],
  fields: readonly NamedField[],
): readonly UnknownName[] {
  return fieldsOf(selection).flatMap(({ field: asked, anyOf }) => {
    const field = fields.find((one) => one === asked);
    if (field === undefined) return [];
    const known = [...new Set(devices.flatMap(FIELDS[field]))];
    const there = new Set(known);
    return anyOf.filter((value) => !there.has(value)).map((value) => ({ field, value, known }));
  });
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
