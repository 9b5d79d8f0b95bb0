import type { Command } from 'commander';
import type { BenchReport } from '../../bench/report.js';
import { TrustfleetError } from '../errors.js';
import { EXIT, type ExitCode, print, printJson, runCommand } from './io.js';

interface BenchOptions {
  readonly json?: boolean;
  readonly rounds?: number;
  readonly seconds?: number;
}

const NAMES = ['verify', 'codecs', 'tftp', 'virtual'] as const;

/** What `--rounds` and `--seconds` change; a codec takes microseconds, and there are three dozen of them. */
const DEFAULTS = {
  verify: { rounds: 3, seconds: 1 },
  codecs: { rounds: 5, seconds: 0.08 },
} as const;

type BenchName = (typeof NAMES)[number];

/** `bench/` is loaded by name, only when it is asked for: it stands outside the rooms. */
async function measure(name: BenchName, options: BenchOptions): Promise<BenchReport> {
  const onProgress = (line: string): boolean => process.stderr.write(`${line}\n`);
  switch (name) {
    case 'verify': {
      const { benchVerify, VERIFY_CASES } = await import('../../bench/verify.js');
      return benchVerify({ ...DEFAULTS.verify, ...options, cases: VERIFY_CASES, onProgress });
    }
    case 'codecs': {
      const { benchCodecs } = await import('../../bench/codecs.js');
      return benchCodecs({ ...DEFAULTS.codecs, ...options, onProgress });
    }
    case 'virtual': {
      const { benchVirtual } = await import('../../bench/virtual.js');
      return benchVirtual(onProgress);
    }
    case 'tftp': {
      const { benchTftp } = await import('../../bench/tftp.js');
      return benchTftp();
    }
  }
}

/** One bench, or all of them one after the other; with `--json` one document, an array for all of them. */
async function bench(name: string | undefined, options: BenchOptions): Promise<ExitCode> {
  const wanted = name === undefined ? NAMES : NAMES.filter((known) => known === name);
  if (wanted.length === 0)
    throw new TrustfleetError('TF_USAGE', `no bench "${name}", expected one of ${NAMES.join(', ')}`);
  const { benchText } = await import('../../bench/report.js');
  const reports: BenchReport[] = [];
  for (const one of wanted) {
    const report = await measure(one, options);
    reports.push(report);
    if (options.json !== true) print(benchText(report));
  }
  if (options.json === true) printJson(name === undefined ? reports : reports[0]);
  return EXIT.done;
}

function rounds(text: string): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1) return value;
  throw new TrustfleetError('TF_USAGE', `--rounds: found "${text}", expected a whole number from 1 on`);
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new TrustfleetError('TF_USAGE', `--seconds: found "${text}", expected a number above 0`);
}

export function registerBench(program: Command): void {
  const { verify, codecs } = DEFAULTS;
  program
    .command('bench')
    .description('measure what this machine can do, each figure beside its limit in the same run')
    .argument('[name]', `one of ${NAMES.join(', ')}; all without it`)
    .option(
      '--rounds <n>',
      `interleaved rounds of \`verify\` (default: ${verify.rounds}) and \`codecs\` (${codecs.rounds}), of which the medians are shown`,
      rounds,
    )
    .option(
      '--seconds <n>',
      `measured time of one figure in one round of \`verify\` (default: ${verify.seconds}) and \`codecs\` (${codecs.seconds})`,
      seconds,
    )
    .option('--json', 'one JSON document on stdout')
    .action((name: string | undefined, options: BenchOptions) =>
      runCommand(options, () => bench(name, options)),
    );
}
