import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { strayCapf } from '../cluster/capf-place.js';
import type { ModelProfile } from '../device/model.js';
import { reasonOf, TrustfleetError } from '../errors.js';
import { packageRoot } from '../package-root.js';
import { parseIndexCondition } from './index-rule.js';
import type { FleetSpec, GroupSpec, IndexRule } from './model.js';
import { type ReadNode, withCertificates } from './node-certificates.js';
import { nodeServices } from './node-services.js';
import { parsePositionedYaml, readYaml, type YamlFault, yamlError } from './yaml-document.js';

const protocol = z.enum(['SCCP', 'SIP']);
const tlsVersion = z.enum(['1.0', '1.1', '1.2', '1.3']);

const modelSchema: z.ZodType<ModelProfile> = z.strictObject({
  model: z.string().regex(/^\d{4}$/, 'expected four digits, e.g. "7942"'),
  productName: z.string(),
  deviceType: z.int().positive(),
  family: z.enum(['legacy', 'modern', 'classic']),
  securityByDefault: z.boolean(),
  protocols: z.array(protocol).min(1),
  loads: z.partialRecord(protocol, z.string()),
  fetchesOverHttp: z.boolean(),
  signatureDigests: z.array(z.enum(['sha1', 'sha256', 'sha512'])),
  maxRsaBits: z.int(),
  generatesRsaBits: z.array(z.int()),
  ecKeys: z.boolean(),
  tls: z.strictObject({ min: tlsVersion, max: tlsVersion, canRaiseMinimum: z.boolean() }),
  checksum: z.enum(['md5', 'sha1']),
  mic: z
    .strictObject({ issuer: z.string(), digest: z.enum(['sha1', 'sha256']), keyBits: z.int() })
    .nullable(),
  ipv6: z.boolean(),
  sipOauth: z.boolean(),
  encryptedConfig: z.partialRecord(protocol, z.boolean()),
  lines: z.int(),
  sccpVersion: z.int(),
  updateFailedMessage: z.string(),
  configRefusedMessage: z.string().optional(),
  erasesSingleList: z.boolean(),
});

const indexText = z.string().transform((text, context): IndexRule<unknown>['index'] => {
  if (text === 'all') return 'all';
  try {
    return parseIndexCondition(text);
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) });
    return z.NEVER;
  }
});

const securityRules = z
  .array(z.strictObject({ index: indexText, mode: z.enum(['non-secure', 'authenticated', 'encrypted']) }))
  .min(1);

const lscRules = z.array(z.strictObject({ index: indexText, lsc: z.string().min(1) })).min(1);

const fleetSchema = z.strictObject({
  name: z.string(),
  about: z.string(),
  groups: z
    .array(z.strictObject({ group: z.string(), model: z.string(), phones: z.int().positive(), protocol }))
    .min(1),
  security: z.record(z.string(), securityRules),
  defaultSecurity: z.string(),
  /** LSC owners by security profile; with a profile that is not here no phone has one. */
  lsc: z.record(z.string(), lscRules).default({}),
  tftp: z.array(z.strictObject({ index: indexText, servers: z.array(z.string()).min(1).max(2) })).min(1),
  callManagerGroups: z
    .array(z.strictObject({ index: indexText, name: z.string(), members: z.array(z.string()).min(1).max(3) }))
    .min(1),
});

const clusterSchema = z.strictObject({
  name: z.string(),
  about: z.string(),
  nodes: z
    .array(
      z.strictObject({
        name: z.string(),
        services: nodeServices,
      }),
    )
    .min(1),
});

/** A cluster as its profile has it: the first node is the publisher. */
export interface ClusterProfile {
  readonly name: string;
  readonly about: string;
  readonly nodes: readonly ReadNode[];
}

type Kind = 'models' | 'fleets' | 'clusters';

function folder(kind: Kind): string {
  return join(packageRoot(), 'profiles', kind);
}

/** Names of the shipped profiles of a kind. */
export function profileNames(kind: Kind): string[] {
  return readdirSync(folder(kind))
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => basename(file, '.yaml'))
    .sort();
}

function readProfile<T>(kind: Kind, name: string, schema: z.ZodType<T>): T {
  const file = profileFile(kind, name);
  return readYaml(readFileSync(file, 'utf8'), file, schema, 'TF_PROFILE_INVALID');
}

function profileFile(kind: Kind, name: string): string {
  const names = profileNames(kind);
  if (!names.includes(name)) {
    throw new TrustfleetError(
      'TF_PROFILE_INVALID',
      `no profile "${name}" in profiles/${kind}, expected one of ${names.join(', ')}${kind === 'clusters' ? ', or the path of a cluster file (.yaml)' : ''}`,
    );
  }
  return join(folder(kind), `${name}.yaml`);
}

/** @throws TrustfleetError TF_PROFILE_INVALID naming the profiles there are, or file, line and column of the fault. */
export function loadModel(name: string): ModelProfile {
  return readProfile('models', name, modelSchema);
}

/** Every shipped model by its number. */
export function loadModels(): ReadonlyMap<string, ModelProfile> {
  return new Map(profileNames('models').map((name) => [name, loadModel(name)]));
}

/** Is it the name of a file rather than that of a shipped profile? */
export function isClusterFile(name: string): boolean {
  return /[/\\]|\.ya?ml$/.test(name);
}

/**
 * A shipped cluster by its name, or one of one's own by the path of its file.
 *
 * @throws TrustfleetError TF_PROFILE_INVALID with file, line and column of the fault, TF_FILE_UNREADABLE
 */
export function loadCluster(name: string): ClusterProfile {
  const file = isClusterFile(name) ? name : profileFile('clusters', name);
  const text = readText(file);
  const { nodes, ...profile } = readYaml(text, file, clusterSchema, 'TF_PROFILE_INVALID');
  const written = nodes.map(({ name: node, services }) => ({ name: node, ...services }));
  const faults: YamlFault[] = [];
  const yaml = parsePositionedYaml(text, file, 'TF_PROFILE_INVALID');
  const report = (path: readonly PropertyKey[], message: string): void => {
    faults.push({ ...yaml.positionOf(['nodes', ...path]), message });
  };
  const read = withCertificates(written, dirname(file), report);
  for (const { node, message } of strayCapf(read)) report([node, 'services', 'CAPF'], message);
  if (faults.length > 0) throw yamlError('TF_PROFILE_INVALID', file, faults);
  return { ...profile, nodes: read };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TrustfleetError('TF_FILE_UNREADABLE', `cannot read ${file}: ${reasonOf(cause, file)}`, {
      cause,
      context: { file },
    });
  }
}

/** @throws TrustfleetError TF_PROFILE_INVALID naming the profiles there are */
export function securityProfileNames(fleet: string): string[] {
  return Object.keys(readProfile('fleets', fleet, fleetSchema).security);
}

/** `constructor` is a name that a user may type, and no profile. */
function ownValue<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}

/**
 * A fleet profile with one of its security profiles applied (its default when left out).
 *
 * @throws TrustfleetError TF_PROFILE_INVALID
 */
export function loadFleet(name: string, security?: string): FleetSpec {
  const profile = readProfile('fleets', name, fleetSchema);
  const named = security ?? profile.defaultSecurity;
  const rules = ownValue(profile.security, named);
  if (rules === undefined) {
    throw new TrustfleetError(
      'TF_PROFILE_INVALID',
      `fleet ${name} has no security profile "${security}", expected one of ${Object.keys(profile.security).join(', ')}`,
    );
  }
  const owners = ownValue(profile.lsc, named);
  const groups = profile.groups.map(
    (group): GroupSpec => ({
      ...group,
      ...(owners === undefined ? {} : { lsc: owners.map(({ index, lsc }) => ({ index, value: lsc })) }),
      security: rules.map(({ index, mode }) => ({ index, value: mode })),
      tftp: profile.tftp.map(({ index, servers }) => ({ index, value: servers })),
      callManagerGroup: profile.callManagerGroups.map(({ index, name: group, members }) => ({
        index,
        value: { name: group, nodes: members },
      })),
    }),
  );
  return { name, groups };
}
