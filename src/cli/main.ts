#!/usr/bin/env node
import { reasonOf, TrustfleetError } from '../errors.js';
import { EXIT, printError } from './io.js';
import { runProgram } from './program.js';

// a reader that has seen enough (`| head`) ends neither a run nor its run folder
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') return;
    printError(new TrustfleetError('TF_FILE_UNWRITABLE', `output cannot be written: ${reasonOf(error)}`));
    process.exit(EXIT.environment);
  });
}
// Node would end with 1, which says that an expectation failed
process.on('uncaughtException', (error) => {
  printError(error);
  process.exit(EXIT.environment);
});

await runProgram(process.argv.slice(2));
