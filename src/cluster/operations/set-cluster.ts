import { CONSOLE } from '../console.js';
import { type ClusterContext, seconds } from '../context.js';
import { withNewCtl, withNonSecureCtl } from '../ctl.js';
import type { ClusterMode } from '../spec.js';
import { type ClusterState, ctlOn, publisherOf } from '../state.js';
import { type OperationResult, refused } from './result.js';

/**
 * Preconditions of tokenless mixed mode (OP-01).
 *
 * @throws TrustfleetError TF_OPERATION_REFUSED
 */
export function checkMixedMode(state: ClusterState): void {
  checkCtlCommands(state);
  const missing = missingCapf(publisherOf(state));
  if (missing !== undefined) throw refused(missing);
  checkLicence(state);
}

/** What OP-01 says where the publisher of a cluster, a running or a planned one, has no CAPF; undefined: it has one. */
export function missingCapf(publisher: {
  readonly name: string;
  readonly services: Iterable<string>;
}): string | undefined {
  if ([...publisher.services].includes('CAPF')) return undefined;
  return `CAPF is not active on the publisher ${publisher.name}: activate it before the cluster is set to mixed mode`;
}

/** The licence that mixed mode wants from 12.0 on, whatever makes the CTL. */
export function checkLicence(state: ClusterState): void {
  if (state.rules.exportControl && !state.parameters.exportControl) {
    throw refused(
      'ClusterModeSecurityFailedExportControlNotAllow: Smart Licensing has no token with export-controlled functionality allowed',
    );
  }
}

function checkCtlCommands(state: ClusterState): void {
  if (state.rules.ctlSigner !== null) return;
  throw refused(
    `release ${state.release.text} has no "utils ctl" commands: expected 10.0 or later, or the CTL client with two tokens`,
  );
}

/**
 * OP-01 and OP-03, `utils ctl set-cluster`: the parameter changes and the CTL is written at once; TFTP and CallManager serve
 * and use it after their restart (section 1.4).
 */
export function setCluster(state: ClusterState, mode: ClusterMode, context: ClusterContext): OperationResult {
  checkCtlCommands(state);
  if (isInMode(state, mode, ctlOn(state, publisherOf(state)) !== null))
    throw refused(`cluster ${state.name} is in ${mode} mode already`);
  if (mode === 'mixed') checkMixedMode(state);
  const now = seconds(context.now());
  if (mode === 'non-secure')
    return { state: withNonSecureCtl({ ...state, mode }, now), output: CONSOLE.nonSecureMode };
  // mixed mode by the command line is tokenless
  return { state: withNewCtl({ ...inMixedMode(state), ctlTokens: [] }, now), output: CONSOLE.mixedMode };
}

/** Is a cluster in this mode, so that it is not set again? A CTL that is gone is made anew by mixed mode once more (OP-07, OP-21). */
export function isInMode(
  cluster: { readonly mode: ClusterMode },
  mode: ClusterMode,
  hasCtl: boolean,
): boolean {
  return cluster.mode === mode && (mode === 'non-secure' || hasCtl);
}

/** OP-01: before 11.5 mixed mode switches auto-registration off. */
function inMixedMode(state: ClusterState): ClusterState {
  const { parameters, rules } = state;
  const kept = rules.mixedAutoRegistration ? parameters : { ...parameters, autoRegistration: false };
  return { ...state, mode: 'mixed', parameters: kept };
}

/** OP-05, OP-06, `utils ctl update CTLFile`: the CTL with the certificates as they are stored now, and without tokens. */
export function updateCtl(state: ClusterState, context: ClusterContext): OperationResult {
  checkCtlCommands(state);
  checkCtlExists(state);
  const tokenless = { ...state, ctlTokens: [] };
  return { state: withNewCtl(tokenless, seconds(context.now())), output: CONSOLE.updateCtl };
}

/**
 * @throws TrustfleetError TF_OPERATION_REFUSED where the publisher has no CTL, in the words of `show ctl` and with the command
 *   that makes one, which those leave open.
 */
export function checkCtlExists(state: ClusterState): void {
  if (ctlOn(state, publisherOf(state)) === null) throw refused(CTL_NOT_FOUND);
}

const CTL_NOT_FOUND =
  'CTL File not found. Please run CTLClient plugin or run the CLI - utils ctl.. to generate the CTL file. ' +
  'Here "utils ctl set-cluster mixed-mode" makes it, in mixed mode too.';
