import { z } from 'zod';
import { serviceMap, type WrittenServices } from '../fleet/node-services.js';
import type { OnlineCaPlan } from '../fleet/plan.js';
import { LSC_DAYS } from '../protocol/capf/limits.js';
import { found, isMap, readWith, reportTo } from './problem.js';
import { nameOr, nameText, oneOrMany, release, scalar, strictMap } from './values.js';

/** `cluster:` and `clusters:` of a scenario (contracts.md 4). */

const serviceList = oneOrMany(z.enum(['CallManager', 'TFTP', 'TVS', 'CAPF']));

/** A list of services that are all the cluster's own, or a map that says which are real ones elsewhere. */
const services = z.unknown().transform((value, context): WrittenServices => {
  const report = reportTo(context);
  if (isMap(value)) return readWith(serviceMap, value, report) ?? z.NEVER;
  const list = readWith(serviceList, value, report);
  return list === undefined ? z.NEVER : { services: list, external: null };
});

const clusterNode = strictMap({ name: nameText, services }).transform((node) => ({
  name: node.name,
  ...node.services,
}));

/** OP-26: who CAPF asks in online mode, and the embedded CA that stands in for it. */
const onlineCa = strictMap({
  hostname: nameText.default('ca.voice.example'),
  port: z.int().min(1).max(65_535).default(443),
  template: nameText.default('CiscoRA'),
  type: z.literal('microsoft').default('microsoft'),
  username: nameText.default('capf'),
  password: nameText.default('capf'),
  /** Days; the CA decides. */
  duration: z.int().min(LSC_DAYS.min).max(LSC_DAYS.max).default(730),
  answers: z.enum(['issue', 'pending', 'deny', 'other-key', 'absent']).default('issue'),
  /** Whom the CA lets in; by default whoever CAPF says it is. */
  accepts: strictMap({ username: nameText, password: nameText }).optional(),
}).transform(
  ({ hostname, port, template, username, password, duration, answers, accepts }): OnlineCaPlan => ({
    settings: { hostname, port, template, username, password },
    embedded:
      answers === 'absent'
        ? 'absent'
        : { conduct: answers, days: duration, ...(accepts ?? { username, password }) },
  }),
);
/** X.520 bounds, characters; what stands in a list is far shorter. */
const text = z.string().min(1).max(64);

/** What the cluster's certificates name: how long it is decides how long a list gets. */
const subject = strictMap({
  domain: text.optional(),
  organisation: text.optional(),
  unit: text.optional(),
  locality: text.optional(),
  state: text.optional(),
  country: z
    .string()
    .regex(/^[A-Z]{2}$/, 'expected two capital letters')
    .optional(),
});

const clusterMap = strictMap({
  profile: nameText.optional(),
  release: release.optional(),
  mode: z.enum(['non-secure', 'mixed']).default('non-secure'),
  tokens: oneOrMany(nameText).default([]),
  parameters: z.record(z.string(), scalar).default({}),
  nodes: z.array(clusterNode).min(1).optional(),
  onlineCa: onlineCa.optional(),
  subject: subject.default({}),
});

export type ClusterSection = z.output<typeof clusterMap>;

const oneOfSeveral = nameOr(clusterMap, 'a cluster profile');

/** The only cluster of a scenario: its release stands at the top of the file. */
export const cluster = oneOfSeveral.superRefine((value, context) => {
  if (value.release !== undefined)
    reportTo(context)(
      ['release'],
      'found the release of the only cluster, expected it at the top of the file',
      'key',
    );
});

/** Fewest clusters under `clusters`; a single one stands under `cluster`. */
const FEWEST = 2;

/** Nodes are written `cluster/node`, and some words mean something where a cluster may stand. */
const CLUSTER_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]*$/;
const RESERVED: readonly string[] = ['all', 'own', 'none', 'expired', 'default'];

/** Clusters by name, in the order of the file: the first is the phones' home. */
export const clusters = z.unknown().transform((value, context): Readonly<Record<string, ClusterSection>> => {
  const report = reportTo(context);
  if (!isMap(value)) {
    report([], `found ${found(value)}, expected a map of clusters by name`);
    return z.NEVER;
  }
  const entries = Object.entries(value);
  if (entries.length < FEWEST)
    report([], `found ${entries.length} of ${FEWEST} or more, expected a single cluster under "cluster"`);
  const read = entries.flatMap(([name, section]): [string, ClusterSection][] => {
    if (!CLUSTER_NAME.test(name) || RESERVED.includes(name))
      report(
        [name],
        `found "${name}", expected a name of letters and digits that is none of ${RESERVED.join(', ')}`,
        'key',
      );
    const one = readWith(oneOfSeveral, section, (path, message, at) => report([name, ...path], message, at));
    return one === undefined ? [] : [[name, one]];
  });
  return Object.fromEntries(read);
});
