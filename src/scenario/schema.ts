import { z } from 'zod';
import type { Load, Selection } from '../fleet/model.js';
import { readWith, reportTo } from './problem.js';
import { cluster, clusters } from './schema-clusters.js';
import { fleetMap } from './schema-fleet.js';
import { step } from './schema-steps.js';
import { virtual } from './schema-virtual.js';
import { selection } from './selection.js';
import { duration, nameOr, nameText, oneOfKinds, rate, ratio, release, scalar, strictMap } from './values.js';

/** The scenario file as contracts.md 4 has it, with every default; names are not resolved yet (resolve.ts). */

const MAX_SEED = 0xffff_ffff;

/** contracts.md 4, "Top level". */
const MAX_SCALE = 100_000;

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

export const scenarioSchema = strictMap({
  name: nameText,
  about: z.string().default(''),
  origin: nameText.default(''),
  release: release.default('12.5(1)'),
  seed: z.int().min(0).max(MAX_SEED).default(1),
  cluster: cluster.optional(),
  clusters: clusters.optional(),
  fleet: nameOr(fleetMap, 'a fleet profile').prefault('FLEET-A'),
  keys: z.enum(['pooled', 'fresh']).default('pooled'),
  start: start.default({ state: 'healthy', off: null }),
  knobs: z.record(z.string(), scalar).default({}),
  clock: strictMap({
    mode: z.enum(['network', 'virtual']).default('network'),
    scale: z.number().min(1).max(MAX_SCALE).default(1),
  }).prefault({}),
  virtual: virtual.prefault({}),
  load: load.default({ concurrency: 200 }),
  health: health.prefault({}),
  calibrate: z.enum(['handshakes', 'none']).default('none'),
  steps: z.array(step).min(1),
}).superRefine((value, context) => {
  if (value.cluster !== undefined && value.clusters !== undefined)
    reportTo(context)(['clusters'], 'found beside "cluster", expected one of them', 'key');
});

export type ScenarioFile = z.output<typeof scenarioSchema>;
