import { callManagersOf, callManagerTls, oauthTls } from '../cluster/call-manager.js';
import { capfIdentity, capfServesIpv6 } from '../cluster/capf.js';
import type { RunningCluster } from '../cluster/running-cluster.js';
import { tlsVersions } from '../cluster/tls.js';
import { tvsIdentity } from '../cluster/tvs.js';
import { tomcatIdentity } from '../cluster/web.js';
import { TrustfleetError } from '../errors.js';
import type { CapfFront, ClusterAnswers } from '../net/cluster-front.js';
import type { WebFront } from '../net/web-server.js';
import type { Identity } from '../pki/keys.js';
import { WRONG_STRING_WAIT_MS } from '../protocol/capf/limits.js';

/**
 * What the services of a cluster ask, answered from its state as it is at that moment.
 *
 * @param read the file of a node
 * @param scale `clock.scale`: what a phone waits by R-92 is the same at both ends
 */
export function clusterAnswers(
  cluster: RunningCluster,
  read: ClusterAnswers['read'],
  scale = 1,
): ClusterAnswers {
  return {
    read,
    servingCount: () => cluster.state.parameters.servingCount,
    tvsIdentity: (node) => tvsIdentityOf(cluster, node),
    tvs: (node, request) => cluster.tvs(node, request),
    admit: (node, request) => cluster.admit(node, request),
    callManagers: (device) => callManagersOf(cluster.state, device),
    itlFiles: cluster.itlFiles,
    callManagerTls: (node) => callManagerTls(cluster.state, node),
    tvsTls: (node) => tlsVersions(cluster.state, node, 'tvs'),
    capf: (node) => capfOf(cluster, node, scale),
    release: () => cluster.state.release,
    tomcat: (node) => tomcatOf(cluster, node),
    oauthTls: (node) => oauthOf(cluster, node),
    web: (node, target) => cluster.web(node, target),
  };
}

function tvsIdentityOf({ state }: RunningCluster, node: string): Identity {
  const identity = tvsIdentity(state, node);
  if (identity === undefined) throw new TrustfleetError('TF_OPERATION_REFUSED', `${node} runs no TVS`);
  return identity;
}

function capfOf(cluster: RunningCluster, node: string, scale: number): CapfFront | undefined {
  const identity = capfIdentity(cluster.state, node);
  const tls = tlsVersions(cluster.state, node, 'capf');
  if (identity === undefined || tls === undefined) return undefined;
  return {
    identity,
    tls,
    ipv6: () => (capfServesIpv6(cluster.state) ? 'allowed' : 'refused'),
    wrongStringWaitMs: WRONG_STRING_WAIT_MS / scale,
    keepAliveMinutes: () => cluster.state.capf.keepAliveMinutes,
    decide: {
      order: (device) => cluster.capfOrder(device),
      trusts: (certificate) => cluster.capfTrusts(certificate),
      issue: (request, signal) => cluster.capfIssue(request, signal),
      report: (end) => cluster.capfEnded(end),
    },
  };
}

function oauthOf(cluster: RunningCluster, node: string): ReturnType<ClusterAnswers['oauthTls']> {
  const tls = oauthTls(cluster.state, node);
  return tls && { ...tls, tokenFault: (device, token) => cluster.tokenFault(device, token) };
}

function tomcatOf({ state }: RunningCluster, node: string): WebFront | undefined {
  const identity = tomcatIdentity(state, node);
  const versions = tlsVersions(state, node, 'tomcat');
  return identity === undefined || versions === undefined ? undefined : { identity, versions };
}
