import { isAbsolute, join } from 'node:path';
import { strayCapf } from '../cluster/capf-place.js';
import type { ModelProfile } from '../device/model.js';
import type { SecurityProfile } from '../device/security.js';
import { TrustfleetError } from '../errors.js';
import { scaleGroups } from '../fleet/devices.js';
import type { FleetSpec, GroupSpec, IndexRule, PhoneSettings } from '../fleet/model.js';
import { withCertificates } from '../fleet/node-certificates.js';
import {
  type ClusterProfile,
  isClusterFile,
  loadCluster,
  loadFleet,
  loadModels,
  profileNames,
} from '../fleet/profiles.js';
import type { FleetSetting } from '../fleet/settings.js';
import type { ClusterPlan, FleetPlan, ScenarioPlan } from './plan.js';
import { nested, type Report } from './problem.js';
import type { ScenarioFile } from './schema.js';
import type { ClusterSection } from './schema-clusters.js';
import type { FleetSection, GroupSection, SettingSection } from './schema-fleet.js';
import { expectedOneOf } from './suggest.js';

/** Where names in a scenario are looked up; tests have a shelf of their own. */
export interface ProfileShelf {
  names(kind: 'clusters' | 'fleets'): readonly string[];
  cluster(name: string): ClusterProfile;
  /** @throws TrustfleetError TF_PROFILE_INVALID for an unknown security profile. */
  fleet(name: string, security?: string): FleetSpec;
  models(): ReadonlyMap<string, ModelProfile>;
}

/** The profiles that come with the package. */
export const SHIPPED: ProfileShelf = {
  names: profileNames,
  cluster: loadCluster,
  fleet: loadFleet,
  models: loadModels,
};

const DEFAULT_CLUSTER = 'CL-3';
const NO_SECTION: ClusterSection = { mode: 'non-secure', tokens: [], parameters: {}, subject: {} };

const PROFILES: readonly string[] = ['non-secure', 'authenticated', 'encrypted', 'sip-oauth'];

function isMode(word: string): word is SecurityProfile {
  return PROFILES.includes(word);
}

/**
 * The one cluster of a scenario, or its several by their names; the first is the phones' home.
 *
 * @param folder of the scenario: names of files in it start there.
 */
export function resolveClusters(
  { cluster, clusters, release }: Pick<ScenarioFile, 'cluster' | 'clusters' | 'release'>,
  folder: string,
  shelf: ProfileShelf,
  report: Report,
): ScenarioPlan['clusters'] | undefined {
  if (clusters === undefined) {
    const only = resolveCluster(cluster ?? NO_SECTION, release, folder, shelf, nested(report, ['cluster']));
    return only === undefined ? undefined : [only];
  }
  const resolved = Object.entries(clusters).flatMap(([name, section]) => {
    const one = resolveCluster(section, release, folder, shelf, nested(report, ['clusters', name]));
    return one === undefined ? [] : [{ ...one, name }];
  });
  const [home, ...others] = resolved;
  return home === undefined || resolved.length < Object.keys(clusters).length ? undefined : [home, ...others];
}

function resolveCluster(
  section: ClusterSection,
  scenarioRelease: string,
  folder: string,
  shelf: ProfileShelf,
  report: Report,
): ClusterPlan | undefined {
  const { mode, tokens, parameters, subject, nodes, release = scenarioRelease, onlineCa = null } = section;
  const said = { release, mode, tokens, parameters, subject, onlineCa };
  if (nodes !== undefined) {
    nodes.forEach((node, i) => {
      if (nodes.findIndex((other) => other.name === node.name) !== i)
        report(['nodes', i, 'name'], `found a second node "${node.name}", expected names that differ`);
    });
    const read = withCertificates(nodes, folder, nested(report, ['nodes']));
    for (const { node, message } of strayCapf(read)) report(['nodes', node, 'services', 'CAPF'], message);
    return { ...said, name: section.profile ?? 'inline', nodes: read };
  }
  const name = section.profile ?? DEFAULT_CLUSTER;
  if (isClusterFile(name)) {
    const file = isAbsolute(name) ? name : join(folder, name);
    const own = readOr(report, ['profile'], () => shelf.cluster(file));
    return own === undefined ? undefined : { ...said, name: own.name, nodes: own.nodes };
  }
  const names = shelf.names('clusters');
  if (!names.includes(name)) {
    report(['profile'], `found unknown cluster "${name}", ${expectedOneOf(name, names)}`);
    return undefined;
  }
  return { ...said, name, nodes: shelf.cluster(name).nodes };
}

/** @param clusters names of the run's, where it has several: whose lists phones may hold. */
export function resolveFleet(
  section: FleetSection,
  clusters: readonly string[],
  shelf: ProfileShelf,
  report: Report,
): FleetPlan | undefined {
  checkHolds(section, clusters, report);
  const names = shelf.names('fleets');
  if (!names.includes(section.profile)) {
    report(['profile'], `found unknown fleet "${section.profile}", ${expectedOneOf(section.profile, names)}`);
    return undefined;
  }
  const profiles = profileReader(section.profile, section.security, shelf);
  const base = readOr(report, ['security'], () => shelf.fleet(section.profile, section.security));
  if (base === undefined) return undefined;

  const models = shelf.models();
  const groupOf = (group: GroupSection, path: readonly PropertyKey[]): GroupSpec | undefined =>
    resolveGroup(group, base, models, profiles, (inner, message, at) =>
      report([...path, ...inner], message, at),
    );
  const own = section.groups?.map((group, i) => groupOf(group, ['groups', i])) ?? base.groups;
  const added = section.add?.map((group, i) => groupOf(group, ['add', i])) ?? [];
  checkGroupNames(section, base, report);
  checkOwners(section, clusters, report);
  if ([...own, ...added].includes(undefined)) return undefined;
  const groups = sized(own.filter(isThere), added.filter(isThere), section.phones);

  const set = section.set.map((setting, i): FleetSetting => {
    const { security } = setting;
    const rules =
      security === undefined
        ? undefined
        : readOr(report, ['set', i, 'security'], () => profiles.security(security));
    // told above: LSC owners of an unknown profile there are none, either
    if (security !== undefined && rules === undefined) return { for: setting.for };
    return {
      for: setting.for,
      ...(rules === undefined ? {} : { security: rules }),
      ...phoneSettings(setting, profiles),
      ...(setting.tftp === undefined ? {} : { tftp: setting.tftp }),
      ...(setting.callManagerGroup === undefined
        ? {}
        : { callManagerGroup: namedGroup(setting.callManagerGroup, base) }),
      ...(setting.protocol === undefined ? {} : { protocol: setting.protocol }),
    };
  });
  const phones = added.length === 0 && section.phones !== undefined ? section.phones : countOf(groups);
  return { spec: { name: base.name, groups }, phones, set };
}

/** `phones` is the size of the fleet that groups are added to; what is added comes with all of its own. */
function sized(
  own: readonly GroupSpec[],
  added: readonly GroupSpec[],
  phones: number | undefined,
): readonly GroupSpec[] {
  if (added.length === 0 || phones === undefined) return [...own, ...added];
  return [...scaleGroups(own, phones), ...added];
}

function countOf(groups: readonly GroupSpec[]): number {
  return groups.reduce((sum, group) => sum + group.phones, 0);
}

function isThere<T>(value: T | undefined): value is T {
  return value !== undefined;
}

/** A group is what selections and counters call phones by. */
function checkGroupNames(section: FleetSection, base: FleetSpec, report: Report): void {
  const taken = new Set(section.groups === undefined ? base.groups.map(({ group }) => group) : []);
  for (const key of ['groups', 'add'] as const) {
    section[key]?.forEach(({ group }, i) => {
      if (taken.has(group))
        report([key, i, 'group'], `found a second group "${group}", expected names that differ`);
      taken.add(group);
    });
  }
}

/** The word for the owners that the fleet profile names. */
const DEFAULT_OWNERS = 'default';

/** Words of `lsc:`; anything else is the name of a cluster. */
const LSC_WORDS: readonly string[] = ['own', 'none', 'expired', DEFAULT_OWNERS];

/** Equal for words that differ by upper case and the order of letters. */
function lettersOf(word: string): string {
  return [...word.toLowerCase()].sort().join('');
}

/** A slip of the finger would be another cluster, whose LSC nobody trusts; a name is taken at its word otherwise. */
function checkOwners(section: FleetSection, clusters: readonly string[], report: Report): void {
  for (const key of ['groups', 'add', 'set'] as const) {
    section[key]?.forEach(({ lsc }, i) => {
      if (lsc === undefined || LSC_WORDS.includes(lsc) || clusters.includes(lsc)) return;
      const near = LSC_WORDS.find((word) => lettersOf(word) === lettersOf(lsc));
      if (near !== undefined)
        report(
          [key, i, 'lsc'],
          `found "${lsc}", expected own, none, expired, or the name of a cluster (did you mean "${near}"?)`,
        );
    });
  }
}

/** Lists that phones hold are those of a cluster of the run. */
function checkHolds(section: FleetSection, clusters: readonly string[], report: Report): void {
  const known = ['own', 'none', ...clusters];
  for (const key of ['groups', 'add', 'set'] as const) {
    section[key]?.forEach(({ holds }, i) => {
      if (holds !== undefined && !known.includes(holds))
        report([key, i, 'holds'], `found "${holds}", ${expectedOneOf(holds, known)}`);
    });
  }
}

type SecurityRules = readonly IndexRule<SecurityProfile>[];
type LscRules = readonly IndexRule<string>[];

/** What words about security come to in this fleet. */
interface ProfileReader {
  /** `encrypted` for every phone, or the rules of a security profile such as SEC-MIX. */
  security(word: string): SecurityRules;
  /** Owners of LSCs: of the security profile named, of the fleet's own where a mode or nothing is named. */
  lscOwners(security: string | undefined): LscRules;
}

function profileReader(profile: string, own: string | undefined, shelf: ProfileShelf): ProfileReader {
  const pattern = (security: string | undefined): GroupSpec | undefined =>
    shelf.fleet(profile, security).groups[0];
  return {
    security: (word) =>
      isMode(word)
        ? [{ index: 'all', value: word }]
        : (pattern(word)?.security ?? [{ index: 'all', value: 'non-secure' }]),
    lscOwners: (security) =>
      pattern(security === undefined || isMode(security) ? own : security)?.lsc ?? NO_LSC,
  };
}

const NO_LSC: LscRules = [{ index: 'all', value: 'none' }];

/** What a group or a setting says beyond security, servers and protocol. A security profile brings its LSC owners with it. */
function phoneSettings(section: GroupSection | SettingSection, profiles: ProfileReader): PhoneSettings {
  const { security, lsc, mic, holds, ip, capf, firmware, tls, inDatabase, fips } = section;
  const owners = lsc ?? (security === undefined || isMode(security) ? undefined : DEFAULT_OWNERS);
  return {
    ...(owners === undefined ? {} : { lsc: lscRules(owners, security, profiles) }),
    ...(mic === undefined ? {} : { mic }),
    ...(holds === undefined ? {} : { holds }),
    ...(ip === undefined ? {} : { ip }),
    ...(capf === undefined ? {} : { capf }),
    ...(firmware === undefined ? {} : { firmware }),
    ...(tls === undefined ? {} : { tls }),
    ...(inDatabase === undefined ? {} : { inDatabase }),
    ...(fips === undefined ? {} : { fips }),
  };
}

function lscRules(word: string, security: string | undefined, profiles: ProfileReader): LscRules {
  return word === DEFAULT_OWNERS ? profiles.lscOwners(security) : [{ index: 'all', value: word }];
}

/** A group of the scenario; what it does not say is as in the fleet profile. */
function resolveGroup(
  section: GroupSection,
  base: FleetSpec,
  models: ReadonlyMap<string, ModelProfile>,
  profiles: ProfileReader,
  report: Report,
): GroupSpec | undefined {
  const model = models.get(section.model);
  const pattern = base.groups[0];
  if (model === undefined || pattern === undefined) {
    report(
      ['model'],
      `found unknown model "${section.model}", ${expectedOneOf(section.model, [...models.keys()])}`,
    );
    return undefined;
  }
  const protocol = section.protocol ?? model.protocols[0] ?? 'SCCP';
  if (!model.protocols.includes(protocol)) {
    report(['protocol'], `found ${protocol}, but a ${model.model} speaks ${model.protocols.join(' and ')}`);
    return undefined;
  }
  if (section.ip?.addresses.includes('ipv6') && !model.ipv6) {
    report(['ip'], `found IPv6, which a ${model.model} does not have`);
    return undefined;
  }
  if (section.fips === true && model.family !== 'modern') {
    report(['fips'], `found FIPS mode, which a ${model.model} does not have`);
    return undefined;
  }
  const { security } = section;
  if (security === 'sip-oauth' && (!model.sipOauth || protocol !== 'SIP')) {
    report(['security'], noOauth(model.model, protocol));
    return undefined;
  }
  const rules =
    security === undefined
      ? pattern.security
      : readOr(report, ['security'], () => profiles.security(security));
  if (rules === undefined) return undefined;
  return {
    ...(security === undefined && pattern.lsc !== undefined ? { lsc: pattern.lsc } : {}),
    ...phoneSettings(section, profiles),
    group: section.group,
    model: section.model,
    phones: section.phones,
    protocol,
    security: rules,
    tftp: section.tftp === undefined ? pattern.tftp : [{ index: 'all', value: section.tftp }],
    callManagerGroup:
      section.callManagerGroup === undefined
        ? pattern.callManagerGroup
        : [{ index: 'all', value: namedGroup(section.callManagerGroup, base) }],
  };
}

/** Why a phone cannot have the security profile `sip-oauth` (phone-behaviour.md 12). */
export function noOauth(model: string, protocol: string): string {
  return `found sip-oauth, which a ${model} with ${protocol} does not have; expected an 88xx with SIP`;
}

/** A CallManager group under the name that the profile has for these members, else under the members' own. */
function namedGroup(nodes: readonly string[], base: FleetSpec): { name: string; nodes: readonly string[] } {
  const known = base.groups
    .flatMap((group) => group.callManagerGroup)
    .find(({ value }) => value.nodes.join() === nodes.join());
  return known?.value ?? { name: nodes.join('+'), nodes };
}

/** A value from the shelf; a fault there is the scenario's fault at `path`. */
function readOr<T>(report: Report, path: readonly PropertyKey[], read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    report(path, error.message);
    return undefined;
  }
}
