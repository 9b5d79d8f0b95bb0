import type { ModelProfile } from '../device/model.js';
import { parseRelease } from '../device/release.js';
import type { DeviceSecurityMode } from '../device/security.js';
import { TrustfleetError } from '../errors.js';
import { profileNames, securityProfileNames } from '../fleet/profiles.js';
import { CHANGES, type Change } from '../scenario/draft.js';
import { expectedOneOf } from '../scenario/suggest.js';
import { askOnTerminal } from './ask.js';

/** What `init` wants to know, in the words of its options; what is not said is asked for on a terminal. */
export interface InitWords {
  readonly name?: string;
  readonly release?: string;
  readonly cluster?: string;
  readonly mode?: string;
  readonly phones?: string;
  readonly security?: string;
  readonly change?: string;
}

/** The same, read. */
export interface InitAnswers {
  readonly name: string;
  readonly release: string;
  readonly cluster: string;
  readonly mode: 'non-secure' | 'mixed';
  /** How many there are of each model; nothing where a list says it. */
  readonly phones: ReadonlyMap<ModelProfile, number>;
  /** A device security mode, or a security profile of the standard fleet. */
  readonly security: string;
  readonly change: Change;
}

export const MODES: readonly DeviceSecurityMode[] = ['non-secure', 'authenticated', 'encrypted'];

/** The fleet whose patterns the phones of a draft follow. */
const STANDARD_FLEET = 'FLEET-A';

/** The change that brings a cluster into a mode. */
const MODE_CHANGES: Readonly<Record<InitAnswers['mode'], Change>> = {
  mixed: 'mixed-mode',
  'non-secure': 'non-secure',
};

interface Surroundings {
  /** The scenario's name, where nobody gives it another. */
  readonly name: string;
  /** Phones come from a list: neither their number nor their security is asked for. */
  readonly hasList: boolean;
  readonly models: ReadonlyMap<string, ModelProfile>;
}

interface Asked<A> {
  readonly text: string;
  readonly otherwise: string;
  /** @throws TrustfleetError TF_USAGE with what was found and what was expected */
  read(word: string): A;
}

/**
 * What the command line says, else what the terminal answers, else the default.
 *
 * @throws TrustfleetError TF_USAGE naming the option that cannot be read, before anything is asked; TF_STOPPED from the terminal
 */
export async function initAnswers(words: InitWords, surroundings: Surroundings): Promise<InitAnswers> {
  const questions = questionsOf(surroundings);
  const keys = Object.keys(questions) as (keyof InitAnswers)[];
  const open = keys.filter((key) => {
    const word = words[key];
    if (word === undefined) return !(surroundings.hasList && (key === 'phones' || key === 'security'));
    reading(questions[key], word, `--${key}: `);
    return false;
  });
  const asked: InitWords = await askOnTerminal(
    open.map((key) => {
      const { text, otherwise } = questions[key];
      return { key, text, otherwise, faultOf: (answer) => faultOf(questions[key], answer) };
    }),
  );
  const read = <A>(key: keyof InitAnswers, { otherwise, read }: Asked<A>): A =>
    read(words[key] ?? asked[key] ?? otherwise);
  const mode = read('mode', questions.mode);
  const change = read('change', questions.change);
  if (change === MODE_CHANGES[mode])
    throw new TrustfleetError(
      'TF_USAGE',
      `found change ${change} of a cluster that is in ${mode} mode already, expected another --mode or --change`,
    );
  return {
    name: read('name', questions.name),
    release: read('release', questions.release),
    cluster: read('cluster', questions.cluster),
    mode,
    phones: surroundings.hasList ? new Map() : read('phones', questions.phones),
    security: read('security', questions.security),
    change,
  };
}

function questionsOf({ name, models }: Surroundings): {
  readonly [K in keyof InitAnswers]: Asked<InitAnswers[K]>;
} {
  const clusters = profileNames('clusters');
  const profiles = securityProfileNames(STANDARD_FLEET);
  const changes = Object.keys(CHANGES) as Change[];
  return {
    name: { text: 'Name of the scenario', otherwise: name, read: scenarioName },
    release: {
      text: 'Release of the cluster',
      otherwise: '12.5(1)',
      read: (word) => parseRelease(word).text,
    },
    cluster: {
      text: `Cluster (${clusters.join(', ')})`,
      otherwise: 'CL-3',
      read: (word) => oneOf(word, clusters),
    },
    mode: {
      text: 'Cluster security mode (non-secure, mixed)',
      otherwise: 'non-secure',
      read: (word) => oneOf(word, ['non-secure', 'mixed']),
    },
    phones: {
      text: 'Phones by model',
      otherwise: '7962=150,8841=400',
      read: (word) => phonesByModel(word, models),
    },
    security: {
      text: `Their security (${profiles.join(', ')}, or ${MODES.join(', ')} for all)`,
      otherwise: 'ALL-NS',
      read: (word) => oneOf(word, [...profiles, ...MODES]),
    },
    change: {
      text: `Change to rehearse (${changes.join(', ')})`,
      otherwise: 'callmanager',
      read: (word) => oneOf(word, changes),
    },
  };
}

function scenarioName(word: string): string {
  if (word.trim() === '') {
    throw new TrustfleetError('TF_USAGE', `found "${word}", expected a name of one character or more`);
  }
  return word;
}

function oneOf<W extends string>(word: string, words: readonly W[]): W {
  const found = words.find((known) => known === word);
  if (found !== undefined) return found;
  throw new TrustfleetError('TF_USAGE', `found "${word}", ${expectedOneOf(word, words)}`);
}

/** `7962=150,8841=400` */
function phonesByModel(
  word: string,
  models: ReadonlyMap<string, ModelProfile>,
): ReadonlyMap<ModelProfile, number> {
  const phones = new Map<ModelProfile, number>();
  for (const part of word.split(',')) {
    const [, number = '', count = ''] = /^\s*(\d{4})\s*=\s*([1-9]\d{0,6})\s*$/.exec(part) ?? [];
    if (count === '')
      throw new TrustfleetError(
        'TF_USAGE',
        `found "${part.trim()}", expected MODEL=NUMBER, e.g. 7962=150,8841=400`,
      );
    const model = models.get(number);
    if (model === undefined)
      throw new TrustfleetError(
        'TF_USAGE',
        `found model "${number}", ${expectedOneOf(number, [...models.keys()])}`,
      );
    if (phones.has(model)) throw new TrustfleetError('TF_USAGE', `found ${number} twice, expected it once`);
    phones.set(model, Number(count));
  }
  return phones;
}

/** @param place what the message begins with: the option that says it, or nothing */
function reading(question: Asked<unknown>, word: string, place: string): void {
  try {
    question.read(word);
  } catch (error) {
    if (!(error instanceof TrustfleetError)) throw error;
    throw new TrustfleetError('TF_USAGE', `${place}${error.message}`, { cause: error });
  }
}

function faultOf(question: Asked<unknown>, answer: string): string | undefined {
  try {
    reading(question, answer, '');
    return undefined;
  } catch (error) {
    if (error instanceof TrustfleetError) return error.message;
    throw error;
  }
}
