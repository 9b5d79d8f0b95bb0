import { createHash, randomUUID } from 'node:crypto';
import { chmod, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TrustfleetError } from '../errors.js';
import { type PooledBits, PrimePool } from './prime-pool.js';

/** What a file of primes says to whoever opens it. */
const NOTICE =
  'trustfleet test keys: pairs of these primes make RSA keys that anyone can factor. Never use them.';

/** Characters of a file of primes that is read; 2,000 primes of 2048 bits stay below. */
const MAX_FILE_CHARACTERS = 2_000_000;

/**
 * A prime pool that is kept in a directory, so that the seconds for drawing the primes are spent once. A file that is
 * missing, broken or foreign is written anew; one with too few primes is extended, so keys stay the same over runs.
 *
 * Files have mode 0600, a directory that is made has 0700. Two processes at once are safe: each writes a file of its own
 * and renames it, the last one wins.
 *
 * @throws TrustfleetError TF_FILE_UNREADABLE when the directory cannot be written.
 */
export async function openPrimePool(
  directory: string,
  bits: PooledBits,
  keys: number,
  signal?: AbortSignal,
): Promise<PrimePool> {
  const file = join(directory, `primes-rsa-${bits}.txt`);
  const stored = await readPool(file, bits);
  const pool = stored ?? PrimePool.fromPrimes(bits, new Uint8Array(0));
  if (stored === undefined || pool.keys < keys) {
    await pool.grow(keys, signal);
    await writePool(directory, file, pool);
  }
  return pool;
}

async function readPool(file: string, bits: PooledBits): Promise<PrimePool | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'latin1');
  } catch {
    return undefined;
  }
  const [notice, digest, ...lines] = text.slice(0, MAX_FILE_CHARACTERS).trimEnd().split('\n');
  const primes = Buffer.from(lines.join(''), 'hex');
  if (notice !== NOTICE || digest !== sha256(primes)) return undefined;
  try {
    return PrimePool.fromPrimes(bits, primes);
  } catch {
    return undefined;
  }
}

async function writePool(directory: string, file: string, pool: PrimePool): Promise<void> {
  const { primes } = pool;
  const step = pool.bits / 16;
  const lines = [NOTICE, sha256(primes)];
  for (let at = 0; at < primes.length; at += step) lines.push(primes.toString('hex', at, at + step));
  const fresh = `${file}.${randomUUID()}`;
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const handle = await open(fresh, 'wx', 0o600);
    try {
      await handle.writeFile(`${lines.join('\n')}\n`);
    } finally {
      await handle.close();
    }
    await chmod(fresh, 0o600);
    await rename(fresh, file);
  } catch (cause) {
    await rm(fresh, { force: true }).catch(() => undefined);
    throw new TrustfleetError('TF_FILE_UNREADABLE', `cannot keep the primes of test keys in ${file}`, {
      context: { file },
      cause,
    });
  }
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}
