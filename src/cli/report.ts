import { join } from 'node:path';
import type { Command } from 'commander';
import { TrustfleetError } from '../errors.js';
import { reportHtml } from '../report/html/page.js';
import { readSummary } from '../report/read-summary.js';
import { ruleSentences } from '../report/rule-book.js';
import { REPORT_NAME } from '../report/run-folder.js';
import { EXIT, type ExitCode, print, printJson, runCommand, writeOutput } from './io.js';

interface ReportOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** @throws TrustfleetError TF_FILE_UNREADABLE, TF_FILE_UNWRITABLE, TF_USAGE */
async function report(
  folder: string,
  { out = join(folder, REPORT_NAME), json }: ReportOptions,
): Promise<ExitCode> {
  if (json === true && out === '-')
    throw new TrustfleetError('TF_USAGE', '--json and --out - both want stdout: give one of them');
  const page = Buffer.from(reportHtml(await readSummary(folder), ruleSentences()));
  await writeOutput(out, page);
  if (json === true) printJson({ file: out, bytes: page.length });
  // the page itself went to stdout, nothing else may
  else if (out !== '-') print(`${out}: ${page.length} octets`);
  return EXIT.done;
}

export function registerReport(program: Command): void {
  program
    .command('report')
    .description('write a run folder as one HTML page that needs nothing else')
    .argument('<run>', 'a run folder')
    .option('--out <file>', `where to, - is stdout; default ${REPORT_NAME} in the run folder`)
    .option('--json', 'name and size of the page as one JSON document on stdout')
    .action((folder: string, options: ReportOptions) => runCommand(options, () => report(folder, options)));
}
