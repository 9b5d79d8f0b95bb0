import type { DeviceSecurityMode, SignallingProtocol } from '../device/security.js';
import { TrustfleetError } from '../errors.js';
import type { Device } from './devices.js';
import { indexMatches } from './index-rule.js';
import type { IndexRule, Selection } from './model.js';
import { selects } from './selection.js';

/** What a scenario's `fleet.set` changes on the phones that it names, over what their group says (contracts.md 4). */
export interface FleetSetting {
  /** Only what is known before the first boot: no `state`, `locked` or `has`. */
  readonly for: Selection;
  readonly security?: readonly IndexRule<DeviceSecurityMode>[];
  /** First and second TFTP node. */
  readonly tftp?: readonly string[];
  readonly callManagerGroup?: { readonly name: string; readonly nodes: readonly string[] };
  readonly protocol?: SignallingProtocol;
}

/**
 * The devices with the settings applied in order: a later one wins, and sees what an earlier one set.
 *
 * @throws TrustfleetError TF_PROFILE_INVALID when no security rule fits the index of a phone.
 */
export function applySettings(devices: readonly Device[], settings: readonly FleetSetting[]): Device[] {
  return devices.map((device) => settings.reduce(applyOne, device));
}

function applyOne(device: Device, setting: FleetSetting): Device {
  if (!selects(setting.for, { device, state: 'off', locked: false, has: () => false })) return device;
  return {
    ...device,
    ...(setting.security === undefined ? {} : { security: securityOf(device, setting.security) }),
    ...(setting.tftp === undefined ? {} : { tftp: setting.tftp }),
    ...(setting.callManagerGroup === undefined ? {} : { callManagerGroup: setting.callManagerGroup }),
    ...(setting.protocol === undefined ? {} : { protocol: setting.protocol }),
  };
}

function securityOf(device: Device, rules: readonly IndexRule<DeviceSecurityMode>[]): DeviceSecurityMode {
  const rule = rules.find(({ index }) => index === 'all' || indexMatches(index, device.index));
  if (rule === undefined) {
    throw new TrustfleetError(
      'TF_PROFILE_INVALID',
      `group ${device.group}: no security rule fits phone ${device.index}; end the rules with "index: all"`,
    );
  }
  return rule.value;
}
