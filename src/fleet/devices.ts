import { DEFAULT_CAPF_KEY } from '../cluster/capf-settings.js';
import type { ModelProfile } from '../device/model.js';
import { deviceName } from '../device/name.js';
import type { SecurityProfile, SignallingProtocol } from '../device/security.js';
import { TrustfleetError } from '../errors.js';
import { equipped } from './equipment.js';
import { pick } from './index-rule.js';
import { MAX_PHONES } from './limits.js';
import type { DeviceCapf, DeviceEquipment, FleetSpec, GroupSpec, IpSettings } from './model.js';

/** What the administrator typed in for a phone and what its model brings: phones of a group that are alike share one. */
export interface DeviceKind extends DeviceEquipment {
  readonly group: string;
  readonly model: string;
  readonly protocol: SignallingProtocol;
  readonly security: SecurityProfile;
  /** Names of TFTP nodes, first and second (option 150). */
  readonly tftp: readonly string[];
  readonly callManagerGroup: { readonly name: string; readonly nodes: readonly string[] };
}

/** One phone of a fleet before it has ever been switched on. Its MAC stands in its name (`macOf`). */
export interface Device {
  readonly name: string;
  /** Number within its group, from 1: the `i` of index rules. */
  readonly index: number;
  /** Number within the fleet, from 0: decides its address and its directory number. */
  readonly ordinal: number;
  readonly kind: DeviceKind;
}

const IPV4_ONLY: IpSettings = { mode: 'ipv4', addresses: ['ipv4'] };

/** What a new device has under "CAPF information": no pending operation. */
const NO_CAPF: DeviceCapf = {
  operation: 'none',
  auth: 'null-string',
  string: null,
  key: DEFAULT_CAPF_KEY,
  addresses: ['ipv4'],
};

/** First directory number; the phone's ordinal is added. */
const FIRST_DIRECTORY_NUMBER = 2_000_000;

export function directoryNumberOf({ ordinal }: Device): string {
  return String(FIRST_DIRECTORY_NUMBER + ordinal);
}

/**
 * The groups with `phones` phones in all, in the same shares; what is left over goes to the largest remainders
 * (cluster-operations.md 4.0).
 */
export function scaleGroups(groups: readonly GroupSpec[], phones: number): GroupSpec[] {
  const total = groups.reduce((sum, group) => sum + group.phones, 0);
  if (total === phones) return [...groups];
  const exact = groups.map((group) => (group.phones * phones) / total);
  const counts = exact.map(Math.floor);
  const missing = phones - counts.reduce((sum, count) => sum + count, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - Math.floor(value) }))
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (const { index } of byRemainder.slice(0, missing)) counts[index] = (counts[index] ?? 0) + 1;
  return groups.map((group, index) => ({ ...group, phones: counts[index] ?? 0 }));
}

/**
 * Every phone of the fleet, group after group. The MAC is locally administered and legible: `0200`, two hex digits for the
 * group, six for the index.
 *
 * @param phones total number of phones; the profile's own when left out.
 * @throws TrustfleetError TF_PROFILE_INVALID for an unknown model, a protocol the model lacks, or too many phones.
 */
export function expandFleet(
  fleet: FleetSpec,
  models: ReadonlyMap<string, ModelProfile>,
  phones?: number,
): Device[] {
  const own = fleet.groups.reduce((sum, group) => sum + group.phones, 0);
  const total = phones ?? own;
  if (total > MAX_PHONES) {
    throw new TrustfleetError('TF_PROFILE_INVALID', `${total} phones, expected at most ${MAX_PHONES}`);
  }
  const devices: Device[] = [];
  scaleGroups(fleet.groups, total).forEach((group, number) => {
    const model = models.get(group.model);
    if (model === undefined) {
      throw new TrustfleetError(
        'TF_PROFILE_INVALID',
        `group ${group.group}: unknown model ${group.model}, expected one of ${[...models.keys()].join(', ')}`,
      );
    }
    if (!model.protocols.includes(group.protocol)) {
      throw new TrustfleetError(
        'TF_PROFILE_INVALID',
        `group ${group.group}: a ${group.model} does not speak ${group.protocol}, expected ${model.protocols.join(' or ')}`,
      );
    }
    const kindOf = kindsOfGroup(group, model);
    for (let index = 1; index <= group.phones; index += 1) {
      const name = deviceName(`0200${hex(number + 1, 2)}${hex(index, 6)}`);
      devices.push({ name, index, ordinal: devices.length, kind: kindOf(index) });
    }
  });
  return devices;
}

/** What index rules give a phone. */
type Picked = Pick<DeviceKind, 'security' | 'tftp' | 'callManagerGroup' | 'lsc'>;

/** The kind of each phone of a group by its index; phones for which the rules give the same have one. */
function kindsOfGroup(group: GroupSpec, model: ModelProfile): (index: number) => DeviceKind {
  const made: DeviceKind[] = [];
  const base = {
    group: group.group,
    model: group.model,
    protocol: group.protocol,
    mic: model.mic,
    holds: 'own',
    ip: IPV4_ONLY,
    capf: NO_CAPF,
    firmware: null,
    tls: { min: model.tls.min, max: model.tls.max },
    inDatabase: true,
  };
  return (index) => {
    const place = { group: group.group, index };
    const picked: Picked = {
      security: pick(group.security, place, 'security'),
      tftp: pick(group.tftp, place, 'tftp'),
      callManagerGroup: pick(group.callManagerGroup, place, 'callManagerGroups'),
      lsc: group.lsc === undefined ? 'none' : pick(group.lsc, place, 'lsc'),
    };
    let kind = made.find((one) => gives(one, picked));
    if (kind === undefined) {
      kind = equipped({ ...base, ...picked }, index, group);
      made.push(kind);
    }
    return kind;
  };
}

function gives(kind: DeviceKind, { security, tftp, callManagerGroup, lsc }: Picked): boolean {
  // values of rules are told apart by themselves: each rule has one for all its phones
  return (
    kind.security === security &&
    kind.tftp === tftp &&
    kind.callManagerGroup === callManagerGroup &&
    kind.lsc === lsc
  );
}

function hex(value: number, digits: number): string {
  return value.toString(16).toUpperCase().padStart(digits, '0');
}
