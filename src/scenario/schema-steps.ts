import { z } from 'zod';
import type {
  CertificatePurpose,
  NodeChoice,
  Operation,
  ServiceFault,
  ServiceName,
} from '../cluster/operation.js';
import type { PhoneAction, Selection } from '../fleet/model.js';
import type { Step } from './plan.js';
import { found, isMap, readWith, reportTo } from './problem.js';
import { expectation, waitUntil } from './schema-expect.js';
import { selection } from './selection.js';
import { duration, nameText, oneOfKinds, oneOrMany, scalar, strictMap } from './values.js';

/** How long a `phones:` step waits for the last outcome where the file does not say. */
export const DEFAULT_LIMIT_MS = 300_000;

const PURPOSES = [
  'CallManager',
  'TVS',
  'CAPF',
  'ITLRecovery',
  'tomcat',
  'ipsec',
] as const satisfies readonly CertificatePurpose[];
const SERVICES = [
  'TFTP',
  'CallManager',
  'TVS',
  'CAPF',
  'CTIManager',
  'HAProxy',
  'Tomcat',
  'DRF',
] as const satisfies readonly ServiceName[];

const ALL_NODES: NodeChoice = 'all';

/** `all`, one node or a list of nodes. */
const nodes = z.unknown().transform((value, context): NodeChoice => {
  if (value === 'all') return ALL_NODES;
  return readWith(oneOrMany(nameText), value, reportTo(context)) ?? z.NEVER;
});

const services = oneOrMany(z.enum(SERVICES));
const about = z.string().min(1).optional();
const limit = duration.optional();
const refused = z.string().min(1).optional();

function nodesText(choice: NodeChoice): string {
  return choice === 'all' ? 'on all nodes' : `on ${choice.join(', ')}`;
}

interface Operate {
  readonly operations: readonly Operation[];
  readonly about: string;
  readonly refused: string | undefined;
}

/** The verbs of contracts.md 4, "Steps"; `refused` may stand in the verb's map or beside `operate:`. */
const operate = oneOfKinds<Operate>(
  'an operation',
  {
    regenerate: strictMap(
      { regenerate: z.enum(PURPOSES), nodes: nodes.default(ALL_NODES), refused },
      'operate',
    ).transform((value) => ({
      operations: [{ op: 'regenerate' as const, purpose: value.regenerate, nodes: value.nodes }],
      about: `regenerate ${value.regenerate} ${nodesText(value.nodes)}`,
      refused: value.refused,
    })),
    restart: strictMap({ restart: services, nodes: nodes.default(ALL_NODES), refused }, 'operate').transform(
      (value) => ({
        operations: [{ op: 'restart' as const, services: value.restart, nodes: value.nodes }],
        about: `restart ${value.restart.join(', ')} ${nodesText(value.nodes)}`,
        refused: value.refused,
      }),
    ),
    'set-cluster': strictMap(
      { 'set-cluster': z.enum(['mixed-mode', 'non-secure-mode']), refused },
      'operate',
    ).transform((value) => ({
      operations: [{ op: 'set-cluster' as const, mode: value['set-cluster'] }],
      about: `utils ctl set-cluster ${value['set-cluster']}`,
      refused: value.refused,
    })),
    'update-ctl': strictMap({ 'update-ctl': z.literal('cli'), refused }, 'operate').transform((value) => ({
      operations: [{ op: 'update-ctl' as const }],
      about: 'utils ctl update CTLFile',
      refused: value.refused,
    })),
    parameter: strictMap({ parameter: z.record(z.string(), scalar), refused }, 'operate')
      .superRefine((value, context) => {
        if (Object.keys(value.parameter).length === 0)
          reportTo(context)(['parameter'], 'found an empty map, expected a parameter and its value');
      })
      .transform((value) => {
        const entries = Object.entries(value.parameter);
        return {
          operations: entries.map(([name, set]) => ({ op: 'parameter' as const, name, value: set })),
          about: `set ${entries.map(([name, set]) => `${name} = ${set}`).join(', ')}`,
          refused: value.refused,
        };
      }),
  },
  'operate',
);

interface Phones {
  readonly action: PhoneAction;
  readonly of: Selection;
  readonly about: string;
  readonly limit: number | undefined;
}

const PLAIN_ACTIONS = ['power-on', 'power-off', 'reset', 'restart', 'factory-reset'] as const;

function plainAction(action: (typeof PLAIN_ACTIONS)[number]): z.ZodType<Phones> {
  return strictMap({ [action]: selection, limit }, 'phones').transform((value) => {
    const of = value[action] as Selection;
    return {
      action: { action },
      of,
      about: `${action} ${of.kind === 'all' ? 'all phones' : 'selected phones'}`,
      limit: value.limit as number | undefined,
    };
  });
}

const ALL_PHONES: Selection = { kind: 'all' };

const phones = oneOfKinds<Phones>(
  'an action on phones',
  {
    ...Object.fromEntries(PLAIN_ACTIONS.map((action) => [action, plainAction(action)])),
    erase: strictMap(
      { erase: z.enum(['ctl', 'itl', 'both']), of: selection.default(ALL_PHONES), limit },
      'phones',
    ).transform((value) => ({
      action: { action: 'erase' as const, what: value.erase },
      of: value.of,
      about: `erase ${value.erase === 'both' ? 'CTL and ITL' : value.erase.toUpperCase()} on ${value.of.kind === 'all' ? 'all phones' : 'selected phones'}`,
      limit: value.limit,
    })),
  },
  'phones',
);

interface Fault {
  readonly fault: ServiceFault | { readonly clear: 'all' };
  readonly about: string;
}

const fault = oneOfKinds<Fault>(
  'a fault',
  {
    stop: strictMap({ stop: services, nodes: nodes.default(ALL_NODES) }, 'fault').transform((value) => ({
      fault: value,
      about: `stop ${value.stop.join(', ')} ${nodesText(value.nodes)}`,
    })),
    start: strictMap({ start: services, nodes: nodes.default(ALL_NODES) }, 'fault').transform((value) => ({
      fault: value,
      about: `start ${value.start.join(', ')} ${nodesText(value.nodes)}`,
    })),
    clear: strictMap({ clear: z.literal('all') }, 'fault').transform((value) => ({
      fault: value,
      about: 'clear all faults',
    })),
  },
  'fault',
);

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
    : { kind: 'expect', expectations: read, about: `${read.length} expectations` };
});

/** A step: a map with one verb (contracts.md 4, "Steps"). */
export const step = oneOfKinds<StepBody>('a step', {
  operate: strictMap({ operate, refused, about }).transform((value, context) => ({
    kind: 'operate' as const,
    operations: value.operate.operations,
    refused: once(value.operate.refused, value.refused, 'refused', context) ?? null,
    about: value.about ?? value.operate.about,
  })),
  phones: strictMap({ phones, limit, about }).transform((value, context) => ({
    kind: 'phones' as const,
    action: value.phones.action,
    of: value.phones.of,
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
