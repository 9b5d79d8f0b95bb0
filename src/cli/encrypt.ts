import { basename, dirname, join } from 'node:path';
import type { Command } from 'commander';
import { TrustfleetError } from '../errors.js';
import { reducedConfiguration } from '../protocol/cnf/reduced.js';
import { encryptFile, newFileKey, signFile } from '../trustfile/index.js';
import { type ExitCode, readInput, runCommand, withFile } from './io.js';
import { deliver } from './result.js';
import {
  addSigningOptions,
  loadCertificate,
  loadSigner,
  type SigningOptions,
  timestampSeconds,
} from './signing-options.js';

interface EncryptOptions extends SigningOptions {
  readonly deviceCert: string;
  /** `--reduced FILE`, or false for `--no-reduced`. */
  readonly reduced?: string | boolean;
}

/** `encrypt FILE`: the encrypted configuration and the reduced one that leads a phone to it (trust-files.md 12). */
export function registerEncrypt(program: Command): void {
  const command = program
    .command('encrypt')
    .argument('<file>', 'configuration, SEP<MAC>.cnf.xml')
    .description('makes FILE.enc.sgn for one phone, and the reduced FILE.sgn that names its certificate')
    .requiredOption('--device-cert <pem>', 'LSC or MIC of the phone, RSA');
  addSigningOptions(command)
    .option('--reduced <file>', 'where to write the reduced file (default: FILE.sgn, beside --out)')
    .option('--no-reduced', 'write only the encrypted file')
    .action((file: string, options: EncryptOptions) => runCommand(options, () => encrypt(file, options)));
}

async function encrypt(file: string, options: EncryptOptions): Promise<ExitCode> {
  const configuration = await readInput(file);
  const signer = await loadSigner(options);
  const device = await loadCertificate(options.deviceCert);
  const out = options.out ?? `${file}.enc.sgn`;
  const common = {
    timestamp: timestampSeconds(options.timestamp),
    digest: options.digest,
    layout: options.layout,
  };
  const filename = options.filename ?? basename(out === '-' ? `${file}.enc.sgn` : out);
  const files = [
    {
      name: out,
      bytes: encryptFile(configuration, { ...common, filename }, signer, newFileKey(device)),
    },
  ];
  if (options.reduced !== false && out !== '-') {
    const name =
      typeof options.reduced === 'string' ? options.reduced : join(dirname(out), `${basename(file)}.sgn`);
    const payload = reduce(configuration, file, device);
    files.push({ name, bytes: signFile(payload, { ...common, filename: basename(name) }, signer) });
  }
  return deliver(files, {
    json: options.json === true,
    trust: [{ name: options.signer, certificate: signer.certificate }],
  });
}

function reduce(
  configuration: Buffer,
  file: string,
  device: Parameters<typeof reducedConfiguration>[1],
): Buffer {
  try {
    return reducedConfiguration(configuration, device);
  } catch (error) {
    throw error instanceof TrustfleetError ? withFile(error, file) : error;
  }
}
