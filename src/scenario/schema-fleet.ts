import { z } from 'zod';
import type { AddressFamily } from '../device/address-family.js';
import type { TlsRange, TlsVersion } from '../device/security.js';
import { MIC_KINDS } from '../fleet/equipment.js';
import type { IpSettings, MicIssuer } from '../fleet/model.js';
import { isMap, readWith, reportTo } from './problem.js';
import { capfFields, capfSettings, checkCapfString } from './schema-capf.js';
import { selection } from './selection.js';
import { groupMembers, nameText, oneOrMany, strictMap, tftpNodes, tlsVersion } from './values.js';

/** The `fleet:` section of a scenario: groups, and what groups and `set` say of their phones (contracts.md 4). */

const FAMILIES = ['ipv4', 'ipv6'] as const satisfies readonly AddressFamily[];
const families = oneOrMany(z.enum(FAMILIES));

const MODES = ['ipv4', 'ipv6', 'two-stack'] as const satisfies readonly IpSettings['mode'][];

const ip = strictMap({ mode: z.enum(MODES), addresses: families.optional() })
  .superRefine(({ mode, addresses }, context) => {
    if (addresses !== undefined && mode !== 'two-stack' && addresses.join() !== mode)
      reportTo(context)(
        ['addresses'],
        `found ${addresses.join(' and ')} in mode ${mode}, expected ${mode} alone, or mode two-stack`,
      );
  })
  .transform(
    ({ mode, addresses }): IpSettings => ({
      mode,
      addresses: addresses ?? (mode === 'two-stack' ? FAMILIES : [mode]),
    }),
  );

const capf = strictMap({ ...capfFields, addresses: families.optional() })
  .superRefine(checkCapfString)
  .transform(({ addresses, ...settings }) => ({
    ...capfSettings(settings),
    ...(addresses === undefined ? {} : { addresses }),
  }));

/** `"1.3"` is the highest version that a firmware has; a map sets both ends. */
const tls = z.unknown().transform((value, context): Partial<TlsRange> => {
  const report = reportTo(context);
  if (!isMap(value)) {
    const max = readWith(tlsVersion, value, report);
    return max === undefined ? z.NEVER : { max };
  }
  const range = strictMap({ min: tlsVersion.optional(), max: tlsVersion.optional() });
  const read = readWith(range, value, report);
  if (read === undefined) return z.NEVER;
  const { min, max } = read;
  if (min !== undefined && max !== undefined && Number(min) > Number(max)) {
    report(['min'], `found ${min}, expected at most ${max} (max)`);
    return z.NEVER;
  }
  return definedRange(min, max);
});

function definedRange(min: TlsVersion | undefined, max: TlsVersion | undefined): Partial<TlsRange> {
  return { ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}

const MICS = [...(Object.keys(MIC_KINDS) as MicIssuer[]), 'none'] as const;

const settings = {
  /** A device security mode, or a security profile of the fleet. */
  security: nameText.optional(),
  tftp: tftpNodes.optional(),
  callManagerGroup: groupMembers.optional(),
  protocol: z.enum(['SCCP', 'SIP']).optional(),
  /** `own`, `none`, `expired`, a cluster's name; `default`: the owners that the fleet profile has for its security profile. */
  lsc: nameText.optional(),
  mic: z.enum(MICS).optional(),
  /** `own`, `none`, or a cluster of the run. */
  holds: nameText.optional(),
  ip: ip.optional(),
  capf: capf.optional(),
  firmware: nameText.optional(),
  tls: tls.optional(),
  /** false: the phone is not in the cluster's database. */
  inDatabase: z.boolean().optional(),
  /** FIPS mode of the phone. */
  fips: z.boolean().optional(),
};

const group = strictMap({ group: nameText, model: nameText, phones: z.int().positive(), ...settings });

export const fleetMap = strictMap({
  profile: nameText.default('FLEET-A'),
  phones: z.int().positive().optional(),
  security: nameText.optional(),
  groups: z.array(group).min(1).optional(),
  add: z.array(group).min(1).optional(),
  set: z.array(strictMap({ for: selection, ...settings })).default([]),
});

export type FleetSection = z.output<typeof fleetMap>;
export type GroupSection = NonNullable<FleetSection['groups']>[number];
export type SettingSection = FleetSection['set'][number];
