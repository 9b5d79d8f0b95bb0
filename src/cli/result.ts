import { TrustfleetError } from '../errors.js';
import { type InspectOptions, inspectJson, type TrustSource } from '../trustfile/index.js';
import { EXIT, type ExitCode, print, printJson, writeOutput } from './io.js';

/** Writes what a command made and says so: a line, or the contract's JSON with `--json`. */
export async function deliver(
  files: readonly { readonly name: string; readonly bytes: Buffer }[],
  options: { readonly json?: boolean; readonly trust: readonly TrustSource[] },
): Promise<ExitCode> {
  if (options.json === true && files.some(({ name }) => name === '-')) {
    throw new TrustfleetError('TF_USAGE', '--json and --out - both want stdout: give one of them');
  }
  for (const { name, bytes } of files) await writeOutput(name, bytes);
  if (options.json === true) {
    const results = files.map(({ name, bytes }) => inspectJson(bytes, inspectOptions(name, options.trust)));
    printJson(results.length === 1 ? results[0] : results);
    return EXIT.done;
  }
  for (const { name, bytes } of files) {
    // the file itself went to stdout, nothing else may
    if (name !== '-') print(`${name}: ${bytes.length} octets`);
  }
  return EXIT.done;
}

function inspectOptions(file: string, trust: readonly TrustSource[]): InspectOptions {
  return { file, trust, maxBytes: Number.MAX_SAFE_INTEGER };
}
