import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadModels } from '../src/fleet/profiles.js';
import { openVirtualLaboratory, type VirtualLaboratory } from '../src/fleet/virtual-laboratory.js';
import { packageRoot } from '../src/package-root.js';
import { loadScenario, resolveScenarios } from '../src/scenario/catalogue.js';
import { laboratorySpec } from '../src/scenario/laboratory-spec.js';
import type { ScenarioPlan } from '../src/scenario/plan.js';
import type { RunResult } from '../src/scenario/result.js';
import { runScenario } from '../src/scenario/run.js';
import { type BenchReport, type BenchRow, benchRow } from './report.js';
import { tidied } from './tidy.js';

/** Goals of issue 4: seconds on two cores, and octets a phone beyond what phones share. */
const GOALS = { fleetSeconds: 20, octetsAPhone: 2_048, catalogueSeconds: 60 } as const;

const FLEET_PHONES = 100_000;
/** A fleet that differs from it in nothing but its size: what both have is shared. */
const SMALL_FLEET_PHONES = 10_000;
const FLEET_SCENARIO = 'S-03b';

interface Played {
  readonly result: RunResult;
  /** Installation and run together, by the clock on the wall. */
  readonly seconds: number;
  readonly events: number;
  /** Memory of the process above what it had before, octets, at the end. */
  readonly octets: number;
  /** What all threads hold at the end, octets; measured for fleets of a size of their own only. */
  readonly held: number;
}

/** As `--clock virtual` reads it: limits of steps grow with the fleet. */
function virtualPlan(scenario: string): ScenarioPlan {
  const plan = loadScenario(scenario);
  return { ...plan, clock: { ...plan.clock, mode: 'virtual' } };
}

function open(plan: ScenarioPlan, phones: number | undefined): Promise<VirtualLaboratory> {
  const models = loadModels();
  return openVirtualLaboratory(laboratorySpec(plan, models, phones === undefined ? {} : { phones }), {
    models,
    health: plan.health,
    signal: new AbortController().signal,
    ...(phones === undefined ? {} : { shards: Math.min(2, availableParallelism()) }),
  });
}

async function play(scenario: string, phones?: number): Promise<Played> {
  const plan = virtualPlan(scenario);
  const before = process.memoryUsage.rss();
  const began = performance.now();
  const laboratory = await open(plan, phones);
  try {
    const result = await runScenario(plan, laboratory);
    const seconds = (performance.now() - began) / 1000;
    const octets = process.memoryUsage.rss() - before;
    const events = await laboratory.events();
    const held = phones === undefined ? 0 : await laboratory.memory();
    return { result, seconds, events, octets, held };
  } finally {
    await laboratory.close();
  }
}

/** Seconds of the whole command, from the shell and back, run folder included. */
async function playCommand(scenario: string, phones: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'trustfleet-bench-'));
  const main = join(packageRoot(), 'dist', 'src', 'cli', 'main.js');
  const options = ['--phones', String(phones), '--clock', 'virtual', '--out', join(folder, 'run')];
  const began = performance.now();
  const child = spawn(process.execPath, [main, 'run', scenario, ...options], { stdio: 'ignore' });
  return tidied(
    async () => {
      const [code] = (await once(child, 'exit')) as [number | null];
      return code === 0 ? (performance.now() - began) / 1000 : Number.NaN;
    },
    () => {
      child.kill('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  );
}

/**
 * Virtual time against its goals: a fleet of 100,000 phones through the forbidden pair, and the whole catalogue at its size. The
 * limit of a time is its goal, so a ratio of 1 or less meets it.
 */
export async function benchVirtual(onProgress: (line: string) => void): Promise<BenchReport> {
  const rows: BenchRow[] = [];
  const notes: string[] = [];
  const [fleetFile = ''] = resolveScenarios(FLEET_SCENARIO);
  onProgress(`${FLEET_SCENARIO} with ${SMALL_FLEET_PHONES} phones`);
  const small = await play(fleetFile, SMALL_FLEET_PHONES);
  onProgress(`${FLEET_SCENARIO} with ${FLEET_PHONES} phones`);
  const fleet = await play(fleetFile, FLEET_PHONES);
  onProgress(`trustfleet run ${FLEET_SCENARIO} --phones ${FLEET_PHONES}`);
  const command = await playCommand(FLEET_SCENARIO, FLEET_PHONES);
  const own = (fleet.held - small.held) / (FLEET_PHONES - SMALL_FLEET_PHONES);
  rows.push(
    benchRow(`${FLEET_SCENARIO}, ${FLEET_PHONES} phones`, fleet.seconds, 's', GOALS.fleetSeconds),
    benchRow('the same as a command', command, 's', GOALS.fleetSeconds),
    benchRow('events', fleet.events / fleet.seconds, 'events/s'),
    benchRow('memory beyond what is shared', own, 'octets/phone', GOALS.octetsAPhone),
    benchRow('memory, all of the process', fleet.octets / FLEET_PHONES, 'octets/phone'),
  );
  notes.push(
    `${FLEET_SCENARIO}: ${fleet.result.seconds} s of virtual time, ${fleet.events} events`,
    `beyond what is shared: what ${FLEET_PHONES} phones hold more than ${SMALL_FLEET_PHONES} at the end, after a collection`,
  );
  if (!fleet.result.passed) notes.push(`${FLEET_SCENARIO}: ${fleet.result.verdict}`);
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
