import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { macOf } from '../device/name.js';
import { TrustfleetError } from '../errors.js';
import type { Cidr } from '../net/addresses.js';
import {
  canonicalId,
  findEntries,
  loadRuleBook,
  namesOf,
  type RuleBookEntry,
  sentenceOf,
} from '../report/rule-book.js';
import { type CatalogueEntry, listScenarios } from '../scenario/catalogue.js';
import { nearest } from '../scenario/suggest.js';
import { explainPhone } from './explain-phone.js';
import { explainedScenarios, scenarioText } from './explain-scenario.js';
import { factLines, headLines } from './facts.js';
import { EXIT, type ExitCode, print, printJson, runCommand } from './io.js';
import { targetRange } from './run-options.js';

interface ExplainOptions {
  readonly run?: string;
  readonly bind?: string;
  readonly allowTarget: readonly Cidr[];
  readonly json?: boolean;
}

interface Explained extends RuleBookEntry {
  /** Shipped scenarios whose file names it. */
  readonly scenarios: readonly string[];
}

/** @throws TrustfleetError TF_USAGE for a name that nothing has, TF_FILE_UNREADABLE, TF_SCENARIO_INVALID */
function explain(name: string, json: boolean): ExitCode {
  const book = loadRuleBook();
  const scenarios = listScenarios();
  const entries = findEntries(book, name).map(
    (entry): Explained => ({
      ...entry,
      scenarios: scenarios.filter(({ file }) => mentions(file, entry.id)).map((scenario) => scenario.name),
    }),
  );
  if (entries.length > 0) {
    if (json) printJson(entries.length === 1 ? entries[0] : entries);
    else print(entries.map(entryText).join('\n\n'));
    return EXIT.done;
  }
  const known = explainedScenarios(name, scenarios);
  if (known.length === 0) throw unknown(name, [...namesOf(book), ...scenarios.flatMap(namesOfScenario)]);
  if (json) printJson(known.length === 1 ? known[0] : known);
  else print(known.map(scenarioText).join('\n\n'));
  return EXIT.done;
}

function unknown(name: string, names: readonly string[]): TrustfleetError {
  if (macOf(name.toUpperCase()) !== undefined)
    throw new TrustfleetError(
      'TF_USAGE',
      `${name} is a phone: expected --run DIR, the folder of a run that it was in`,
    );
  const near = nearest(canonicalId(name), names);
  const hint = near === undefined ? '' : ` (did you mean "${near}"?)`;
  return new TrustfleetError(
    'TF_USAGE',
    `found "${name}", expected a name of docs/rules.md such as R-38, K-05, DT-3 or T-PORT, of docs/operations.md such as OP-18, or a scenario such as S-03 or the path of one${hint}`,
  );
}

function namesOfScenario({ name, origin }: CatalogueEntry): string[] {
  return origin === '' ? [name] : [name, origin];
}

function mentions(file: string, id: string): boolean {
  return new RegExp(`\\b${id}(?![0-9a-z])`).test(readFileSync(file, 'utf8'));
}

function entryText({ id, facts, related, stands, tests, reason, scenarios }: Explained): string {
  const says = sentenceOf({ facts });
  const others = Object.entries(facts).filter(([, text]) => text !== says && text !== '');
  const turned = id.startsWith('K-') ? 'rules' : 'see also';
  return [
    ...headLines(id, says),
    ...others.flatMap(([fact, text]) => factLines(fact, text)),
    ...factLines(turned, related.join(', ')),
    ...factLines('stands in', stands.join(', ')),
    ...factLines('tests', reason ?? tests.join(', ')),
    ...factLines('named in', scenarios.join(', ')),
  ].join('\n');
}

export function registerExplain(program: Command): void {
  program
    .command('explain')
    .description('say what a rule, knob, table, operation or scenario is, where it stands and what tests it')
    .argument(
      '<name>',
      'R-38, K-05, DT-3, T-PORT, OP-09, S-03, my.yaml …, or with --run a phone, SEP020001000010',
    )
    .option('--run <dir>', 'play this phone of the run again, alone, and print its decisions in order')
    .option('--bind <address>', "with --run: address of the first cluster's first node")
    .option(
      '--allow-target <cidr>',
      'with --run: let the phone load external services in this range',
      targetRange,
      [],
    )
    .option('--json', 'one JSON document on stdout')
    .action((name: string, options: ExplainOptions) =>
      runCommand(options, () => {
        const json = options.json === true;
        return options.run === undefined
          ? explain(name, json)
          : explainPhone(name, options.run, { ...options, json });
      }),
    );
}
