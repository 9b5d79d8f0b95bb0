import type { ScenarioPlan } from '../../src/scenario/plan.js';
import { readScenario } from '../../src/scenario/read.js';

/** A plan of 100 phones with these steps, read as from a file. */
export function planOf(steps: string, head = ''): ScenarioPlan {
  return readScenario(`name: test\nfleet: { phones: 100 }\n${head}steps:\n${steps}`, 'test.yaml');
}
