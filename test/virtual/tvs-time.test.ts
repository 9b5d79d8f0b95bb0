import { beforeAll, describe, expect, it } from 'vitest';
import { readScenario } from '../../src/scenario/read.js';
import type { RunResult } from '../../src/scenario/result.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { playVirtual } from '../fleet/virtual-setting.js';

/** One CallManager renewed in 11.5: every phone asks TVS once, and nobody else is in its way. */
const SCENARIO = `name: one-question
release: "11.5(1)"
cluster: CL-1
fleet:
  groups:
    - { group: OLD, model: "7975", phones: 2, tftp: PUB, callManagerGroup: PUB }
    - { group: NEW, model: "8861", phones: 2, tftp: PUB, callManagerGroup: PUB }
load: { concurrency: 1 }
steps:
  - operate: { regenerate: CallManager, nodes: all }
  - operate: { restart: [CallManager, TFTP], nodes: all }
  - phones: { reset: all }
`;

let result: RunResult;

beforeAll(async () => {
  await built();
  result = await playVirtual(readScenario(SCENARIO, 'one-question.yaml'));
}, BUILD_TIMEOUT_MS);

describe('time of a question to TVS in virtual time, R-47', () => {
  it.each([
    ['8861', 0.52],
    ['7975', 0.27],
  ])('%s: %f s', (model, seconds) => {
    const timings = result.snapshot.timings.filter(
      ({ name, labels }) => name === 'tvs_seconds' && labels.model === model,
    );
    expect(timings).toHaveLength(1);
    const asked = timings.reduce((sum, { buckets }) => sum + buckets.reduce((all, one) => all + one, 0), 0);
    expect(asked).toBe(2);
    expect((timings[0]?.sumSeconds ?? 0) / asked).toBeGreaterThanOrEqual(seconds - 0.001);
    expect((timings[0]?.sumSeconds ?? 0) / asked).toBeLessThan(seconds * 1.1);
  });
});
