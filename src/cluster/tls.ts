import type { TlsRange, TlsVersion } from '../device/security.js';
import { type ClusterState, findNode } from './state.js';

/** What `set tls min-version`, `utils fips` and `utils fips_common_criteria` set on a node, in force since its restart. */
export interface NodeTls {
  readonly min: TlsVersion;
  readonly commonCriteria: boolean;
  readonly fips: boolean;
}

/** R-111 at the default of cluster-operations.md 4.0: minimum 1.0, also in 15. */
export const DEFAULT_TLS: NodeTls = { min: '1.0', commonCriteria: false, fips: false };

/** What a service offers where nothing else is said: 1.0 to 1.2, until the minimum of its node is raised (phone-behaviour.md 13). */
export const DEFAULT_VERSIONS: TlsRange = { min: DEFAULT_TLS.min, max: '1.2' };

/**
 * Rows of T-PORT: what listens, and where. Non-secure signalling, TFTP 69 and HTTP 6970 are not among them: the minimum leaves
 * them alone.
 */
export const TLS_PORTS = {
  'P-01': { application: 'Tomcat HTTPS', ports: [443] },
  'P-02': { application: 'SCCP-SEC-SIG', ports: [2443] },
  'P-03': { application: 'CTL-SERV', ports: [2444] },
  'P-04': { application: 'CTI (QBE)', ports: [2749] },
  'P-05': { application: 'CAPF-SERV', ports: [3804] },
  'P-06': { application: 'ILS', ports: [7501] },
  'P-07': { application: 'AXL (SOAP)', ports: [8443] },
  'P-08': { application: 'HA-Proxy', ports: [9443] },
  'P-09': { application: 'SIP-SIG', ports: [5061] },
  'P-10': { application: 'HA-Proxy', ports: [6971, 6972] },
  'P-11': { application: 'Cisco Tomcat', ports: [8443] },
  'P-12': { application: 'TVS', ports: [2445] },
} as const satisfies Record<string, { readonly application: string; readonly ports: readonly number[] }>;

export type TlsPort = keyof typeof TLS_PORTS;

/** T-IMP: ports of IM and Presence. Desk phones use none of them; each offers what row P-01 of T-PORT does. */
export const IM_PRESENCE_TLS_PORTS: readonly number[] = [443, 5061, 5062, 7335, 8083, 8443];

/** Ports that phones meet, by service. */
export const SERVICE_TLS_PORT = {
  sccps: 'P-02',
  ctl: 'P-03',
  capf: 'P-05',
  sips: 'P-09',
  haproxy: 'P-10',
  tomcat: 'P-11',
  tvs: 'P-12',
} as const satisfies Record<string, TlsPort>;

export type TlsService = keyof typeof SERVICE_TLS_PORT;

/** Common Criteria mode: the seed's oddity, minimum 1.0 offers 1.1 alone on every port, is kept (T-PORT). */
const COMMON_CRITERIA: Readonly<Record<TlsVersion, TlsRange>> = {
  '1.0': { min: '1.1', max: '1.1' },
  '1.1': { min: '1.1', max: '1.2' },
  '1.2': { min: '1.2', max: '1.2' },
  // cannot be set: CC mode has no TLS 1.3
  '1.3': { min: '1.2', max: '1.2' },
};

/**
 * T-PORT: what a port offers. A handshake succeeds where it meets what the phone can do.
 *
 * @param tls13 a release that has TLS 1.3 in normal mode: 15SU2 and later.
 */
export function offeredVersions(port: TlsPort, tls: NodeTls, tls13: boolean): TlsRange {
  if (tls.commonCriteria) {
    if (port === 'P-08' && tls.min === '1.1') return { min: '1.2', max: '1.2' };
    return COMMON_CRITERIA[tls.min];
  }
  const max = tls13 ? '1.3' : '1.2';
  const proxy = port === 'P-08' || port === 'P-10';
  return { min: proxy && tls.min !== '1.3' ? '1.2' : tls.min, max };
}

/** What a service of a node offers now; undefined for an unknown node. */
export function tlsVersions(
  state: ClusterState,
  nodeName: string,
  service: TlsService,
): TlsRange | undefined {
  const node = findNode(state, nodeName);
  return node && offeredVersions(SERVICE_TLS_PORT[service], node.tls, state.rules.tls13);
}
