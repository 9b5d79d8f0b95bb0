import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { externalPlaces } from '../cluster/external.js';
import type { Dashboard, WatchedRun } from '../dashboard/dashboard.js';
import { TrustfleetError } from '../errors.js';
import type { PhoneKeys } from '../fleet/lsc-keys.js';
import type { LaboratorySpec } from '../fleet/plan.js';
import { loadModels } from '../fleet/profiles.js';
import type { Cidr } from '../net/addresses.js';
import { openKeylogFile } from '../net/tls-keylog.js';
import { counted } from '../observe/figure-text.js';
import { createExposition } from '../observe/prometheus.js';
import { type MetricsServer, startMetricsServer } from '../report/metrics-server.js';
import { paintFor } from '../report/paint.js';
import { Progress, watch } from '../report/progress.js';
import { makeDefaultRunFolder, makeRunFolder, writeRunFolder } from '../report/run-folder.js';
import { writeRunPlan } from '../report/run-plan.js';
import type { RunFacts, Summary } from '../report/summary.js';
import { clustersText } from '../report/verdict-sentence.js';
import { severalVerdicts, verdictLine, verdictText } from '../report/verdict-text.js';
import { DEFAULT_SCENARIO, loadScenario, resolveScenarios } from '../scenario/catalogue.js';
import { checkTargets, laboratorySpec } from '../scenario/laboratory-spec.js';
import {
  checkFleetSize,
  openLaboratory,
  type RunLaboratory,
  withClock,
} from '../scenario/open-laboratory.js';
import type { ScenarioPlan } from '../scenario/plan.js';
import { exitCodeOfRun, gravestExitCode, type RunResult } from '../scenario/result.js';
import { runScenario } from '../scenario/run.js';
import { resultWithoutStart } from '../scenario/run-end.js';
import { EXIT, type ExitCode, exitCodeOf, print, printError, printJson, runCommand } from './io.js';
import { type DashboardRequest, openDashboard, showEnding, watchRun } from './run-dashboard.js';
import {
  dashboardEndpoint,
  type Endpoint,
  metricsEndpoint,
  phoneCount,
  seedNumber,
  targetRange,
  workerCount,
} from './run-options.js';
import { stopOnSignal } from './stop-signal.js';
import { packageVersion } from './version.js';

interface RunCommandOptions extends DashboardRequest {
  readonly phones?: number;
  readonly seed?: number;
  readonly workers?: number;
  readonly clock?: 'network' | 'virtual';
  readonly only?: string;
  readonly bind?: string;
  readonly keys?: PhoneKeys;
  readonly out?: string;
  readonly metrics?: Endpoint;
  readonly allowTarget: readonly Cidr[];
  readonly keylog?: string;
  readonly json?: boolean;
}

/** What needs a network. @throws TrustfleetError TF_USAGE */
function checkVirtual({ name, clusters }: ScenarioPlan, { keylog }: RunCommandOptions): void {
  const external = clusters.some(({ nodes }) => nodes.some((node) => externalPlaces(node).length > 0));
  if (external || keylog !== undefined) {
    throw new TrustfleetError(
      'TF_USAGE',
      `${name}: found ${external ? 'external services' : '--keylog'} with the virtual clock, which has no network; expected ` +
        '--clock network',
    );
  }
}

/** Everything that can be wrong with the command line and the files is found before anything starts. */
function readPlans(argument: string, options: RunCommandOptions): ScenarioPlan[] {
  const plans = resolveScenarios(argument).map((name) => {
    const plan = loadScenario(name);
    const { clock, seed = plan.seed } = options;
    return { ...(clock === undefined ? plan : withClock(plan, clock)), seed };
  });
  for (const plan of plans) {
    checkTargets(plan, options.allowTarget);
    if (plan.clock.mode === 'virtual') checkVirtual(plan, options);
  }
  // who asked for secrets learns before the run that they cannot be written
  if (options.keylog !== undefined) openKeylogFile(options.keylog).close();
  // before a fleet of millions is written down
  if (options.only === undefined)
    for (const plan of plans) checkFleetSize(plan.clock.mode, options.phones ?? plan.fleet.phones);
  return plans;
}

async function serveMetrics(
  plan: ScenarioPlan,
  laboratory: RunLaboratory,
  options: RunCommandOptions,
): Promise<MetricsServer | undefined> {
  if (options.metrics === undefined) return undefined;
  const exposition = createExposition({
    scenario: plan.name,
    seed: plan.seed,
    version: packageVersion(),
    clock: plan.clock.mode,
  });
  const server = await startMetricsServer({
    ...options.metrics,
    scrape: async () => ({
      contentType: exposition.contentType,
      body: await exposition.render(await laboratory.snapshot()),
    }),
  });
  const host = isIPv6(server.host) ? `[${server.host}]` : server.host;
  process.stderr.write(`metrics at http://${host}:${server.port}/metrics\n`);
  return server;
}

interface Finished {
  readonly result: RunResult;
  readonly summary: Summary;
}

function factsOf(started: Date): RunFacts {
  const host = { cpus: availableParallelism(), node: process.version };
  const wallSeconds = (Date.now() - started.getTime()) / 1000;
  return { version: packageVersion(), started, wallSeconds, host };
}

/** The folder of a run, made when it is first asked for. */
type FolderOfRun = () => Promise<string>;

/** A folder for each plan: that of `--out`, or one of its own; those of several lie in one. */
function foldersOf(
  argument: string,
  plans: readonly ScenarioPlan[],
  out: string | undefined,
): (plan: ScenarioPlan) => FolderOfRun {
  const isSeveral = plans.length > 1;
  let base: Promise<string> | undefined;
  const make = async ({ name }: ScenarioPlan): Promise<string> => {
    base ??=
      out === undefined
        ? makeDefaultRunFolder(isSeveral ? argument : name, new Date())
        : Promise.resolve(out);
    const folder = isSeveral ? join(await base, name) : await base;
    await makeRunFolder(folder);
    return folder;
  };
  return (plan) => {
    let made: Promise<string> | undefined;
    return () => {
      made ??= make(plan);
      return made;
    };
  };
}

/** Groups whose share of a smaller fleet is less than a phone. */
function emptyGroups({ fleet }: ScenarioPlan, devices: LaboratorySpec['devices']): string[] {
  const there = new Set(devices.map(({ kind }) => kind.group));
  return fleet.spec.groups.map(({ group }) => group).filter((group) => !there.has(group));
}

/** A run that has begun: its cluster and its phones are there, and its folder. */
interface Opened {
  readonly laboratory: RunLaboratory;
  readonly folder: string;
  readonly started: Date;
}

function announce(plan: ScenarioPlan, { devices }: LaboratorySpec, options: RunCommandOptions): void {
  const phones = counted(devices.length, 'phone');
  process.stderr.write(`${plan.name}: starting ${clustersText(plan.clusters)} and ${phones}\n`);
  const empty = options.only === undefined ? emptyGroups(plan, devices) : [];
  if (empty.length > 0)
    process.stderr.write(`${plan.name}: at this size no phone is of ${empty.join(', ')}\n`);
}

/** What one run is given beside its scenario. */
interface RunContext {
  readonly options: RunCommandOptions;
  readonly folderOf: FolderOfRun;
  readonly signal: AbortSignal;
  readonly dashboard: Dashboard | undefined;
  /** There are others to be run. */
  readonly isOneOfSeveral: boolean;
}

/** Phones of this run. */
function phonesOf(plan: ScenarioPlan, { only, phones = plan.fleet.phones }: RunCommandOptions): number {
  return only === undefined ? phones : 1;
}

/** The list of all devices is gone when this is done: the workers have their parts of it. */
async function openRun(plan: ScenarioPlan, { options, folderOf, signal }: RunContext): Promise<Opened> {
  const models = loadModels();
  const { mode } = plan.clock;
  const spec = laboratorySpec(plan, models, { ...options, allowTargets: options.allowTarget });
  const started = new Date();
  announce(plan, spec, options);
  const folder = await folderOf();
  await writeRunPlan(folder, {
    scenario: plan.name,
    file: plan.file,
    text: readFileSync(plan.file, 'utf8'),
    phones: options.phones ?? plan.fleet.phones,
    seed: spec.seed,
    clock: mode,
    keys: spec.keys ?? 'pooled',
  });
  const laboratory = await openLaboratory(plan, spec, {
    models,
    ...(options.workers === undefined ? {} : { workers: options.workers }),
    logs: options.only !== undefined,
    network: {
      allowTargets: options.allowTarget,
      ...(options.keylog === undefined ? {} : { keylog: options.keylog }),
    },
    signal,
  });
  return { laboratory, folder, started };
}

async function runOne(
  plan: ScenarioPlan,
  context: RunContext,
  shown: WatchedRun | undefined,
): Promise<Finished> {
  const { options, signal } = context;
  const { laboratory, folder, started } = await openRun(plan, context);
  const paint = paintFor(process.stderr, process.env);
  const progress = new Progress({ stream: process.stderr, phones: laboratory.phones, paint });
  const unwatch = watch(progress, () => laboratory.snapshot());
  let metrics: MetricsServer | undefined;
  try {
    shown?.opened(laboratory);
    metrics = await serveMetrics(plan, laboratory, options);
    const result = await runScenario(plan, laboratory, {
      signal,
      runPhones: options.phones ?? plan.fleet.phones,
      allowTargets: options.allowTarget,
      onProgress: (step) => {
        progress.onProgress(step);
        shown?.onProgress(step);
      },
    });
    unwatch();
    if (options.only !== undefined) process.stderr.write(`${(await laboratory.logs()).join('\n')}\n`);
    const flash = result.ended.by === 'error' ? null : await laboratory.flash();
    return { result, summary: await writeRunFolder(folder, result, factsOf(started), flash) };
  } finally {
    unwatch();
    shown?.close();
    await metrics?.close();
    await laboratory.close();
  }
}

/**
 * Runs a scenario to its end, whatever ends it. What goes wrong before the cluster is up, a signal among it, is written into
 * the run folder, too. An error of the environment is thrown nevertheless, unless there are others to be run: one of several
 * runs leaves its summary beside theirs.
 */
async function runToItsEnd(plan: ScenarioPlan, context: RunContext): Promise<Finished> {
  const { options, folderOf, signal } = context;
  const started = new Date();
  const shown = watchRun(context.dashboard, plan, phonesOf(plan, options));
  try {
    const finished = await runOne(plan, context, shown);
    showEnding(shown, finished.result, await folderOf());
    return finished;
  } catch (error) {
    const isOver = signal.aborted || exitCodeOf(error) === EXIT.environment;
    if (!isOver || !(error instanceof TrustfleetError) || error.code === 'TF_FILE_UNWRITABLE') throw error;
    const result = resultWithoutStart(plan, phonesOf(plan, options), error, signal);
    const summary = await writeRunFolder(await folderOf(), result, factsOf(started), null);
    showEnding(shown, result, await folderOf());
    if (!signal.aborted && !context.isOneOfSeveral) throw error;
    if (!signal.aborted) printError(error);
    return { result, summary };
  }
}

async function run(argument: string, options: RunCommandOptions): Promise<ExitCode> {
  const plans = readPlans(argument, options);
  const isOneOfSeveral = plans.length > 1;
  const folderOf = foldersOf(argument, plans, options.out);
  const dashboard = await openDashboard(options, plans);
  const stop = stopOnSignal();
  const summaries: Summary[] = [];
  const codes: number[] = [];
  try {
    for (const plan of plans) {
      const folder = folderOf(plan);
      const { signal } = stop;
      const context: RunContext = { options, folderOf: folder, signal, dashboard, isOneOfSeveral };
      const { result, summary } = await runToItsEnd(plan, context);
      summaries.push(summary);
      codes.push(exitCodeOfRun(result));
      const isLine = isOneOfSeveral && plan.clock.mode === 'virtual';
      if (options.json !== true && isLine) print(verdictLine(result, summary.wallSeconds));
      if (options.json !== true && !(isLine && result.passed))
        print(verdictText(result, { paint: paintFor(process.stdout, process.env), folder: await folder() }));
      if (result.ended.by === 'signal') break;
    }
  } finally {
    stop.forget();
    await dashboard?.close();
  }
  const code = gravestExitCode(codes) as ExitCode;
  if (options.json === true) printJson(isOneOfSeveral ? summaries : summaries[0]);
  else if (isOneOfSeveral) print(severalVerdicts(summaries, plans.length, code));
  return code;
}

function clockMode(text: string): 'network' | 'virtual' {
  if (text === 'network' || text === 'virtual') return text;
  throw new TrustfleetError('TF_USAGE', `--clock: found "${text}", expected network or virtual`);
}

function phoneKeys(text: string): PhoneKeys {
  if (text === 'pooled' || text === 'fresh') return text;
  throw new TrustfleetError('TF_USAGE', `--keys: found "${text}", expected pooled or fresh`);
}

export function registerRun(program: Command): void {
  program
    .command('run')
    .description('run a scenario: phones against the embedded cluster, over real sockets or in virtual time')
    .argument(
      '[scenario]',
      'a name (see `scenarios`), S-03 for its variants, all, or a path',
      DEFAULT_SCENARIO,
    )
    .option('--phones <n>', 'number of phones; the groups keep their shares', phoneCount)
    .option(
      '--seed <n>',
      'decides everything that is drawn; over real sockets keys are made anew',
      seedNumber,
    )
    .option('--workers <n>', 'shards (the clusters have one more worker)', workerCount)
    .option('--clock <mode>', 'network (real sockets) or virtual; default: as the scenario says', clockMode)
    .option('--only <name>', 'run one phone of the fleet alone and print its log')
    .option(
      '--bind <address>',
      "address of the first cluster's first node, so that two runs can stand side by side",
    )
    .option(
      '--keys <kind>',
      'RSA keys that phones make at CAPF: pooled (shared primes, fast) or fresh (independent)',
      phoneKeys,
    )
    .option('--out <dir>', 'run folder, default runs/<time>-<scenario>')
    .option('--dashboard', 'show the run live on a page at http://127.0.0.1:9465/')
    .option(
      '--dashboard-at <[host:]port>',
      'the same at another address; port 0 takes a free one',
      dashboardEndpoint,
    )
    .option('--metrics <[host:]port>', 'serve Prometheus metrics during the run', metricsEndpoint)
    .option('--allow-target <cidr>', 'let phones load external services in this range', targetRange, [])
    .option('--keylog <file>', 'append the secrets of TLS connections, for tshark (NSS key log)')
    .option('--json', 'the summary as one JSON document on stdout')
    .action((scenario: string, options: RunCommandOptions) =>
      runCommand(options, () => run(scenario, options)),
    );
}
