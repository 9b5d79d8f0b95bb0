import { macOf } from '../device/name.js';
import type { AdmissionRequest } from './admission.js';
import type { ClusterMode, DeviceSpec } from './spec.js';
import type { ClusterState } from './state.js';

/** Device types that cannot auto-register in mixed mode: 8941 and 8945. */
const NEVER_IN_MIXED_MODE: ReadonlySet<number> = new Set([586, 585]);

/** First directory number that auto-registered phones get (project decision); those of fleets are above 2,000,000. */
const FIRST_NUMBER = 9_000_000;

/** what the default configuration says. In mixed mode before 11.5 it tells phones not to try. */
export function autoRegistrationSaid(state: ClusterState, mode: ClusterMode): 'enabled' | 'disabled' {
  return mode === 'mixed' && !state.rules.mixedAutoRegistration ? 'disabled' : 'enabled';
}

/**
 * The record that CallManager makes for a phone that it does not know: the model of its device type, non-secure, the
 * next directory number, every CallManager for its group. Undefined where auto-registration is off or impossible, for
 * what is no phone, and for a model that the cluster has no device package for.
 *
 * @param mode of the CallManager that is asked, as of its last start
 */
export function autoRegistered(
  state: ClusterState,
  mode: ClusterMode,
  request: AdmissionRequest,
): DeviceSpec | undefined {
  const { deviceName: name, deviceType, protocol, secure } = request;
  if (!state.parameters.autoRegistration || secure || macOf(name) === undefined) return undefined;
  const model = deviceType === null ? undefined : state.models.get(deviceType);
  if (model === undefined || !model.protocols.includes(protocol)) return undefined;
  if (mode === 'mixed' && !isPossibleInMixedMode(state, model.deviceType)) return undefined;
  const number = String(FIRST_NUMBER + state.devices.size);
  return {
    name,
    model,
    protocol,
    security: 'non-secure',
    lines: [{ name: number, displayName: `Auto ${number}` }],
    callManagerGroup: { name: 'Default', nodes: state.addresses.callManagers },
    devicePool: 'Default',
  };
}

function isPossibleInMixedMode({ rules }: ClusterState, deviceType: number): boolean {
  return rules.mixedAutoRegistration && !NEVER_IN_MIXED_MODE.has(deviceType);
}

/** The database with the phone that has just registered by itself. @param now seconds since 1970 */
export function withAutoRegistered(state: ClusterState, device: DeviceSpec, now: number): ClusterState {
  const record = { ...device, changedAt: now, ctiId: state.devices.size + 1 };
  return { ...state, devices: new Map(state.devices).set(device.name, record) };
}
