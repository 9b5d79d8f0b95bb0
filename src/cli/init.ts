import { access, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { ModelProfile } from '../device/model.js';
import type { DeviceSecurityMode } from '../device/security.js';
import { TrustfleetError } from '../errors.js';
import { loadCluster, loadModels, profileNames } from '../fleet/profiles.js';
import { counted } from '../report/format.js';
import { CHANGES, type Change, type Draft, type DraftGroup, draftYaml, groupsOf } from '../scenario/draft.js';
import { type PhoneList, readPhoneList } from '../scenario/phone-list.js';
import { readScenario } from '../scenario/read.js';
import { expectedOneOf } from '../scenario/suggest.js';
import { askOnTerminal, type Question } from './ask.js';
import { collect, EXIT, type ExitCode, print, printJson, readInput, runCommand } from './io.js';

interface InitOptions {
  readonly from?: string;
  readonly name?: string;
  readonly release?: string;
  readonly cluster?: string;
  readonly mode?: string;
  readonly phones?: string;
  readonly security?: string;
  readonly change?: string;
  readonly securityProfile: readonly string[];
  readonly skipUnknown?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

type Answers = Readonly<
  Record<'name' | 'release' | 'cluster' | 'mode' | 'phones' | 'security' | 'change', string>
>;

/** Faults of a list that are shown; the rest is counted. */
const MAX_FAULTS_SHOWN = 25;

const MAX_LIST_OCTETS = 64 * 1024 * 1024;

const MODES: readonly DeviceSecurityMode[] = ['non-secure', 'authenticated', 'encrypted'];

async function init(file: string, options: InitOptions): Promise<ExitCode> {
  if (options.force !== true) await refuseToOverwrite(file);
  const models = loadModels();
  const list = options.from === undefined ? null : await listFrom(options.from, options, models);
  const answers = await answersOf(file, options, list !== null);
  const cluster = oneOf('cluster', answers.cluster, profileNames('clusters'));
  const groups = (list === null ? askedGroups(answers, models) : groupsOf(list.phones, models)).map((group) =>
    placed(group, cluster),
  );
  const draft: Draft = {
    name: answers.name,
    source: options.from === undefined ? 'a few answers' : basename(options.from),
    release: answers.release,
    cluster,
    mode: oneOf('mode', answers.mode, ['non-secure', 'mixed']),
    change: oneOf('change', answers.change, Object.keys(CHANGES) as Change[]),
    groups,
  };
  const text = draftYaml(draft);
  // what is written runs: anything that contradicts itself is said now
  readScenario(text, file);
  await writeScenario(file, text);
  report(file, options, groups, list);
  return EXIT.done;
}

/** Phones of a cluster with one node know that one; with several they go by the pattern of the standard fleet. */
function placed(group: DraftGroup, cluster: string): DraftGroup {
  const [node, ...others] = loadCluster(cluster).nodes;
  return node === undefined || others.length > 0 ? group : { ...group, node: node.name };
}

async function refuseToOverwrite(file: string): Promise<void> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (exists)
    throw new TrustfleetError(
      'TF_USAGE',
      `${file} exists: expected another name, or --force to overwrite it`,
    );
}

async function writeScenario(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TrustfleetError('TF_FILE_UNWRITABLE', `cannot write ${file}: ${why}`, {
      cause,
      context: { file },
    });
  }
}

/** @throws TrustfleetError TF_USAGE with one line for every row that is no phone of a known model */
async function listFrom(
  file: string,
  options: InitOptions,
  models: ReadonlyMap<string, ModelProfile>,
): Promise<PhoneList> {
  const profiles = new Map(options.securityProfile.map(profileMode));
  const text = (await readInput(file, MAX_LIST_OCTETS)).toString('utf8');
  const known = [...models.keys()];
  const list = readPhoneList(text, { models: known, profiles, now: Date.now() });
  const unknown = options.skipUnknown === true ? [] : list.unknown;
  const lines = [
    ...list.faults.map(({ line, message }) => ({ line, message })),
    ...unknown.map(({ line, device }) => ({
      line,
      message: `found device type "${device}", no phone that is simulated`,
    })),
  ].sort((a, b) => a.line - b.line);
  const [first] = lines;
  if (first !== undefined) {
    const shown = lines.slice(0, MAX_FAULTS_SHOWN).map(({ line, message }) => `${file}:${line}: ${message}`);
    if (lines.length > shown.length) shown.push(`and ${lines.length - shown.length} more`);
    if (unknown.length > 0)
      shown.push(`models there are: ${known.join(', ')}; --skip-unknown leaves the other devices out`);
    shown.push(
      `${counted(list.rows, 'row')}, ${counted(list.phones.length, 'phone')}, ${counted(lines.length, 'row')} that ${lines.length === 1 ? 'is' : 'are'} none; nothing was written`,
    );
    throw new TrustfleetError('TF_USAGE', shown.join('\n'), { context: { file, line: first.line } });
  }
  if (list.phones.length === 0)
    throw new TrustfleetError('TF_USAGE', `${file}: found ${list.rows} rows and no phone among them`, {
      context: { file },
    });
  return list;
}

function profileMode(text: string): [name: string, mode: DeviceSecurityMode] {
  const at = text.lastIndexOf('=');
  const mode = MODES.find((word) => word === text.slice(at + 1));
  if (at > 0 && mode !== undefined) return [text.slice(0, at), mode];
  throw new TrustfleetError(
    'TF_USAGE',
    `--security-profile: found "${text}", expected NAME=MODE with MODE ${MODES.join(', ')}`,
  );
}

/** What the command line says, else what the terminal answers, else the default. */
async function answersOf(file: string, options: InitOptions, hasList: boolean): Promise<Answers> {
  const questions: readonly (Question & { readonly key: keyof Answers })[] = [
    { key: 'name', text: 'Name of the scenario', otherwise: basename(file).replace(/\.ya?ml$/, '') },
    { key: 'release', text: 'Release of the cluster', otherwise: '12.5(1)' },
    { key: 'cluster', text: `Cluster (${profileNames('clusters').join(', ')})`, otherwise: 'CL-3' },
    { key: 'mode', text: 'Cluster security mode (non-secure, mixed)', otherwise: 'non-secure' },
    ...(hasList
      ? []
      : ([
          { key: 'phones', text: 'Phones by model', otherwise: '7962=150,8841=400' },
          {
            key: 'security',
            text: 'Their security (ALL-NS, SEC-MIX, or a mode for all)',
            otherwise: 'ALL-NS',
          },
        ] as const)),
    {
      key: 'change',
      text: `Change to rehearse (${Object.keys(CHANGES).join(', ')})`,
      otherwise: 'callmanager',
    },
  ];
  const defaults = Object.fromEntries(questions.map(({ key, otherwise }) => [key, otherwise]));
  const open = questions.filter(({ key }) => options[key] === undefined);
  const asked = await askOnTerminal(open);
  const given = Object.fromEntries(
    questions.flatMap(({ key }) => (options[key] === undefined ? [] : [[key, options[key]]])),
  );
  return { phones: '', security: '', ...defaults, ...asked, ...given } as Answers;
}

function oneOf<W extends string>(what: string, word: string, words: readonly W[]): W {
  const found = words.find((known) => known === word);
  if (found !== undefined) return found;
  throw new TrustfleetError('TF_USAGE', `--${what}: found "${word}", ${expectedOneOf(word, words)}`);
}

/** `7962=150,8841=400` */
function askedGroups({ phones, security }: Answers, models: ReadonlyMap<string, ModelProfile>): DraftGroup[] {
  const isMode = MODES.some((mode) => mode === security);
  const seen = new Set<string>();
  return phones.split(',').map((part) => {
    const [, number = '', count = ''] = /^\s*(\d{4})\s*=\s*([1-9]\d{0,6})\s*$/.exec(part) ?? [];
    const model = models.get(number);
    if (count === '')
      throw new TrustfleetError(
        'TF_USAGE',
        `--phones: found "${part.trim()}", expected MODEL=NUMBER, e.g. 7962=150,8841=400`,
      );
    if (model === undefined)
      throw new TrustfleetError(
        'TF_USAGE',
        `--phones: found model "${number}", ${expectedOneOf(number, [...models.keys()])}`,
      );
    if (seen.has(number))
      throw new TrustfleetError('TF_USAGE', `--phones: found ${number} twice, expected it once`);
    seen.add(number);
    const protocol = model.protocols[0] ?? 'SCCP';
    const lsc = isMode ? 'none' : 'default';
    return { group: number, model: number, phones: Number(count), protocol, security, lsc };
  });
}

function report(
  file: string,
  options: InitOptions,
  groups: readonly DraftGroup[],
  list: PhoneList | null,
): void {
  const phones = groups.reduce((sum, group) => sum + group.phones, 0);
  const expired = list?.phones.filter(({ lsc }) => lsc === 'expired').length ?? 0;
  const skipped = list?.unknown ?? [];
  if (options.json === true) {
    printJson({ file, rows: list?.rows ?? null, phones, groups, expiredLscs: expired, skipped });
    return;
  }
  const rows = list === null ? '' : `${counted(list.rows, 'row')}, `;
  print(`${file}: ${rows}${counted(phones, 'phone')}, ${counted(groups.length, 'group')}`);
  for (const { line, device } of skipped) print(`line ${line}: ${device} was left out`);
  if (expired > 0)
    print(
      `LSC expired: ${counted(expired, 'phone')}, written as lsc: none; on a real phone the MIC does not stand in for it (trustfleet explain R-80)`,
    );
  print(`trustfleet run ${file} --phones 20`);
}

export function registerInit(program: Command): void {
  program
    .command('init')
    .description('write a commented scenario for your own fleet, from a few answers or from a list of phones')
    .argument('[file]', 'the scenario to write', 'scenario.yaml')
    .option('--from <csv>', 'list of phones as the Bulk Administration Tool exports it')
    .option('--name <name>', 'name of the scenario')
    .option('--release <release>', 'release of the cluster, e.g. 11.5(1)')
    .option('--cluster <profile>', 'cluster profile: CL-3 or CL-1')
    .option('--mode <mode>', 'non-secure or mixed')
    .option('--phones <list>', 'phones by model, e.g. 7962=150,8841=400')
    .option('--security <profile>', 'ALL-NS, SEC-MIX, or a device security mode for all phones')
    .option('--change <change>', `what to rehearse: ${Object.keys(CHANGES).join(', ')}`)
    .option(
      '--security-profile <name=mode>',
      'what a security profile of your own is, with --from',
      collect,
      [],
    )
    .option('--skip-unknown', 'leave devices out that are no phones of a known model, and say which')
    .option('--force', 'overwrite the file')
    .option('--json', 'the summary as one JSON document on stdout')
    .action((file: string, options: InitOptions) => runCommand(options, () => init(file, options)));
}
