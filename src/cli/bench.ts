import type { Command } from 'commander';
import { TrustfleetError } from '../errors.js';
import { EXIT, print, runCommand } from './io.js';

interface BenchOptions {
  readonly json?: boolean;
  readonly rounds: number;
  readonly seconds: number;
}

const NAMES = ['verify', 'tftp'] as const;

/** `bench/` is loaded by name, only when it is asked for: it stands outside the rooms. */
async function load(name: string, options: BenchOptions) {
  const { benchJson, benchText } = await import('../../bench/report.js');
  const show = options.json === true ? benchJson : benchText;
  switch (name) {
    case 'verify': {
      const { benchVerify, VERIFY_CASES } = await import('../../bench/verify.js');
      const onProgress = (line: string): boolean => process.stderr.write(`${line}\n`);
      return show(await benchVerify({ ...options, cases: VERIFY_CASES, onProgress }));
    }
    case 'tftp': {
      const { benchTftp } = await import('../../bench/tftp.js');
      return show(await benchTftp());
    }
    default:
      throw new TrustfleetError('TF_USAGE', `no bench "${name}", expected one of ${NAMES.join(', ')}`);
  }
}

function positive(text: string): number {
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new TrustfleetError('TF_USAGE', `"${text}" is not a number above 0`);
}

export function registerBench(program: Command): void {
  program
    .command('bench')
    .description('measure what this machine can do, each figure beside its limit in the same run')
    .argument('[name]', `one of ${NAMES.join(', ')}; all without it`)
    .option('--rounds <n>', 'interleaved rounds of `verify`, of which the medians are shown', positive, 3)
    .option('--seconds <n>', 'measured time of one figure of `verify`', positive, 1)
    .option('--json', 'one JSON document a bench on stdout')
    .action((name: string | undefined, options: BenchOptions) =>
      runCommand(options, async () => {
        for (const bench of name === undefined ? NAMES : [name]) print(await load(bench, options));
        return EXIT.done;
      }),
    );
}
