import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { TrustfleetError } from '../src/errors.js';

const run = promisify(execFile);

/** `cpu`: operations per second of CPU time on one core; a number: per second of the clock, on so many processes. */
export type SpeedMode = 'cpu' | number;

/** `openssl speed` in its machine-readable form, one second a figure. */
async function speed(mode: SpeedMode, words: readonly string[]): Promise<string> {
  const multi = mode === 'cpu' ? [] : ['-elapsed', ...(mode > 1 ? ['-multi', String(mode)] : [])];
  try {
    const { stdout } = await run('openssl', ['speed', '-mr', '-seconds', '1', ...multi, ...words]);
    return stdout;
  } catch (cause) {
    throw new TrustfleetError(
      'TF_FILE_UNREADABLE',
      'openssl cannot be run: install it, the bench holds itself against it',
      {
        cause,
      },
    );
  }
}

function lastFigure(output: string, line: RegExp): number {
  const match = [...output.matchAll(line)].at(-1);
  const figure = Number(match?.[1]);
  if (!(figure > 0)) {
    throw new TrustfleetError(
      'TF_FILE_UNREADABLE',
      `openssl speed printed no figure that is understood: ${output}`,
    );
  }
  return figure;
}

/** RSA verifications a second, of all processes together. */
export async function opensslVerifyRate(bits: number, mode: SpeedMode): Promise<number> {
  return lastFigure(await speed(mode, [`rsa${bits}`]), /^\+F2:\d+:\d+:[\d.]+:([\d.]+)$/gm);
}

/** Digests of `octets` octets a second, of all processes together. */
export async function opensslDigestRate(
  digest: 'sha1' | 'sha512',
  octets: number,
  mode: SpeedMode,
): Promise<number> {
  const output = await speed(mode, ['-bytes', String(octets), '-evp', digest]);
  return lastFigure(output, /^\+F:\d+:[^:]+:([\d.]+)$/gm) / octets;
}
