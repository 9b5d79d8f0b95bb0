import { obstacleTo } from '../cluster/operations/parameter.js';
import { PARAMETER_NAMES, type ParameterValue, parameterOf } from '../cluster/parameters.js';
import { firstRelease, releaseRules } from '../cluster/release-rules.js';
import { DEFAULT_PARAMETERS } from '../cluster/spec.js';
import { parseRelease } from '../device/release.js';
import type { ClusterPlan } from './plan.js';
import type { Report } from './problem.js';
import { expectedOneOf } from './suggest.js';

/** From here on the cluster resets phones by itself. */
const AUTOMATIC_RESET_RELEASE = firstRelease((rules) => rules.resetsPhones);

/** First release whose phones auto-register in mixed mode, too. */
const MIXED_AUTO_REGISTRATION = firstRelease((rules) => rules.mixedAutoRegistration);

/**
 * A parameter of a cluster, from its installation on or set by an operation.
 *
 * @param refusal takes what the cluster would refuse
 */
export function checkParameter(
  name: string,
  value: ParameterValue,
  { mode, release }: ClusterPlan,
  report: Report,
  refusal: Report = report,
): void {
  const parameter = parameterOf(name);
  if (parameter === undefined) {
    report([name], `found unknown parameter "${name}", ${expectedOneOf(name, PARAMETER_NAMES)}`, 'key');
    return;
  }
  const parameters = parameter.set(DEFAULT_PARAMETERS, value);
  if (parameters === undefined) {
    report([name], `found ${JSON.stringify(value)}, expected ${parameter.expected}`);
    return;
  }
  switch (obstacleTo(parameters, { mode, rules: releaseRules(parseRelease(release)) })) {
    case 'manual-resets':
      refusal(
        [name],
        `found automatic in ${release}, where the administrator resets the phones; expected ${AUTOMATIC_RESET_RELEASE} or later (R-68)`,
      );
      return;
    case 'mixed-mode':
      refusal(
        [name],
        `found true in mixed mode of ${release}, which has it only from ${MIXED_AUTO_REGISTRATION} on (R-10)`,
      );
      return;
    case undefined:
  }
}
