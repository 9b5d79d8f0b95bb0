import type { Command } from 'commander';
import { DEFAULT_SCENARIO, listScenarios } from '../scenario/catalogue.js';
import { EXIT, print, printJson, runCommand } from './io.js';

export function registerScenarios(program: Command): void {
  program
    .command('scenarios')
    .description('list the shipped scenarios')
    .option('--json', 'one JSON document on stdout')
    .action((options: { readonly json?: boolean }) =>
      runCommand(options, () => {
        const entries = listScenarios();
        if (options.json === true) {
          printJson(entries);
          return EXIT.done;
        }
        const width = Math.max(...entries.map(({ name }) => name.length));
        for (const { name, about } of entries) {
          print(`${name.padEnd(width)}  ${about}${name === DEFAULT_SCENARIO ? ' (default)' : ''}`);
        }
        return EXIT.done;
      }),
    );
}
