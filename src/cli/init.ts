import { access, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import type { Command } from 'commander';
import type { ModelProfile } from '../device/model.js';
import type { DeviceSecurityMode } from '../device/security.js';
import { reasonOf, TrustfleetError } from '../errors.js';
import { loadCluster, loadModels } from '../fleet/profiles.js';
import { counted } from '../observe/figure-text.js';
import { CHANGES, type Draft, type DraftGroup, draftYaml, groupsOf } from '../scenario/draft.js';
import { type PhoneList, readPhoneList } from '../scenario/phone-list.js';
import { readScenario } from '../scenario/read.js';
import { type InitAnswers, type InitWords, initAnswers, MODES } from './init-answers.js';
import { collect, EXIT, type ExitCode, print, printJson, readInput, runCommand } from './io.js';
import { leftOut, listFault } from './list-fault.js';

interface InitOptions extends InitWords {
  readonly from?: string;
  readonly securityProfile: readonly string[];
  readonly skipUnknown?: boolean;
  readonly force?: boolean;
  readonly json?: boolean;
}

const MAX_LIST_OCTETS = 64 * 1024 * 1024;

async function init(file: string, options: InitOptions): Promise<ExitCode> {
  checkOptions(options);
  if (options.force !== true) await refuseToOverwrite(file);
  const models = loadModels();
  const list = options.from === undefined ? null : await listFrom(options.from, options, models);
  const answers = await initAnswers(options, { name: nameOf(file), hasList: list !== null, models });
  const { name, release, cluster, mode, change } = answers;
  const asked = list === null ? askedGroups(answers) : groupsOf(list.phones, models);
  const groups = asked.map((group) => placed(group, cluster));
  const source = options.from === undefined ? 'a few answers' : basename(options.from);
  const draft: Draft = { name, source, release, cluster, mode, change, groups };
  const text = draftYaml(draft);
  // what is written runs: anything that contradicts itself is said now
  readScenario(text, file);
  await writeScenario(file, text);
  report(file, options, groups, list);
  return EXIT.done;
}

/** Options that would count for nothing beside the others. */
function checkOptions({ from, phones, security, securityProfile, skipUnknown }: InitOptions): void {
  const unused = (option: string, why: string): TrustfleetError =>
    new TrustfleetError('TF_USAGE', `found ${option} ${why}`);
  if (from !== undefined && phones !== undefined)
    throw unused('--phones', 'beside --from, whose list says which phones there are');
  if (from !== undefined && security !== undefined)
    throw unused(
      '--security',
      'beside --from, whose list says it; --security-profile NAME=MODE reads its profiles',
    );
  if (from === undefined && securityProfile.length > 0)
    throw unused('--security-profile', 'without --from, the list that names security profiles');
  if (from === undefined && skipUnknown === true)
    throw unused('--skip-unknown', 'without --from, the list that names devices');
}

function nameOf(file: string): string {
  return basename(file).replace(/\.ya?ml$/, '');
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
    throw new TrustfleetError('TF_FILE_UNWRITABLE', `cannot write ${file}: ${reasonOf(cause, file)}`, {
      cause,
      context: { file },
    });
  }
}

/** Excel's "Unicode text" is UTF-16, with a mark in front. */
function textOf(octets: Buffer, file: string): string {
  const [first, second] = octets;
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff))
    throw new TrustfleetError('TF_USAGE', `${file}: found UTF-16, expected UTF-8; save it as "CSV UTF-8"`, {
      context: { file },
    });
  return octets.toString('utf8');
}

/** @throws TrustfleetError TF_USAGE for a list with rows that are no phones (list-fault.ts), or without a phone */
async function listFrom(
  file: string,
  options: InitOptions,
  models: ReadonlyMap<string, ModelProfile>,
): Promise<PhoneList> {
  const profiles = new Map(options.securityProfile.map(profileMode));
  const text = textOf(await readInput(file, MAX_LIST_OCTETS), file);
  const list = readPhoneList(text, { models, profiles, now: Date.now() });
  const isUnknownSkipped = options.skipUnknown === true;
  const fault = listFault(file, list, { models: [...models.keys()], isUnknownSkipped });
  if (fault !== undefined) throw fault;
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

function askedGroups({ phones, security }: InitAnswers): DraftGroup[] {
  const isMode = MODES.some((mode) => mode === security);
  return [...phones].map(([{ model, protocols }, count]) => {
    const lsc = isMode ? 'none' : 'default';
    return { group: model, model, phones: count, protocol: protocols[0] ?? 'SCCP', security, lsc };
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
  for (const device of skipped) print(`line ${device.line}: ${leftOut(device)}`);
  if (expired > 0)
    print(
      `LSC expired: ${counted(expired, 'phone')}; the MIC does not stand in for it (trustfleet explain R-80)`,
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
