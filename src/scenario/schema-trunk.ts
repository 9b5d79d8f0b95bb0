import { z } from 'zod';
import { MAX_TRUNK_DESTINATIONS } from '../cluster/operations/sip-trunk.js';
import { operations } from './schema-operation.js';
import { nameText, oneOrMany, strictMap } from './values.js';

/** Verbs on SIP trunks, as far as their security profile goes (OP-28, R-115). */

const refused = z.string().min(1).optional();

const trunk = strictMap({
  name: nameText,
  security: z.enum(['non-secure', 'authenticated', 'encrypted']),
  nodes: oneOrMany(nameText),
  destinations: z.array(nameText).min(1).max(MAX_TRUNK_DESTINATIONS),
});

export const trunkVerbs = {
  'sip-trunk': strictMap({ 'sip-trunk': trunk, refused }).transform((value) => {
    const { name, security } = value['sip-trunk'];
    return operations(
      [{ op: 'sip-trunk', trunk: value['sip-trunk'] }],
      `SIP trunk ${name}, ${security}`,
      value.refused,
    );
  }),
  'options-ping': strictMap({ 'options-ping': nameText, refused }).transform((value) =>
    operations(
      [{ op: 'options-ping', trunk: value['options-ping'] }],
      `OPTIONS ping over SIP trunk ${value['options-ping']}`,
      value.refused,
    ),
  ),
};
