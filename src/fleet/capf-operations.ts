import type { CapfSettings } from '../cluster/capf-settings.js';
import type { Operation } from '../cluster/operation.js';
import type { Device } from './devices.js';

/** What the administrator has set under "CAPF information" before the run, one operation for equal settings. */
export function capfOperations(devices: readonly Device[]): Operation[] {
  const groups = new Map<string, { readonly settings: CapfSettings; readonly names: string[] }>();
  for (const { name, kind } of devices) {
    const { capf, inDatabase } = kind;
    if (capf.operation === 'none' || !inDatabase) continue;
    const { operation, auth, string, key } = capf;
    const settings = { operation, auth, string, key };
    const id = JSON.stringify(settings);
    const group = groups.get(id) ?? { settings, names: [] };
    group.names.push(name);
    groups.set(id, group);
  }
  return [...groups.values()].map(({ settings, names }) => ({ op: 'capf', devices: names, ...settings }));
}
