import { type Command, Option } from 'commander';
import { fileNames } from '../device/name.js';
import { TrustfleetError } from '../errors.js';
import { buildTrustList, inspectJson, type NameStyle, signerIdOf } from '../trustfile/index.js';
import { collect, EXIT, type ExitCode, runCommand } from './io.js';
import { readRecordOption } from './record-option.js';
import { deliver } from './result.js';
import { addSigningOptions, loadSigner, type SigningOptions, timestampSeconds } from './signing-options.js';

interface BuildOptions extends SigningOptions {
  readonly record: readonly string[];
  readonly signerVersion?: string;
  readonly signerNames?: NameStyle;
}

const HELP = `
A record is key=value pairs joined by commas; --record once for each, in the order of the file:
  role=NAME      SAST, CCM, CCM+TFTP, TFTP, CAPF, APP-SERVER, TVS, or a number
  cert=FILE      its certificate, PEM or DER
  dns=NAME       DNSNAME (none in a CTL without it; CUCM's blank in an ITL)
  ip=ADDRESS     IPADDRESS, IPv4 or IPv6
  form=FORM      certificate (default), hash (its SHA-1 in its place), empty (neither)
  names=STYLE    cucm, certutils or etoken: how its names are written (default: as --layout)
  signature=no   without SIGNATURE, as the CTL client writes

Example:
  trustfleet build ctl --signer pub.pem --record role=SAST,cert=pub.pem,dns=pub,ip=10.0.0.1 \\
    --record role=CCM+TFTP,cert=pub.pem,dns=pub,ip=10.0.0.1 --record role=CAPF,cert=capf.pem,dns=pub,ip=10.0.0.1`;

/** `build ctl|itl`: a trust list from certificates and keys. */
export function registerBuild(program: Command): void {
  const command = program
    .command('build')
    .argument('<list>', 'ctl or itl')
    .description('makes a CTL or an ITL from PEM certificates and keys, as CUCM writes it')
    .option('--record <fields>', 'a record, see below', collect, []);
  addSigningOptions(command)
    .option('--signer-version <n.n>', 'adds the signer version (tag 28)')
    .addOption(
      new Option('--signer-names <style>', 'how the header names the signer (default: as --layout)').choices([
        'cucm',
        'certutils',
        'etoken',
      ]),
    )
    .addHelpText('after', HELP)
    .action((list: string, options: BuildOptions) => runCommand(options, () => build(list, options)));
}

async function build(list: string, options: BuildOptions): Promise<ExitCode> {
  if (list !== 'ctl' && list !== 'itl') {
    throw new TrustfleetError('TF_USAGE', `build "${list}", expected ctl or itl`);
  }
  if (options.record.length === 0)
    throw new TrustfleetError('TF_USAGE', 'found no --record, expected one for each record of the list');
  const clusterName = list === 'ctl' ? fileNames.clusterCtl : fileNames.clusterItl;
  const { certificate, privateKey } = await loadSigner(options);
  const records = [];
  for (const text of options.record) records.push(await readRecordOption(text, list, options.layout));
  const id = signerIdOf(certificate, options.signerNames ?? options.layout);
  const bytes = buildTrustList(
    {
      filename: options.filename ?? clusterName,
      timestamp: timestampSeconds(options.timestamp),
      records,
      digest: options.digest,
      layout: options.layout,
      ...(options.signerVersion === undefined ? {} : { signerVersion: readVersion(options.signerVersion) }),
    },
    { certificate, privateKey, id },
  );
  warnOfStranger(bytes, options.signer);
  await deliver([{ name: options.out ?? clusterName, bytes }], {
    json: options.json === true,
    trust: [{ name: options.signer, certificate }],
  });
  return EXIT.done;
}

/** A list that cannot be verified from its own content (trust-files.md 3.1) is made all the same: such ones are wanted for tests. */
function warnOfStranger(bytes: Buffer, signer: string): void {
  const { signature } = inspectJson(bytes, { file: signer, trust: [], maxBytes: bytes.length });
  if (signature.status !== 'signer-unknown') return;
  process.stderr.write(
    `trustfleet: warning: no SAST record has the certificate of ${signer}, so nobody can verify this list by itself\n`,
  );
}

function readVersion(text: string): { readonly major: number; readonly minor: number } {
  const match = /^(\d{1,3})\.(\d{1,3})$/.exec(text);
  const [major = 256, minor = 256] = match?.slice(1).map(Number) ?? [];
  if (major > 255 || minor > 255) {
    throw new TrustfleetError('TF_USAGE', `--signer-version "${text}", expected e.g. 1.0`);
  }
  return { major, minor };
}
