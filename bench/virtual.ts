import { availableParallelism } from 'node:os';
import { loadModels } from '../src/fleet/profiles.js';
import { openVirtualLaboratory } from '../src/fleet/virtual-laboratory.js';
import { loadScenario, resolveScenarios } from '../src/scenario/catalogue.js';
import { laboratorySpec } from '../src/scenario/laboratory-spec.js';
import type { RunResult } from '../src/scenario/result.js';
import { runScenario } from '../src/scenario/run.js';
import { type BenchReport, type BenchRow, benchRow } from './report.js';

/** Goals of issue 4: seconds on two cores, and octets a phone beyond what phones share. */
const GOALS = { fleetSeconds: 20, octetsAPhone: 2_048, catalogueSeconds: 60 } as const;

const FLEET_PHONES = 100_000;
const FLEET_SCENARIO = 'S-03b';

interface Played {
  readonly result: RunResult;
  /** Installation and run together, by the clock on the wall. */
  readonly seconds: number;
  readonly events: number;
  /** Memory of the process above what it had before, octets, at the end. */
  readonly octets: number;
}

async function play(scenario: string, phones?: number): Promise<Played> {
  const plan = loadScenario(scenario);
  const models = loadModels();
  const spec = laboratorySpec(plan, models, phones === undefined ? {} : { phones });
  const before = process.memoryUsage.rss();
  const began = performance.now();
  const laboratory = await openVirtualLaboratory(spec, {
    models,
    health: plan.health,
    signal: new AbortController().signal,
  });
  try {
    const result = await runScenario(plan, laboratory);
    const seconds = (performance.now() - began) / 1000;
    const octets = process.memoryUsage.rss() - before;
    return { result, seconds, events: await laboratory.events(), octets };
  } finally {
    await laboratory.close();
  }
}

/**
 * Virtual time against its goals: a fleet of 100,000 phones through the forbidden pair, and the whole catalogue at its size. The
 * limit of a time is its goal, so a ratio of 1 or less meets it.
 */
export async function benchVirtual(onProgress: (line: string) => void): Promise<BenchReport> {
  const rows: BenchRow[] = [];
  const notes: string[] = [];
  const [fleetFile = ''] = resolveScenarios(FLEET_SCENARIO);
  onProgress(`${FLEET_SCENARIO} with ${FLEET_PHONES} phones`);
  const fleet = await play(fleetFile, FLEET_PHONES);
  rows.push(
    benchRow(`${FLEET_SCENARIO}, ${FLEET_PHONES} phones`, fleet.seconds, 's', GOALS.fleetSeconds),
    benchRow('events', fleet.events / fleet.seconds, 'events/s'),
    benchRow('memory, all of the process', fleet.octets / FLEET_PHONES, 'octets/phone', GOALS.octetsAPhone),
  );
  notes.push(`${FLEET_SCENARIO}: ${fleet.result.seconds} s of virtual time, ${fleet.events} events`);
  let seconds = 0;
  let events = 0;
  for (const file of resolveScenarios('all')) {
    const plan = loadScenario(file);
    onProgress(plan.name);
    const played = await play(file);
    seconds += played.seconds;
    events += played.events;
    if (!played.result.passed) notes.push(`${plan.name}: ${played.result.verdict}`);
  }
  rows.push(
    benchRow('the catalogue at its size', seconds, 's', GOALS.catalogueSeconds),
    benchRow('events', events / seconds, 'events/s'),
  );
  notes.push(
    `${availableParallelism()} cores; installation of the clusters included; limits are the goals of the project`,
  );
  return { name: 'virtual', rows, notes };
}
