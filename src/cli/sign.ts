import { basename } from 'node:path';
import type { Command } from 'commander';
import { signFile } from '../trustfile/index.js';
import { type ExitCode, readInput, runCommand } from './io.js';
import { deliver } from './result.js';
import { addSigningOptions, loadSigner, type SigningOptions, timestampSeconds } from './signing-options.js';

/** `sign FILE`: the signed file that a phone asks for beside the plain one. */
export function registerSign(program: Command): void {
  const command = program
    .command('sign')
    .argument('<file>', 'configuration, ring list, locale file …')
    .description('makes FILE.sgn: the header with the signature, then the unchanged file');
  addSigningOptions(command).action((file: string, options: SigningOptions) =>
    runCommand(options, () => sign(file, options)),
  );
}

async function sign(file: string, options: SigningOptions): Promise<ExitCode> {
  const payload = await readInput(file);
  const signer = await loadSigner(options);
  const name = file === '-' ? 'stdin' : file;
  const out = options.out ?? (file === '-' ? '-' : `${file}.sgn`);
  const bytes = signFile(
    payload,
    {
      filename: options.filename ?? basename(out === '-' ? `${name}.sgn` : out),
      timestamp: timestampSeconds(options.timestamp),
      digest: options.digest,
      layout: options.layout,
    },
    signer,
  );
  return deliver([{ name: out, bytes }], {
    json: options.json === true,
    trust: [{ name: options.signer, certificate: signer.certificate }],
  });
}
