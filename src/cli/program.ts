import { Command, CommanderError } from 'commander';
import { TrustfleetError } from '../errors.js';
import { registerBench } from './bench.js';
import { registerBuild } from './build.js';
import { registerCheck } from './check.js';
import { registerCompare } from './compare.js';
import { registerEncrypt } from './encrypt.js';
import { registerExplain } from './explain.js';
import { registerInit } from './init.js';
import { registerInspect } from './inspect.js';
import { EXIT, errorJson, exitCodeOf, printError, printJson } from './io.js';
import { registerReport } from './report.js';
import { registerRun } from './run.js';
import { registerScenarios } from './scenarios.js';
import { registerServe } from './serve.js';
import { registerSign } from './sign.js';
import { packageVersion } from './version.js';

function createProgram(): Command {
  const program = new Command('trustfleet')
    .description(
      'Simulates fleets of Cisco desk phones and their call-control cluster, and shows what a certificate change does to ' +
        "the phones' trust (CTL, ITL, TVS).",
    )
    .version(packageVersion())
    .showSuggestionAfterError()
    .showHelpAfterError('(--help lists commands and options)')
    .configureHelp({ helpWidth: 100 })
    .exitOverride();
  for (const register of [
    registerRun,
    registerReport,
    registerCompare,
    registerScenarios,
    registerExplain,
    registerInit,
    registerServe,
    registerInspect,
    registerCheck,
    registerBuild,
    registerSign,
    registerEncrypt,
    registerBench,
  ]) {
    register(program);
  }
  program.addHelpText(
    'after',
    `
Exit codes: 0 done, all expectations held, file valid and accepted; 1 the answer is no; 2 bad input;
3 the environment failed; 4 the run is invalid, the generator was the bottleneck; 130, 143 stopped by a signal.`,
  );
  return program;
}

/**
 * Does what the command line says; sets `process.exitCode`.
 *
 * @param args without Node and the name of the script
 */
export async function runProgram(args: readonly string[]): Promise<void> {
  // a command line that cannot be read has no options yet, and a script still gets its document
  const wantsJson = args.includes('--json');
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      // commander has printed the message or the help already
      process.exitCode = error.exitCode === 0 ? EXIT.done : EXIT.badInput;
      if (error.exitCode !== 0 && wantsJson)
        printJson(errorJson(new TrustfleetError('TF_USAGE', error.message.replace(/^error: /, ''))));
    } else {
      if (wantsJson) printJson(errorJson(error));
      else printError(error);
      process.exitCode = exitCodeOf(error);
    }
  }
}
