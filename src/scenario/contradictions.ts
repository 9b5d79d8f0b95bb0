import type { ServiceName } from '../cluster/operation.js';
import type { ModelProfile } from '../device/model.js';
import { isAtLeast, parseRelease, type Release } from '../device/release.js';
import { TrustfleetError } from '../errors.js';
import type { Device } from '../fleet/devices.js';
import { strangeClusters } from '../fleet/equipment.js';
import type { Fault } from '../fleet/model.js';
import { readKnobs } from '../phone/knobs.js';
import { checkExpectation, type ExpectationFacts } from './check-expectation.js';
import { checkFleet } from './check-fleet.js';
import {
  CLI_CTL_RELEASE,
  checkClient,
  checkOperation,
  checkParameter,
  checkServices,
} from './check-operation.js';
import { checkSelection } from './check-selection.js';
import type { ScenarioPlan, Step } from './plan.js';
import { nested, type Report } from './problem.js';

/** First release with Security By Default: without it no phone has an ITL. */
const FIRST_RELEASE = '8.0';

/**
 * Finds what no run could do although every key and word is right: nodes that are not there, operations that the release
 * lacks, selections without phones, figures that cannot be.
 *
 * @param devices every phone of the plan with its settings; undefined where there are too many to look at.
 */
export function findContradictions(
  plan: ScenarioPlan,
  devices: readonly Device[] | undefined,
  models: ReadonlyMap<string, ModelProfile>,
  report: Report,
): void {
  const release = parseRelease(plan.release);
  if (!isAtLeast(release, FIRST_RELEASE)) {
    report(
      ['release'],
      `found ${plan.release}, expected ${FIRST_RELEASE} or later: before it phones have no ITL`,
    );
    return;
  }
  checkMode(plan, release, nested(report, ['cluster']));
  for (const [name, value] of Object.entries(plan.cluster.parameters))
    checkParameter(name, value, nested(report, ['cluster', 'parameters']));
  checkKnobs(plan, report);
  checkFleet(plan, devices, models, report);

  const facts: ExpectationFacts = {
    nodes: plan.cluster.nodes.map((node) => node.name),
    tftpNodes: plan.cluster.nodes.filter(({ services }) => services.includes('TFTP')).map(({ name }) => name),
    models: [...new Set(plan.fleet.spec.groups.map((group) => group.model))],
    groups: plan.fleet.spec.groups.map((group) => group.group),
    phones: plan.fleet.phones,
  };
  const marks = new Set<string>();
  let addressed = false;
  plan.steps.forEach((step, i) => {
    const at = nested(report, ['steps', i]);
    if (step.kind === 'mark' && marks.has(step.name))
      at(['mark'], `found a second mark "${step.name}", expected names that differ`);
    if (step.kind === 'mark') marks.add(step.name);
    if (step.kind === 'phones') addressed = true;
    checkStep(step, plan, devices, { ...facts, addressed }, at);
  });
}

function checkStep(
  step: Step,
  plan: ScenarioPlan,
  devices: readonly Device[] | undefined,
  facts: ExpectationFacts,
  report: Report,
): void {
  switch (step.kind) {
    case 'operate':
      for (const operation of step.operations)
        checkOperation(
          operation,
          {
            plan,
            refused: step.refused !== null,
            strangers: devices === undefined ? [] : strangeClusters(devices),
            checkSelection: (selection, at) => checkSelection(selection, plan, devices, at),
          },
          nested(report, ['operate']),
        );
      return;
    case 'fault':
      checkFault(step.fault, plan, devices, nested(report, ['fault']));
      return;
    case 'phones': {
      const { action } = step.action;
      const path = action === 'erase' || action === 'type' ? ['phones', 'of'] : ['phones', action];
      checkSelection(step.of, plan, devices, nested(report, path));
      return;
    }
    case 'wait-until':
      checkExpectation(step.until, facts, nested(report, ['wait', 'until']));
      return;
    case 'expect':
      step.expectations.forEach((expectation, i) => {
        checkExpectation(expectation, facts, nested(report, ['expect', i]));
      });
      return;
    default:
  }
}

/** Mixed mode is made by the command line, or with tokens. */
function checkMode({ cluster, release: text }: ScenarioPlan, release: Release, report: Report): void {
  const { mode, tokens } = cluster;
  if (tokens.length > 0) {
    if (mode === 'mixed') checkClient(tokens, true, release, false, report);
    else report(['tokens'], 'found tokens in a non-secure cluster, expected mode: mixed beside them');
  } else if (mode === 'mixed' && !isAtLeast(release, CLI_CTL_RELEASE)) {
    report(
      ['mode'],
      `found mixed in ${text}, expected ${CLI_CTL_RELEASE} or later: before it mixed mode needs tokens: [T1, T2]`,
    );
  }
}

function checkFault(
  fault: Fault,
  plan: ScenarioPlan,
  devices: readonly Device[] | undefined,
  report: Report,
): void {
  if ('clear' in fault) return;
  if ('power' in fault) checkSelection(fault.power.of, plan, devices, nested(report, ['power', 'of']));
  else checkServices(servicesOf(fault), fault.nodes, plan.cluster.nodes, report);
}

function servicesOf(fault: Exclude<Fault, { clear: 'all' } | { power: unknown }>): readonly ServiceName[] {
  if ('stop' in fault) return fault.stop;
  if ('start' in fault) return fault.start;
  return ['service' in fault ? fault.service : fault.refuse];
}

function checkKnobs(plan: ScenarioPlan, report: Report): void {
  for (const [name, value] of Object.entries(plan.knobs)) {
    try {
      readKnobs({ [name]: value });
    } catch (error) {
      if (!(error instanceof TrustfleetError)) throw error;
      report(['knobs', name], error.message, 'key');
    }
  }
}
