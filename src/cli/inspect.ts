import type { KeyObject } from 'node:crypto';
import { basename } from 'node:path';
import type { Command } from 'commander';
import { TrustfleetError } from '../errors.js';
import {
  type Inspection,
  inspectJson,
  isSound,
  readTrustSources,
  showMissing,
  showTrustList,
  type TrustSource,
} from '../trustfile/index.js';
import { summarize } from './inspect-summary.js';
import {
  collect,
  type ErrorJson,
  EXIT,
  type ExitCode,
  errorJson,
  exitCodeOf,
  inFile,
  MAX_INPUT_OCTETS,
  print,
  printAside,
  printError,
  printJson,
  readInput,
  runCommand,
  withFile,
} from './io.js';
import { checkPlaintextOptions, writePlaintext } from './plaintext.js';
import { loadKey } from './signing-options.js';

interface InspectCommandOptions {
  readonly trust: readonly string[];
  readonly deviceKey?: string;
  /** Where the plaintext of the one file goes. */
  readonly plaintext?: string;
  readonly json?: boolean;
  readonly show?: boolean;
}

interface Context {
  readonly trust: readonly TrustSource[];
  readonly deviceKey: KeyObject | undefined;
}

/** `inspect FILE…`: what trust files say, and whether their signatures hold. */
export function registerInspect(program: Command): void {
  program
    .command('inspect')
    .argument('<file...>', 'CTL, ITL, .sgn or .enc.sgn; - is stdin')
    .description('decodes and verifies trust files; exit 0 only when every signature is valid')
    .option('--trust <file>', 'list or certificates to look the signer up in, several times', collect, [])
    .option('--device-key <pem>', 'RSA private key of the phone, to decrypt an .enc.sgn')
    .option('--plaintext <file>', 'with --device-key: where to write what is decrypted, - is stdout')
    .option('--json', 'one JSON document; an array when several files were given')
    .option('--show', "the layout of CUCM's show ctl and show itl")
    .action((files: readonly string[], options: InspectCommandOptions) =>
      runCommand(options, () => inspectAll(files, options)),
    );
}

async function inspectAll(files: readonly string[], options: InspectCommandOptions): Promise<ExitCode> {
  if (options.json === true && options.show === true) {
    throw new TrustfleetError('TF_USAGE', '--json and --show are two outputs: give one of them');
  }
  checkPlaintextOptions(files, options);
  const context: Context = {
    trust: await loadTrust(options.trust),
    deviceKey: options.deviceKey === undefined ? undefined : await loadKey(options.deviceKey),
  };
  // the plaintext itself goes to stdout, nothing else may
  const tell = options.plaintext === '-' ? printAside : print;
  const documents: (Inspection | ErrorJson)[] = [];
  let gravest: ExitCode = EXIT.done;
  for (const file of files) {
    let code: ExitCode;
    try {
      const bytes = await readInput(file);
      if (options.show === true && bytes.length === 0) print(showMissing(kindByName(file)));
      const inspection = inspectOne(file, bytes, context);
      const written = await writePlaintext(file, bytes, context.deviceKey, options.plaintext);
      documents.push(inspection);
      if (options.json !== true)
        tell(options.show === true ? show(bytes, inspection) : summarize(inspection));
      if (options.json !== true && written !== null) tell(written);
      code = isSound(inspection) ? EXIT.done : EXIT.no;
    } catch (error) {
      // a file that cannot be read does not keep the others from being inspected
      documents.push(errorJson(error));
      if (options.json !== true) printError(error);
      code = exitCodeOf(error);
    }
    if (code > gravest) gravest = code;
  }
  if (options.json === true) printJson(files.length === 1 ? documents[0] : documents);
  return gravest;
}

async function loadTrust(files: readonly string[]): Promise<readonly TrustSource[]> {
  const sources: TrustSource[] = [];
  for (const file of files) sources.push(...(await inFile(file, (bytes) => readTrustSources(file, bytes))));
  return sources;
}

function inspectOne(file: string, bytes: Buffer, context: Context): Inspection {
  try {
    return inspectJson(bytes, {
      file,
      trust: context.trust,
      maxBytes: MAX_INPUT_OCTETS,
      ...(context.deviceKey === undefined ? {} : { deviceKey: context.deviceKey }),
    });
  } catch (error) {
    throw error instanceof TrustfleetError ? withFile(error, file) : error;
  }
}

/** An empty file says nothing of itself, so that its name has to. */
function kindByName(file: string): 'ctl' | 'itl' {
  return basename(file).toLowerCase().startsWith('itl') ? 'itl' : 'ctl';
}

function show(bytes: Buffer, inspection: Inspection): string {
  try {
    return showTrustList(bytes, { verified: inspection.signature.status === 'valid' });
  } catch (error) {
    throw error instanceof TrustfleetError ? withFile(error, inspection.file) : error;
  }
}
