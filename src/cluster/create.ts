import { parseRelease } from '../device/release.js';
import { Certificate } from '../pki/certificate.js';
import { addressBook } from './address-book.js';
import { DEFAULT_AUTHORITIES } from './authorities.js';
import { INSTALLED_CAPF } from './capf-state.js';
import { type ClusterContext, seconds } from './context.js';
import { withNewCtl } from './ctl.js';
import { type Identity, makeIdentity } from './identity.js';
import { ownsIdentity } from './identity-owner.js';
import { emptyNode } from './node.js';
import { makeTokenKey } from './oauth.js';
import type { CertificatePurpose } from './operation.js';
import { checkClientMixedMode } from './operations/ctl-client.js';
import { checkMixedMode } from './operations/set-cluster.js';
import { releaseRules } from './release-rules.js';
import {
  type ClusterSpec,
  DEFAULT_CERTIFICATES,
  DEFAULT_CLUSTER_KNOBS,
  DEFAULT_DOMAIN,
  DEFAULT_ORGANISATION,
  DEFAULT_PARAMETERS,
} from './spec.js';
import { checkSpec } from './spec-check.js';
import { startNode } from './start.js';
import type { ClusterState, DeviceRecord, NodeState } from './state.js';
import { NO_TOKENS, withTokens } from './tokens.js';
import { installedStores, type TrustStores, withOwnCertificate } from './trust-store.js';

/**
 * Installs a cluster: keys and certificates of every node, in mixed mode a CTL, and all services started.
 *
 * @param inHand tokens and CAs that are there already: one of the same name is the same one.
 * @throws TrustfleetError TF_PROFILE_INVALID for a specification that no cluster can have, TF_OPERATION_REFUSED for mixed
 *   mode where the release or the nodes do not allow it.
 */
export async function createCluster(
  spec: ClusterSpec,
  context: ClusterContext,
  inHand: Partial<Pick<ClusterState, 'tokens' | 'authorities'>> = {},
): Promise<ClusterState> {
  checkSpec(spec);
  const now = seconds(context.now());
  const nodes = spec.nodes.map((node) => emptyNode(spec.name, spec.domain ?? DEFAULT_DOMAIN, node));
  const micRoots = (spec.micRoots ?? []).map((der) => Certificate.fromDer(der));
  const devices = spec.devices.map(
    // in this order: V8 gives each object that gets more properties after a spread a shape of its own, some 400 octets
    (device, index): DeviceRecord => ({ changedAt: now, ctiId: index + 1, ...device }),
  );
  const release = parseRelease(spec.release);
  const bare: ClusterState = {
    name: spec.name,
    release,
    rules: releaseRules(release),
    knobs: { ...DEFAULT_CLUSTER_KNOBS, ...spec.knobs },
    certificates: { ...DEFAULT_CERTIFICATES, ...spec.certificates },
    organisation: spec.organisation ?? DEFAULT_ORGANISATION,
    mode: spec.mode,
    parameters: { ...DEFAULT_PARAMETERS, ...spec.parameters },
    parametersSince: {},
    nodes,
    trust: nodes.reduce(withExternalCertificates, installedStores(micRoots)),
    formerItlRecovery: null,
    ctl: null,
    ctlDeletedOn: new Set(),
    ctlTokens: [],
    capf: INSTALLED_CAPF,
    tokens: NO_TOKENS,
    authorities: { specs: spec.authorities ?? DEFAULT_AUTHORITIES, made: new Map() },
    trunks: new Map(),
    tokenKey: null,
    micRoots,
    devices: new Map(devices.map((device) => [device.name, device])),
    models: new Map((spec.models ?? []).map((model) => [model.deviceType, model])),
    addresses: addressBook(nodes, now),
    firmware: new Map(),
    backups: new Map(),
    ...inHand,
  };
  const tokens = spec.tokens ?? [];
  if (spec.mode === 'mixed') {
    if (tokens.length === 0) checkMixedMode(bare);
    else checkClientMixedMode(bare, tokens);
  }
  const tokenKey = bare.rules.sipOauth ? await makeTokenKey(context) : null;
  const certified = { ...(await withIdentities(bare, context)), tokenKey };
  const installed = spec.mode === 'mixed' ? await withFirstCtl(certified, tokens, context) : certified;
  return { ...installed, nodes: installed.nodes.map((node) => startNode(installed, node, now)) };
}

/** What OP-01, or OP-02 with tokens, leaves behind. */
async function withFirstCtl(
  state: ClusterState,
  names: readonly string[],
  context: ClusterContext,
): Promise<ClusterState> {
  const tokens = await withTokens(state.tokens, names, context);
  const ctlTokens = names.flatMap((name) => tokens.known.get(name) ?? []);
  return withNewCtl({ ...state, tokens, ctlTokens }, seconds(context.now()), ctlTokens[0]);
}

/** What external services show is trusted as what the cluster's own would be. */
function withExternalCertificates(stores: TrustStores, { external }: NodeState): TrustStores {
  const { CallManager, TFTP, TVS, CAPF } = external.certificates;
  const certificates = [
    ['CallManager', CallManager],
    ['CallManager', TFTP],
    ['TVS', TVS],
    ['CAPF', CAPF],
  ] as const;
  return certificates.reduce(
    (all, [purpose, certificate]) =>
      certificate === undefined ? all : withOwnCertificate(all, purpose, certificate),
    stores,
  );
}

/** All keys at once: drawing one keeps a core busy for a while. */
async function withIdentities(state: ClusterState, context: ClusterContext): Promise<ClusterState> {
  const wanted = state.nodes.flatMap((node) =>
    state.certificates.installed
      .filter((purpose) => ownsIdentity(state, node, purpose))
      .map((purpose) => ({ node, purpose })),
  );
  const made = await Promise.all(
    wanted.map(async ({ node, purpose }): Promise<readonly [string, Identity]> => {
      const { hostName, domain } = node;
      const owner = { hostName, domain, organisation: state.organisation };
      return [node.name, await makeIdentity(purpose, owner, state.certificates, context)];
    }),
  );
  const trust = made.reduce(
    (stores, [, identity]) => withOwnCertificate(stores, identity.purpose, identity.certificate),
    state.trust,
  );
  const identitiesOf = (name: string): Partial<Record<CertificatePurpose, Identity>> =>
    Object.fromEntries(
      made.filter(([node]) => node === name).map(([, identity]) => [identity.purpose, identity]),
    );
  return {
    ...state,
    trust,
    nodes: state.nodes.map((node) => ({ ...node, identities: identitiesOf(node.name) })),
  };
}
