import { createServer } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { openNetworkLaboratory } from '../../src/fleet/network-laboratory.js';
import type { NetworkLaboratory } from '../../src/fleet/network-workers.js';
import { loadModels } from '../../src/fleet/profiles.js';
import { laboratorySpec, type PlanOverrides } from '../../src/scenario/laboratory-spec.js';
import type { ScenarioPlan } from '../../src/scenario/plan.js';
import { readScenario } from '../../src/scenario/read.js';
import type { RunResult } from '../../src/scenario/result.js';
import { runScenario } from '../../src/scenario/run.js';

const MODELS = loadModels();

/** A scenario as it stands in a file. */
export function plan(text: string): ScenarioPlan {
  return readScenario(text, 'inline.yaml');
}

/** The laboratory of a scenario, with workers, its cluster from the address `bind` on. */
export function openLaboratory(
  scenario: ScenarioPlan,
  bind: string,
  options: { readonly shards?: number; readonly logs?: boolean } = {},
): Promise<NetworkLaboratory> {
  return openNetworkLaboratory(laboratorySpec(scenario, MODELS, { bind }), {
    models: MODELS,
    shards: 1,
    health: scenario.health,
    signal: new AbortController().signal,
    ...options,
  });
}

/** Plays a scenario over sockets to its end. */
export async function play(text: string, bind: string): Promise<RunResult> {
  return playPlan(plan(text), { bind });
}

/** Plays a scenario that was read over sockets to its end. */
export async function playPlan(scenario: ScenarioPlan, overrides: PlanOverrides): Promise<RunResult> {
  const spec = laboratorySpec(scenario, MODELS, overrides);
  const usesIpv6 = spec.devices.some(({ kind }) => kind.ip.addresses.includes('ipv6'));
  const release = usesIpv6 ? await turnAtIpv6() : undefined;
  try {
    const laboratory = await openNetworkLaboratory(spec, {
      models: MODELS,
      shards: 1,
      health: scenario.health,
      signal: new AbortController().signal,
    });
    try {
      return await runScenario(scenario, laboratory);
    } finally {
      await laboratory.close();
    }
  } finally {
    release?.();
  }
}

/** Nobody else listens there. */
const TURN = { host: '127.35.255.254', port: 39_804 };
const TURN_POLL_MS = 250;

/**
 * IPv6 has one loopback address, so all clusters have their CAPF at one port of it: a run waits until those of other test files
 * are over. The function returned ends its turn.
 */
async function turnAtIpv6(): Promise<() => void> {
  for (;;) {
    const turn = createServer();
    const isOurs = await new Promise<boolean>((resolve) => {
      turn.once('error', () => resolve(false));
      turn.listen(TURN, () => resolve(true));
    });
    if (isOurs) return () => turn.close();
    await setTimeout(TURN_POLL_MS);
  }
}

/** What did not hold, or was not even judged, as text; empty in a good run. */
export function unmet({ ended, expectations }: RunResult): string[] {
  const failed = expectations
    .filter(({ passed, judged }) => !(passed && judged))
    .map(({ line, about, expected, actual }) => {
      return `line ${line} ${about}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual)}`;
    });
  return ended.by === 'completed' ? failed : [JSON.stringify(ended), ...failed];
}
