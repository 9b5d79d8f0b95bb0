import type { KeyObject } from 'node:crypto';
import { TrustfleetError } from '../errors.js';
import { decryptPayload, readEncryptedPayload } from '../trustfile/index.js';
import { MAX_INPUT_OCTETS, writeOutput } from './io.js';

/** Options of `inspect` that `--plaintext FILE` has to do with. */
interface PlaintextOptions {
  readonly plaintext?: string;
  readonly deviceKey?: string;
  readonly json?: boolean;
  readonly show?: boolean;
}

/** @throws TrustfleetError TF_USAGE for options that do not go together */
export function checkPlaintextOptions(files: readonly string[], options: PlaintextOptions): void {
  const { plaintext, deviceKey, json = false, show: asList = false } = options;
  if (plaintext === undefined) return;
  if (deviceKey === undefined) throw new TrustfleetError('TF_USAGE', '--plaintext needs --device-key');
  if (files.length > 1)
    throw new TrustfleetError('TF_USAGE', `--plaintext is for one file, found ${files.length}`);
  if (asList)
    throw new TrustfleetError(
      'TF_USAGE',
      '--show is for lists and --plaintext for encrypted files: give one of them',
    );
  if (json && plaintext === '-')
    throw new TrustfleetError('TF_USAGE', '--json and --plaintext - both want stdout: give one of them');
}

/**
 * Writes what the device key opens, whatever signature and digest are, which the exit code tells; returns what to say of it.
 *
 * @throws TrustfleetError TF_USAGE for a file that is not encrypted, TF_FILE_UNWRITABLE
 */
export async function writePlaintext(
  file: string,
  bytes: Buffer,
  deviceKey: KeyObject | undefined,
  out: string | undefined,
): Promise<string | null> {
  if (out === undefined || deviceKey === undefined) return null;
  const payload = readEncryptedPayload(bytes, MAX_INPUT_OCTETS);
  if (payload === null)
    throw new TrustfleetError('TF_USAGE', 'is not encrypted, --plaintext expects an .enc.sgn', {
      context: { file },
    });
  try {
    const { plaintext } = decryptPayload(payload, deviceKey);
    await writeOutput(out, plaintext);
    return out === '-' ? null : `${out}: ${plaintext.length} octets`;
  } catch (error) {
    // the inspection says why
    if (error instanceof TrustfleetError && error.code === 'TF_DECRYPT_FAILED') return null;
    throw error;
  }
}
