import type { DeviceSecurityMode, TlsVersion } from '../../device/security.js';
import { type ClusterState, nodeOf } from '../state.js';
import { tlsVersions } from '../tls.js';
import { type OperationResult, refused } from './result.js';

/** A SIP trunk with its security profile, as far as TLS versions decide about it (OP-28). */
export interface SipTrunk {
  readonly name: string;
  /** Device security mode of its profile; authenticated and encrypted mean transport TLS. */
  readonly security: DeviceSecurityMode;
  /** Members of its CallManager group: each of them connects. */
  readonly nodes: readonly string[];
  /** Addresses of the other side. */
  readonly destinations: readonly string[];
}

/** Destinations that a trunk has at most (OP-28). */
export const MAX_TRUNK_DESTINATIONS = 16;

/**
 * Adds a trunk, or changes the one of this name.
 *
 * @throws TrustfleetError TF_OPERATION_REFUSED for a node that runs no CallManager, or none or too many destinations.
 */
export function setSipTrunk(state: ClusterState, trunk: SipTrunk): OperationResult {
  const { name, nodes, destinations } = trunk;
  const without = nodes.find((node) => !nodeOf(state, node).services.has('CallManager'));
  if (without !== undefined) throw refused(`SIP trunk ${name}: ${without} runs no CallManager`);
  if (nodes.length === 0) throw refused(`SIP trunk ${name}: no node, expected those of a CallManager group`);
  if (destinations.length === 0 || destinations.length > MAX_TRUNK_DESTINATIONS) {
    throw refused(
      `SIP trunk ${name}: ${destinations.length} destinations, expected 1 to ${MAX_TRUNK_DESTINATIONS}`,
    );
  }
  const trunks = new Map(state.trunks).set(name, trunk);
  return { state: { ...state, trunks }, output: [`SIP trunk ${name} saved`] };
}

/**
 * What OPTIONS ping says of a trunk.
 *
 * @throws TrustfleetError TF_OPERATION_REFUSED where a node cannot connect, with the rule, and for a trunk that is not there.
 */
export function pingSipTrunk(state: ClusterState, name: string): OperationResult {
  const trunk = state.trunks.get(name);
  if (trunk === undefined) {
    const known = [...state.trunks.keys()].join(', ');
    throw refused(`no SIP trunk ${name}: ${known === '' ? 'there is none' : `expected one of ${known}`}`);
  }
  const down = outOfService(state, trunk);
  if (down !== undefined) throw refused(down);
  return { state, output: trunk.nodes.map((node) => `${node}: SIP trunk ${name}: Full Service`) };
}

/** Why a trunk does not connect from one of its nodes at least; undefined: it does from all. */
export function outOfService(state: ClusterState, { name, nodes, security }: SipTrunk): string | undefined {
  const down = nodes.filter(
    (node) => !connects(security, tlsVersions(state, nodeOf(state, node).name, 'sips')?.min),
  );
  if (down.length === 0) return undefined;
  return (
    `${down.join(', ')}: SIP trunk ${name}: No Service: ${security} mode is a NULL cipher, ` +
    'and minimum TLS 1.3 has none (R-106, R-115)'
  );
}

/** Encrypted trunks need the other side to have the version, which is not ours to know; authenticated ones a NULL cipher. */
function connects(security: DeviceSecurityMode, minimum: TlsVersion | undefined): boolean {
  return security !== 'authenticated' || minimum !== '1.3';
}
