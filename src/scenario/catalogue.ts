import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { reasonOf, TrustfleetError } from '../errors.js';
import { parsePositionedYaml } from '../fleet/yaml-document.js';
import { packageRoot } from '../package-root.js';
import type { ScenarioPlan } from './plan.js';
import { readScenario } from './read.js';
import { expectedOneOf } from './suggest.js';

/** What `trustfleet run` plays without an argument. */
export const DEFAULT_SCENARIO = 'ctl-change';

/** Stands for every shipped scenario. */
const ALL = 'all';

const EXTENSION = '.yaml';

/** A shipped scenario: the name is that of its file. */
export interface CatalogueEntry {
  readonly name: string;
  readonly about: string;
  readonly origin: string;
  readonly file: string;
}

function shippedFolder(): string {
  return join(packageRoot(), 'profiles', 'scenarios');
}

function scenarioNames(folder: string): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => basename(file, EXTENSION))
    .sort((a, b) => Number(b === DEFAULT_SCENARIO) - Number(a === DEFAULT_SCENARIO) || a.localeCompare(b));
}

/** The shipped scenarios, the default first. Reads only what the list shows; a run validates the rest. */
export function listScenarios(folder: string = shippedFolder()): CatalogueEntry[] {
  return scenarioNames(folder).map((name) => {
    const file = join(folder, name + EXTENSION);
    const { value } = parsePositionedYaml(readScenarioFile(file), file, 'TF_SCENARIO_INVALID');
    const text = (key: string): string => {
      const found = (value as Readonly<Record<string, unknown>> | null)?.[key];
      return typeof found === 'string' ? found : '';
    };
    return { name, about: text('about'), origin: text('origin'), file };
  });
}

/**
 * Files that an argument of `run` stands for: a path, a name in any case, `S-03` for its variants S-03a, S-03b …, or `all`.
 *
 * @throws TrustfleetError TF_USAGE for a name that nothing has, TF_FILE_UNREADABLE for a path where nothing is.
 */
export function resolveScenarios(
  argument: string = DEFAULT_SCENARIO,
  folder: string = shippedFolder(),
): string[] {
  const found = findScenarios(argument, folder);
  if (found.length > 0) return found;
  throw new TrustfleetError(
    'TF_USAGE',
    `unknown scenario "${argument}", ${expectedOneOf(argument, [...scenarioNames(folder), ALL])}, or a path to a .yaml file`,
  );
}

/**
 * The same, and none for a name that nothing has.
 *
 * @throws TrustfleetError TF_FILE_UNREADABLE for a path where nothing is.
 */
export function findScenarios(argument: string, folder: string = shippedFolder()): string[] {
  const names = scenarioNames(folder);
  const fileOf = (name: string): string => join(folder, name + EXTENSION);
  const asked = argument.toLowerCase();
  if (asked === ALL) return names.map(fileOf);
  const named = names.filter((name) => name.toLowerCase() === asked);
  if (named.length > 0) return named.map(fileOf);
  const variants = names.filter(
    (name) => name.toLowerCase().startsWith(asked) && /^[a-z]$/.test(name.slice(asked.length)),
  );
  if (variants.length > 0) return variants.map(fileOf);
  if (existsSync(argument)) return [argument];
  if (!isPath(argument)) return [];
  throw new TrustfleetError('TF_FILE_UNREADABLE', `no scenario at ${argument}`, {
    context: { file: argument },
  });
}

function isPath(argument: string): boolean {
  return /[/\\]|\.ya?ml$/.test(argument);
}

/**
 * Reads and validates one scenario.
 *
 * @param scenario name of a shipped one, or the path of a file.
 * @throws TrustfleetError TF_USAGE for a name that nothing has or that stands for several, TF_FILE_UNREADABLE or
 *   TF_SCENARIO_INVALID.
 */
export function loadScenario(scenario: string): ScenarioPlan {
  const [file = scenario, ...others] = resolveScenarios(scenario);
  if (others.length > 0) {
    const names = [file, ...others].map((variant) => basename(variant, EXTENSION));
    throw new TrustfleetError('TF_USAGE', `"${scenario}" is ${names.join(', ')}, expected one of them`);
  }
  return readScenario(readScenarioFile(file), file);
}

function readScenarioFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EISDIR') {
      throw new TrustfleetError(
        'TF_FILE_UNREADABLE',
        `${file} is a folder, expected the path of a .yaml file`,
        {
          cause,
          context: { file },
        },
      );
    }
    throw new TrustfleetError('TF_FILE_UNREADABLE', `cannot read ${file}: ${reasonOf(cause, file)}`, {
      cause,
      context: { file },
    });
  }
}
