import type { FlashStore } from '../../src/fleet/flash-store.js';
import { loadModels } from '../../src/fleet/profiles.js';
import { openVirtualLaboratory } from '../../src/fleet/virtual-laboratory.js';
import { laboratorySpec, type PlanOverrides } from '../../src/scenario/laboratory-spec.js';
import type { ScenarioPlan } from '../../src/scenario/plan.js';
import type { RunResult } from '../../src/scenario/result.js';
import { runScenario } from '../../src/scenario/run.js';

const MODELS = loadModels();

/** Plays a scenario in virtual time to its end. */
export async function playVirtual(
  scenario: ScenarioPlan,
  overrides: PlanOverrides = {},
  shards = 1,
): Promise<RunResult & { readonly flash: FlashStore }> {
  const laboratory = await openVirtualLaboratory(laboratorySpec(scenario, MODELS, overrides), {
    models: MODELS,
    shards,
    health: scenario.health,
    signal: new AbortController().signal,
  });
  try {
    const result = await runScenario(scenario, laboratory);
    return { ...result, flash: await laboratory.flash() };
  } finally {
    await laboratory.close();
  }
}
