import type { SecurityProfile, SignallingProtocol } from '../device/security.js';
import type { Device, DeviceKind } from './devices.js';
import { equipped } from './equipment.js';
import { pick } from './index-rule.js';
import type { IndexRule, PhoneSettings, Selection } from './model.js';
import { selects } from './selection.js';

/** What a scenario's `fleet.set` changes on the phones that it names, over what their group says (contracts.md 4). */
export interface FleetSetting extends PhoneSettings {
  /** Only what is known before the first boot: no `state`, `locked` or `has`. */
  readonly for: Selection;
  readonly security?: readonly IndexRule<SecurityProfile>[];
  /** First and second TFTP node. */
  readonly tftp?: readonly string[];
  readonly callManagerGroup?: { readonly name: string; readonly nodes: readonly string[] };
  readonly protocol?: SignallingProtocol;
}

/**
 * The devices with the settings applied in order: a later one wins, and sees what an earlier one set.
 *
 * @throws TrustfleetError TF_PROFILE_INVALID when no security or LSC rule fits the index of a phone.
 */
export function applySettings(devices: readonly Device[], settings: readonly FleetSetting[]): Device[] {
  if (settings.length === 0) return [...devices];
  const kinds = new DeviceKinds();
  return devices.map((device) => {
    const changed = settings.reduce(applyOne, device);
    return changed === device ? device : { ...changed, kind: kinds.of(changed.kind) };
  });
}

function applyOne(device: Device, setting: FleetSetting): Device {
  if (!selects(setting.for, { device, state: 'off', locked: false, has: () => false })) return device;
  const { security, tftp, callManagerGroup, protocol } = setting;
  const place = { group: device.kind.group, index: device.index };
  const kind: DeviceKind = {
    ...equipped(device.kind, device.index, setting),
    ...(security === undefined ? {} : { security: pick(security, place, 'security') }),
    ...(tftp === undefined ? {} : { tftp }),
    ...(callManagerGroup === undefined ? {} : { callManagerGroup }),
    ...(protocol === undefined ? {} : { protocol }),
  };
  return { ...device, kind };
}

/** Makes equal kinds one object: a fleet of thousands has some dozen of them. */
class DeviceKinds {
  readonly #known = new Map<string, DeviceKind>();

  of(kind: DeviceKind): DeviceKind {
    const text = JSON.stringify(kind);
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    this.#known.set(text, kind);
    return kind;
  }
}
