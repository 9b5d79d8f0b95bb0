import type { ClusterSpec, DeviceSpec } from '../cluster/spec.js';
import type { ModelProfile } from '../device/model.js';
import { TrustfleetError } from '../errors.js';
import { IPV6_LOOPBACK } from '../net/addresses.js';
import type { Device } from './devices.js';
import { modelOfDevice } from './equipment.js';
import type { LaboratoryCluster } from './plan.js';

/** The cluster of a laboratory as `createCluster` takes it: nodes and the devices of its database. */
export function clusterSpec(
  spec: LaboratoryCluster,
  devices: readonly Device[],
  models: ReadonlyMap<string, ModelProfile>,
  micRoots: readonly Uint8Array[],
): ClusterSpec {
  const publisher = spec.nodes[0]?.address ?? '';
  return {
    name: spec.name,
    release: spec.release,
    mode: spec.mode,
    ...(spec.tokens === undefined || spec.tokens.length === 0 ? {} : { tokens: spec.tokens }),
    nodes: spec.nodes,
    knobs: spec.knobs,
    micRoots,
    devices: devices
      .filter(({ inDatabase }) => inDatabase)
      .map((device) => deviceSpec(device, models, publisher)),
    models: [...models.values()],
  };
}

function deviceSpec(
  device: Device,
  models: ReadonlyMap<string, ModelProfile>,
  publisher: string,
): DeviceSpec {
  const model = models.get(device.model);
  if (model === undefined) throw new TrustfleetError('TF_PROFILE_INVALID', `unknown model ${device.model}`);
  const { name, protocol, security, directoryNumber, callManagerGroup, ip, capf } = device;
  return {
    name,
    model: modelOfDevice(model, device),
    protocol,
    security,
    lines: [{ name: directoryNumber, displayName: `Phone ${directoryNumber}` }],
    callManagerGroup,
    devicePool: callManagerGroup.name,
    ipMode: ip.mode,
    // all nodes share the one IPv6 address that loopback has
    capfAddresses: capf.addresses.map((family) => (family === 'ipv4' ? publisher : IPV6_LOOPBACK)),
  };
}
