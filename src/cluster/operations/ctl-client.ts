import { CONSOLE } from '../console.js';
import { type ClusterContext, seconds } from '../context.js';
import { withNewCtl, withNonSecureCtl } from '../ctl.js';
import { servesPhones } from '../identity-owner.js';
import type { Operation } from '../operation.js';
import { type ClusterState, ctlOn, publisherOf } from '../state.js';
import { offeredVersions } from '../tls.js';
import { type Token, type Tokens, withTokens } from '../tokens.js';
import { type OperationResult, refused } from './result.js';
import { checkLicence } from './set-cluster.js';

type ClientOperation = Extract<Operation, { readonly op: 'ctl-client' }>;

/** A CTL without a second token would be lost with its only one (OP-02). */
export const MIN_TOKENS = 2;

/**
 * The CTL client with the tokens in hand, of which the first one signs: OP-02, OP-04, OP-05, OP-07, OP-08. The cluster's copy
 * of the CTL is what counts: a token is known when it stands there.
 */
export async function ctlClient(
  state: ClusterState,
  operation: ClientOperation,
  context: ClusterContext,
): Promise<OperationResult> {
  const { action } = operation;
  if (action === 'set-mixed') checkClientMixedMode(state, operation.tokens);
  else checkClient(state, operation.tokens);
  const tokens = await withTokens(state.tokens, operation.tokens, context);
  const inHand = [...new Set(operation.tokens)].flatMap((name) => tokens.known.get(name) ?? []);
  const [signer] = inHand;
  if (signer === undefined) throw refused('the CTL client needs a security token, and none is inserted');
  checkKnown(state, signer);
  const mode = action === 'update' ? state.mode : action === 'set-mixed' ? 'mixed' : 'non-secure';
  if (action !== 'update' && state.mode === mode) {
    throw refused(`cluster ${state.name} is in ${mode} mode already`);
  }
  checkCtlToChange(state, action);
  const ctlTokens = listedTokens(state, operation, inHand, tokens);
  // with tokens whatever the release (OP-02)
  const parameters =
    action === 'set-mixed' ? { ...state.parameters, autoRegistration: false } : state.parameters;
  const next: ClusterState = { ...state, parameters, mode, tokens, ctlTokens };
  const now = seconds(context.now());
  const before = state.ctlTokens;
  const isAsBefore = ctlTokens.length === before.length && ctlTokens.every((token, i) => token === before[i]);
  const changed =
    action === 'set-non-secure' && isAsBefore
      ? withNonSecureCtl(next, now, signer)
      : withNewCtl(next, now, signer);
  return { state: changed, output: clientLines(state, operation, inHand) };
}

/**
 * Preconditions of mixed mode with tokens (OP-02). CAPF may be activated later, the CTL is updated then.
 *
 * @throws TrustfleetError TF_OPERATION_REFUSED
 */
export function checkClientMixedMode(state: ClusterState, tokens: readonly string[]): void {
  checkClient(state, tokens);
  if (new Set(tokens).size < MIN_TOKENS && ctlOn(state, publisherOf(state)) === null) {
    throw refused(twoTokens(new Set(tokens).size));
  }
  checkLicence(state);
}

/** What the client needs whatever it does: a release that has it, a token, and TLS 1.0 (G-09). */
function checkClient(state: ClusterState, tokens: readonly string[]): void {
  if (!state.rules.ctlClient) {
    throw refused(`release ${state.release.text} has no CTL client: expected a release before 14`);
  }
  if (tokens.length === 0) throw refused('the CTL client needs a security token, and none is inserted');
  for (const node of state.nodes.filter(servesPhones)) {
    const { min } = offeredVersions('P-03', node.tls, state.rules.tls13);
    if (min !== '1.0') {
      throw refused(
        `the CTL client cannot connect to ${node.name}: it has TLS 1.0 only, CTL-SERV 2444 offers ${min} or later`,
      );
    }
  }
}

/** OP-04: where there is a CTL, the token that is to sign must stand in it. */
function checkKnown(state: ClusterState, signer: Token): void {
  if (ctlOn(state, publisherOf(state)) === null || state.ctlTokens.includes(signer)) return;
  throw refused(
    `The Security Token you have inserted does not exist in the CTL File: ${signer.name}, expected ${
      state.ctlTokens.length === 0
        ? 'none, since that CTL is tokenless (OP-07: delete it first)'
        : state.ctlTokens.map((token) => token.name).join(' or ')
    }`,
  );
}

/** OP-04 and OP-05 change a CTL that is there; in mixed mode an update makes a lost one again (OP-07, OP-08). */
function checkCtlToChange(state: ClusterState, action: ClientOperation['action']): void {
  if (ctlOn(state, publisherOf(state)) !== null) return;
  if (action === 'set-non-secure') throw refused(CONSOLE.clientWithoutCtl);
  if (action === 'update' && state.mode === 'non-secure') {
    throw refused(`cluster ${state.name} is in non-secure mode and has no CTL to update: expected set-mixed`);
  }
}

/** Tokens of the new CTL: those of the old one that were not taken off, then the new ones in hand. */
function listedTokens(
  state: ClusterState,
  operation: ClientOperation,
  inHand: readonly Token[],
  tokens: Tokens,
): readonly Token[] {
  const before = ctlOn(state, publisherOf(state)) === null ? [] : state.ctlTokens;
  const removed = (operation.remove ?? []).map((name) => {
    const token = tokens.known.get(name);
    if (token === undefined || !before.includes(token) || inHand.includes(token)) {
      throw refused(
        `token ${name} cannot be taken off the CTL: expected one that stands there and is not in hand`,
      );
    }
    return token;
  });
  // one token is enough to sign a change, and none is added by going back to non-secure mode (OP-04)
  const added =
    operation.action === 'set-non-secure' ? [] : inHand.filter((token) => !before.includes(token));
  const listed = [...before.filter((token) => !removed.includes(token)), ...added];
  if (listed.length < MIN_TOKENS) throw refused(twoTokens(listed.length));
  return listed;
}

function twoTokens(found: number): string {
  return `${found} security token${found === 1 ? '' : 's'} for the CTL, expected at least ${MIN_TOKENS}`;
}

/** What the client shows: its warning (section 3), the token, and the servers with their result. */
function clientLines(
  state: ClusterState,
  { action }: ClientOperation,
  [signer]: readonly Token[],
): readonly string[] {
  const missing = ctlOn(state, publisherOf(state)) === null && state.mode === 'mixed';
  const certificate = signer?.certificate;
  return [
    ...(missing ? [CONSOLE.clientWithoutCtl] : []),
    ...(certificate === undefined
      ? []
      : [
          `Security Token: ${certificate.subject} issued by ${certificate.issuer}, valid until ${certificate.notAfter.toISOString()}`,
        ]),
    ...state.nodes.filter(servesPhones).map((node) => `${node.name}: Passed`),
    ...(action === 'set-mixed' ? ['Auto-registration is disabled'] : []),
    CONSOLE.restartRequest,
  ];
}
