import type { Command } from 'commander';
import { compareRuns } from '../report/compare.js';
import { comparisonText } from '../report/compare-text.js';
import { paintFor } from '../report/paint.js';
import { readSummary } from '../report/read-summary.js';
import type { Summary } from '../report/summary.js';
import { EXIT, type ExitCode, print, printJson, runCommand } from './io.js';

/** @throws TrustfleetError TF_FILE_UNREADABLE */
async function compare(a: string, b: string, json: boolean): Promise<ExitCode> {
  const [one, other] = [await readSummary(a), await readSummary(b)];
  const comparison = compareRuns(one, other);
  if (json) printJson({ a: runOf(a, one), b: runOf(b, other), ...comparison });
  else print(comparisonText(one, other, comparison, paintFor(process.stdout, process.env)));
  return comparison.same ? EXIT.done : EXIT.no;
}

/** What a run was, without what is compared. */
function runOf(folder: string, run: Summary): Readonly<Record<string, unknown>> {
  const { scenario, clusters, phones, seed, clock, load, version, started, seconds, verdict } = run;
  return { folder, scenario, clusters, phones, seed, clock, load, version, started, seconds, verdict };
}

export function registerCompare(program: Command): void {
  program
    .command('compare')
    .description(
      'compare two run folders: counters, expectations and times with their difference; exit 1 where counters that do not depend on time differ',
    )
    .argument('<run-a>', 'a run folder')
    .argument('<run-b>', 'another one')
    .option('--json', 'one JSON document on stdout')
    .action((a: string, b: string, options: { readonly json?: boolean }) =>
      runCommand(options, () => compare(a, b, options.json === true)),
    );
}
