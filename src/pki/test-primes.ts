import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TrustfleetError } from '../errors.js';
import { packageRoot } from '../package-root.js';
import type { PooledBits } from './prime-pool.js';

/**
 * Primes that come with the package, for keys of this size. Everybody knows them: nothing that is to be secret has such a key.
 *
 * @throws TrustfleetError TF_FILE_UNREADABLE
 */
export function testPrimes(bits: PooledBits): Buffer {
  const file = join(packageRoot(), 'profiles', 'keys', `test-primes-rsa-${bits}.txt`);
  let text: string;
  try {
    text = readFileSync(file, 'latin1');
  } catch (cause) {
    throw new TrustfleetError('TF_FILE_UNREADABLE', `cannot read the test keys in ${file}`, {
      context: { file },
      cause,
    });
  }
  const [, ...lines] = text.trimEnd().split('\n');
  return Buffer.from(lines.join(''), 'hex');
}
