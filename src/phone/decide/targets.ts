import type { ModelProfile } from '../../device/model.js';
import type { CallManagerEntry, PhoneConfiguration } from '../../protocol/cnf/model.js';
import type { StoredConfiguration } from '../flash.js';
import type { Knobs } from '../knobs.js';

/**
 * is the phone told by its default configuration not to register? The 79xx and older ones do not listen and are rejected.
 */
export function hearsThatDisabled(
  stored: Pick<StoredConfiguration, 'isDefault'> | null,
  model: Pick<ModelProfile, 'family'>,
): boolean {
  return model.family === 'modern' && stored?.isDefault?.autoRegistration === 'disabled';
}

/** A server that the phone may register with. */
export interface RegistrationTarget {
  readonly server: CallManagerEntry;
  /** false: a TFTP server, tried as CallManager in the last place. It gets no standby connection. */
  readonly member: boolean;
}

export interface TargetChoice {
  readonly rule: 'R-82' | 'R-62' | 'R-32' | 'R-10';
  readonly targets: readonly RegistrationTarget[];
}

/** Standard ports of a CallManager that no configuration describes. */
const STANDARD_PORTS = { sccpPort: 2000, sipPort: 5060, securedSipPort: 5061 } as const;

export interface TargetQuestion {
  readonly configuration: PhoneConfiguration | null;
  readonly locked: boolean;
  /** the ITL could not be loaded in this boot. */
  readonly itlTooLarge: boolean;
  /** the default configuration says that auto-registration is disabled, and the model listens to it. */
  readonly autoRegistrationDisabled: boolean;
  /** Addresses in order. */
  readonly tftpServers: readonly string[];
  readonly knobs: Pick<Knobs, 'lockedNonSecureRegisters'>;
}

/**
 * Where a phone registers, in order: the members of its CallManager group; a locked non-secure phone then tries its
 * TFTP servers, or stays unregistered with K-05 false.
 */
export function registrationTargets(question: TargetQuestion): TargetChoice {
  const { configuration, locked, knobs } = question;
  if (question.itlTooLarge) return { rule: 'R-32', targets: [] };
  if (configuration === null) return { rule: 'R-82', targets: [] };
  if (question.autoRegistrationDisabled) return { rule: 'R-10', targets: [] };
  const lockedNonSecure = locked && configuration.deviceSecurityMode === 'non-secure';
  if (lockedNonSecure && !knobs.lockedNonSecureRegisters) return { rule: 'R-62', targets: [] };
  const members = membersOf(configuration.callManagers);
  if (!lockedNonSecure) return { rule: 'R-82', targets: members };
  return { rule: 'R-62', targets: withLastResorts(members, question.tftpServers) };
}

/** By the members, then by the TFTP servers: of thousands of locked phones most have the same. */
const knownLastResorts = new WeakMap<
  readonly RegistrationTarget[],
  WeakMap<readonly string[], readonly RegistrationTarget[]>
>();

function withLastResorts(
  members: readonly RegistrationTarget[],
  tftpServers: readonly string[],
): readonly RegistrationTarget[] {
  let known = knownLastResorts.get(members);
  if (known === undefined) {
    known = new WeakMap();
    knownLastResorts.set(members, known);
  }
  let targets = known.get(tftpServers);
  if (targets === undefined) {
    targets = [...members, ...lastResorts(members, tftpServers)];
    known.set(tftpServers, targets);
  }
  return targets;
}

function lastResorts(
  members: readonly RegistrationTarget[],
  tftpServers: readonly string[],
): RegistrationTarget[] {
  const own = new Set(members.map(({ server }) => server.address));
  const others = tftpServers.filter((address) => !own.has(address));
  return others.map((address, index) => ({
    server: { priority: members.length + index, name: address, address, ...STANDARD_PORTS },
    member: false,
  }));
}

/** By the list that they stand in, which phones with the same configuration share. */
const knownMembers = new WeakMap<readonly CallManagerEntry[], readonly RegistrationTarget[]>();

function membersOf(callManagers: readonly CallManagerEntry[]): readonly RegistrationTarget[] {
  let known = knownMembers.get(callManagers);
  if (known === undefined) {
    known = [...callManagers]
      .sort((a, b) => a.priority - b.priority)
      .map((server) => ({ server, member: true }));
    knownMembers.set(callManagers, known);
  }
  return known;
}
