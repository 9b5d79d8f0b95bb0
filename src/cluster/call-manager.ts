import type { TlsRange } from '../device/security.js';
import type { Certificate } from '../pki/certificate.js';
import type { Identity as KeyedIdentity } from '../pki/keys.js';
import type { CallManagerEntry } from '../protocol/cnf/model.js';
import { callManagerEntries } from './address-book.js';
import { isSecure } from './configuration.js';
import type { Identity } from './identity.js';
import { shownIdentity } from './shown-identity.js';
import { type ClusterState, findNode } from './state.js';
import { tlsVersions } from './tls.js';
import { tomcatIdentity } from './web.js';

/** Encrypted phones of R-77, newest first, then authenticated ones. Each phone offers only what its mode allows. */
export const CALL_MANAGER_CIPHERS = [
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'AES256-SHA',
  'AES128-SHA',
  'NULL-SHA',
].join(':');

/** What the CallManager service of a node brings to TLS with phones; `net/tls-listener.ts` takes it as it is. */
export interface CallManagerTls {
  /** K-13, by default of its last start: phones with a newer CTL fail against it (section 1.4). */
  readonly identity: KeyedIdentity;
  /** CallManager-trust of its last start: issuers of LSCs and MICs. */
  readonly trust: readonly Certificate[];
  /** T-PORT, rows P-02 and P-09, which are the same. */
  readonly versions: TlsRange;
  /** Common Criteria mode looks for clientAuth. */
  readonly extendedKeyUsage: 'any' | 'client-auth';
}

/** Members of a device's group in its order, as they stand in its configuration; none for one that is not in the database. */
export function callManagersOf(state: ClusterState, deviceName: string): readonly CallManagerEntry[] {
  const device = state.devices.get(deviceName);
  if (device === undefined) return [];
  const { protocol, callManagerGroup } = device;
  const secure = isSecure(device, state.mode);
  return callManagerEntries(state.addresses, callManagerGroup.nodes, { protocol, secure });
}

/** Undefined where no CallManager runs. It changes with operations, so ask at each start of the service and after each operation. */
export function callManagerTls(state: ClusterState, nodeName: string): CallManagerTls | undefined {
  const node = findNode(state, nodeName);
  const identity = callManagerIdentity(state, nodeName);
  const versions = tlsVersions(state, nodeName, 'sccps');
  if (node === undefined || identity === undefined || versions === undefined) return undefined;
  return {
    identity,
    trust: callManagerTrust(state, nodeName),
    versions,
    extendedKeyUsage: node.tls.commonCriteria ? 'client-auth' : 'any',
  };
}

/**
 * What the port of SIP OAuth (5090) brings: Tomcat's certificate, versions of P-09, nobody asked for a certificate (Cisco document
 * 215572). Undefined where no CallManager runs, or the release has no SIP OAuth for phones.
 */
export function oauthTls(
  state: ClusterState,
  nodeName: string,
): Pick<CallManagerTls, 'identity' | 'versions'> | undefined {
  const identity = tomcatIdentity(state, nodeName);
  const versions = tlsVersions(state, nodeName, 'sips');
  if (callManagerIdentity(state, nodeName) === undefined || state.tokenKey === null) return undefined;
  return identity === undefined || versions === undefined ? undefined : { identity, versions };
}

/** The certificate and key that the CallManager of a node shows. Undefined where none runs. */
export function callManagerIdentity(state: ClusterState, nodeName: string): Identity | undefined {
  return shownIdentity(state, nodeName, 'CallManager');
}

/** What the CallManager of a node validates phones' certificates with. */
export function callManagerTrust(state: ClusterState, nodeName: string): readonly Certificate[] {
  const trust = findNode(state, nodeName)?.held.callManager?.trust ?? [];
  return trust.map(({ certificate }) => certificate);
}
