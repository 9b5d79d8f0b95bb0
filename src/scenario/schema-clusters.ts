import { z } from 'zod';
import { found, isMap, readWith, reportTo } from './problem.js';
import { nameOr, nameText, oneOrMany, release, scalar, strictMap } from './values.js';

/** `cluster:` and `clusters:` of a scenario (contracts.md 4). */

const clusterNode = strictMap({
  name: nameText,
  services: oneOrMany(z.enum(['CallManager', 'TFTP', 'TVS', 'CAPF'])),
});

const clusterMap = strictMap({
  profile: nameText.optional(),
  release: release.optional(),
  mode: z.enum(['non-secure', 'mixed']).default('non-secure'),
  tokens: oneOrMany(nameText).default([]),
  parameters: z.record(z.string(), scalar).default({}),
  nodes: z.array(clusterNode).min(1).optional(),
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
const RESERVED: readonly string[] = ['all', 'own', 'none', 'default'];

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
