import { access, constants, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { reasonOf, TrustfleetError } from '../errors.js';
import type { FlashStore } from '../fleet/flash-store.js';
import { createExposition } from '../observe/prometheus.js';
import type { RunResult } from '../scenario/result.js';
import { reportHtml } from './html/page.js';
import { junitXml } from './junit.js';
import { makeFolder } from './make-folder.js';
import { ruleSentences } from './rule-book.js';
import { type RunFacts, type Summary, summaryOf } from './summary.js';
import { verdictText } from './verdict-text.js';

/** The page in a run folder. */
export const REPORT_NAME = 'report.html';

/** Where run folders go when nobody says. */
const RUNS_FOLDER = 'runs';

/** `runs/20260312T072001Z-S-03b`: sorts by time and is a legal name everywhere. */
export function defaultRunFolder(scenario: string, started: Date): string {
  const time = started
    .toISOString()
    .replace(/[-:]/g, '')
    .replace(/\.\d+Z$/, 'Z');
  return join(RUNS_FOLDER, `${time}-${scenario.replace(/[^\w.-]+/g, '-')}`);
}

/** Runs of one scenario that begin in the same second. */
const MAX_IN_A_SECOND = 1000;

/**
 * Makes the folder of a run that nobody named one for: {@link defaultRunFolder}, with `-2`, `-3` … behind it where another run
 * began in the same second.
 *
 * @param within folder of the folders
 * @returns its path
 * @throws TrustfleetError TF_FILE_UNWRITABLE when it cannot be made
 */
export async function makeDefaultRunFolder(scenario: string, started: Date, within = '.'): Promise<string> {
  const name = join(within, defaultRunFolder(scenario, started));
  try {
    for (let number = 1; number <= MAX_IN_A_SECOND; number += 1) {
      const folder = number === 1 ? name : `${name}-${number}`;
      if (await makeFolder(folder)) return folder;
    }
  } catch (cause) {
    throw unwritable(name, cause);
  }
  throw unwritable(name, new Error(`${MAX_IN_A_SECOND} runs have begun in this second`));
}

/**
 * Writes a run folder (contracts.md 2): summary.json, summary.txt, junit.xml, report.html, metrics.prom, events.ndjson and
 * flash/.
 *
 * @param flash what the phones hold at the end; null where nobody can say any more.
 * @returns the summary as it stands in summary.json.
 * @throws TrustfleetError TF_FILE_UNWRITABLE when the folder cannot be made or written to.
 */
export async function writeRunFolder(
  folder: string,
  result: RunResult,
  facts: RunFacts,
  flash: FlashStore | null,
): Promise<Summary> {
  const summary = summaryOf(result, facts);
  const exposition = createExposition({
    scenario: result.scenario,
    seed: result.seed,
    version: facts.version,
    clock: result.clock,
  });
  const files: Readonly<Record<string, string>> = {
    'summary.json': `${JSON.stringify(summary, null, 2)}\n`,
    'summary.txt': verdictText(result, { folder }),
    'junit.xml': junitXml(result, facts),
    [REPORT_NAME]: reportHtml(summary, ruleSentences()),
    'metrics.prom': await exposition.render(result.snapshot),
    'events.ndjson': result.refusals.records.map((record) => `${JSON.stringify(record)}\n`).join(''),
  };
  await makeRunFolder(folder);
  try {
    for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
    if (flash !== null) await writeFlash(join(folder, 'flash'), flash);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  return summary;
}

/** `phones.ndjson`, a line a phone, and each list that one of them holds as `<sha256>.tlv`. */
async function writeFlash(folder: string, { lists, phones }: FlashStore): Promise<void> {
  await makeFolder(folder);
  for (const [name, octets] of lists) await writeFile(join(folder, `${name}.tlv`), octets);
  await writeFile(
    join(folder, 'phones.ndjson'),
    phones.map((record) => `${JSON.stringify(record)}\n`).join(''),
  );
}

/**
 * Makes the folder, so that a run does not first find out at its end that it has nowhere to write to.
 *
 * @throws TrustfleetError TF_FILE_UNWRITABLE when it cannot be made or written to.
 */
export async function makeRunFolder(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    // also that it is a folder
    await access(`${folder}/.`, constants.W_OK);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

function unwritable(folder: string, cause: unknown): TrustfleetError {
  return new TrustfleetError(
    'TF_FILE_UNWRITABLE',
    `cannot write the run folder: ${reasonOf(cause, folder)}`,
    {
      cause,
      context: { file: folder },
    },
  );
}
