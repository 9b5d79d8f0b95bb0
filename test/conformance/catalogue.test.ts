import { beforeAll, describe, expect, it } from 'vitest';
import { loadScenario, resolveScenarios } from '../../src/scenario/catalogue.js';
import { BUILD_TIMEOUT_MS, built } from '../built.js';
import { playVirtual } from '../fleet/virtual-setting.js';

const LIMIT_MS = 120_000;

beforeAll(built, BUILD_TIMEOUT_MS);

/** Whatever stands in profiles/scenarios/. */
const catalogue = resolveScenarios('all').map(loadScenario);

describe('every scenario in virtual time, at its size', () => {
  it.each(catalogue.map((plan) => [plan.name, plan] as const))(
    '%s: every figure as its file has it',
    async (_, plan) => {
      const { ended, expectations, passed, verdict } = await playVirtual(plan);
      expect(expectations.filter((one) => one.judged && !one.passed)).toEqual([]);
      expect({ ended, verdict, passed }).toEqual({
        ended: { by: 'completed' },
        verdict: 'pass',
        passed: true,
      });
      // figures that are only reported (`report: true`, "do not assert") are no expectations
      expect(expectations.filter(({ judged }) => judged).length).toBeGreaterThan(2);
    },
    LIMIT_MS,
  );
});
