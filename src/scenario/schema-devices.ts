import { z } from 'zod';
import { CAPF_KEEP_ALIVE_MINUTES } from '../cluster/capf-settings.js';
import type { LoadImage } from '../cluster/firmware.js';
import type { CapfCommand } from '../cluster/operation.js';
import { isLoadName } from '../device/name.js';
import { found, reportTo } from './problem.js';
import { capfFields, capfSettings, checkCapfString } from './schema-capf.js';
import { operations } from './schema-operation.js';
import { selection } from './selection.js';
import { expectedOneOf } from './suggest.js';
import { groupMembers, nameText, strictMap } from './values.js';

/** Verbs on devices of the database and on their certificates (OP-26). */

const IMAGES = ['signed', 'tampered'] as const satisfies readonly LoadImage[];

const refused = z.string().min(1).optional();

const PLAIN_COMMANDS = [
  'csr list',
  'csr count',
  'csr dump',
  'csr delete',
  'cert import',
  'stale-lsc list',
  'stale-lsc delete all',
] as const;

const KEEP_ALIVE = /^set keep_alive (\d{1,2})$/;

/** What stands behind `utils capf` on the console. */
const capfCommand = z.unknown().transform((value, context): CapfCommand => {
  const text = String(value);
  const plain = PLAIN_COMMANDS.find((command) => command === text);
  if (plain !== undefined) return { name: plain };
  const minutes = Number(KEEP_ALIVE.exec(text)?.[1]);
  if (minutes >= CAPF_KEEP_ALIVE_MINUTES.min && minutes <= CAPF_KEEP_ALIVE_MINUTES.max)
    return { name: 'set keep_alive', minutes };
  const words = [...PLAIN_COMMANDS, 'set keep_alive 5 to 60'];
  reportTo(context)([], `found ${found(value)}, ${expectedOneOf(text, words)}`);
  return z.NEVER;
});

const capf = strictMap({ of: selection, template: nameText.optional(), ...capfFields }).superRefine(
  (value, context) => {
    checkCapfString(value, context);
    if (value.operation === undefined && value.auth === undefined && value.key === undefined)
      reportTo(context)([], 'found nothing to set, expected operation, auth, string or key');
  },
);

const encryption = z.union([z.boolean(), z.literal('default')], {
  error: (issue) => `found ${found(issue.input)}, expected true, false or default`,
});

const loadName = nameText.refine(isLoadName, {
  error: (issue) =>
    `found ${found(issue.input)}, expected a load: up to 32 letters, digits, dots and hyphens`,
});

const device = strictMap({
  of: selection,
  security: z.enum(['non-secure', 'authenticated', 'encrypted', 'sip-oauth']).optional(),
  protocol: z.enum(['SCCP', 'SIP']).optional(),
  user: z.enum(['local', 'ldap']).optional(),
  callManagerGroup: groupMembers.optional(),
  /** Of the phone security profile; `default` is as the parameter `tftp-encryption` says. */
  'tftp-encryption': encryption.optional(),
  ip: z.enum(['ipv4', 'ipv6', 'two-stack']).optional(),
  /** The configured load; which one runs is the phone's affair (R-11). */
  firmware: loadName.optional(),
}).superRefine((value, context) => {
  if (Object.values(value).filter((change) => change !== undefined).length === 1)
    reportTo(context)(
      [],
      'found nothing to change, expected security, protocol, user, callManagerGroup, tftp-encryption, ip or firmware',
    );
});

export const deviceVerbs = {
  capf: strictMap({ capf, refused }).transform((value) => {
    const { of, template, ...fields } = value.capf;
    const settings = capfSettings(fields);
    const words = [settings.operation, settings.auth].filter((word) => word !== undefined);
    return operations(
      [{ op: 'capf', of, ...(template === undefined ? {} : { template }), ...settings }],
      `CAPF information of ${whom(of)}${template === undefined ? '' : ` by template ${template}`}: ${words.join(' by ') || 'key'}`,
      value.refused,
    );
  }),
  device: strictMap({ device, refused }).transform((value) => {
    const {
      of,
      security,
      protocol,
      user,
      callManagerGroup,
      'tftp-encryption': encrypted,
      ip,
      firmware,
    } = value.device;
    return operations(
      [
        {
          op: 'device',
          of,
          set: {
            ...(security === undefined ? {} : { security }),
            ...(protocol === undefined ? {} : { protocol }),
            ...(user === undefined ? {} : { user }),
            ...(callManagerGroup === undefined
              ? {}
              : { callManagerGroup: { name: callManagerGroup.join('+'), nodes: callManagerGroup } }),
            ...(encrypted === undefined
              ? {}
              : { tftpEncryption: encrypted === 'default' ? null : encrypted }),
            ...(ip === undefined ? {} : { ipMode: ip }),
            ...(firmware === undefined ? {} : { load: firmware }),
          },
        },
      ],
      `change ${whom(of)} in the database${changedTo(security, firmware)}`,
      value.refused,
    );
  }),
  'install-load': strictMap({
    'install-load': loadName,
    image: z.enum(IMAGES).default('signed'),
    refused,
  }).transform(({ 'install-load': load, image, refused: text }) =>
    operations(
      [{ op: 'install-load', load, image }],
      `install load ${load}${image === 'signed' ? '' : `, ${image}`}`,
      text,
    ),
  ),
  'utils-capf': strictMap({ 'utils-capf': capfCommand, refused }).transform((value) => {
    const command = value['utils-capf'];
    const minutes = command.name === 'set keep_alive' ? ` ${command.minutes}` : '';
    return operations([{ op: 'utils-capf', command }], `utils capf ${command.name}${minutes}`, value.refused);
  }),
};

function changedTo(security: string | undefined, load: string | undefined): string {
  const words = [security, load === undefined ? undefined : `load ${load}`].filter(
    (word) => word !== undefined,
  );
  return words.length === 0 ? '' : ` to ${words.join(' and ')}`;
}

function whom(of: { readonly kind: string }): string {
  return of.kind === 'all' ? 'all phones' : 'selected phones';
}
