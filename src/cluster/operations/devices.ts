import type { ClusterState, DeviceRecord } from '../state.js';
import { refused } from './result.js';

/** Names in a refusal; the rest is counted. */
const SHOWN = 3;

/**
 * Devices of the database that an operation is about.
 *
 * @throws TrustfleetError TF_OPERATION_REFUSED for none at all, or for names that are not there.
 */
export function chosenDevices(state: ClusterState, names: readonly string[]): readonly DeviceRecord[] {
  if (names.length === 0) throw refused('no device is selected');
  const unknown = names.filter((name) => !state.devices.has(name));
  if (unknown.length > 0) {
    const more = unknown.length > SHOWN ? ` and ${unknown.length - SHOWN} more` : '';
    throw refused(`no device ${unknown.slice(0, SHOWN).join(', ')}${more} in the database of ${state.name}`);
  }
  return names.flatMap((name) => state.devices.get(name) ?? []);
}
