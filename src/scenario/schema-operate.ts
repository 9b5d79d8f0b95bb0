import { z } from 'zod';
import type { NodeChoice } from '../cluster/operation.js';
import type { PlannedOperation } from './plan.js';
import { isMap, nested, readWith, reportTo } from './problem.js';
import { certificateVerbs } from './schema-certificates.js';
import { deviceVerbs } from './schema-devices.js';
import { maintenanceVerbs } from './schema-maintenance.js';
import {
  ALL_NODES,
  nodes,
  nodesText,
  type Operate,
  operations,
  PURPOSES,
  SERVICES,
} from './schema-operation.js';
import { trunkVerbs } from './schema-trunk.js';
import { nameText, oneOfKinds, oneOrMany, scalar, strictMap, tlsVersion } from './values.js';

const refused = z.string().min(1).optional();

/** A verb of one operation on some nodes, with a value of its own. */
function nodeVerb<T>(
  verb: string,
  value: z.ZodType<T>,
  plan: (value: T, chosen: NodeChoice) => PlannedOperation,
  about: (value: T) => string,
) {
  return strictMap({ [verb]: value, nodes: nodes.default(ALL_NODES), refused }).transform((map) => {
    const chosen = map.nodes as NodeChoice;
    const given = map[verb] as T;
    return operations(
      [plan(given, chosen)],
      `${about(given)} ${nodesText(chosen)}`,
      map.refused as string | undefined,
    );
  });
}

/** Cluster, lists and services: the verbs of contracts.md 4 in its order; each stands alone in a step. */
const clusterVerbs = {
  regenerate: nodeVerb(
    'regenerate',
    z.enum(PURPOSES),
    (purpose, chosen) => ({ op: 'regenerate', purpose, nodes: chosen }),
    (purpose) => `regenerate ${purpose}`,
  ),
  restart: nodeVerb(
    'restart',
    oneOrMany(z.enum(SERVICES)),
    (services, chosen) => ({ op: 'restart', services, nodes: chosen }),
    (services) => `restart ${services.join(', ')}`,
  ),
  'set-cluster': strictMap({ 'set-cluster': z.enum(['mixed-mode', 'non-secure-mode']), refused }).transform(
    (value) =>
      operations(
        [{ op: 'set-cluster', mode: value['set-cluster'] }],
        `utils ctl set-cluster ${value['set-cluster']}`,
        value.refused,
      ),
  ),
  'update-ctl': strictMap({ 'update-ctl': z.literal('cli'), refused }).transform((value) =>
    operations([{ op: 'update-ctl' }], 'utils ctl update CTLFile', value.refused),
  ),
  'ctl-client': strictMap({
    'ctl-client': z.enum(['set-mixed', 'set-non-secure', 'update']),
    tokens: oneOrMany(nameText),
    remove: oneOrMany(nameText).optional(),
    refused,
  }).transform(({ 'ctl-client': action, tokens, remove, refused: text }) =>
    operations(
      [{ op: 'ctl-client', action, tokens, ...(remove === undefined ? {} : { remove }) }],
      `CTL client: ${action} with ${tokens.join(', ')}${remove === undefined ? '' : `, without ${remove.join(', ')}`}`,
      text,
    ),
  ),
  'reset-localkey': strictMap({ 'reset-localkey': z.enum(['itl', 'ctl']), refused }).transform((value) =>
    operations(
      [{ op: 'reset-localkey', list: value['reset-localkey'] }],
      `utils ${value['reset-localkey']} reset localkey`,
      value.refused,
    ),
  ),
  'reset-remotekey': strictMap({
    'reset-remotekey': z.literal('itl'),
    from: nameText.optional(),
    refused,
  }).transform(({ 'reset-remotekey': list, from, refused: text }) =>
    operations(
      [{ op: 'reset-remotekey', list, ...(from === undefined ? {} : { from }) }],
      `utils itl reset remotekey${from === undefined ? '' : ` with ITLRecovery.p12 of ${from}`}`,
      text,
    ),
  ),
  'delete-ctl': nodeVerb(
    'delete-ctl',
    z.literal(true),
    (_, chosen) => ({ op: 'delete-ctl', nodes: chosen }),
    () => 'file delete tftp CTLFile.tlv',
  ),
  parameter: strictMap({ parameter: z.record(z.string(), scalar), refused })
    .superRefine((value, context) => {
      if (Object.keys(value.parameter).length === 0)
        reportTo(context)(['parameter'], 'found an empty map, expected a parameter and its value');
    })
    .transform((value) => {
      const entries = Object.entries(value.parameter);
      return operations(
        entries.map(([name, set]) => ({ op: 'parameter', name, value: set })),
        `set ${entries.map(([name, set]) => `${name} = ${set}`).join(', ')}`,
        value.refused,
      );
    }),
  'set-tls-min': nodeVerb(
    'set-tls-min',
    tlsVersion,
    (version, chosen) => ({ op: 'set-tls-min', version, nodes: chosen }),
    (version) => `set tls min-version ${version}`,
  ),
  'common-criteria': nodeVerb(
    'common-criteria',
    z.boolean(),
    (enable, chosen) => ({ op: 'common-criteria', enable, nodes: chosen }),
    (enable) => `utils fips_common_criteria ${enable ? 'enable' : 'disable'}`,
  ),
  fips: nodeVerb(
    'fips',
    z.boolean(),
    (enable, chosen) => ({ op: 'fips', enable, nodes: chosen }),
    (enable) => `utils fips ${enable ? 'enable' : 'disable'}`,
  ),
};

const verbs = oneOfKinds('an operation', {
  ...clusterVerbs,
  ...certificateVerbs,
  ...deviceVerbs,
  ...maintenanceVerbs,
  ...trunkVerbs,
});

/** What an administrator does, and at which cluster; both that and `refused` may stand in the verb's map or beside `operate:`. */
export const operate = z.unknown().transform((value, context): AtCluster => {
  const report = reportTo(context);
  const { cluster, ...verb } = isMap(value) ? value : {};
  const read = readWith(verbs, isMap(value) ? verb : value, report);
  const name = cluster === undefined ? null : readWith(nameText, cluster, nested(report, ['cluster']));
  return read === undefined || name === undefined ? z.NEVER : { ...read, cluster: name };
});

interface AtCluster extends Operate {
  /** null: not said here. */
  readonly cluster: string | null;
}
