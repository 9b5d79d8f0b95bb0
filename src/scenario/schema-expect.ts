import { z } from 'zod';
import type {
  ArtefactExpectation,
  Bound,
  CountExpectation,
  Expectation,
  HeldExpectation,
  Split,
  TimeExpectation,
  TimeLimit,
} from './plan.js';
import { found, reportTo } from './problem.js';
import {
  duration,
  figure,
  nameText,
  oneOfKinds,
  oneOrMany,
  parseDuration,
  scalar,
  strictMap,
} from './values.js';

/** Expectations as the file has them; `line` is filled in by read.ts, which knows positions. */

const about = z.string().min(1).optional();

/** Label values; YAML takes `code: 8` for a number. */
const labelText = scalar.transform(String);
const where = z.record(z.string(), oneOrMany(labelText)).default({});
const by = z.record(z.string(), z.record(z.string(), figure)).default({});

/** `report: true`: the figure is shown and not asserted; what is expected may be left out. */
const report = z.literal(true).optional();

const bounds = { is: figure.optional(), atLeast: figure.optional(), atMost: figure.optional(), by, report };

type Bounds = z.output<z.ZodObject<typeof bounds>>;

function boundOf(value: Bounds): Bound {
  return {
    ...(value.is === undefined ? {} : { is: value.is }),
    ...(value.atLeast === undefined ? {} : { atLeast: value.atLeast }),
    ...(value.atMost === undefined ? {} : { atMost: value.atMost }),
  };
}

function splitsOf(value: Bounds): Split[] {
  return Object.entries(value.by).map(([label, figures]) => ({
    label,
    figures: Object.entries(figures).map(([name, is]) => ({ value: name, is })),
  }));
}

/** A bound that says nothing, or two that no figure can keep. */
function checkBounds(value: Bounds, context: z.core.$RefinementCtx): void {
  const fault = reportTo(context);
  const { is, atLeast, atMost } = value;
  if (
    value.report === undefined &&
    is === undefined &&
    atLeast === undefined &&
    atMost === undefined &&
    Object.keys(value.by).length === 0
  ) {
    fault([], 'found no figure, expected is, atLeast, atMost or by, or report: true to show what comes');
  }
  if (is !== undefined && (atLeast !== undefined || atMost !== undefined)) {
    fault([atLeast === undefined ? 'atMost' : 'atLeast'], 'found beside "is", expected one of them', 'key');
  }
  if (typeof atLeast === 'number' && typeof atMost === 'number' && atLeast > atMost) {
    fault(['atMost'], `found ${atMost}, expected at least ${atLeast} (atLeast): no figure fits both`);
  }
}

function conditions(labels: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(labels)
    .map(([label, values]) => ` ${label} ${values.map((value) => value || '""').join('|')}`)
    .join(',');
}

const countExpectation: z.ZodType<CountExpectation> = strictMap({
  count: z.string(),
  where,
  ...bounds,
  about,
})
  .superRefine(checkBounds)
  .transform((value) => ({
    kind: 'count' as const,
    counter: value.count,
    where: value.where,
    report: value.report ?? false,
    bound: boundOf(value),
    by: splitsOf(value),
    about: value.about ?? value.count + conditions(value.where),
    line: 0,
  }));

const HELD_WORDS = {
  served: 'as their TFTP node serves it now',
  start: 'as when the run began',
  none: 'not installed',
  blank: 'blank',
} as const;

const heldExpectation: z.ZodType<HeldExpectation> = strictMap({
  held: z.enum(['ctl', 'itl']),
  of: z.enum(['served', 'start', 'none', 'blank']),
  where,
  ...bounds,
  about,
})
  .superRefine(checkBounds)
  .transform((value) => ({
    kind: 'held' as const,
    list: value.held,
    of: value.of,
    where: value.where,
    report: value.report ?? false,
    bound: boundOf(value),
    by: splitsOf(value),
    about:
      value.about ??
      `phones whose ${value.held.toUpperCase()} is ${HELD_WORDS[value.of]}${conditions(value.where)}`,
    line: 0,
  }));

/** null is a value, too: a record without certificate. */
const fieldValue = z.union([z.string(), z.number(), z.boolean(), z.null()], {
  error: (issue) => `found ${found(issue.input)}, expected a text, a number, true, false or null`,
});

const artefactExpectation: z.ZodType<ArtefactExpectation> = strictMap({
  artefact: z.string().min(1),
  node: nameText,
  where: z.record(z.string(), labelText).default({}),
  field: z.string().min(1),
  is: fieldValue,
  about,
}).transform((value) => {
  const records = Object.entries(value.where).map(([field, is]) => ` where ${field} is ${is}`);
  return {
    kind: 'artefact' as const,
    file: value.artefact,
    node: value.node,
    where: value.where,
    field: value.field,
    is: value.is,
    about: value.about ?? `${value.field} of ${value.artefact} on ${value.node}${records.join(',')}`,
    line: 0,
  };
});

const TIME_LIMIT = /^(<=?|>=?)\s*(.+)$/;

const timeLimit = z.unknown().transform((value, context): Omit<TimeLimit, 'of'> => {
  const match = typeof value === 'string' ? TIME_LIMIT.exec(value.trim()) : null;
  const ms = match === null ? undefined : parseDuration(match[2] ?? '');
  if (match === null || ms === undefined) {
    reportTo(context)([], `found ${found(value)}, expected a comparison with a time such as "< 60s"`);
    return z.NEVER;
  }
  return { comparison: match[1] as TimeLimit['comparison'], seconds: ms / 1000 };
});

/** Words of `time:`; the histograms of contracts.md 3 without `_seconds`. */
const TIMINGS = ['boot', 'transfer', 'verify', 'tvs', 'capf', 'register'] as const;
const PERCENTILES = ['p50', 'p90', 'p99', 'max'] as const;

const timeExpectation: z.ZodType<TimeExpectation> = strictMap({
  time: z.enum(TIMINGS),
  where,
  p50: timeLimit.optional(),
  p90: timeLimit.optional(),
  p99: timeLimit.optional(),
  max: timeLimit.optional(),
  about,
})
  .superRefine((value, context) => {
    if (PERCENTILES.every((of) => value[of] === undefined))
      reportTo(context)([], `found no limit, expected ${PERCENTILES.join(', ')}`);
  })
  .transform((value) => ({
    kind: 'time' as const,
    timing: value.time,
    where: value.where,
    limits: PERCENTILES.flatMap((of) => {
      const limit = value[of];
      return limit === undefined ? [] : [{ of, ...limit }];
    }),
    about: value.about ?? `time ${value.time}${conditions(value.where)}`,
    line: 0,
  }));

/** One asserted figure (contracts.md 4, "Steps"). */
export const expectation = oneOfKinds<Expectation>('an expectation', {
  count: countExpectation,
  held: heldExpectation,
  artefact: artefactExpectation,
  time: timeExpectation,
});

/** `wait: { until: …, limit: 60s }`. */
export const waitUntil = strictMap({ until: countExpectation, limit: duration });
