import { z } from 'zod';
import type { Load, Selection } from '../fleet/model.js';
import { found, readWith, reportTo } from './problem.js';
import { fleetMap } from './schema-fleet.js';
import { step } from './schema-steps.js';
import { selection } from './selection.js';
import {
  duration,
  nameText,
  oneOfKinds,
  oneOrMany,
  rate,
  ratio,
  release,
  scalar,
  strictMap,
} from './values.js';

/** The scenario file as contracts.md 4 has it, with every default; names are not resolved yet (resolve.ts). */

const MAX_SEED = Number.MAX_SAFE_INTEGER;

/** contracts.md 4, "Top level". */
const MAX_SCALE = 100_000;

const parameters = z.record(z.string(), scalar).default({});

const clusterNode = strictMap({
  name: nameText,
  services: oneOrMany(z.enum(['CallManager', 'TFTP', 'TVS', 'CAPF'])),
});

const clusterMap = strictMap(
  {
    profile: nameText.optional(),
    mode: z.enum(['non-secure', 'mixed']).default('non-secure'),
    tokens: oneOrMany(nameText).default([]),
    parameters,
    nodes: z.array(clusterNode).min(1).optional(),
  },
  'cluster',
);

/** A name stands for `{ profile: NAME }`. */
function nameOr<T>(map: z.ZodType<T>, what: string): z.ZodType<T> {
  return z.unknown().transform((value, context): T => {
    const report = reportTo(context);
    if (typeof value === 'string') return readWith(map, { profile: value }, report) ?? z.NEVER;
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      report([], `found ${found(value)}, expected the name of ${what}, or a map`);
      return z.NEVER;
    }
    return readWith(map, value, report) ?? z.NEVER;
  });
}

const state = z.enum(['healthy', 'factory']);

const start = z
  .unknown()
  .transform((value, context): { state: 'healthy' | 'factory'; off: Selection | null } => {
    const report = reportTo(context);
    if (typeof value !== 'object' || value === null) {
      const read = readWith(state, value, report);
      return read === undefined ? z.NEVER : { state: read, off: null };
    }
    const read = readWith(strictMap({ state, off: selection.optional() }), value, report);
    return read === undefined ? z.NEVER : { state: read.state, off: read.off ?? null };
  });

const load = oneOfKinds<Load>('a load', {
  concurrency: strictMap({ concurrency: z.int().positive() }),
  rate: strictMap({ rate }),
  ramp: strictMap({ ramp: strictMap({ from: rate, to: rate, over: duration }) }).transform(
    ({ ramp }): Load => ({ ramp: { from: ramp.from, to: ramp.to, overSeconds: ramp.over / 1000 } }),
  ),
});

const health = strictMap({
  'event-loop-delay': duration.default(100),
  'late-actions': ratio.default(0.01),
  'datagrams-lost': ratio.default(0.001),
  'open-files': ratio.default(0.9),
  memory: ratio.default(0.9),
}).transform((value) => ({
  eventLoopDelaySeconds: value['event-loop-delay'] / 1000,
  lateActionsRatio: value['late-actions'],
  datagramsLostRatio: value['datagrams-lost'],
  openFilesRatio: value['open-files'],
  memoryRatio: value.memory,
}));

export const scenarioSchema = strictMap(
  {
    name: nameText,
    about: z.string().default(''),
    origin: nameText.default(''),
    release: release.default('12.5(1)'),
    seed: z.int().min(0).max(MAX_SEED).default(1),
    cluster: nameOr(clusterMap, 'a cluster profile').prefault('CL-3'),
    fleet: nameOr(fleetMap, 'a fleet profile').prefault('FLEET-A'),
    start: start.default({ state: 'healthy', off: null }),
    knobs: z.record(z.string(), scalar).default({}),
    clock: strictMap({
      mode: z.enum(['network', 'virtual']).default('network'),
      scale: z.number().min(1).max(MAX_SCALE).default(1),
    }).prefault({}),
    load: load.default({ concurrency: 200 }),
    health: health.prefault({}),
    steps: z.array(step).min(1),
  },
  'scenario',
);

export type ScenarioFile = z.output<typeof scenarioSchema>;
export type ClusterSection = ScenarioFile['cluster'];
