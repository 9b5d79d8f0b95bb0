import type { Command } from 'commander';
import { TrustfleetError } from '../errors.js';
import { loadModel } from '../fleet/profiles.js';
import type { Certificate } from '../pki/certificate.js';
import {
  certificatesOf,
  listKind,
  parseTrustFile,
  readTrustSources,
  type TrustFile,
  type TrustList,
} from '../trustfile/index.js';
import { type Check, type CheckedFile, checkFile, type Installed } from './check-decision.js';
import { EXIT, type ExitCode, inFile, print, printJson, runCommand } from './io.js';

interface CheckCommandOptions {
  readonly installed: readonly string[];
  readonly offered: string;
  readonly as?: string;
  readonly model: string;
  readonly tvsKnows?: readonly string[];
  readonly json?: boolean;
}

const KINDS = ['ctl', 'itl', 'config'] as const;

/** `check --installed FILE… --offered FILE`: would a phone that holds these take that one, and by which rule? */
export function registerCheck(program: Command): void {
  program
    .command('check')
    .description('would a phone that holds these lists take that file, and by which rule (R-nn)')
    .option('--installed <file...>', 'CTL and ITL that the phone holds; without it the phone holds none', [])
    .requiredOption('--offered <file>', 'CTL, ITL or configuration that arrives; - is stdin')
    .option('--as <kind>', `what the offered file arrives as: ${KINDS.join(', ')} (default: by its FILENAME)`)
    .option('--model <number>', 'phone model, one of profiles/models', '8841')
    .option('--tvs-knows <pem...>', 'certificates that TVS knows, in every role; without it TVS is not asked')
    .option('--json', 'one JSON document')
    .action((options: CheckCommandOptions) => runCommand(options, () => check(options)));
}

async function check(options: CheckCommandOptions): Promise<ExitCode> {
  const model = loadModel(options.model);
  const installed = await loadInstalled(options.installed);
  const offered = await inFile(options.offered, (bytes) => readOffered(bytes, kindOption(options.as)));
  const tvsKnows = options.tvsKnows === undefined ? undefined : await loadCertificates(options.tvsKnows);
  const result = checkFile({ model, installed, offered, tvsKnows });
  if (options.json === true) printJson(result);
  else print(summarize(options.offered, result));
  return result.decision === 'accept' || result.decision === 'unchanged' ? EXIT.done : EXIT.no;
}

function kindOption(as: string | undefined): CheckedFile['kind'] | undefined {
  const kind = KINDS.find((word) => word === as);
  if (as !== undefined && kind === undefined) {
    throw new TrustfleetError('TF_USAGE', `--as ${as}: expected one of ${KINDS.join(', ')}`);
  }
  return kind;
}

async function loadInstalled(files: readonly string[]): Promise<Installed> {
  const held: { ctl: TrustList | null; itl: TrustList | null } = { ctl: null, itl: null };
  for (const file of files) {
    const list = await inFile(file, readWhole);
    const kind = list.kind === 'trust-list' ? listKind(list.header) : undefined;
    if (list.kind !== 'trust-list' || kind === undefined) {
      throw usage(
        file,
        `names itself "${list.header.filename}" and is a ${list.kind} file, expected a CTL or an ITL`,
      );
    }
    if (held[kind] !== null) throw usage(file, `is a second ${kind.toUpperCase()}, a phone holds one`);
    held[kind] = list;
  }
  return held;
}

/** A list with all its certificates, as a phone reads it. */
function readWhole(bytes: Buffer): TrustFile {
  const file = parseTrustFile(bytes);
  if (file.kind === 'trust-list') certificatesOf(file);
  return file;
}

const LESS_THAN = 0x3c;

function readOffered(bytes: Buffer, as: CheckedFile['kind'] | undefined): CheckedFile {
  const isXml = bytes.toString('latin1', 0, 64).trimStart().charCodeAt(0) === LESS_THAN;
  if (isXml && (as === undefined || as === 'config')) return { kind: 'config', file: null };
  const file = readWhole(bytes);
  const { filename } = file.header;
  if (file.kind !== 'trust-list') {
    if (as !== undefined && as !== 'config') {
      throw new TrustfleetError(
        'TF_USAGE',
        `"${filename}" is a ${file.kind} file, expected a trust list for --as ${as}`,
      );
    }
    return { kind: 'config', file };
  }
  const kind = as ?? listKind(file.header);
  if (kind === undefined) {
    throw new TrustfleetError(
      'TF_USAGE',
      `names itself "${filename}", expected CTL… or ITL…: say --as ctl or --as itl`,
    );
  }
  if (kind === 'config') {
    throw new TrustfleetError(
      'TF_USAGE',
      `"${filename}" is a trust list, expected a signed file for --as config`,
    );
  }
  return { kind, file };
}

async function loadCertificates(files: readonly string[]): Promise<readonly Certificate[]> {
  const certificates: Certificate[] = [];
  for (const file of files) {
    for (const source of await inFile(file, (bytes) => readTrustSources(file, bytes))) {
      if (!('certificate' in source)) throw usage(file, 'is a trust list, expected certificates (PEM)');
      certificates.push(source.certificate);
    }
  }
  return certificates;
}

function usage(file: string, what: string): TrustfleetError {
  return new TrustfleetError('TF_USAGE', what, { context: { file } });
}

function summarize(file: string, result: Check): string {
  const { decision, rule, reason, signer, detail, statusMessage, alarm } = result;
  return [
    `${file}: ${decision} by ${rule} (${reason})`,
    ...(detail === null ? [] : [`  ${detail}`]),
    ...(signer === null ? [] : [`  signer   ${signer.subject}, serial ${signer.serial}`]),
    ...(statusMessage === null ? [] : [`  display  ${statusMessage}`]),
    ...(alarm === null ? [] : [`  alarm    ${alarm}`]),
    '',
  ].join('\n');
}
