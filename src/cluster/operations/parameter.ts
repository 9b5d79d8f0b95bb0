import { type ClusterContext, seconds } from '../context.js';
import { PARAMETER_NAMES, type ParameterValue, parameterOf } from '../parameters.js';
import type { ReleaseRules } from '../release-rules.js';
import type { ClusterParameters } from '../spec.js';
import { type ClusterState, type NodeState, publisherOf } from '../state.js';
import { rebuildItl } from '../tftp.js';
import { type OperationResult, refused } from './result.js';

/**
 * Enterprise parameters, and the service parameters of CAPF. `rollback` makes TFTP serve the blank ITL, or the normal one, without a restart (OP-22, S-11);
 * `tftp-signature` counts from the next start of TFTP and for the next CTL (OP-30); `export-control` is the licence of OP-01. What CAPF and
 * the phones' configurations follow counts at once.
 */
export function setParameter(
  state: ClusterState,
  name: string,
  value: ParameterValue,
  context: ClusterContext,
): OperationResult {
  const parameter = parameterOf(name);
  if (parameter === undefined) {
    throw refused(`no parameter "${name}": expected one of ${PARAMETER_NAMES.join(', ')}`);
  }
  const parameters = parameter.set(state.parameters, value);
  if (parameters === undefined) {
    throw refused(`parameter ${name}: found ${JSON.stringify(value)}, expected ${parameter.expected}`);
  }
  if (parameters.certificateIssuer === 'online-ca' && publisherOf(state).tls.fips) {
    throw refused('parameter certificate-issuer: there is no online CA in FIPS mode (OP-26)');
  }
  switch (obstacleTo(parameters, state)) {
    case 'manual-resets':
      throw refused(
        `parameter phone-interaction: release ${state.release.text} leaves the resets to the administrator, expected 10.5 or later (R-68)`,
      );
    case 'mixed-mode':
      throw refused('parameter auto-registration: not possible in mixed mode before 11.5 (R-10)');
    case undefined:
  }
  const parametersSince = { ...state.parametersSince, [name]: seconds(context.now()) };
  const changed: ClusterState = { ...state, parameters, parametersSince };
  const output = [parameter.console(parameters)];
  if (parameters.rollback === state.parameters.rollback) return { state: changed, output };
  const now = seconds(context.now());
  const nodes = changed.nodes.map((node): NodeState => {
    const { tftp } = node.held;
    if (tftp === null) return node;
    output.push(`${node.name}: alarm ITLFileRegenerated`);
    return { ...node, held: { ...node.held, tftp: rebuildItl(changed, node, tftp, now) } };
  });
  return { state: { ...changed, nodes }, output };
}

/** What release and mode of a cluster, a running or a planned one, leave no room for. */
type Obstacle =
  /** Automatic resets where the administrator resets the phones. */
  | 'manual-resets'
  /** Auto-registration in a mixed mode without it. */
  | 'mixed-mode';

export function obstacleTo(
  { phoneInteraction, autoRegistration }: ClusterParameters,
  {
    mode,
    rules,
  }: Pick<ClusterState, 'mode'> & {
    readonly rules: Pick<ReleaseRules, 'resetsPhones' | 'mixedAutoRegistration'>;
  },
): Obstacle | undefined {
  if (phoneInteraction === 'automatic' && !rules.resetsPhones) return 'manual-resets';
  if (autoRegistration && mode === 'mixed' && !rules.mixedAutoRegistration) return 'mixed-mode';
  return undefined;
}
