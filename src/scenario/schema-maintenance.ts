import { z } from 'zod';
import type { FeatureService } from '../cluster/spec.js';
import { operations } from './schema-operation.js';
import { nameText, oneOrMany, release, strictMap } from './values.js';

/** Verbs on whole nodes and on the cluster as a whole: names, nodes, backup, releases (OP-18, OP-19, OP-21, OP-31). */

const refused = z.string().min(1).optional();

const NODE_SERVICES = ['CallManager', 'TFTP', 'TVS', 'CAPF'] as const satisfies readonly FeatureService[];

/** What is typed at the console of a node; several lines one after the other. */
const consoleVerb = strictMap({
  console: oneOrMany(z.string().min(1)),
  node: nameText.optional(),
  refused,
}).transform(({ console: lines, node, refused: text }) =>
  operations(
    lines.map((line) => ({ op: 'console' as const, line, node: node ?? null })),
    `${node === undefined ? '' : `${node}: `}${lines.join('; ')}`,
    text,
  ),
);

const addedNode = strictMap({
  name: nameText,
  services: oneOrMany(z.enum(NODE_SERVICES)),
  host: nameText.optional(),
});

export const maintenanceVerbs = {
  console: consoleVerb,
  rename: strictMap({
    rename: nameText,
    host: nameText.optional(),
    domain: nameText.optional(),
    refused,
  }).transform(({ rename, host, domain, refused: text }) =>
    operations(
      [
        {
          op: 'rename',
          node: rename,
          ...(host === undefined ? {} : { hostName: host }),
          ...(domain === undefined ? {} : { domain }),
        },
      ],
      `new host name of ${rename}`,
      text,
    ),
  ),
  'add-node': strictMap({ 'add-node': addedNode, refused }).transform((value) => {
    const { name, services, host } = value['add-node'];
    const node = { name, services, ...(host === undefined ? {} : { hostName: host }) };
    return operations([{ op: 'add-node', node }], `add node ${name}: ${services.join(', ')}`, value.refused);
  }),
  'remove-node': strictMap({ 'remove-node': nameText, refused }).transform((value) =>
    operations(
      [{ op: 'remove-node', node: value['remove-node'] }],
      `remove node ${value['remove-node']}`,
      value.refused,
    ),
  ),
  backup: strictMap({ backup: nameText, refused }).transform((value) =>
    operations([{ op: 'backup', name: value.backup }], `backup ${value.backup}`, value.refused),
  ),
  restore: strictMap({ restore: nameText, refused }).transform((value) =>
    operations([{ op: 'restore', name: value.restore }], `restore ${value.restore}`, value.refused),
  ),
  'rebuild-publisher': strictMap({ 'rebuild-publisher': z.literal(true), refused }).transform((value) =>
    operations([{ op: 'rebuild-publisher' }], 'rebuild the publisher', value.refused),
  ),
  upgrade: strictMap({ upgrade: release, refused }).transform((value) =>
    operations([{ op: 'upgrade', release: value.upgrade }], `upgrade to ${value.upgrade}`, value.refused),
  ),
};
