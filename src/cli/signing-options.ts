import type { KeyObject } from 'node:crypto';
import { type Command, Option } from 'commander';
import { TrustfleetError } from '../errors.js';
import { Certificate } from '../pki/certificate.js';
import { loadPrivateKey } from '../pki/keys.js';
import type { Layout, Signer, WrittenDigest } from '../trustfile/index.js';
import { inFile } from './io.js';

/** Options that `build`, `sign` and `encrypt` share, as commander gives them. */
export interface SigningOptions {
  readonly signer: string;
  readonly key?: string;
  readonly digest: WrittenDigest;
  readonly layout: Layout;
  readonly timestamp?: string;
  readonly filename?: string;
  readonly out?: string;
  readonly json?: boolean;
}

/** Adds the options that say who signs and how. */
export function addSigningOptions(command: Command): Command {
  return command
    .requiredOption('--signer <pem>', 'certificate of the signer, RSA 512, 1024, 2048 or 4096')
    .option('--key <pem>', 'its private key (default: in the same file as the certificate)')
    .addOption(
      new Option('--digest <name>', 'digest of the signature').choices(['sha1', 'sha512']).default('sha1'),
    )
    .addOption(
      new Option('--layout <writer>', 'whose field order and names')
        .choices(['cucm', 'certutils'])
        .default('cucm'),
    )
    .option('--timestamp <time>', 'TIMESTAMP field, ISO 8601 or seconds since 1970 (default: now)')
    .option('--filename <name>', 'FILENAME field (default: from the name of the result)')
    .option('--out <file>', 'where to write it, - is stdout')
    .option('--json', 'print what was made as `inspect --json` does');
}

/** Certificate and key of the signer. They are compared when they sign. */
export async function loadSigner(options: SigningOptions): Promise<Signer> {
  return {
    certificate: await loadCertificate(options.signer),
    privateKey: await loadKey(options.key ?? options.signer),
  };
}

/** How every certificate in DER begins. */
const DER_SEQUENCE = 0x30;

/** The first certificate of a PEM file, or one in DER. */
export function loadCertificate(file: string): Promise<Certificate> {
  return inFile(file, (bytes) => {
    if (bytes.includes('-----BEGIN ')) return Certificate.fromPem(bytes.toString('latin1'));
    if (bytes[0] === DER_SEQUENCE) return Certificate.fromDer(bytes);
    const found =
      bytes.length === 0 ? 'an empty file' : `${bytes.length} octets that are neither PEM nor DER`;
    throw new TrustfleetError('TF_CERT_MALFORMED', `found ${found}, expected a certificate`);
  });
}

export function loadKey(file: string): Promise<KeyObject> {
  return inFile(file, (bytes) => loadPrivateKey(bytes.toString('latin1')));
}

/**
 * Seconds since 1970-01-01 UTC.
 *
 * @throws TrustfleetError TF_USAGE
 */
export function timestampSeconds(text: string | undefined): number {
  if (text === undefined) return Math.floor(Date.now() / 1000);
  const seconds = /^\d+$/.test(text) ? Number(text) : Math.floor(Date.parse(text) / 1000);
  if (!Number.isSafeInteger(seconds) || seconds < 0) {
    throw new TrustfleetError(
      'TF_USAGE',
      `--timestamp "${text}", expected e.g. 2026-03-12T07:20:01Z or seconds since 1970`,
    );
  }
  return seconds;
}
