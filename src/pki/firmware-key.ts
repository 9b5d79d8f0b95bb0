import { type KeyPair, PrimePool } from './prime-pool.js';
import { testPrimes } from './test-primes.js';

/** Size of the key that signs firmware, bits: signatures of real images have 256 octets (trust-files.md 11). */
const BITS = 2048;

let made: KeyPair | undefined;

/**
 * The key of the simulated manufacturer, which signs firmware. Phones have its public half built in: no cluster has a part in
 * it, so it is the same in every run. It stands for a key that only the manufacturer has, and is a test key that everybody can
 * have.
 *
 * @throws TrustfleetError TF_FILE_UNREADABLE
 */
export function firmwareKey(): KeyPair {
  if (made === undefined) {
    const pool = PrimePool.fromPrimes(BITS, testPrimes(BITS));
    // virtual time gives pairs out from the first one on
    made = pool.pair(pool.keys - 1);
  }
  return made;
}
