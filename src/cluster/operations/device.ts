import { type ClusterContext, seconds } from '../context.js';
import type { Operation } from '../operation.js';
import { checkDevice } from '../spec-check.js';
import type { ClusterState, DeviceRecord } from '../state.js';
import { chosenDevices } from './devices.js';
import { type OperationResult, refused } from './result.js';

/** Changes devices in the database; their configurations follow at once, the phones with their next one (R-68 is left out). */
export function changeDevices(
  state: ClusterState,
  { devices: names, meant = names.length, set }: Extract<Operation, { readonly op: 'device' }>,
  context: ClusterContext,
): OperationResult {
  if (Object.keys(set).length === 0) throw refused('nothing to set: expected e.g. security');
  const changedAt = seconds(context.now());
  const callManagers = new Set(
    state.nodes.filter((node) => node.services.has('CallManager')).map((node) => node.name),
  );
  const devices = new Map(state.devices);
  for (const device of chosenDevices(state, names)) {
    const changed: DeviceRecord = { ...device, ...set, changedAt };
    checkDevice(state.name, changed, callManagers, 'TF_OPERATION_REFUSED');
    devices.set(device.name, changed);
  }
  return { state: { ...state, devices }, output: [`${meant} devices updated`] };
}
