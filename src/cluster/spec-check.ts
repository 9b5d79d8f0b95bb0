import { isLoadName, macOf } from '../device/name.js';
import { isAtLeast, parseRelease } from '../device/release.js';
import { TrustfleetError, type TrustfleetErrorCode } from '../errors.js';
import { MAX_SERVERS } from '../protocol/cnf/servers.js';
import { addressOctets } from '../trustfile/index.js';
import { strayCapf } from './capf-place.js';
import type { ClusterSpec, DeviceSpec } from './spec.js';

/** Nodes of one cluster: more than CUCM takes, and every TVS is a record in every ITL. */
export const MAX_NODES = 64;

/** IPv4 in dotted form: IPADDRESS of a CTL record has 4 octets (trust-files.md 4.5). */
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

function invalid(message: string): TrustfleetError {
  return new TrustfleetError('TF_PROFILE_INVALID', message);
}

/**
 * Refuses what no cluster can be.
 *
 * @throws TrustfleetError TF_PROFILE_INVALID naming the node or device at fault.
 */
export function checkSpec(spec: ClusterSpec): void {
  if (!isAtLeast(parseRelease(spec.release), '8.0')) {
    throw invalid(
      `cluster ${spec.name}: release ${spec.release} has no Security By Default, expected 8.0 or later`,
    );
  }
  checkNodes(spec);
  const [stray] = strayCapf(spec.nodes);
  if (stray !== undefined) throw invalid(`cluster ${spec.name}: ${stray.message}`);
  if (!spec.nodes.some((node) => node.services.includes('TFTP'))) {
    throw invalid(`cluster ${spec.name}: no node runs TFTP`);
  }
  checkTokens(spec);
  checkAuthorities(spec);
  const callManagers = new Set(
    spec.nodes.filter((node) => node.services.includes('CallManager')).map((node) => node.name),
  );
  const names = new Set<string>();
  for (const device of spec.devices) {
    checkDevice(spec.name, device, callManagers);
    if (names.has(device.name)) throw invalid(`cluster ${spec.name}: device ${device.name} stands twice`);
    names.add(device.name);
  }
}

function checkTokens({ name, mode, tokens = [] }: ClusterSpec): void {
  if (tokens.length > 0 && mode !== 'mixed') {
    throw invalid(`cluster ${name}: tokens ${tokens.join(', ')} in ${mode} mode, expected mixed mode`);
  }
  if (new Set(tokens).size < tokens.length) {
    throw invalid(`cluster ${name}: a token stands twice in ${tokens.join(', ')}`);
  }
}

/** Each CA after the one above it, so that no chain is a ring. */
function checkAuthorities({ name, authorities = [] }: ClusterSpec): void {
  const known = new Set<string>();
  for (const authority of authorities) {
    const where = `cluster ${name}, CA ${authority.name}`;
    if (known.has(authority.name)) throw invalid(`${where}: the name stands twice`);
    if (authority.issuer !== undefined && !known.has(authority.issuer)) {
      throw invalid(`${where}: its issuer ${authority.issuer} does not stand before it`);
    }
    known.add(authority.name);
  }
}

function isAddress(text: string): boolean {
  try {
    return addressOctets(text).length > 0;
  } catch (error) {
    if (error instanceof TrustfleetError) return false;
    throw error;
  }
}

/**
 * Names and addresses of a cluster's nodes.
 *
 * @param code of the error.
 */
export function checkNodes(
  cluster: {
    readonly name: string;
    readonly nodes: readonly { readonly name: string; readonly address: string }[];
  },
  code: TrustfleetErrorCode = 'TF_PROFILE_INVALID',
): void {
  const invalid = (message: string): TrustfleetError => new TrustfleetError(code, message);
  if (cluster.nodes.length === 0 || cluster.nodes.length > MAX_NODES) {
    throw invalid(`cluster ${cluster.name}: ${cluster.nodes.length} nodes, expected 1 to ${MAX_NODES}`);
  }
  const names = new Set<string>();
  const addresses = new Set<string>();
  for (const node of cluster.nodes) {
    const where = `cluster ${cluster.name}, node ${node.name}`;
    if (names.has(node.name)) throw invalid(`${where}: the name stands twice`);
    if (!IPV4.test(node.address)) {
      throw invalid(`${where}: "${node.address}" is no IPv4 address, expected e.g. 127.10.0.1`);
    }
    if (addresses.has(node.address)) throw invalid(`${where}: address ${node.address} is another node's too`);
    names.add(node.name);
    addresses.add(node.address);
  }
}

/**
 * Refuses what no device can be.
 *
 * @param callManagers names of the nodes that run CallManager.
 * @param code of the error.
 */
export function checkDevice(
  cluster: string,
  device: DeviceSpec,
  callManagers: ReadonlySet<string>,
  code: TrustfleetErrorCode = 'TF_PROFILE_INVALID',
): void {
  const invalid = (message: string): TrustfleetError => new TrustfleetError(code, message);
  const where = `cluster ${cluster}, device ${device.name}`;
  if (macOf(device.name) === undefined) throw invalid(`${where}: expected SEP and 12 upper-case hex digits`);
  if (!device.model.protocols.includes(device.protocol)) {
    throw invalid(
      `${where}: a ${device.model.model} does not speak ${device.protocol}, expected ${device.model.protocols.join(' or ')}`,
    );
  }
  if (device.security === 'sip-oauth' && (!device.model.sipOauth || device.protocol !== 'SIP')) {
    throw invalid(`${where}: a ${device.model.model} with ${device.protocol} has no SIP OAuth`);
  }
  if (device.load !== undefined && !isLoadName(device.load)) {
    throw invalid(`${where}: load "${device.load}", expected up to 32 letters, digits, dots and hyphens`);
  }
  const addresses = (device.capfAddresses ?? []).map((at) => (typeof at === 'string' ? at : at.address));
  const wrong = addresses.find((address) => !isAddress(address));
  if (wrong !== undefined) throw invalid(`${where}: CAPF address "${wrong}" is no IPv4 or IPv6 address`);
  if (addresses.length > MAX_SERVERS) {
    throw invalid(`${where}: ${addresses.length} CAPF addresses, expected at most ${MAX_SERVERS}`);
  }
  const { name, nodes } = device.callManagerGroup;
  if (nodes.length === 0 || nodes.length > MAX_SERVERS) {
    throw invalid(
      `${where}: CallManager group ${name} has ${nodes.length} members, expected 1 to ${MAX_SERVERS}`,
    );
  }
  for (const node of nodes) {
    if (!callManagers.has(node)) {
      const known =
        callManagers.size === 0 ? ', and no node does' : `; expected one of ${[...callManagers].join(', ')}`;
      throw invalid(`${where}: CallManager group ${name} names ${node}, which runs no CallManager${known}`);
    }
  }
}
