import { z } from 'zod';
import type { PhoneAction, Selection } from '../fleet/model.js';
import { PHONE_SERVICES } from '../phone/decide/service.js';
import type { Step } from './plan.js';
import { found, isMap, readWith, reportTo } from './problem.js';
import { expectation, waitUntil } from './schema-expect.js';
import { fault } from './schema-fault.js';
import { operate } from './schema-operate.js';
import { selection } from './selection.js';
import { duration, nameText, oneOfKinds, oneOrMany, strictMap, tftpNodes } from './values.js';

/** How long a `phones:` step waits for the last outcome where the file does not say. */
export const DEFAULT_LIMIT_MS = 300_000;

const about = z.string().min(1).optional();
const limit = duration.optional();
const unfinished = z.enum(['allowed', 'refused']).optional();
/** How a `phones:` step ends; in the map of its action or beside it. */
const ending = { limit, unfinished };
const refused = z.string().min(1).optional();

interface Ending {
  readonly limit?: number | undefined;
  readonly unfinished?: 'allowed' | 'refused' | undefined;
}

interface Phones extends Ending {
  readonly action: PhoneAction;
  readonly of: Selection;
  readonly about: string;
}

const PLAIN_ACTIONS = ['power-on', 'power-off', 'reset', 'restart', 'factory-reset'] as const;

function plainAction(action: (typeof PLAIN_ACTIONS)[number]): z.ZodType<Phones> {
  const shape: Record<string, z.ZodType> = { [action]: selection, ...ending };
  return strictMap(shape).transform((value) => {
    const of = value[action] as Selection;
    return { action: { action }, of, about: `${action} ${phonesText(of)}`, ...endingOf(value) };
  });
}

function endingOf({ limit: ms, unfinished: left }: Ending): Ending {
  return { limit: ms, unfinished: left };
}

const ALL_PHONES: Selection = { kind: 'all' };

function phonesText(of: Selection): string {
  return of.kind === 'all' ? 'all phones' : 'selected phones';
}

/** Digits that fit on the phone's screen. */
const MAX_TYPED = 15;

/** What a user types, right or wrong, also as `{ string: … }`; in quotes, for YAML takes 0815 for a number. */
const typed = z.unknown().transform((value, context): string => {
  const isInMap = isMap(value) && Object.keys(value).join() === 'string';
  const text = isInMap ? value.string : value;
  if (typeof text === 'string' && text.length > 0 && text.length <= MAX_TYPED) return text;
  reportTo(context)(
    isInMap ? ['string'] : [],
    `found ${found(text)}, expected 1 to ${MAX_TYPED} characters in quotes, e.g. "12345"`,
  );
  return z.NEVER;
});

/** Other TFTP servers. Which of the names are clusters is known once those are read (read.ts). */
const retarget = strictMap({
  tftp: tftpNodes,
  by: z.enum(['dhcp', 'hand']).default('dhcp'),
  lists: z.enum(['keep', 'erase']).optional(),
})
  .superRefine(({ by, lists }, context) => {
    if (by === 'dhcp' && lists !== undefined)
      reportTo(context)(
        ['lists'],
        'found an answer that nobody is asked for, expected by: hand beside it',
        'key',
      );
  })
  .transform(
    ({ tftp, by, lists }): Retarget => ({
      action: 'retarget',
      tftp: { nodes: tftp },
      by,
      lists: lists ?? 'keep',
    }),
  );

type Retarget = Extract<PhoneAction, { action: 'retarget' }>;

const phones = oneOfKinds<Phones>('an action on phones', {
  ...Object.fromEntries(PLAIN_ACTIONS.map((action) => [action, plainAction(action)])),
  erase: strictMap({
    erase: z.enum(['ctl', 'itl', 'both']),
    of: selection.default(ALL_PHONES),
    ...ending,
  }).transform((value) => ({
    action: { action: 'erase' as const, what: value.erase },
    of: value.of,
    about: `erase ${value.erase === 'both' ? 'CTL and ITL' : value.erase.toUpperCase()} on ${phonesText(value.of)}`,
    ...endingOf(value),
  })),
  type: strictMap({ type: typed, of: selection.default(ALL_PHONES), ...ending }).transform((value) => ({
    action: { action: 'type' as const, string: value.type },
    of: value.of,
    about: `type ${value.type} on ${phonesText(value.of)}`,
    ...endingOf(value),
  })),
  open: strictMap({
    open: strictMap({ service: z.enum(PHONE_SERVICES) }),
    of: selection.default(ALL_PHONES),
    ...ending,
  }).transform((value) => ({
    action: { action: 'open' as const, service: value.open.service },
    of: value.of,
    about: `open ${value.open.service} on ${phonesText(value.of)}`,
    ...endingOf(value),
  })),
  retarget: strictMap({ retarget, of: selection.default(ALL_PHONES), ...ending }).transform(
    ({ retarget: action, of, ...ends }) => ({
      action,
      of,
      about: `${action.by === 'hand' ? 'type' : 'give'} other TFTP servers ${action.by === 'hand' ? 'on' : 'to'} ${phonesText(of)}`,
      ...endingOf(ends),
    }),
  ),
});

/** A step without its number and position, which read.ts adds. */
type Unplaced<S> = S extends Step ? Omit<S, 'step' | 'line'> : never;
export type StepBody = Unplaced<Step>;

/** One value given twice: in the verb's map and beside it. */
function once<T>(
  inner: T | undefined,
  outer: T | undefined,
  key: string,
  context: z.core.$RefinementCtx,
): T | undefined {
  if (inner !== undefined && outer !== undefined)
    reportTo(context)([key], `found "${key}" twice, expected it once`, 'key');
  return inner ?? outer;
}

const wait = z.unknown().transform((value, context): StepBody => {
  const report = reportTo(context);
  if (isMap(value)) {
    const read = readWith(waitUntil, value, report);
    if (read === undefined) return z.NEVER;
    return {
      kind: 'wait-until',
      until: read.until,
      limitMs: read.limit,
      about: `wait until ${read.until.about}`,
    };
  }
  const ms = readWith(duration, value, report);
  return ms === undefined ? z.NEVER : { kind: 'wait', ms, about: `wait ${String(value)}` };
});

const expectations = z.unknown().transform((value, context): StepBody => {
  const report = reportTo(context);
  if (!Array.isArray(value) && !isMap(value)) {
    report([], `found ${found(value)}, expected a list of expectations`);
    return z.NEVER;
  }
  const read = readWith(oneOrMany(expectation), value, report);
  return read === undefined
    ? z.NEVER
    : {
        kind: 'expect',
        expectations: read,
        about: read.length === 1 ? '1 expectation' : `${read.length} expectations`,
      };
});

/** A step: a map with one verb (contracts.md 4, "Steps"). */
export const step = oneOfKinds<StepBody>('a step', {
  operate: strictMap({ operate, cluster: nameText.optional(), refused, about }).transform(
    (value, context) => {
      const cluster = once(value.operate.cluster ?? undefined, value.cluster, 'cluster', context) ?? null;
      return {
        kind: 'operate' as const,
        cluster,
        operations: value.operate.operations,
        refused: once(value.operate.refused, value.refused, 'refused', context) ?? null,
        about: value.about ?? (cluster === null ? '' : `${cluster}: `) + value.operate.about,
      };
    },
  ),
  phones: strictMap({ phones, ...ending, about }).transform((value, context) => ({
    kind: 'phones' as const,
    action: value.phones.action,
    of: value.phones.of,
    unfinished: once(value.phones.unfinished, value.unfinished, 'unfinished', context) ?? 'refused',
    limitMs: once(value.phones.limit, value.limit, 'limit', context) ?? DEFAULT_LIMIT_MS,
    about: value.about ?? value.phones.about,
  })),
  fault: strictMap({ fault, about }).transform((value) => ({
    kind: 'fault' as const,
    fault: value.fault.fault,
    about: value.about ?? value.fault.about,
  })),
  wait: strictMap({ wait, about }).transform((value) => ({
    ...value.wait,
    about: value.about ?? value.wait.about,
  })),
  mark: strictMap({ mark: nameText, about }).transform((value) => ({
    kind: 'mark' as const,
    name: value.mark,
    about: value.about ?? `mark ${value.mark}`,
  })),
  expect: strictMap({ expect: expectations, about }).transform((value) => ({
    ...value.expect,
    about: value.about ?? value.expect.about,
  })),
});
