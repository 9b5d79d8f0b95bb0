import { isExternal } from '../cluster/external.js';
import {
  type CapfAddress,
  type ClusterSpec,
  DEFAULT_ORGANISATION,
  type DeviceSpec,
} from '../cluster/spec.js';
import type { AddressFamily } from '../device/address-family.js';
import type { ModelProfile } from '../device/model.js';
import { TrustfleetError } from '../errors.js';
import { IPV6_LOOPBACK, ipv6Port, SERVICE_PORTS } from '../net/addresses.js';
import { type Device, directoryNumberOf } from './devices.js';
import { modelOfDevice } from './equipment.js';
import type { ClusterSubject, LaboratoryCluster } from './plan.js';

/**
 * The cluster of a laboratory as `createCluster` takes it: nodes and the devices of its database.
 *
 * @param nodesBefore nodes of the clusters before it, which have the first ports of [::1].
 */
export function clusterSpec(
  spec: LaboratoryCluster,
  devices: readonly Device[],
  models: ReadonlyMap<string, ModelProfile>,
  micRoots: readonly Uint8Array[],
  nodesBefore = 0,
): ClusterSpec {
  const [first] = spec.nodes;
  const ipv4 = first?.address ?? '';
  // all nodes share the one IPv6 address that loopback has
  const port = ipv6Port(nodesBefore, SERVICE_PORTS.capf);
  const ipv6 = nodesBefore === 0 ? IPV6_LOOPBACK : { address: IPV6_LOOPBACK, port };
  // an external CAPF has one address, and the address book knows it
  const capf = first !== undefined && isExternal(first, 'CAPF') ? null : { ipv4, ipv6 };
  // phones of a group have one list of them
  const lists = new Map<readonly AddressFamily[], readonly CapfAddress[]>();
  const addressesOf = (families: readonly AddressFamily[]): readonly CapfAddress[] | null => {
    if (capf === null) return null;
    const list = lists.get(families) ?? families.map((family) => capf[family]);
    lists.set(families, list);
    return list;
  };
  return {
    name: spec.name,
    release: spec.release,
    mode: spec.mode,
    ...(spec.tokens === undefined || spec.tokens.length === 0 ? {} : { tokens: spec.tokens }),
    nodes: spec.nodes,
    ...subjectOf(spec.subject),
    knobs: spec.knobs,
    micRoots,
    devices: devices
      .filter(({ kind }) => kind.inDatabase)
      .map((device) => deviceSpec(device, models, addressesOf(device.kind.capf.addresses))),
    models: [...models.values()],
  };
}

function subjectOf({ domain, ...named }: ClusterSubject = {}): Pick<ClusterSpec, 'domain' | 'organisation'> {
  const given = Object.entries(named).filter(([, text]) => text !== undefined);
  return {
    ...(domain === undefined ? {} : { domain }),
    organisation: { ...DEFAULT_ORGANISATION, ...Object.fromEntries(given) },
  };
}

function deviceSpec(
  device: Device,
  models: ReadonlyMap<string, ModelProfile>,
  capfAddresses: readonly CapfAddress[] | null,
): DeviceSpec {
  const { name, kind } = device;
  const model = models.get(kind.model);
  if (model === undefined) throw new TrustfleetError('TF_PROFILE_INVALID', `unknown model ${kind.model}`);
  const { protocol, security, callManagerGroup, ip } = kind;
  return {
    name,
    model: modelOfDevice(model, kind),
    protocol,
    security,
    lines: directoryNumberOf(device),
    callManagerGroup,
    devicePool: callManagerGroup.name,
    ipMode: ip.mode,
    capfAddresses,
  };
}
