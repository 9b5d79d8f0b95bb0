import { z } from 'zod';
import type { SigningChange, TrustSource } from '../cluster/operation.js';
import { TRUST_STORES } from '../cluster/trust-store.js';
import { ALL_NODES, nodes, nodesText, operations, PURPOSES } from './schema-operation.js';
import { nameText, oneOfKinds, oneOrMany, strictMap } from './values.js';

/** Verbs of certificate management: trust stores and certificates that an external CA signs (OP-15, OP-25, OP-27). */

const refused = z.string().min(1).optional();
const stores = oneOrMany(z.enum(TRUST_STORES));

const micRoots = oneOrMany(nameText).transform((names) => (names.join() === 'all' ? 'all' : names));

interface Import {
  readonly source: TrustSource;
  readonly to: readonly (typeof TRUST_STORES)[number][];
  readonly what: string;
}

const trustImport = oneOfKinds<Import>('an import', {
  certificates: strictMap({
    certificates: oneOrMany(z.enum(PURPOSES)),
    from: nameText.optional(),
    nodes: nodes.optional(),
    to: stores,
  }).transform(({ certificates, from, nodes: chosen, to }) => ({
    source: {
      certificates,
      ...(from === undefined ? {} : { cluster: from }),
      ...(chosen === undefined ? {} : { nodes: chosen }),
    },
    to,
    what: `${certificates.join(', ')}${from === undefined ? '' : ` of ${from}`}`,
  })),
  tokens: strictMap({ tokens: oneOrMany(nameText), to: stores }).transform(({ tokens, to }) => ({
    source: { tokens },
    to,
    what: `tokens ${tokens.join(', ')}`,
  })),
  authorities: strictMap({ authorities: oneOrMany(nameText), to: stores }).transform(
    ({ authorities, to }) => ({ source: { authorities }, to, what: authorities.join(', ') }),
  ),
  'mic-roots': strictMap({ 'mic-roots': micRoots, to: stores }).transform(({ 'mic-roots': names, to }) => ({
    source: { micRoots: names } as const,
    to,
    what: names === 'all' ? 'all MIC roots' : names.join(', '),
  })),
});

const signingChange = strictMap({
  'drop-names': oneOrMany(nameText).optional(),
  'add-names': oneOrMany(nameText).optional(),
  key: z.literal('other').optional(),
  days: z.int().optional(),
  'from-days': z.int().optional(),
}).transform(
  (value): SigningChange => ({
    ...(value['drop-names'] === undefined ? {} : { dropNames: value['drop-names'] }),
    ...(value['add-names'] === undefined ? {} : { addNames: value['add-names'] }),
    ...(value.key === undefined ? {} : { key: value.key }),
    ...(value.days === undefined ? {} : { days: value.days }),
    ...(value['from-days'] === undefined ? {} : { fromDays: value['from-days'] }),
  }),
);

export const certificateVerbs = {
  'trust-import': strictMap({ 'trust-import': trustImport, refused }).transform((value) => {
    const { source, to, what } = value['trust-import'];
    return operations(
      [{ op: 'trust-import', source, to }],
      `import ${what} into ${to.join(', ')}`,
      value.refused,
    );
  }),
  'bulk-certificates': strictMap({
    'bulk-certificates': strictMap({ with: oneOrMany(nameText) }),
    refused,
  }).transform(({ 'bulk-certificates': { with: others }, refused: text }) =>
    operations(
      [{ op: 'bulk-certificates', with: others }],
      `export, consolidate and import certificates in bulk with ${others.join(', ')}`,
      text,
    ),
  ),
  'trust-delete': strictMap({
    'trust-delete': strictMap({ certificates: oneOrMany(nameText), from: stores }),
    refused,
  }).transform((value) => {
    const { certificates, from } = value['trust-delete'];
    return operations(
      [{ op: 'trust-delete', certificates, from }],
      `delete ${certificates.join(', ')} from ${from.join(', ')}`,
      value.refused,
    );
  }),
  csr: strictMap({
    csr: z.enum(PURPOSES),
    nodes: nodes.default(ALL_NODES),
    distribution: z.enum(['single', 'multi-server']).optional(),
    names: oneOrMany(nameText).optional(),
    refused,
  }).transform(({ csr, nodes: chosen, distribution, names, refused: text }) =>
    operations(
      [
        {
          op: 'csr',
          purpose: csr,
          nodes: chosen,
          ...(distribution === undefined ? {} : { distribution }),
          ...(names === undefined ? {} : { names }),
        },
      ],
      `generate CSR for ${csr} ${nodesText(chosen)}`,
      text,
    ),
  ),
  sign: strictMap({
    sign: z.enum([...PURPOSES, 'phones']),
    by: nameText,
    nodes: nodes.default(ALL_NODES),
    change: signingChange.optional(),
    refused,
  }).transform(({ sign, by, nodes: chosen, change, refused: text }) =>
    operations(
      [{ op: 'sign', purpose: sign, nodes: chosen, by, ...(change === undefined ? {} : { change }) }],
      `${by} signs the CSRs of ${sign}`,
      text,
    ),
  ),
  upload: strictMap({ upload: z.enum(PURPOSES), nodes: nodes.default(ALL_NODES), refused }).transform(
    ({ upload, nodes: chosen, refused: text }) =>
      operations(
        [{ op: 'upload', purpose: upload, nodes: chosen }],
        `upload the signed ${upload} certificate ${nodesText(chosen)}`,
        text,
      ),
  ),
};
