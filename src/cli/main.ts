#!/usr/bin/env node
import { EXIT, printError } from './io.js';
import { runProgram } from './program.js';

// a reader that has seen enough (`| head`) ends neither a run nor its run folder
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});
// Node would end with 1, which says that an expectation failed
process.on('uncaughtException', (error) => {
  printError(error);
  process.exit(EXIT.environment);
});

await runProgram(process.argv.slice(2));
