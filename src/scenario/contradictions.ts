import { externalPlaces, isExternal, outOfReach } from '../cluster/external.js';
import type { ServiceName } from '../cluster/operation.js';
import { missingCapf } from '../cluster/operations/set-cluster.js';
import type { ModelProfile } from '../device/model.js';
import { isAtLeast, parseRelease } from '../device/release.js';
import { placeText } from '../device/service-port.js';
import { TrustfleetError } from '../errors.js';
import type { Device } from '../fleet/devices.js';
import { strangeClusters } from '../fleet/equipment.js';
import { externalFaults } from '../fleet/external-check.js';
import type { Fault, TftpChoice } from '../fleet/model.js';
import { clusterOfLabel, labelledNodes } from '../fleet/node-label.js';
import { statusMessages } from '../phone/decide/status.js';
import { readKnobs } from '../phone/knobs.js';
import { checkExpectation, type ExpectationFacts } from './check-expectation.js';
import { checkFleet } from './check-fleet.js';
import { CLI_CTL_RELEASE, checkTokens, hasListCommands } from './check-lists.js';
import { checkServices } from './check-nodes.js';
import { checkOperation, type OperationFacts } from './check-operation.js';
import { checkParameter } from './check-parameter.js';
import { checkSelection } from './check-selection.js';
import { afterOperation, backupsOf, type Course, courseOf, mayResetPhones } from './course.js';
import type { ClusterPlan, ScenarioPlan, Step } from './plan.js';
import { nested, type Report } from './problem.js';
import { expectedOneOf } from './suggest.js';

/** Actions on phones that have their selection in `of:`. */
const WITH_ARGUMENT: readonly string[] = ['erase', 'type', 'retarget', 'open'];

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
  if (!plan.clusters.map((cluster) => checkCluster(cluster, plan, report)).every(Boolean)) return;
  checkKnobs(plan, report);
  checkFleet(plan, devices, models, report);

  const facts = {
    clusters: plan.clusters.length > 1 ? plan.clusters.map(({ name }) => name) : null,
    models: [...new Set(plan.fleet.spec.groups.map((group) => group.model))],
    groups: plan.fleet.spec.groups.map((group) => group.group),
    messages: messagesOf(plan, models),
    devices: devices === undefined ? undefined : new Set(devices.map(({ name }) => name)),
    phones: plan.fleet.phones,
  };
  const marks = new Set<string>();
  let addressed = false;
  // operations change what later steps find: nodes, the release, the mode, backups
  let course = courseOf(plan);
  const everNodes = new Set(labelledNodes(plan.clusters).map(({ label }) => label));
  plan.steps.forEach((step, i) => {
    const at = nested(report, ['steps', i]);
    if (step.kind === 'mark' && marks.has(step.name))
      at(['mark'], `found a second mark "${step.name}", expected names that differ`);
    if (step.kind === 'mark') marks.add(step.name);
    if (step.kind === 'phones') addressed = true;
    for (const { label } of labelledNodes(course.plan.clusters)) everNodes.add(label);
    const tftpNodes = tftpLabels(course.plan);
    checkStep(step, course, devices, { ...facts, nodes: [...everNodes], tftpNodes, addressed }, at);
    if (step.kind !== 'operate' || step.refused !== null) return;
    for (const operation of step.operations) course = afterOperation(course, step.cluster, operation);
    addressed ||= mayResetPhones(course);
  });
}

/** What phones of this fleet can show. */
function messagesOf({ fleet }: ScenarioPlan, models: ReadonlyMap<string, ModelProfile>): readonly string[] {
  const used = fleet.spec.groups.flatMap(({ model }) => models.get(model) ?? []);
  return [...new Set(used.flatMap(statusMessages))];
}

function checkStep(
  step: Step,
  course: Course,
  devices: readonly Device[] | undefined,
  facts: ExpectationFacts,
  report: Report,
): void {
  const { plan } = course;
  switch (step.kind) {
    case 'operate':
      checkOperate(step, course, devices, nested(report, ['operate']));
      return;
    case 'fault':
      checkFault(step.fault, course, devices, nested(report, ['fault']));
      return;
    case 'phones': {
      const { action } = step.action;
      const hasArgument = WITH_ARGUMENT.includes(action);
      checkSelection(
        step.of,
        course.ever,
        devices,
        nested(report, hasArgument ? ['phones', 'of'] : ['phones', action]),
      );
      if (step.action.action === 'retarget')
        checkTftp(step.action.tftp, plan, nested(report, ['phones', 'retarget', 'tftp']));
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

/** Release, mode and parameters; false where the release is too old for anything else to be said. */
function checkCluster(cluster: ClusterPlan, plan: ScenarioPlan, report: Report): boolean {
  const { clusters } = plan;
  const path = clusters.length > 1 ? ['clusters', cluster.name] : ['cluster'];
  const release = parseRelease(cluster.release);
  if (!isAtLeast(release, FIRST_RELEASE)) {
    report(
      clusters.length > 1 ? [...path, 'release'] : ['release'],
      `found ${cluster.release}, expected ${FIRST_RELEASE} or later: before it phones have no ITL`,
    );
    return false;
  }
  checkMode(cluster, nested(report, path));
  checkExternal(cluster, plan, nested(report, path));
  for (const [name, value] of Object.entries(cluster.parameters))
    checkParameter(name, value, cluster, nested(report, [...path, 'parameters']));
  return true;
}

/** External services that lack something, and what cannot be with them. The path ends where the file has none of it. */
function checkExternal(cluster: ClusterPlan, plan: ScenarioPlan, report: Report): void {
  for (const { node, service, message } of externalFaults(cluster.nodes, cluster.mode))
    report(['nodes', node, 'services', service], message);
  cluster.nodes.forEach((node, i) => {
    const [first] = externalPlaces(node);
    if (first === undefined) return;
    const [, place] = first;
    if (plan.clock.mode === 'virtual')
      report(
        ['nodes', i, 'services'],
        `found an external service (${placeText(place)}) with the virtual clock, which has no network; expected clock: { mode: network }`,
      );
    if (isExternal(node, 'TFTP') && plan.start.state === 'healthy')
      report(
        ['nodes', i, 'services', 'TFTP'],
        `found an external TFTP server with start: healthy; what it serves is not known before the phones ask, expected start: factory`,
      );
  });
}

/** Mixed mode is made by the command line, or with tokens. */
function checkMode(cluster: ClusterPlan, report: Report): void {
  const {
    mode,
    tokens,
    release,
    nodes: [publisher],
  } = cluster;
  if (tokens.length > 0) {
    if (mode === 'mixed') checkTokens(tokens, true, cluster, report);
    else report(['tokens'], 'found tokens in a non-secure cluster, expected mode: mixed beside them');
  } else if (mode === 'mixed' && !hasListCommands(cluster)) {
    report(
      ['mode'],
      `found mixed in ${release}, expected ${CLI_CTL_RELEASE} or later: before it mixed mode needs tokens: [T1, T2]`,
    );
  } else if (mode === 'mixed' && publisher !== undefined) {
    const missing = missingCapf(publisher);
    if (missing !== undefined) report(['mode'], `found mixed, but ${missing}`);
  }
}

/** Which cluster does it, and whether it can. */
function checkOperate(
  step: Extract<Step, { kind: 'operate' }>,
  before: Course,
  devices: readonly Device[] | undefined,
  report: Report,
): void {
  const { clusters } = before.plan;
  const [, ...others] = clusters;
  const names = clusters.map(({ name }) => name);
  if (others.length === 0 && step.cluster !== null) {
    report(['cluster'], 'found a cluster where the scenario has one only, expected none', 'key');
  } else if (others.length > 0 && step.cluster === null) {
    report([], `found no cluster that does it, expected cluster: ${names.join(' or ')}`);
  } else if (step.cluster !== null && !names.includes(step.cluster)) {
    report(['cluster'], `found unknown cluster "${step.cluster}", ${expectedOneOf(step.cluster, names)}`);
  } else {
    const strangers = devices === undefined ? [] : strangeClusters(devices);
    let course = before;
    for (const operation of step.operations) {
      const { plan } = course;
      const cluster = plan.clusters.find(({ name }) => name === step.cluster) ?? plan.clusters[0];
      const facts: OperationFacts = {
        plan,
        cluster,
        backups: backupsOf(course, cluster),
        refused: step.refused !== null,
        strangers: strangers.filter((name) => !names.includes(name)),
        // the administrator's selections are of the database
        checkSelection: (selection, at) =>
          checkSelection(selection, course.ever, devices, at, ({ kind }) => kind.inDatabase),
      };
      checkOperation(operation, facts, report);
      if (step.refused === null) course = afterOperation(course, step.cluster, operation);
    }
  }
}

/** Labels of the nodes that serve files. */
function tftpLabels({ clusters }: ScenarioPlan): string[] {
  return labelledNodes(clusters)
    .filter(({ node }) => node.services.includes('TFTP'))
    .map(({ label }) => label);
}

/** Other TFTP servers: read.ts has told clusters from nodes. */
function checkTftp(choice: TftpChoice, plan: ScenarioPlan, report: Report): void {
  const known = tftpLabels(plan);
  if ('cluster' in choice) {
    if (!known.some((label) => clusterOfLabel(label) === choice.cluster))
      report([], `found ${choice.cluster}, of which no node runs TFTP`);
    return;
  }
  const clusters = plan.clusters.length > 1 ? plan.clusters.map(({ name }) => name) : [];
  choice.nodes.forEach((label, i) => {
    if (!known.includes(label))
      report(
        choice.nodes.length > 1 ? [i] : [],
        `found "${label}", which serves no files; ${expectedOneOf(label, [...clusters, ...known])}`,
      );
  });
}

function checkFault(
  fault: Fault,
  { plan, ever }: Course,
  devices: readonly Device[] | undefined,
  report: Report,
): void {
  if ('clear' in fault || 'datagrams' in fault) return;
  if ('power' in fault) checkSelection(fault.power.of, ever, devices, nested(report, ['power', 'of']));
  else {
    const nodes = labelledNodes(plan.clusters).map(({ label, node }) => ({ ...node, name: label }));
    checkServices(servicesOf(fault), fault.nodes, nodes, report);
    const away = 'refuse' in fault ? undefined : outOfReach(nodes, servicesOf(fault), fault.nodes);
    if (away !== undefined) report(['nodes'], `found a service that is out of reach: ${away}`);
  }
}

function servicesOf(fault: Extract<Fault, { nodes: unknown }>): readonly ServiceName[] {
  if ('stop' in fault) return fault.stop;
  if ('start' in fault) return fault.start;
  if ('leak' in fault) return [fault.leak];
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
